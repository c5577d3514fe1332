"""Sale: the states of a sale or return, and what an answer of the processor makes of them. Pure.

Every function takes a row and returns its next version. A sale may need several *rounds* at its
processor: a hold that was given up is never taken up again under its old id, because some
processors refuse a cancelled purchase for ever. The round, and a round that is still to be undone,
stand in ``kept`` beside the processor's answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.contract import Deal, Kept, SaleState, Stage
from gateway.loyalty.codec import kept_json, kept_of, short_digest
from gateway.ports import SaleProgress, SaleRow

LEASE_S = 30.0
"""Seconds after which a row whose process died in the middle of sending is looked at."""

CANCELLED = "cancelled"
UNAVAILABLE = "unavailable"
PROCESSOR_REFUSED = "processor-refused"
MEMBER_UNKNOWN = "member-unknown"
HOLD_ENDED = "hold-ended"
EARNING_OFF = "earning-off"
DROPPED = "dropped"
REFUSALS = frozenset({PROCESSOR_REFUSED, MEMBER_UNKNOWN})
LOOSE = REFUSALS | {UNAVAILABLE}
"""Causes of a reserve that held nothing: it may be tried again, and the sale closed without."""

_FIT = re.compile(r"[A-Za-z0-9._:-]{1,78}")
_SUFFIX_CHARS = 8
_SHORT_CHARS = 24
_ROUND, _UNDO, _LOOKED, _UNDONE = "round", "undo", "looked", "undone"
_OURS = (_ROUND, _UNDO, _UNDONE)

_STAGES = {
    SaleProgress.RESERVING: Stage.UNAVAILABLE,
    SaleProgress.RESERVED: Stage.RESERVED,
    SaleProgress.COMMITTING: Stage.ACCEPTED,
    SaleProgress.COMMITTED: Stage.COMMITTED,
    SaleProgress.CANCELLING: Stage.ACCEPTED,
    SaleProgress.CANCELLED: Stage.CANCELLED,
    SaleProgress.DEAD: Stage.REFUSED,
}
_GIVEN_UP = frozenset({SaleProgress.CANCELLING, SaleProgress.CANCELLED})


def row_id(caller: str, own_id: str) -> str:
    """Return the id of a row; a caller's name holds no colon."""
    return f"{caller}:{own_id}"


def own_id(row: SaleRow) -> str:
    """Return the caller's id of a row."""
    return row.id.removeprefix(f"{row.caller}:")


def told_id(row: str, nth: int = 1) -> str:
    """Return the id under which a row's round is known to the processor.

    It tells callers apart, who number their sales as they like. Shape: at most 92 characters of
    ``[A-Za-z0-9._:-]``; an unfit or long id is replaced by its digest.
    """
    caller = row.partition(":")[0]
    base = row if _FIT.fullmatch(row) else f"{caller}:{short_digest(row)[:_SHORT_CHARS]}"
    if nth == 1:
        return base
    return f"{base}.{nth}.{short_digest(f'{row}#{nth}')[:_SUFFIX_CHARS]}"


def key_of(row: SaleRow, step: str, nth: int | None = None) -> str:
    """Return the key that the processor gets for a step: derived, so that a repeat is the same."""
    return f"{told_id(row.id, nth or round_of(row))}:{step}"


def round_of(row: SaleRow) -> int:
    """Return which round a row is in, from 1."""
    return int(row.kept.get(_ROUND, 1))


def undo_of(row: SaleRow) -> int | None:
    """Return the earlier round that may still hold points, ``None`` for none."""
    nth = row.kept.get(_UNDO)
    return None if nth is None else int(nth)


def has_undone(row: SaleRow) -> bool:
    """Tell whether what an earlier round held was given back."""
    return _UNDONE in row.kept


def hold_of(row: SaleRow) -> Kept | None:
    """Return the reservation of the present round, ``None`` where nothing is held."""
    kept = kept_of(row.kept)
    return kept if kept is not None and kept.state is SaleState.RESERVED else None


def points_of(content: Mapping[str, Any]) -> Decimal:
    """Return the points that a stored sale spends."""
    spent = content.get("points")
    return Decimal(spent["points"]) if spent is not None else Decimal(0)


def deal_of(row: SaleRow, *, replayed: bool = False) -> Deal:
    """Return what a caller needs to know of a row."""
    stage = _STAGES[row.progress]
    if row.progress in _GIVEN_UP and row.cause_code in LOOSE:
        stage = Stage.UNAVAILABLE
    elif row.progress is SaleProgress.CANCELLING and row.cause_code == HOLD_ENDED:
        stage = Stage.CANCELLED
    told = stage in {Stage.REFUSED, Stage.CANCELLED, Stage.UNAVAILABLE}
    cause = row.cause if told or row.cause_code == EARNING_OFF else ""
    return Deal(own_id(row), stage, kept_of(row.kept), cause=cause, replayed=replayed)


def following(row: SaleRow, now: datetime, **changes: Any) -> SaleRow:
    """Return the next version of a row."""
    return replace(row, version=row.version + 1, changed_at=now, **changes)


def next_round(row: SaleRow, *, undo: bool) -> dict[str, Any]:
    """Return what is kept when a row goes into its next round. ``undo``: the last one may hold."""
    kept: dict[str, Any] = {_ROUND: round_of(row) + 1}
    if undo:
        kept[_UNDO] = round_of(row)
    elif undo_of(row) is not None:
        kept[_UNDO] = undo_of(row)
    return kept


def with_kept(row: SaleRow, kept: Kept) -> dict[str, Any]:
    """Return the processor's answer with what we keep beside it."""
    return kept_json(kept) | {name: row.kept[name] for name in _OURS if name in row.kept}


