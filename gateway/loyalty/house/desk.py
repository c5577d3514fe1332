"""Desk: a sale at hand, and what a caller is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.canonical import BonusAccount
from gateway.contract import Kept, Sale, SaleState
from gateway.loyalty.house.book import Book
from gateway.loyalty.house.holds import lapse
from gateway.loyalty.house.programme import (
    Programme,
    family,
    locked_member,
    locks,
    points_of,
)
from gateway.loyalty.house.reckoning import ZERO
from gateway.loyalty.house.record import Record, digest_of, record_of
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.ports import HouseMemberRow, HouseSaleRow, HouseSaleState, SaleKind, Tx

_STATES: Mapping[HouseSaleState, SaleState] = {
    HouseSaleState.RESERVED: SaleState.RESERVED,
    HouseSaleState.LAPSED: SaleState.CANCELLED,
    HouseSaleState.CANCELLED: SaleState.CANCELLED,
    HouseSaleState.COMMITTED: SaleState.COMMITTED,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A sale at hand, with its locks held.

    Shape: ``book`` and ``member`` ``None`` for nobody; ``named`` is the id by which the member was
    found, which he may have had before he was joined into another.
    """

    tx: Tx
    sale: Sale
    now: datetime
    row: HouseSaleRow | None
    member: HouseMemberRow | None
    book: Book | None
    named: str

    @property
    def member_id(self) -> str:
        """The member's id, empty for an anonymous buyer."""
        return self.member.id if self.member is not None else ""

    @property
    def digest(self) -> str:
        """The digest of what the sale is about: the same whatever is merged in between."""
        return digest_of(self.sale, self.named)

    def repeats(self, step: str) -> bool:
        """Tell whether a step was asked for of the very same, by any id that the member has had."""
        record = self.record
        kept = record.digests.get(step) if record is not None else None
        if kept is None or kept == self.digest or not self.member_id:
            return kept == self.digest
        return any(kept == digest_of(self.sale, one) for one in family(self.tx, self.member_id))

    @property
    def wanted(self) -> Decimal:
        """The points that shall be spent."""
        return self.sale.points.points if self.sale.points is not None else ZERO

    @property
    def record(self) -> Record | None:
        """What is kept of the sale."""
        return record_of(self.row.body) if self.row is not None else None


def at_desk(tx: Tx, programme: Programme, sale: Sale, now: datetime) -> Desk:
    """Lock the sale and its member and read both. Raises ``Missing`` for an unknown member."""
    named = programme.named(tx, sale.member) if sale.member is not None else None
    member = locked_member(tx, named, sale_id=sale.id) if named is not None else None
    if sale.member is not None and member is None:
        raise refused(Refusal.MEMBER)
    book = None
    if member is None:
        tx.lock_keys(locks(sale_id=sale.id))
    else:
        book = programme.book(tx, member.id, now)
        lapse(tx, book, now)
    row = tx.house_sales([sale.id]).get(sale.id)
    if row is not None and row.kind is not SaleKind.SALE:
        raise refused(Refusal.SALE_DIFFERS)
    return Desk(tx, sale, now, row, member, book, named or "")


def kept_of(row: HouseSaleRow, balance: BonusAccount | None = None) -> Kept:
    """Show a sale; of a return the points of both ways are negative."""
    record = record_of(row.body)
    sign = -1 if row.kind is SaleKind.REFUND else 1
    return Kept(
        reference=f"{row.id}/{row.round}",
        state=_STATES[row.state],
        points_earned=points_of(sign * record.earned),
        points_spent=points_of(sign * record.spent),
        balance=balance,
        expires_at=row.expires_at,
    )


def given_up(sale_id: str, turn: int) -> Kept:
    """Show a reservation that a later one replaced."""
    return Kept(reference=f"{sale_id}/{turn}", state=SaleState.CANCELLED)
