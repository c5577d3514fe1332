"""History: a card's movements, newest first, of a service that lists them oldest first (3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import BonusOperation
from gateway.contract import ContractViolated, HistoryPage, Missing

from .loyalty_service import LoyaltyService
from .translator_loyalty import posting_of
from .values import number_of

_OPERATION = "GetMovements"
_BEGINNING = datetime(1980, 1, 1)  # noqa: DTZ001 - 1C's moments have no zone, and points are younger
_MARK = "|"
_PAGE = 500


async def page_of(
    service: LoyaltyService,
    card: str,
    zone: ZoneInfo,
    *,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> HistoryPage:
    """Return the movements before ``cursor``, which names the last one that was given.

    They are read from their end, up to that one's moment: a movement that is made meanwhile, also
    one with an earlier date, moves nothing. Raises ``Missing``, and ``ContractViolated`` for a
    cursor of somebody else.
    """
    bound = None if cursor is None else _bound(cursor)
    until = (bound[0] if bound else now).astimezone(zone).replace(tzinfo=None, microsecond=0)
    values = {"CardID": card, "DateFrom": _BEGINNING, "DateTo": until}
    _, end = await _rows(service, {**values, "Offset": 0, "Limit": 1})
    found: list[BonusOperation] = []
    while end > 0 and len(found) <= limit:
        start = max(0, end - limit - 1)
        rows, _ = await _rows(service, {**values, "Offset": start, "Limit": end - start})
        read = [one for row in rows if (one := posting_of(row, zone)) is not None]
        read = [one for one in read if bound is None or _rank(one) < bound]
        found += sorted(read, key=_rank, reverse=True)
        end = start
    items = found[:limit]
    if len(found) <= limit:
        return HistoryPage(items)
    return HistoryPage(items, f"{items[-1].at.isoformat()}{_MARK}{items[-1].id}")


async def movements(
    service: LoyaltyService, card: str, zone: ZoneInfo, *, until: datetime
) -> list[Mapping[str, Any]]:
    """Return all movements of a card until a moment, oldest first. Raises ``Missing``."""
    last = until.astimezone(zone).replace(tzinfo=None, microsecond=0)
    values = {"CardID": card, "DateFrom": _BEGINNING, "DateTo": last, "Limit": _PAGE}
    found: list[Mapping[str, Any]] = []
    while True:
        rows, total = await _rows(service, {**values, "Offset": len(found)})
        found += rows
        if len(rows) < _PAGE or len(found) >= total:
            return found


async def _rows(
    service: LoyaltyService, values: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], int]:
    """Return rows, and how many there are in all."""
    told = (await service.call(_OPERATION, values)).get("return")
    if not isinstance(told, Mapping):
        msg = "the service does not know the card"
        raise Missing(msg, operation=_OPERATION)
    rows = [row for row in told.get("Item") or [] if isinstance(row, Mapping)]
    return rows, int(number_of(told.get("Total")) or 0)


def _rank(one: BonusOperation) -> tuple[datetime, str]:
    return one.at.astimezone(UTC), one.id


def _bound(cursor: str) -> tuple[datetime, str]:
    moment, _, last = cursor.partition(_MARK)
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), last
    except ValueError:
        msg = "the cursor of the history is not one of this connector"
        raise ContractViolated(msg, operation=_OPERATION) from None
