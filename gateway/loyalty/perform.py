"""Perform: tell a processor one sale or return, and say what came of it.

A row whose step may have had its effect is looked up before anything is repeated. Nothing here
writes: whoever performs writes the outcome, and a process that dies in between looks it up again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from gateway.contract import (
    ConnectorError,
    Kept,
    Missing,
    PermanentError,
    RateLimited,
    SaleState,
    TranslationFailed,
    Unavailable,
    Unsupported,
)
from gateway.loyalty.codec import kept_of, refund_of, sale_of
from gateway.loyalty.processor import Processor
from gateway.loyalty.sale import hold_of, key_of, points_of, round_of, told_id, undo_of
from gateway.ports import SaleRow

R = TypeVar("R")
RETURN_PATIENCE = 8
"""Tries of a return whose sale the processor says it lacks: some count sales with a delay."""

_POINTS_GONE = "points-gone"
_CREDIT = "Agree with the customer, then drop the sale, or correct the balance and retry it."
_READ = "Read the cause, correct it at the processor, then retry the sale, or drop it."


@dataclass(frozen=True, slots=True)
class Counted:
    """The processor counted the sale or return."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Held:
    """The points are blocked."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Freed:
    """Nothing is blocked any more."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The processor gave the hold up by itself."""


@dataclass(frozen=True, slots=True)
class Denied:
    """It was refused for good."""

    code: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Later:
    """It could not be done now. ``unknown``: it may have been done. ``error`` is why."""

    error: Exception
    unknown: bool

    @property
    def retry_after_s(self) -> float | None:
        """What the processor asked for. Units: seconds."""
        return self.error.retry_after_s if isinstance(self.error, ConnectorError) else None

    @property
    def is_unexplained(self) -> bool:
        """True for an exception that no connector declared."""
        return not isinstance(self.error, ConnectorError)

    @property
    def cause(self) -> str:
        """Why, in words without personal data."""
        if isinstance(self.error, ConnectorError):
            return self.error.reason
        return f"unexpected {type(self.error).__name__}"


@dataclass(frozen=True, slots=True)
class NotYet:
    """The processor knows nothing of a sending so far; what is still on its way may come."""


Outcome: TypeAlias = Counted | Held | Freed | Lapsed | Denied | NotYet | Later


async def hold(processor: Processor, row: SaleRow) -> Outcome:
    """Block the points of a sale."""
    sale = replace(sale_of(row.content), id=told_id(row.id, round_of(row)))
    key = key_of(row, "reserve")
    return await _ended(
        processor.ask(lambda: processor.processing.reserve(sale, key=key)), Held, unknown=False
    )


async def close(processor: Processor, row: SaleRow, *, probe: bool) -> Outcome:
    """Count a sale, whether its points are held or not. ``probe``: it may have been counted.

    Points that are no longer held are blocked again first, and are gone when that is refused.
    """
    told = told_id(row.id, round_of(row))
    sale = replace(sale_of(row.content), id=told)
    found = await _found(processor, told) if probe else None
    if isinstance(found, Later):
        return found
    if found is not None and found.state is not SaleState.RESERVED:
        return Counted(found) if found.state is SaleState.COMMITTED else Lapsed()
    kept, doubt = hold_of(row) or found, probe
    if kept is None and points_of(row.content):
        key = key_of(row, "reserve")
        held = await _ended(
            processor.ask(lambda: processor.processing.reserve(sale, key=key)), Held, unknown=doubt
        )
        if not isinstance(held, Held):
            return _points_gone(held)
        kept, doubt = held.kept, True
    key = key_of(row, "commit")
    outcome = await _ended(
        processor.ask(lambda: processor.processing.commit(sale, kept, key=key)),
        Counted,
        unknown=doubt,
    )
    if isinstance(outcome, Denied) and kept is not None:
        return await _lapsed(processor, told, outcome)
    return outcome


def _points_gone(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Denied):
        return replace(outcome, code=_POINTS_GONE, remedy=_CREDIT)
    return outcome


async def _lapsed(processor: Processor, told: str, denied: Denied) -> Outcome:
    """Return what a refused commit of a hold means: the hold may have ended at the processor."""
    left = await _left(processor, told, believes_none=True)
    return Lapsed() if isinstance(left, Freed) else left if isinstance(left, Later) else denied


