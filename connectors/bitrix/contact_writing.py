"""Writing of contacts, and merging them (reference 2.8, 10.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Customer
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Operation,
    Outcome,
    Rejected,
    Unsupported,
    Written,
)
from gateway.contract.operations import CustomerMerge, payload_of

from .batch import Answer, Command, Result
from .client import BitrixClient
from .config import BitrixSettings
from .errors import VendorRefused
from .translator_contact import contact_fields
from .values import is_id

ADD, UPDATE, LIST = "crm.contact.add", "crm.contact.update", "crm.contact.list"
_DUPLICATES = "crm.duplicate.findbycomm"
_MERGE = "crm.entity.mergeBatch"
_CONTACT = 3
_MOST_VALUES = 20
_QUIET = {"REGISTER_SONET_EVENT": "N"}
_PAGE = 50


async def found_keys(client: BitrixClient, origin: str, keys: Sequence[str]) -> Mapping[str, str]:
    """Return which of our keys are on contacts: key → id, the oldest of several."""
    commands = [
        Command(
            LIST,
            {
                "filter": {"ORIGINATOR_ID": origin, "ORIGIN_ID": key},
                "select": ["ID", "ORIGINATOR_ID", "ORIGIN_ID"],
                "order": {"ID": "ASC"},
                "start": -1,
            },
        )
        for key in keys
    ]
    results = await client.run(commands, repeatable=True) if commands else []
    found: dict[str, str] = {}
    for key, result in zip(keys, results, strict=True):
        for row in client.value(result):
            # An unknown filter is dropped in silence (1.7): look again.
            if row.get("ORIGIN_ID") == key and row.get("ORIGINATOR_ID") == origin:
                found.setdefault(key, str(row["ID"]))
    return found


@dataclass(slots=True)
class ContactWriting:
    """One ``write``: collects the outcome of every change by its place."""

    client: BitrixClient
    settings: BitrixSettings
    changes: Sequence[Change[Customer]]
    _outcomes: dict[int, Outcome[Customer]] = field(default_factory=dict)

    async def run(self) -> Sequence[Outcome[Customer]]:
        """Write all changes and return their outcomes in order."""
        await self._look_up_creations()
        commands: dict[int, Command] = {}
        for place, change in enumerate(self.changes):
            if place not in self._outcomes:
                command = self._command(place, change)
                if command is not None:
                    commands[place] = command
        await self._send(commands)
        return [self._outcomes[place] for place in range(len(self.changes))]

    async def _look_up_creations(self) -> None:
        """Note what exists: under our key, or as the one contact with a phone or e-mail."""
        new = {n: c for n, c in enumerate(self.changes) if c.external_id is None}
        known = await found_keys(
            self.client, self.settings.origin, [change.key for change in new.values()]
        )
        asked: dict[int, list[Command]] = {}
        for place, change in new.items():
            if change.key in known:
                self._outcomes[place] = Exists(known[change.key])
            else:
                asked[place] = _look_ups(change.entity)
        flat = [command for each in asked.values() for command in each]
        results = dict(
            zip(flat, await self.client.run(flat, repeatable=True), strict=True) if flat else ()
        )
        for place, commands in asked.items():
            ids = {
                int(str(one))
                for command in commands
                for one in _ids_of(self.client.value(results[command]))
            }
            if len(ids) == 1:
                self._outcomes[place] = Exists(str(ids.pop()))
            elif ids:
                msg = "phones or emails: several contacts have them: merge those, then replay"
                self._outcomes[place] = Failed(Rejected(msg, operation=_DUPLICATES))

    def _command(self, place: int, change: Change[Customer]) -> Command | None:
        if change.external_id is None:
            fields = contact_fields(change.entity, None, None, self.settings)
            marks = {"ORIGINATOR_ID": self.settings.origin, "ORIGIN_ID": change.key}
            return Command(ADD, {"fields": {**fields, **marks}, "params": _QUIET})
        if not is_id(change.external_id):
            msg = "the contact's id is not one of this portal"
            self._outcomes[place] = Failed(Missing(msg, operation=UPDATE))
            return None
        fields = contact_fields(change.entity, change.known, change.changed, self.settings)
        if not fields:
            self._outcomes[place] = Written(change.external_id)
            return None
        params = {"id": int(change.external_id), "fields": fields, "params": _QUIET}
        return Command(UPDATE, params)

    async def _send(self, commands: Mapping[int, Command]) -> None:
        if not commands:
            return
        try:
            results = await self.client.run(list(commands.values()), repeatable=False)
        except ConnectorError as error:
            if not self._outcomes:
                raise
            results = [error] * len(commands)
        for (place, command), result in zip(commands.items(), results, strict=True):
            self._outcomes[place] = self._outcome(self.changes[place], command, result)

    def _outcome(
        self, change: Change[Customer], command: Command, result: Result
    ) -> Outcome[Customer]:
        if isinstance(result, Answer):
            if command.method == ADD:
                return Written(str(result.value), created=True)
            return Written(change.external_id or "")
        if not isinstance(result, VendorRefused):
            return Failed(result)
        if command.method == UPDATE and not result.refusal.code:
            # The old methods name no code for a contact that is gone (2.8).
            msg = "the contact does not exist at the portal"
            return Failed(Missing(msg, operation=UPDATE))
        return Failed(self.client.error(result, repeatable=False))


@dataclass(frozen=True, slots=True)
class ContactMerge:
    """Performer of ``customer.merge`` on a portal.

    It has no keys: the losers' absence tells that they were merged, so a repeat does nothing more.
    """

    client: BitrixClient

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Merge; see ``OperationPerformer.perform``. Shape: ``{"merged": n}``.

        Raises besides: ``Rejected`` when single fields differ, which a person must decide.
        """
        merge = payload_of(CustomerMerge, operation)
        ids = [merge.survivor, *merge.losers]
        if not all(is_id(one) for one in ids) or len(ids) > _PAGE:
            msg = f"survivor, losers: at most {_PAGE} ids of contacts of this portal"
            raise Rejected(msg, operation=_MERGE)
        there = await self._there(ids)
        losers = [one for one in merge.losers if one in there]
        if merge.survivor not in there:
            msg = "survivor: the contact does not exist at the portal"
            raise Rejected(msg, operation=_MERGE)
        if not losers:
            return {"merged": 0}
        params = {
            "entityTypeId": _CONTACT,
            "entityIds": [int(merge.survivor), *(int(one) for one in losers)],
        }
        answer = await self.client.call(_MERGE, {"params": params})
        if answer.get("STATUS") != "SUCCESS":
            msg = "single fields of the contacts differ: merge them by hand at the portal"
            raise Rejected(msg, operation=_MERGE, vendor_code=str(answer.get("STATUS", "")))
        return {"merged": len(losers)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Refuse: the portal keeps no keys; ``perform`` itself may be repeated."""
        del key
        msg = "the portal cannot be asked what a key did"
        raise Unsupported(msg, operation=_MERGE)

    async def _there(self, ids: Sequence[str]) -> set[str]:
        params = {
            "filter": {"@ID": list(ids)},
            "select": ["ID"],
            "order": {"ID": "ASC"},
            "start": -1,
        }
        rows = await self.client.call(LIST, params)
        return {str(row["ID"]) for row in rows} & set(ids)


def _look_ups(entity: Customer) -> list[Command]:
    """Return the searches for one person: of contacts only, or others may hide them (2.8)."""
    by_type = {
        "PHONE": [one.number for one in entity.phones][:_MOST_VALUES],
        "EMAIL": [one.address for one in entity.emails][:_MOST_VALUES],
    }
    return [
        Command(_DUPLICATES, {"type": kind, "values": values, "entity_type": "CONTACT"})
        for kind, values in by_type.items()
        if values
    ]


def _ids_of(found: object) -> Sequence[Any]:
    """Return the contacts found; nothing is an empty list, not a map (10.7)."""
    ids = found.get("CONTACT", ()) if isinstance(found, dict) else ()
    return ids if isinstance(ids, list) else []
