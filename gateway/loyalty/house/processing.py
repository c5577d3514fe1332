"""House: the processor of points inside the gateway, over its own store.

Each call is one transaction. A store that cannot commit is ``OutcomeUnknown`` for a write, since a
commit may have been lost on its way, and ``Unavailable`` for a question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    Customer,
)
from gateway.contract import (
    Clock,
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    OutcomeUnknown,
    Quote,
    Refund,
    Sale,
    StoreError,
    Unavailable,
)
from gateway.loyalty.house.lots import holdings
from gateway.loyalty.house.members import Members
from gateway.loyalty.house.programme import Programme, living, points_of
from gateway.loyalty.house.quoting import Quoting
from gateway.loyalty.house.refunds import Refunds
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.loyalty.house.sales import Sales
from gateway.ports import EntryKind, HouseMemberRow, Movement, Store, Tx

R = TypeVar("R")
_KINDS: Mapping[EntryKind, BonusOperationKind] = {
    EntryKind.ACCRUE: BonusOperationKind.ACCRUE,
    EntryKind.GRANT: BonusOperationKind.ACCRUE,
    EntryKind.HAND_OVER: BonusOperationKind.ACCRUE,
    EntryKind.REDEEM: BonusOperationKind.REDEEM,
    EntryKind.BLOCK: BonusOperationKind.REDEEM,
    EntryKind.RELEASE: BonusOperationKind.CANCEL,
    EntryKind.RETURN: BonusOperationKind.CANCEL,
    EntryKind.WITHDRAW: BonusOperationKind.CANCEL,
    EntryKind.EXPIRE: BonusOperationKind.EXPIRE,
    EntryKind.SETTLE: BonusOperationKind.ADJUST,
    EntryKind.ADJUST: BonusOperationKind.ADJUST,
    EntryKind.JOIN: BonusOperationKind.ADJUST,
    EntryKind.PART: BonusOperationKind.ADJUST,
}


class House:
    """See ``gateway.contract.LoyaltyProcessing``."""

    def __init__(self, store: Store, programme: Programme, clock: Clock) -> None:
        self._store = store
        self._programme = programme
        self._clock = clock
        self._members = Members(programme)
        self._quoting = Quoting(programme)
        self._sales = Sales(programme)
        self._refunds = Refunds(programme)
        self._is_noted = False

    async def identify(self, key: MemberKey) -> Member | None:
        """Return the member, with tier and account."""
        return await self.read(lambda tx: self._shown(tx, self._programme.find(tx, key)))

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member, or return the one who has these contacts."""
        now = self._clock.now()

        def work(tx: Tx) -> Member:
            row = self._members.register(tx, customer, key=key, now=now)
            shown = self._shown(tx, row)
            assert shown is not None  # noqa: S101 - for the type checker
            return shown

        return await self.write(work)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the one account of the programme. Raises ``Missing``."""

        def work(tx: Tx) -> Sequence[BonusAccount]:
            member = self._shown(tx, self._programme.find(tx, MemberKey(external_id=external_id)))
            if member is None:
                raise refused(Refusal.MEMBER)
            return member.customer.bonuses

        return await self.read(work)

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return what changed the member's points, newest first. Raises ``Missing``."""
        if cursor is not None and not cursor.isdecimal():
            raise refused(Refusal.CURSOR)
        before = int(cursor) if cursor is not None else None

        def work(tx: Tx) -> HistoryPage:
            row = living(tx, external_id)
            if row is None:
                raise refused(Refusal.MEMBER)
            found = tx.house_history(row.id, before=before, limit=limit + 1)
            more = str(found[limit - 1].id) if len(found) > limit else None
            return HistoryPage([_operation(one) for one in found[:limit]], more)

        return await self.read(work)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale in one reading transaction."""
        now = self._clock.now()
        return await self.read(lambda tx: self._quoting.quote(tx, sale, now))

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Block the points that the sale spends."""
        now = self._clock.now()
        return await self.write(lambda tx: self._sales.reserve(tx, sale, key=key, now=now))

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Finish a sale; what was reserved for it is known here."""
        del kept
        now = self._clock.now()
        return await self.write(lambda tx: self._sales.commit(tx, sale, key=key, now=now))

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Give a reserved sale up; which one and which reservation, its reference says."""
        del key
        now = self._clock.now()
        await self.write(lambda tx: self._sales.cancel(tx, kept.reference, now=now))

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take goods back."""
        now = self._clock.now()
        return await self.write(lambda tx: self._refunds.refund(tx, refund, key=key, now=now))

    async def find(self, sale_id: str) -> Kept | None:
        """Look up a sale or a return."""
        now = self._clock.now()
        return await self.read(lambda tx: self._sales.find(tx, sale_id, now=now))

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run a question."""
        try:
            return await self._store.read(work)
        except StoreError as error:
            reason = "the store cannot answer now"
            raise Unavailable(reason, operation="house") from error

    async def write(self, work: Callable[[Tx], R]) -> R:
        """Run a work that may change something; the rules in force are noted before the first."""
        now = self._clock.now()
        programme = self._programme

        def whole(tx: Tx) -> R:
            if not self._is_noted:
                text = programme.rules.model_dump_json()
                tx.put_house_rules(programme.version, text, now=now)
            return work(tx)

        try:
            made = await self._store.run(whole)
        except StoreError as error:
            reason = "the store did not say whether it was done"
            raise OutcomeUnknown(reason, operation="house") from error
        self._is_noted = True
        return made

    def _shown(self, tx: Tx, row: HouseMemberRow | None) -> Member | None:
        if row is None:
            return None
        now = self._clock.now()
        held = holdings(tx.house_lots(row.id), now)
        tier = self._programme.tier_at(tx, row.id, now)
        return self._programme.member(row, self._programme.account(held, tier.name))


def _operation(one: Movement) -> BonusOperation:
    return BonusOperation(
        id=one.key,
        kind=_KINDS[one.kind],
        points=points_of(one.points),
        at=one.at,
        active_from=one.active_from,
        expires_at=one.expires_at,
        order_number=one.sale_id or None,
        reason=one.reason or None,
    )
