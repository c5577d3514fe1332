"""Writing of customers: one batch for what can be sent at once, a second look where it is needed.

Every command carries an idempotency key made of the entity's key and a digest of all that it sends,
so that the same content is stored once and other content is never mistaken for it. Updates name the
version on which they are based; where that is unknown, the user is read first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Customer
from gateway.contract import (
    Blame,
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Outcome,
    Rejected,
    Written,
)

from .batch import Answer, Command, Result
from .client import BitrixClient
from .config import BitrixSettings
from .errors import DUPLICATE, VendorRefused
from .translator import customer_from_wire, user_fields
from .values import is_id
from .wire import WireUser


@dataclass(slots=True)
class CustomerWriting:
    """One ``write``: collects the outcome of every change by its place."""

    client: BitrixClient
    settings: BitrixSettings
    changes: Sequence[Change[Customer]]
    _outcomes: dict[int, Outcome[Customer]] = field(default_factory=dict)
    _look_first: dict[int, str] = field(default_factory=dict)

    async def run(self) -> Mapping[int, Outcome[Customer]]:
        """Write all changes and return their outcomes."""
        first: dict[int, Command] = {}
        for place, change in enumerate(self.changes):
            command = self._direct(place, change)
            if command is not None:
                first[place] = command
        await self._send(first)
        if self._look_first:
            try:
                more = await self._looked_up()
            except ConnectorError as error:
                # Raising would hide the creations that have arrived.
                self._outcomes |= dict.fromkeys(self._look_first, Failed(error))
                return self._outcomes
            await self._send(more)
        return self._outcomes

    def _direct(self, place: int, change: Change[Customer]) -> Command | None:
        """Return the command of a change that needs no look at the user first."""
        if change.external_id is None:
            fields = user_fields(change.entity, None, self.settings)
            if not fields.get("phone") and not fields.get("email"):
                msg = "phones or emails: the shop takes no user without a phone or an e-mail"
                self._outcomes[place] = Failed(Rejected(msg, operation="gateway.user.add"))
                return None
            return self._command("gateway.user.add", change, fields={**fields, "xmlId": change.key})
        if not is_id(change.external_id):
            msg = "the user's id is not one of this shop"
            self._outcomes[place] = Failed(Missing(msg, operation="gateway.user.update"))
            return None
        fields = user_fields(change.entity, change.changed, self.settings)
        if change.version is None or change.known is None:
            self._look_first[place] = change.external_id
            return None
        if not fields:
            self._outcomes[place] = Written(change.external_id, version=change.version)
            return None
        return self._update(change, change.external_id, fields, change.version)

    def _update(
        self, change: Change[Customer], user_id: str, fields: Mapping[str, Any], version: str
    ) -> Command:
        return self._command(
            "gateway.user.update",
            change,
            id=int(user_id),
            expectedVersion=int(version),
            fields=fields,
        )

    def _command(self, method: str, change: Change[Customer], **params: object) -> Command:
        sent = {"origin": self.settings.origin, **params}
        content = json.dumps([method, sent], sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(content.encode()).hexdigest()[:24]
        return Command(method, {**sent, "idempotencyKey": f"{change.key}:{digest}"})

    async def _send(self, commands: Mapping[int, Command]) -> None:
        if not commands:
            return
        # Not repeatable, although the keys would allow it: only an unknown outcome makes the core
        # remember what may already stand at the shop.
        try:
            results = await self.client.run(list(commands.values()), repeatable=False)
        except ConnectorError as error:
            if not self._outcomes:
                raise
            results = [error] * len(commands)
        for (place, command), result in zip(commands.items(), results, strict=True):
            self._take(place, command, result)

    def _take(self, place: int, command: Command, result: Result) -> None:
        if isinstance(result, Answer):
            self._outcomes[place] = _answered(command, result.value)
            return
        if isinstance(result, VendorRefused) and self._may_be_ours(place, command, result):
            return
        self._outcomes[place] = Failed(self._contract_error(result))

    def _may_be_ours(self, place: int, command: Command, refused: VendorRefused) -> bool:
        """Put a creation aside whose phone, e-mail or key one user has: it may be our own."""
        ids = refused.refusal.ids()
        is_add = command.method == "gateway.user.add"
        if refused.refusal.code != DUPLICATE or not is_add or len(ids) != 1:
            return False
        self._look_first[place] = str(ids[0])
        return True

    def _contract_error(self, result: VendorRefused | ConnectorError) -> ConnectorError:
        if not isinstance(result, VendorRefused):
            return result
        if result.refusal.code != DUPLICATE:
            return self.client.error(result, repeatable=False)
        taken = result.refusal.extra.get("field")
        named = taken if taken in {"phone", "email", "login", "xmlId"} else "a unique field"
        return _taken(str(named))

    async def _looked_up(self) -> dict[int, Command]:
        """Read the users that are to be compared, and return the updates that they need."""
        ids = sorted({int(user_id) for user_id in self._look_first.values()})
        params = {"filter": {"ids": ids}, "limit": len(ids)}
        answer = await self.client.call("gateway.user.list", params)
        users = {user.id: user for user in map(WireUser.model_validate, answer["items"])}
        commands: dict[int, Command] = {}
        for place, user_id in self._look_first.items():
            command = self._compared(place, self.changes[place], users.get(user_id))
            if command is not None:
                commands[place] = command
        self._look_first = {}
        return commands

    def _compared(
        self, place: int, change: Change[Customer], user: WireUser | None
    ) -> Command | None:
        if user is None:
            msg = "the user does not exist at the shop"
            self._outcomes[place] = Failed(Missing(msg, operation="gateway.user.update"))
            return None
        if change.external_id is None:
            is_ours = user.xml_id == change.key
            self._outcomes[place] = Exists(user.id) if is_ours else Failed(_taken("phone or email"))
            return None
        there = customer_from_wire(user, None, self.settings).entity
        is_whole = change.known is None
        wanted = user_fields(change.entity, None if is_whole else change.changed, self.settings)
        held = user_fields(there, None, self.settings)
        fields = _difference(wanted, held)
        if not fields:
            self._outcomes[place] = Written(user.id, version=user.version)
            return None
        return self._update(change, user.id, fields, user.version or "1")


def _answered(command: Command, answer: Mapping[str, Any]) -> Outcome[Customer]:
    """Read the answer of a write; a creation that is only replayed found what was made before."""
    is_add = command.method == "gateway.user.add"
    if is_add and (answer.get("replayed") == "Y" or answer.get("created") == "N"):
        return Exists(str(answer["id"]))
    version = answer.get("version")
    return Written(
        str(answer["id"]), version=None if version is None else str(version), created=is_add
    )


def _difference(wanted: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the user does not hold yet; user fields one by one."""
    fields = {
        name: value
        for name, value in wanted.items()
        if name != "fields" and held.get(name) != value
    }
    there = held.get("fields", {})
    custom = {n: v for n, v in wanted.get("fields", {}).items() if there.get(n) != v}
    return {**fields, "fields": custom} if custom else fields


def _taken(field_name: str) -> Rejected:
    msg = (
        f"{field_name}: another user of the shop has it: merge the two users, or correct the "
        "contact of one of them, then replay"
    )
    return Rejected(
        msg, operation="gateway.user.add", vendor_code="GW_DUPLICATE", blame=Blame.PAYLOAD
    )