def reserved(row: SaleRow, kept: Kept, *, now: datetime, hold_s: float) -> SaleRow:
    """The points are blocked: until the hold ends, at the processor or here."""
    ends = now + timedelta(seconds=hold_s)
    if kept.expires_at is not None:
        ends = min(ends, kept.expires_at)
    return following(
        row, now, progress=SaleProgress.RESERVED, kept=with_kept(row, kept), unknown=False,
        due_at=ends, attempts=0,
    )  # fmt: skip


def not_reserved(row: SaleRow, code: str, cause: str, *, now: datetime, sent: bool) -> SaleRow:
    """Nothing is held for the caller. ``sent``: the processor may have blocked points for it."""
    return following(
        row, now, progress=SaleProgress.CANCELLING if sent else SaleProgress.CANCELLED,
        unknown=sent, due_at=now if sent else None, cause_code=code, cause=cause, attempts=0,
    )  # fmt: skip


def committed(row: SaleRow, kept: Kept | None, *, now: datetime) -> SaleRow:
    """The processor counted it. A round that is still to be undone keeps the settler at it."""
    held = with_kept(row, kept) if kept is not None else row.kept
    return following(
        row, now, progress=SaleProgress.COMMITTED, kept=held, unknown=False, attempts=0,
        due_at=None if undo_of(row) is None else now, cause_code="", cause="", remedy="",
    )  # fmt: skip


def dead(row: SaleRow, code: str, cause: str, remedy: str, *, now: datetime) -> SaleRow:
    """The processor refused it for good: a person decides."""
    return following(
        row, now, progress=SaleProgress.DEAD, cause_code=code, cause=cause, remedy=remedy,
        attempts=row.attempts + 1, due_at=None if undo_of(row) is None else now,
    )  # fmt: skip


def postponed(
    row: SaleRow, *, now: datetime, after_s: float, unknown: bool, cause: str = ""
) -> SaleRow:
    """The processor could not do it now. What a cancelled row was cancelled for stays."""
    text = row.cause if row.cause_code else cause
    return following(
        row, now, due_at=now + timedelta(seconds=after_s), attempts=row.attempts + 1,
        unknown=unknown, cause=text,
    )  # fmt: skip


def looked(row: SaleRow, *, now: datetime, again_s: float) -> SaleRow:
    """The processor knew nothing of what may have been sent: it is asked once more."""
    kept = {**row.kept, _LOOKED: undo_of(row) or round_of(row)}
    return following(row, now, kept=kept, due_at=now + timedelta(seconds=again_s))


def was_looked_up(row: SaleRow) -> bool:
    """Tell whether what is to be undone was looked for before, and not found."""
    return bool(row.kept.get(_LOOKED) == (undo_of(row) or round_of(row)))


def claimed(row: SaleRow, *, now: datetime) -> SaleRow:
    """The settler is about to send: from here on the outcome is unknown to whoever finds it."""
    return following(row, now, unknown=True, due_at=now + timedelta(seconds=LEASE_S))


def not_told(row: SaleRow, *, now: datetime) -> SaleRow:
    """It is kept and told to nobody: earning is off, or was when the goods were sold."""
    return following(
        row, now, progress=SaleProgress.COMMITTED, unknown=False, due_at=None,
        cause_code=EARNING_OFF, cause="earning is off: kept, and not told to the processor",
    )  # fmt: skip


def begun_again(row: SaleRow, *, now: datetime) -> SaleRow:
    """The processor gave the hold up by itself: the sale goes on in another round."""
    return following(row, now, kept=next_round(row, undo=False), unknown=False, due_at=now)


def undone(row: SaleRow, *, now: datetime) -> SaleRow:
    """Nothing is held any more: in an earlier round, or else in the present one of a cancelled."""
    if undo_of(row) is not None:
        left = {name: value for name, value in row.kept.items() if name not in {_UNDO, _LOOKED}}
        left[_UNDONE] = undo_of(row)
        ended = row.progress in {SaleProgress.COMMITTED, SaleProgress.DEAD, SaleProgress.CANCELLED}
        return following(row, now, kept=left, due_at=None if ended else now, attempts=0)
    left = {name: value for name, value in row.kept.items() if name == _ROUND}
    return following(
        row, now, progress=SaleProgress.CANCELLED, unknown=False, due_at=None, attempts=0,
        kept=left,
    )  # fmt: skip


def hold_ended(row: SaleRow, *, now: datetime) -> SaleRow:
    """Nobody closed the sale in time: its points come back."""
    return following(
        row, now, progress=SaleProgress.CANCELLING, due_at=now, cause_code=HOLD_ENDED,
        cause="the sale was not closed in time", attempts=0,
    )  # fmt: skip


def retried(row: SaleRow, *, now: datetime) -> SaleRow:
    """A person has mended what a refused row was refused for: it is looked up and told again."""
    closing = not row.asked.keys().isdisjoint({"commit", "refund"})
    return following(
        row, now, progress=SaleProgress.COMMITTING if closing else SaleProgress.CANCELLING,
        unknown=True, due_at=now, attempts=0, remedy="", cause="",
        cause_code="" if closing else CANCELLED,
    )  # fmt: skip


def dropped(row: SaleRow, reason: str, *, now: datetime) -> SaleRow:
    """A person gave a refused row up; what a sale may hold is given back."""
    is_refund = bool(row.of)
    return following(
        row, now, progress=SaleProgress.CANCELLED if is_refund else SaleProgress.CANCELLING,
        unknown=not is_refund, due_at=None if is_refund else now, attempts=0, cause_code=DROPPED,
        cause=reason, remedy="",
    )  # fmt: skip
