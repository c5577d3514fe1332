"""Checks: what cannot be a sale or a return is refused before anything is kept of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.canonical import OrderLine
from gateway.contract import Refund, Sale, TillRefused
from gateway.loyalty.codec import refund_of, sale_of

MOST_LINES = 2000
MOST_AMOUNT = Decimal(10) ** 9
_LONGEST_ID = 120
_LINES = "lines"
ID_INVALID = "id-invalid"
LINES_INVALID = "lines-invalid"
MOMENT_INVALID = "moment-invalid"
POINTS_INVALID = "points-invalid"
MEMBER_NEEDED = "member-needed"
RETURN_EXCEEDS = "return-exceeds"


def check_sale(sale: Sale, *, latest: datetime) -> None:
    """Refuse a sale that cannot be one. Units: ``latest`` is how far clocks may run ahead."""
    _check_id(sale.id, "id")
    _check_moment(sale.at, latest)
    _check_lines(sale.lines)
    points = sale.points.points if sale.points is not None else Decimal(0)
    if points < 0 or points > MOST_AMOUNT:
        msg = "points that are spent are no negative number"
        raise TillRefused(POINTS_INVALID, msg, field="points")
    if points and sale.member is None:
        msg = "points are spent by a member: name one"
        raise TillRefused(MEMBER_NEEDED, msg, field="member")


def check_refund(refund: Refund, *, latest: datetime) -> None:
    """Refuse a return that cannot be one."""
    _check_id(refund.id, "id")
    _check_id(refund.sale_id, "sale_id")
    _check_moment(refund.at, latest)
    if refund.lines is not None:
        _check_lines(refund.lines)


def completed(
    refund: Refund, sold: Mapping[str, Any], returned: Iterable[Mapping[str, Any]]
) -> Refund:
    """Return a return whose lines are named, for a sale whose content is known.

    Shape: ``returned`` are the contents of earlier returns of the sale. Raises ``TillRefused`` for
    goods that were not sold, or came back already.
    """
    left = _quantities(sale_of(sold).lines)
    for content in returned:
        for line in refund_of(content).lines or ():
            left[line.id] = left.get(line.id, Decimal(0)) - (line.quantity or Decimal(0))
    if refund.lines is None:
        rest = [
            line.model_copy(update={"quantity": left[line.id]})
            for line in sale_of(sold).lines
            if left[line.id] > 0
        ]
        if not rest:
            raise _exceeds(_LINES)
        return replace(refund, lines=rest)
    for place, line in enumerate(refund.lines):
        if (line.quantity or Decimal(0)) > left.get(line.id, Decimal(0)):
            where = f"{_LINES}.{place}.quantity"
            raise _exceeds(where)
    return refund


def _quantities(lines: Sequence[OrderLine]) -> dict[str, Decimal]:
    return {line.id: line.quantity or Decimal(0) for line in lines}


def _exceeds(where: str) -> TillRefused:
    return TillRefused(RETURN_EXCEEDS, "more comes back than was sold and is out", field=where)


def _check_id(value: str, where: str) -> None:
    if not value or len(value) > _LONGEST_ID or not value.isprintable():
        msg = f"an id has 1 to {_LONGEST_ID} printable characters"
        raise TillRefused(ID_INVALID, msg, field=where)


def _check_moment(at: datetime, latest: datetime) -> None:
    if at > latest:
        msg = "the moment lies ahead: set the till's clock"
        raise TillRefused(MOMENT_INVALID, msg, field="at")


def _check_lines(lines: Sequence[OrderLine]) -> None:
    if not lines or len(lines) > MOST_LINES:
        msg = f"1 to {MOST_LINES} lines are needed"
        raise TillRefused(LINES_INVALID, msg, field="lines")
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if line.id in seen:
            msg = "two lines have one id"
            raise TillRefused(LINES_INVALID, msg, field=f"lines.{place}.id")
        seen.add(line.id)
        if line.quantity is None or not 0 < line.quantity <= MOST_AMOUNT:
            msg = "a quantity is more than nothing"
            raise TillRefused(LINES_INVALID, msg, field=f"lines.{place}.quantity")
        for name in ("price", "base_price"):
            price = getattr(line, name)
            if price is not None and not 0 <= price.amount <= MOST_AMOUNT:
                msg = "a price is no negative number"
                raise TillRefused(LINES_INVALID, msg, field=f"lines.{place}.{name}")


def latest_moment(now: datetime, future_s: float) -> datetime:
    """Return the latest moment that a till may name."""
    return now + timedelta(seconds=future_s)
