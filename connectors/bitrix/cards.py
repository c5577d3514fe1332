"""Cards of the shop's directory: reader over the change log, writer of up to 500 in one call.

A card's number is its id. The extension makes or changes cards by number, so what is to be created
is looked up first: a card that is there may be somebody's work, and is left to the core to merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Card
from gateway.contract import (
    Change,
    Cursor,
    Observed,
    Outcome,
    Page,
    Reading,
    RejectedRecord,
)

from .batch import Answer, Command
from .card_writing import CardWriting
from .client import BitrixClient
from .config import BitrixSettings
from .customers import unreadable
from .errors import NOT_FOUND, VendorRefused
from .log_feed import LogFeed
from .translator_card import NUMBER_LIMIT, card_from_wire, held_card
from .wire import WireCard

_LIST_PAGE = 500


@dataclass(frozen=True, slots=True)
class CardDirectory:
    """Reader and writer of cards. ``_doubts`` are creations without an answer, key → number."""

    client: BitrixClient
    settings: BitrixSettings
    _doubts: dict[str, str] = field(default_factory=dict)

    @property
    def entities(self) -> Sequence[str]:
        """The names in the log."""
        return ("card",)

    @property
    def lists(self) -> str:
        """The list method."""
        return "gateway.card.list"

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Card]:
        """Return the next page of changes that others made; see ``EntityReader.pull``."""
        settings = self.settings
        feed = LogFeed(self.client, self, "cards", settings.origin, settings.cards_full_load)
        return await feed.pull(cursor, limit=limit)

    async def walked(self, rows: Sequence[Mapping[str, Any]]) -> Reading[Card]:
        """Translate cards."""
        items, rejected = self._translated(rows)
        return Reading(items, rejected=rejected)

    async def touched(self, rows: Sequence[Mapping[str, Any]]) -> Reading[Card]:
        """Read the cards that the log points at."""
        return await self.get(list(dict.fromkeys(str(row["id"]) for row in rows)))

    async def get(self, external_ids: Sequence[str]) -> Reading[Card]:
        """Read cards by number, 50 in a batch; see ``EntityReader.get``."""
        found = await self._rows(dict.fromkeys(external_ids))
        items, rejected = self._translated(found.values())
        missing = [number for number in external_ids if number not in found]
        return Reading(items, missing, rejected)

    def held(self, entity: Card, known: Card | None) -> Card:
        """Reduce to what the shop holds; see ``held_card``."""
        return held_card(entity, known, self.settings)

    async def write(self, changes: Sequence[Change[Card]]) -> Sequence[Outcome[Card]]:
        """Make or change cards; see ``EntityWriter.write``."""
        doubtful = [c for c in changes if c.external_id is None or c.version is None]
        numbers = [c.external_id or c.entity.number or "" for c in doubtful]
        there = {
            number: WireCard.model_validate(row)
            for number, row in (await self._rows(dict.fromkeys(numbers))).items()
        }
        writing = CardWriting(self.client, self.settings, changes, there, self._doubts)
        return await writing.run()

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up cards by our key: by the number under which it was sent, else among all."""
        wanted = {key: self._doubts[key] for key in keys if key in self._doubts}
        rows = await self._rows(dict.fromkeys(wanted.values()))
        found = {
            key: number
            for key, number in wanted.items()
            if number in rows and rows[number].get("xmlId") == key
        }
        unsure = set(keys) - set(wanted)
        return found | (await self._walked_for(unsure) if unsure else {})

    async def _walked_for(self, keys: set[str]) -> dict[str, str]:
        """Walk all cards for keys: the extension has no look-up by a card's external id."""
        found: dict[str, str] = {}
        params: dict[str, Any] = {"limit": _LIST_PAGE}
        while len(found) < len(keys):
            answer = await self.client.call(self.lists, params)
            for row in answer["items"]:
                if row.get("xmlId") in keys:
                    found[str(row["xmlId"])] = str(row["number"])
            if answer["hasMore"] != "Y":
                break
            params = {"limit": _LIST_PAGE, "cursor": answer["cursor"]}
        return found

    async def _rows(self, numbers: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Return the cards that exist, as the shop shows them, by number."""
        asked = [number for number in numbers if 0 < len(number) <= NUMBER_LIMIT]
        commands = [Command("gateway.card.get", {"number": number}) for number in asked]
        results = await self.client.run(commands, repeatable=True) if commands else []
        found: dict[str, Mapping[str, Any]] = {}
        for number, result in zip(asked, results, strict=True):
            if isinstance(result, Answer):
                found[number] = result.value["card"]
            elif not (isinstance(result, VendorRefused) and result.refusal.code == NOT_FOUND):
                self.client.value(result)
        return found

    def _translated(
        self, rows: Iterable[Mapping[str, Any]]
    ) -> tuple[list[Observed[Card]], list[RejectedRecord]]:
        items: list[Observed[Card]] = []
        rejected: list[RejectedRecord] = []
        for row in rows:
            try:
                items.append(card_from_wire(WireCard.model_validate(row), self.settings))
            except ValidationError as error:
                failure = unreadable(error, self.lists)
                rejected.append(RejectedRecord(str(row.get("number")), failure))
        return items, rejected
