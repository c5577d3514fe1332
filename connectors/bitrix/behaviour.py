"""Behaviour of visitors: carts and availability subscriptions, by the extension's change log.

The log tells that a cart changed, not how; of a cart that changed several times the last state is
read. A subscription has no reading by id: the list of those that wait is followed by its own
cursor, and walked from its start when one that the log names is not behind it (reference 10.11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from pydantic import ValidationError

from gateway.contract import (
    Cursor,
    Happening,
    Happenings,
    RejectedRecord,
    TranslationFailed,
)

from .batch import Command
from .client import BitrixClient
from .config import BitrixSettings
from .cursors import loaded
from .customers import unreadable
from .errors import CURSOR, CURSOR_GONE, NOT_FOUND, VendorRefused
from .translator_behaviour import cart_from_wire, wish_from_wire
from .wire_behaviour import WireCart, WireWish

BASKET, SUBSCRIPTION = "basket", "subscription"
_LOG_PAGE = 500
_LIST_PAGE = 500
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """How far behaviour was read: the log's number, and the cursor of the list of wishes."""

    seq: int
    wishes: str = ""

    def text(self) -> str:
        """Return the stored form."""
        return json.dumps({"of": "behaviour", "seq": self.seq, "wishes": self.wishes})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the stored form. Raises ``ContractViolated`` for anything else."""
        value = loaded(text, "behaviour")
        return cls(int(str(value["seq"])), str(value["wishes"]))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """See ``BehaviourSource``. ``account`` makes the ids of visitors its own."""

    client: BitrixClient
    settings: BitrixSettings
    account: str

    async def happened(self, cursor: Cursor | None, *, limit: int) -> Happenings:
        """Return the next carts and wishes; see ``BehaviourSource.happened``."""
        if cursor is None:
            return Happenings([], (await self._now()).text(), has_more=False)
        place = Place.parse(cursor)
        try:
            log = await self.client.ask(
                "gateway.change.list",
                {
                    "after": place.seq,
                    "entities": [BASKET, SUBSCRIPTION],
                    "limit": min(limit, _LOG_PAGE),
                    "notOrigin": self.settings.origin,
                },
            )
        except VendorRefused as refused:
            if refused.refusal.code != CURSOR_GONE:
                raise self.client.error(refused, repeatable=True) from None
            # What the log forgot in 30 days is no behaviour of now.
            return Happenings([], (await self._now()).text(), has_more=True)
        rows: Sequence[Row] = log["items"]
        rejected: list[RejectedRecord] = []
        events = await self._carts([r for r in rows if r["entity"] == BASKET], rejected)
        ids = {str(r["id"]) for r in rows if r["entity"] == SUBSCRIPTION}
        wishes, place = await self._wishes(ids, place, rejected)
        events += wishes
        events.sort(key=lambda one: one.event.at)
        after = replace(place, seq=int(log["last"]))
        return Happenings(events, after.text(), log["hasMore"] == "Y", rejected)

    async def _now(self) -> Place:
        info = await self.client.call("gateway.info")
        return Place(int(info["changeLast"]))

    async def _carts(self, rows: Sequence[Row], rejected: list[RejectedRecord]) -> list[Happening]:
        """Read the carts that the log names, each once, 50 in a batch."""
        last = {str(row["id"]): row for row in rows}
        commands = [Command("gateway.basket.get", {"fuserId": int(number)}) for number in last]
        if not commands:
            return []
        found: list[Happening] = []
        results = await self.client.run(commands, repeatable=True)
        for (number, row), result in zip(last.items(), results, strict=True):
            if isinstance(result, VendorRefused) and result.refusal.code == NOT_FOUND:
                told: Row = {"fuserId": number}  # purged since: empty
            else:
                told = self.client.value(result)["basket"]
            try:
                cart = WireCart.model_validate(told)
                found.append(cart_from_wire(cart, row, self.account, self.settings))
            except (ValidationError, TranslationFailed) as error:
                rejected.append(_rejected(number, error, "gateway.basket.get"))
        return found

    async def _wishes(
        self, ids: set[str], place: Place, rejected: list[RejectedRecord]
    ) -> tuple[list[Happening], Place]:
        """Read the subscriptions of these ids that still wait; the others need nothing."""
        if not ids:
            return [], place
        rows, at = await self._listed(ids, place.wishes)
        if place.wishes and len(rows) < len(ids):
            rows, at = await self._listed(ids, "")
        found: list[Happening] = []
        for number, row in rows.items():
            try:
                wish = WireWish.model_validate(row)
                told = wish_from_wire(wish, self.account, self.settings)
            except (ValidationError, TranslationFailed) as error:
                rejected.append(_rejected(number, error, "gateway.subscription.list"))
                continue
            if told is not None:
                found.append(told)
        return found, replace(place, wishes=at)

    async def _listed(self, ids: set[str], at: str) -> tuple[dict[str, Row], str]:
        found: dict[str, Row] = {}
        while True:
            params: dict[str, Any] = {"filter": {"state": "waiting"}, "limit": _LIST_PAGE}
            if at:
                params["cursor"] = at
            try:
                answer = await self.client.ask("gateway.subscription.list", params)
            except VendorRefused as refused:
                if refused.refusal.code != CURSOR or not at:
                    raise self.client.error(refused, repeatable=True) from None
                at = ""
                continue
            found |= {str(row["id"]): row for row in answer["items"] if str(row["id"]) in ids}
            at = str(answer["cursor"])
            if answer["hasMore"] != "Y":
                return found, at


def _rejected(
    number: str, error: ValidationError | TranslationFailed, operation: str
) -> RejectedRecord:
    failure = error if isinstance(error, TranslationFailed) else unreadable(error, operation)
    return RejectedRecord(number, failure)
