"""Change feed of orders: a walk by (date of change, id) that never misses a late save.

The shop has no change log for orders, only their date of change in whole seconds (reference 1.7).
A page goes on after the last (date, id) by two lists in one batch: the rest of that second, and
what is later. A save becomes visible some time after its date, so each round starts a stretch
before the latest date again; the cursor knows the rows of that stretch. Once the latest date is
older than the stretch and the stretch was walked once more, the round starts at that date itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from gateway.contract import Clock, RejectedRecord, TranslationFailed

from .batch import Command
from .client import BitrixClient
from .config import BitrixSettings
from .cursors import OrderCursor
from .values import site_time
from .wire import WireOrderRow

PAGE = 50
READ_BATCH = 49
"""Orders whose reading fits one call, beside the command for their promo codes."""
_LISTS_MAX = 20
_SELECT = ["id", "dateUpdate", "version", "xmlId"]


@dataclass(frozen=True, slots=True)
class FeedStep:
    """What one pull found: rows that are new to the cursor, and where the next one starts."""

    fresh: Sequence[WireOrderRow]
    cursor: OrderCursor
    has_more: bool
    rejected: Sequence[RejectedRecord] = ()


@dataclass(slots=True)
class OrderFeed:
    """Walks one step of the feed."""

    client: BitrixClient
    settings: BitrixSettings
    clock: Clock

    async def step(self, at: OrderCursor, *, limit: int) -> FeedStep:
        """Walk until about ``limit`` new rows are found or the end is reached."""
        if at.after is None:
            at = replace(at, walk_began=self.clock.now().timestamp())
        capacity = max(limit // READ_BATCH * READ_BATCH, min(limit, READ_BATCH), 1)
        fresh: list[WireOrderRow] = []
        rejected: list[RejectedRecord] = []
        is_end = is_full = False
        for _ in range(_LISTS_MAX):
            rows, bad, is_end = await self._page(at)
            rejected += bad
            taken = _take(rows, at.seen, fresh, capacity=capacity)
            is_full = taken < len(rows)
            at = self._advanced(at, rows[:taken])
            if is_end or is_full or len(fresh) == capacity:
                break
        is_end = is_end and not is_full
        if is_end:
            at = self._ended(at)
        return FeedStep(fresh, self._trimmed(at), not is_end, rejected)

    async def _page(self, at: OrderCursor) -> tuple[list[WireOrderRow], list[RejectedRecord], bool]:
        """Return the next rows in order, unreadable ones, and whether these were the last."""
        if at.after is None:
            answer = await self.client.call("sale.order.list", _asked({">=dateUpdate": at.low}))
            rows = answer.get("orders", [])
            return *_read(rows), len(rows) < PAGE
        date, last_id = at.after
        same = Command("sale.order.list", _asked({"=dateUpdate": date, ">id": last_id}, by_id=True))
        later = Command("sale.order.list", _asked({">dateUpdate": date}))
        results = await self.client.run([same, later], repeatable=True)
        head, tail = (self.client.value(result).get("orders", []) for result in results)
        if len(head) >= PAGE:
            return *_read(head), False
        rows = [*head, *tail]
        return *_read(rows), len(tail) < PAGE

    def _advanced(self, at: OrderCursor, rows: Sequence[WireOrderRow]) -> OrderCursor:
        if not rows:
            return at
        last = rows[-1]
        at = replace(at, after=(last.date_update, last.id))
        if _moment(last.date_update) > _moment(at.at):
            at = replace(at, at=last.date_update, since=self.clock.now().timestamp())
        return at

    def _ended(self, at: OrderCursor) -> OrderCursor:
        """Choose where the next round starts."""
        overlap_s = self.settings.order_overlap_s
        if at.walk_began - at.since > overlap_s:
            return replace(at, low=at.at, after=None)
        low = _moment(at.at) - timedelta(seconds=overlap_s)
        # Never before the point from which the feed was begun.
        started = min(_moment(at.low), _moment(at.at))
        return replace(at, low=site_time(max(low, started), self.settings.zone()), after=None)

    def _trimmed(self, at: OrderCursor) -> OrderCursor:
        """Forget rows that no later round will meet."""
        floor = _moment(at.at) - timedelta(seconds=self.settings.order_overlap_s)
        if at.after is None:
            floor = _moment(at.low)
        seen = {key: mark for key, mark in at.seen.items() if _moment(mark[0]) >= floor}
        return replace(at, seen=seen)


def _take(
    rows: Sequence[WireOrderRow],
    seen: dict[str, tuple[str, str]],
    fresh: list[WireOrderRow],
    *,
    capacity: int,
) -> int:
    """Sort out rows that are new, until there are ``capacity``; return how many were looked at."""
    for place, row in enumerate(rows):
        mark = (row.date_update, f"{row.date_update}/{row.version or ''}")
        if seen.get(row.id) != mark:
            if len(fresh) == capacity:
                return place
            fresh.append(row)
        seen[row.id] = mark
    return len(rows)


def _asked(conditions: Mapping[str, str], *, by_id: bool = False) -> dict[str, Any]:
    order = {"id": "ASC"} if by_id else {"dateUpdate": "ASC", "id": "ASC"}
    return {"filter": dict(conditions), "select": _SELECT, "order": order, "start": -1}


def _read(rows: Sequence[Any]) -> tuple[list[WireOrderRow], list[RejectedRecord]]:
    read: list[WireOrderRow] = []
    rejected: list[RejectedRecord] = []
    for row in rows:
        try:
            found = WireOrderRow.model_validate(row)
            _moment(found.date_update)
        except (ValidationError, ValueError):
            error = TranslationFailed(
                "must be a date-time", path="dateUpdate", operation="sale.order.list"
            )
            rejected.append(RejectedRecord(str(row.get("id", "")), error))
            continue
        read.append(found)
    return read, rejected


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
