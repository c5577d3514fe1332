"""Decide: what a call means for the row of its sale. Pure.

The answer is the row's next version, which is on disk before anything is sent, or that the same was
asked before. A call that contradicts what is known is refused and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.contract import Caller, TillRefused
from gateway.loyalty.sale import (
    CANCELLED,
    HOLD_ENDED,
    LEASE_S,
    LOOSE,
    following,
    hold_of,
    next_round,
    not_told,
    points_of,
    row_id,
    undo_of,
)
from gateway.ports import Asked, SaleKind, SaleProgress, SaleRow

RESERVE, COMMIT, CANCEL, REFUND = "reserve", "commit", "cancel", "refund"
SALE_DIFFERS = "sale-differs"
SALE_CANCELLED = "sale-cancelled"
SALE_COMMITTED = "sale-committed"
NOT_RESERVED = "not-reserved"
POINTS_DIFFER = "points-differ"
_BEGIN_ANOTHER = "the sale was cancelled: begin another one"
_OPEN = frozenset({SaleProgress.RESERVING, SaleProgress.RESERVED})
_GIVEN_UP = frozenset({SaleProgress.CANCELLING, SaleProgress.CANCELLED})


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call asks about one sale or return.

    Shape: ``id`` the caller's own; ``processor`` serves a row that is not there yet; ``asked`` is
    the digest of ``content`` with the caller's key. ``is_told`` is false while nothing is earned:
    the row is kept and never told to a processor. ``is_offline``: the receipt was closed already.
    """

    caller: Caller
    id: str
    step: str
    processor: str
    now: datetime
    place: int
    at: datetime
    asked: Asked
    correlation_id: str = ""
    of: str = ""
    is_told: bool = True
    is_offline: bool = False
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def row_id(self) -> str:
        """The id of its row."""
        return row_id(self.caller.name, self.id)


def to_reserve(row: SaleRow | None, ask: Ask) -> SaleRow | None:
    """Begin to block points; ``None`` when the same was asked before.

    One that held nothing may be tried again, with other content too, unless it is a repeat by its
    key. Raises ``TillRefused``.
    """
    if row is None:
        return _new(ask, SaleProgress.RESERVING)
    _same_kind(row, SaleKind.SALE)
    before = row.asked.get(RESERVE)
    is_repeat = before is not None and bool(ask.asked.key) and before.key == ask.asked.key
    held_nothing = row.progress is SaleProgress.CANCELLED and row.cause_code in LOOSE
    if held_nothing and not is_repeat:
        return _again(row, ask, SaleProgress.RESERVING, undo=False)
    if before is not None and before.digest == ask.asked.digest:
        return None
    if row.progress in _GIVEN_UP and row.cause_code not in LOOSE:
        raise TillRefused(SALE_CANCELLED, _BEGIN_ANOTHER)
    raise _differs()


def to_commit(row: SaleRow | None, ask: Ask) -> SaleRow | None:
    """Close a sale; ``None`` when the same was asked before. Raises ``TillRefused``."""
    if row is None:
        if points_of(ask.content) and not ask.is_offline:
            raise _not_reserved()
        return _new(ask, SaleProgress.COMMITTING)
    _same_kind(row, SaleKind.SALE)
    if row.progress in _OPEN:
        return _close_open(row, ask)
    before = row.asked.get(COMMIT)
    if before is not None:
        if before.digest == ask.asked.digest:
            return None
        raise _differs()
    return _close_given_up(row, ask)


def _close_open(row: SaleRow, ask: Ask) -> SaleRow:
    """Close a sale with what it holds, or without points, and then what it holds comes back."""
    hold, spends = hold_of(row), points_of(ask.content)
    if not spends:
        return _again(row, ask, SaleProgress.COMMITTING, undo=True)
    if hold is None and not ask.is_offline:
        raise _not_reserved()
    blocked = hold.points_spent if hold is not None else None
    allowed = {points_of(row.content), blocked.points if blocked is not None else None}
    if spends not in allowed and not ask.is_offline:
        msg = "other points are reserved: close the sale with those, or without points"
        raise TillRefused(POINTS_DIFFER, msg, field="points")
    if hold is None or spends not in allowed:
        return _again(row, ask, SaleProgress.COMMITTING, undo=True)
    return following(row, ask.now, **_closing(row, ask))


def _close_given_up(row: SaleRow, ask: Ask) -> SaleRow:
    spends, undo = points_of(ask.content), row.progress is SaleProgress.CANCELLING
    if ask.is_offline:
        return _again(row, ask, SaleProgress.COMMITTING, undo=undo)
    if row.cause_code in LOOSE and spends:
        raise _not_reserved()
    if row.cause_code not in LOOSE | {HOLD_ENDED}:
        raise TillRefused(SALE_CANCELLED, _BEGIN_ANOTHER)
    if spends and spends != points_of(row.content):
        msg = "other points were reserved: close the sale with those, or without points"
        raise TillRefused(POINTS_DIFFER, msg, field="points")
    return _again(row, ask, SaleProgress.COMMITTING, undo=undo)