async def give_back(
    processor: Processor, row: SaleRow, sale: SaleRow | None, *, probe: bool
) -> Outcome:
    """Take goods back. ``sale`` is the row of what was sold, ``None`` for one not known here."""
    told = told_id(row.id)
    if probe:
        found = await _found(processor, told)
        if isinstance(found, Later):
            return found
        if found is not None and found.state is SaleState.COMMITTED:
            return Counted(found)
    refund = refund_of(row.content)
    reference = refund.reference
    if not reference:
        named = await _reference(processor, row, sale)
        if isinstance(named, Later):
            return named
        reference = named
    sold = told_id(row.of, round_of(sale)) if sale is not None else refund.sale_id
    whole = replace(refund, id=told, sale_id=sold, reference=reference)
    key = key_of(row, "refund")
    outcome = await _ended(
        processor.ask(lambda: processor.processing.refund(whole, key=key)), Counted, unknown=probe
    )
    missing = isinstance(outcome, Denied) and outcome.code == Missing.__name__
    if missing and sale is not None and row.attempts < RETURN_PATIENCE:
        return Later(Unavailable("the processor does not show the sale yet"), unknown=probe)
    return outcome


async def free(processor: Processor, row: SaleRow, *, believes_none: bool) -> Outcome:
    """Give up what a sale may hold: an earlier round that is to be undone, or the present one.

    ``believes_none``: long enough after the sending, a look-up that finds nothing means nothing.
    """
    nth = undo_of(row) or round_of(row)
    held = hold_of(row) if nth == round_of(row) else None
    kept = held or await _left(processor, told_id(row.id, nth), believes_none=believes_none)
    if not isinstance(kept, Kept):
        return kept
    key = key_of(row, "cancel", nth)
    outcome = await _ended(
        processor.ask(lambda: _cancelled(processor, kept, key)), Counted, unknown=True
    )
    if isinstance(outcome, Denied):
        left = await _left(processor, told_id(row.id, nth), believes_none=True)
        return outcome if isinstance(left, Kept) else left
    return Freed() if isinstance(outcome, Counted) else outcome


async def _left(processor: Processor, told: str, *, believes_none: bool) -> Kept | Outcome:
    """Return what is still held under an id, or the outcome where nothing is to be given up."""
    found = await _found(processor, told)
    if found is None and not believes_none:
        return NotYet()
    if found is None or isinstance(found, Later):
        return found or Freed()
    if found.state is SaleState.COMMITTED:
        return Denied("counted-there", "the processor counted the cancelled sale", _READ)
    return found if found.state is SaleState.RESERVED else Freed()


async def _cancelled(processor: Processor, kept: Kept, key: str) -> Kept:
    await processor.processing.cancel(kept, key=key)
    return kept


async def _reference(processor: Processor, row: SaleRow, sale: SaleRow | None) -> str | Later:
    """Return the processor's own id of what was sold.

    A sale that is not known here may have been: it is looked for under the id that we would have
    told, and else taken for one that the processor knows by the caller's own id.
    """
    known = kept_of(sale.kept) if sale is not None else None
    if known is not None:
        return known.reference
    nth = round_of(sale) if sale is not None else 1
    found = await _found(processor, told_id(row.of, nth)) if row.of else None
    if isinstance(found, Later):
        return found
    return found.reference if found is not None else refund_of(row.content).sale_id


async def _found(processor: Processor, told: str) -> Kept | Later | None:
    """Look something up; where that cannot be done, the same key makes a repeat harmless."""
    try:
        return await processor.ask(lambda: processor.processing.find(told))
    except (Unsupported, Missing):
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known now
        return Later(error, unknown=True)


async def _ended(
    call: Awaitable[Kept], kind: Callable[[Kept], Counted | Held], *, unknown: bool
) -> Outcome:
    try:
        return kind(await call)
    except (PermanentError, TranslationFailed) as error:
        return Denied(type(error).__name__, error.reason, _READ)
    except Exception as error:  # noqa: BLE001 - an exception that nobody foresaw is an open outcome
        # "Away" may be said of a call that is only safe to repeat, so it is looked up as well.
        return Later(error, unknown=unknown or not isinstance(error, RateLimited))
