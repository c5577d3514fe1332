"""Customers of one shop: reader over the extension's change log, writer in batches of commands.

After a page of the log one batch reads the users and their cards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Customer
from gateway.contract import (
    Change,
    Cursor,
    Observed,
    Outcome,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
)

from .batch import BATCH_LIMIT, Answer, Command
from .client import BitrixClient
from .config import BitrixSettings
from .customer_writer import CustomerWriting
from .errors import AMBIGUOUS, NOT_FOUND, VendorRefused
from .held_customer import held_customer
from .log_feed import LogFeed
from .translator import customer_from_wire, gone_customer
from .values import is_id
from .wire import WireUser


@dataclass(frozen=True, slots=True)
class CustomerDirectory:
    """Reader and writer of customers."""

    client: BitrixClient
    settings: BitrixSettings

    @property
    def entities(self) -> Sequence[str]:
        """The names in the log: a card that comes or goes changes its holder."""
        return ("user", "card") if self.settings.reads_cards else ("user",)

    @property
    def lists(self) -> str:
        """The list method."""
        return "gateway.user.list"

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return the next page of changes that others made; see ``EntityReader.pull``."""
        settings = self.settings
        feed = LogFeed(
            self.client, self, "customers", settings.origin, settings.customers_full_load
        )
        return await feed.pull(cursor, limit=limit)

    async def walked(self, rows: Sequence[Mapping[str, Any]]) -> Reading[Customer]:
        """Translate users, with their cards."""
        cards = await self._cards([str(row.get("id")) for row in rows])
        items, rejected = self._translated(rows, cards)
        return Reading(items, rejected=rejected)

    async def touched(self, rows: Sequence[Mapping[str, Any]]) -> Reading[Customer]:
        """Read the users that the log points at, and the holders of its cards."""
        erased = {str(r["id"]) for r in rows if r["entity"] == "user" and r["op"] == "delete"}
        users = {str(r["id"]) for r in rows if r["entity"] == "user"}
        numbers = sorted({str(r["id"]) for r in rows if r["entity"] == "card"})
        users |= await self._holders(numbers)
        reading = await self.get(sorted(users - erased, key=int))
        gone = [gone_customer(user_id) for user_id in sorted(erased, key=int)]
        return Reading([*reading.items, *gone], rejected=reading.rejected)

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read users with their cards, in one batch for up to 49; see ``EntityReader.get``."""
        ids = [user_id for user_id in dict.fromkeys(external_ids) if is_id(user_id)]
        rows, cards = await self._read(ids)
        items, rejected = self._translated(rows, cards)
        found = {item.external_id for item in items} | {record.external_id for record in rejected}
        missing = [user_id for user_id in external_ids if user_id not in found]
        return Reading(items, missing, rejected)

    async def _read(
        self, ids: Sequence[str]
    ) -> tuple[list[dict[str, Any]], dict[str, list[str]] | None]:
        size = BATCH_LIMIT - 1 if self.settings.reads_cards else 500
        lists: list[Command] = []
        owned: dict[str, Command] = {}
        commands: list[Command] = []
        for start in range(0, len(ids), size):
            part = ids[start : start + size]
            lists.append(
                Command("gateway.user.list", {"filter": {"ids": part}, "limit": len(part)})
            )
            asked = self._card_commands(part)
            owned |= asked
            commands += [lists[-1], *asked.values()]
        results = dict(
            zip(commands, await self.client.run(commands, repeatable=True), strict=True)
            if commands
            else ()
        )
        rows = [row for c in lists for row in self.client.value(results[c])["items"]]
        if not self.settings.reads_cards:
            return rows, None
        return rows, {
            user_id: _numbers(self.client.value(results[command]))
            for user_id, command in owned.items()
        }

    def _card_commands(self, ids: Iterable[str]) -> dict[str, Command]:
        if not self.settings.reads_cards:
            return {}
        return {
            user_id: Command("gateway.card.list", {"filter": {"userId": user_id}, "limit": 500})
            for user_id in ids
        }

    async def _cards(self, ids: Sequence[str]) -> dict[str, list[str]] | None:
        if not self.settings.reads_cards:
            return None
        commands = self._card_commands([user_id for user_id in ids if is_id(user_id)])
        results = await self.client.run(list(commands.values()), repeatable=True)
        return {
            user_id: _numbers(self.client.value(result))
            for user_id, result in zip(commands, results, strict=True)
        }

    async def _holders(self, numbers: Sequence[str]) -> set[str]:
        """Return the users whose cards these are; a card may be gone or nobody's."""
        commands = [Command("gateway.card.get", {"number": number}) for number in numbers]
        holders: set[str] = set()
        for result in await self.client.run(commands, repeatable=True) if commands else ():
            if isinstance(result, VendorRefused) and result.refusal.code == NOT_FOUND:
                continue
            user_id = self.client.value(result)["card"].get("userId")
            if user_id is not None:
                holders.add(str(user_id))
        return holders

    def _translated(
        self, rows: Iterable[Mapping[str, Any]], cards: Mapping[str, Sequence[str]] | None
    ) -> tuple[list[Observed[Customer]], list[RejectedRecord]]:
        items: list[Observed[Customer]] = []
        rejected: list[RejectedRecord] = []
        for row in rows:
            user_id = str(row.get("id"))
            try:
                user = WireUser.model_validate(row)
            except ValidationError as error:
                rejected.append(RejectedRecord(user_id, unreadable(error, "gateway.user.list")))
                continue
            numbers = None if cards is None else cards.get(user_id, ())
            items.append(customer_from_wire(user, numbers, self.settings))
        return items, rejected

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce to what the shop holds; see ``held_customer``."""
        return held_customer(entity, known, self.settings)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Add or update users in batches of commands; see ``EntityWriter.write``."""
        writing = CustomerWriting(self.client, self.settings, changes)
        outcomes = await writing.run()
        return [outcomes[index] for index in range(len(changes))]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up users by external id; of several with one key the oldest counts."""
        commands = [Command("gateway.user.get", {"xmlId": key}) for key in keys]
        found: dict[str, str] = {}
        results = await self.client.run(commands, repeatable=True) if commands else []
        for key, result in zip(keys, results, strict=True):
            if isinstance(result, Answer):
                found[key] = str(result.value["user"]["id"])
            elif isinstance(result, VendorRefused) and result.refusal.code == AMBIGUOUS:
                found[key] = str(min(result.refusal.ids()))
            elif not (isinstance(result, VendorRefused) and result.refusal.code == NOT_FOUND):
                self.client.value(result)
        return found


def unreadable(error: ValidationError, operation: str) -> TranslationFailed:
    """Return the error of a record that is not in the vendor's form; it names the field only."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"])
    return TranslationFailed(first["type"], path=path, operation=operation)


def _numbers(answer: Mapping[str, Any]) -> list[str]:
    return [str(card["number"]) for card in answer["items"]]