def to_cancel(row: SaleRow | None, ask: Ask) -> SaleRow | None:
    """Give a sale up; ``None`` when it is given up already. Raises ``TillRefused``.

    One that was never heard of leaves a row, so that a reserve that was overtaken by its own cancel
    blocks nothing.
    """
    if row is None:
        return _new(ask, SaleProgress.CANCELLED)
    _same_kind(row, SaleKind.SALE)
    asked = {**row.asked, CANCEL: ask.asked}
    if row.progress in _OPEN:
        return following(
            row, ask.now, progress=SaleProgress.CANCELLING, cause_code=CANCELLED, cause="",
            asked=asked, attempts=0, due_at=ask.now + timedelta(seconds=LEASE_S),
        )  # fmt: skip
    if row.progress not in _GIVEN_UP:
        msg = "the sale is closed: give goods back by a return"
        raise TillRefused(SALE_COMMITTED, msg)
    if row.cause_code == CANCELLED:
        return None
    return following(row, ask.now, cause_code=CANCELLED, cause="", asked=asked)


def to_refund(row: SaleRow | None, ask: Ask) -> SaleRow | None:
    """Take goods back; ``None`` when the same was asked before. Raises ``TillRefused``."""
    if row is None:
        return _new(ask, SaleProgress.COMMITTING)
    _same_kind(row, SaleKind.REFUND)
    before = row.asked.get(REFUND)
    if before is not None and before.digest == ask.asked.digest:
        return None
    raise _differs()


def _new(ask: Ask, progress: SaleProgress) -> SaleRow:
    kind = SaleKind.REFUND if ask.step == REFUND else SaleKind.SALE
    row = SaleRow(
        id=ask.row_id, kind=kind, caller=ask.caller.name, shop=ask.caller.shop,
        brand=ask.caller.brand, processor=ask.processor, progress=progress, version=0,
        place=ask.place, at=ask.at, changed_at=ask.now, of=ask.of,
        correlation_id=ask.correlation_id,
    )  # fmt: skip
    if progress is SaleProgress.CANCELLED:
        return following(row, ask.now, cause_code=CANCELLED, asked={CANCEL: ask.asked})
    return _untold(following(row, ask.now, **_asking(row, ask, progress)), ask)


def _again(row: SaleRow, ask: Ask, progress: SaleProgress, *, undo: bool) -> SaleRow:
    changes = _asking(row, ask, progress) | {"kept": next_round(row, undo=undo)}
    return _untold(following(row, ask.now, **changes), ask)


def _untold(row: SaleRow, ask: Ask) -> SaleRow:
    """Return a closed row as it is kept while nothing is earned."""
    if ask.is_told or row.progress is not SaleProgress.COMMITTING or points_of(row.content):
        return row
    due = ask.now if undo_of(row) is not None else None
    return replace(not_told(row, now=ask.now), version=row.version, due_at=due)


def _asking(row: SaleRow, ask: Ask, progress: SaleProgress) -> dict[str, Any]:
    if progress is SaleProgress.COMMITTING:
        return _closing(row, ask)
    return {
        "progress": progress, "content": ask.content, "asked": {**row.asked, ask.step: ask.asked},
        "cause_code": "", "cause": "", "remedy": "", "attempts": 0, "unknown": True,
        "due_at": ask.now + timedelta(seconds=LEASE_S), "correlation_id": ask.correlation_id,
    }  # fmt: skip


def _closing(row: SaleRow, ask: Ask) -> dict[str, Any]:
    """Return the changes that close a sale or return."""
    content = dict(ask.content)
    if "member" in row.content:
        content.setdefault("member", row.content["member"])
    return {
        "progress": SaleProgress.COMMITTING, "content": content, "at": ask.at,
        "asked": {**row.asked, ask.step: ask.asked}, "cause_code": "", "cause": "", "remedy": "",
        "attempts": 0, "unknown": not ask.is_offline, "correlation_id": ask.correlation_id,
        "due_at": ask.now if ask.is_offline else ask.now + timedelta(seconds=LEASE_S),
    }  # fmt: skip


def _same_kind(row: SaleRow, kind: SaleKind) -> None:
    if row.kind is not kind:
        msg = "the id is taken: sales and returns of a till are numbered together"
        raise TillRefused(SALE_DIFFERS, msg, field="id")


def _differs() -> TillRefused:
    return TillRefused(SALE_DIFFERS, "this step of the sale came before with another content")


def _not_reserved() -> TillRefused:
    msg = "no points are reserved for this sale: close it without points"
    return TillRefused(NOT_RESERVED, msg, field="points")
