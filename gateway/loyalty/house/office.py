"""Office: what people and other parts of the gateway do with members and sales by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.contract import Clock
from gateway.loyalty.house import keys
from gateway.loyalty.house.accrual import hand_over
from gateway.loyalty.house.members import Members
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Programme, locked_member, locks, lot_of
from gateway.loyalty.house.record import Record
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.ports import (
    EntryKind,
    HouseMemberRow,
    HouseSaleRow,
    HouseSaleState,
    OrderKeyRow,
    SaleKind,
    Tx,
)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A secret key of an order, shown once. Shape: ``key`` never prints by accident."""

    key: str
    sale_id: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedKey(sale_id={self.sale_id!r}, expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Office:
    """Works on the house by hand; every deed is written into the ledger or the journal."""

    house: House
    programme: Programme
    clock: Clock

    async def adjust(
        self,
        member_id: str,
        points: Decimal,
        *,
        key: str,
        reason: str,
        expire_days: int | None = None,
    ) -> bool:
        """Give (or with a minus take) points; False when the key was used before.

        Raises ``Missing`` for an unknown member.
        """
        now, entry_key = self.clock.now(), f"adjust:{key}"
        asked = f"adjust:{member_id}:{points}"

        def work(tx: Tx) -> bool:
            row = _locked(tx, member_id)
            if tx.ask_house(entry_key, asked) != asked:
                raise refused(Refusal.KEY_REUSED)
            if any(tx.house_lot_sums(one, entry_key) for one in {member_id, row.id}):
                return False
            book = self.programme.book(tx, row.id, now)
            if points < 0:
                book.deduct(entry_key, -points, reason=reason)
                return True
            lot = lot_of(entry_key, now, activation_days=0, expire_days=expire_days)
            book.accrue(entry_key, lot, points, kind=EntryKind.ADJUST, sale_id="", reason=reason)
            return True

        return await self.house.write(work)

    async def grant(self, member_id: str, name: str) -> bool:
        """Give the points of a configured grant once; False when it was given before."""
        now = self.clock.now()

        def work(tx: Tx) -> bool:
            row = _locked(tx, member_id)
            return Members(self.programme).grant(tx, row, name, now)

        return await self.house.write(work)

    async def hand_over(self, sale_id: str) -> bool:
        """Accrue what waits for an order that is paid and handed over; False when nothing does."""
        now = self.clock.now()
        return await self.house.write(lambda tx: hand_over(tx, self.programme, sale_id, now))

    async def count_purchase(
        self, member_id: str, sale_id: str, money: Decimal, at: datetime
    ) -> bool:
        """Count a purchase of before the programme for the tier, without points.

        False when it was counted before. Raises ``Rejected`` for an id that is another sale's.
        """
        now = self.clock.now()

        def work(tx: Tx) -> bool:
            row = _locked(tx, member_id)
            tx.lock_keys(locks(sale_id=sale_id))
            known = tx.house_sales([sale_id]).get(sale_id)
            if known is not None:
                if (known.member_id, known.turnover) != (row.id, money):
                    raise refused(Refusal.SALE_DIFFERS)
                return False
            made = HouseSaleRow(
                sale_id,
                SaleKind.SALE,
                HouseSaleState.COMMITTED,
                at=at,
                counted_at=at,
                changed_at=now,
                member_id=row.id,
                turnover=money,
                body=Record().body(),
            )
            tx.put_house_sales([made])
            self.programme.retier(tx, row, now, self.programme.tier_at(tx, row.id, now).name)
            return True

        return await self.house.write(work)

    async def issue_key(
        self, order: str, *, who: str, entropy: Callable[[int], bytes]
    ) -> IssuedKey:
        """Issue the secret key of an order that is not committed; it is shown only here.

        ``order`` is a sale's id or the number of its order. Raises ``Missing``, ``Rejected``.
        """
        now, key = self.clock.now(), keys.make_key(entropy)

        def work(tx: Tx) -> OrderKeyRow:
            return keys.issue(tx, self.programme, order, key, who=who, now=now)

        row = await self.house.write(work)
        return IssuedKey(key, row.sale_id, row.expires_at)


def _locked(tx: Tx, member_id: str) -> HouseMemberRow:
    row = locked_member(tx, member_id)
    if row is None:
        raise refused(Refusal.MEMBER)
    return row
