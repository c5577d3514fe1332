"""Entries of the test ledger, and what may go wrong with its calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from gateway.canonical import BonusPoints
from gateway.contract import SaleState

ZERO = Decimal(0)


class Fault(StrEnum):
    """What goes wrong with the next call."""

    NONE = "none"
    AWAY = "away"
    LIMITED = "limited"
    LOST_BEFORE = "lost_before"
    LOST_AFTER = "lost_after"
    LATE = "late"
    """Not answered, and done some seconds later."""
    BUG = "bug"
    DENIED = "denied"
    HANGS = "hangs"


@dataclass
class Entry:
    """A sale or return as the processor has it."""

    member: str | None
    state: SaleState
    total: Decimal
    has_lapsed: bool = False
    blocked: Decimal = ZERO
    spent: Decimal = ZERO
    earned: Decimal = ZERO
    sold: dict[str, Decimal] = field(default_factory=dict)
    given_back: dict[str, Decimal] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)


def points(value: Decimal | int) -> BonusPoints:
    """Return points."""
    return BonusPoints(points=Decimal(value))
