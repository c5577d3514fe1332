"""Lots: what a member has, and what is taken first. Pure; made of sums of postings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from gateway.ports import LedgerAccount, Lot, Posting

ZERO = Decimal(0)
NEVER = datetime.max.replace(tzinfo=UTC)
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Piece:
    """Points of one lot."""

    lot: Lot
    points: Decimal


def dies_first(piece: Piece) -> tuple[datetime, datetime, str]:
    """Order lots as they are used: what expires first, then what was active first."""
    lot = piece.lot
    return lot.expires_at or NEVER, lot.active_from or EVER, lot.id


@dataclass(frozen=True, slots=True)
class Holdings:
    """A member's accounts at one moment.

    Shape: ``active`` can be spent, in the order in which it is; ``pending`` is not active yet;
    ``dead`` has expired and is not written off yet. Units: ``debt`` zero or more.
    """

    active: tuple[Piece, ...]
    pending: tuple[Piece, ...]
    dead: tuple[Piece, ...]
    blocked: Decimal
    awaiting: Decimal
    debt: Decimal

    @property
    def available(self) -> Decimal:
        """Points that can be spent now."""
        return total(self.active)

    @property
    def whole(self) -> Decimal:
        """All that the ledger keeps for the member, less the debt."""
        lots = total((*self.active, *self.pending, *self.dead))
        return lots + self.blocked + self.awaiting - self.debt


def total(pieces: Iterable[Piece]) -> Decimal:
    """Sum of pieces."""
    return sum((piece.points for piece in pieces), ZERO)


def holdings(sums: Sequence[Posting], now: datetime) -> Holdings:
    """Read a member's sums by account and lot as of ``now``."""
    by: dict[LedgerAccount, list[Piece]] = {account: [] for account in LedgerAccount}
    for one in sums:
        by[one.account].append(Piece(one.lot, one.points))
    points = sorted(by[LedgerAccount.POINTS], key=dies_first)
    dead = [piece for piece in points if is_dead(piece.lot, now)]
    pending = [piece for piece in points if piece not in dead and _is_early(piece.lot, now)]
    return Holdings(
        active=tuple(piece for piece in points if piece not in dead and piece not in pending),
        pending=tuple(pending),
        dead=tuple(dead),
        blocked=total(by[LedgerAccount.BLOCKED]),
        awaiting=total(by[LedgerAccount.AWAITING]),
        debt=-total(by[LedgerAccount.DEBT]),
    )


def is_dead(lot: Lot, now: datetime) -> bool:
    """Tell whether a lot has expired."""
    return lot.expires_at is not None and lot.expires_at <= now


def _is_early(lot: Lot, now: datetime) -> bool:
    return lot.active_from is not None and lot.active_from > now


def taken(pieces: Iterable[Piece], points: Decimal) -> list[Piece]:
    """Take points of pieces, in their order; as many as there are."""
    found: list[Piece] = []
    for piece in pieces:
        part = min(piece.points, points)
        if part > 0:
            found.append(Piece(piece.lot, part))
            points -= part
    return found
