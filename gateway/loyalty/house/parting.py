"""Parting: a joined member gets back what is still there of what he brought.

What was spent or has died since is gone, and so is what somebody else earned: only his own lots
come back, with what returns of his own sales put into them. What paid a debt at the join is taken
back, since nobody decided that. Nobody falls below zero by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.identity.merging.estate import GivenBack
from gateway.identity.merging.join import MergeBusy
from gateway.loyalty.house.book import DEBT
from gateway.loyalty.house.holds import lapse
from gateway.loyalty.house.joining import NO_LOT, Joint, negated, origin, post, summed
from gateway.loyalty.house.lots import ZERO
from gateway.loyalty.house.programme import Programme, earned_lot
from gateway.ports import (
    OF_MEMBER,
    EntryKind,
    HouseMemberRow,
    HouseSaleRow,
    HouseSaleState,
    LedgerAccount,
    Posting,
    Tx,
)

_BY_SALE = frozenset({LedgerAccount.BLOCKED, LedgerAccount.DEBT})
"""Accounts that are not parted by lots: the one goes with its sale, the other has none."""


def part(
    tx: Tx, programme: Programme, joint: Joint, pair: tuple[HouseMemberRow, HouseMemberRow],
    *, key: str, now: datetime,
) -> GivenBack:  # fmt: skip
    """Give the second of two members back what he brought to the first. Both are locked.

    Raises ``MergeBusy`` while a sale that was reserved since is not closed.
    """
    into, gone = pair
    lapse(tx, programme.book(tx, into.id, now), now)
    sales = _returning(joint, tx.house_sales_with(into.id))
    page = tx.house_page(into.id)
    lots = _lots(joint, page, sales)
    moved = [*_by_lot(joint, page, lots), *_blocked(tx, sales)]
    theirs, ours = _undone(joint)
    rest = _rest_of_debt(joint, page)
    given, kept = [*moved, *rest, *theirs], [*negated([*moved, *rest]), *ours]
    keys = (f"part:{key}:{gone.id}", f"part:{key}:{gone.id}:{into.id}")
    sides = ((gone.id, _balanced(given)), (into.id, _balanced(kept)))
    post(tx, keys, EntryKind.PART, sides, now)
    tx.put_house_sales([replace(row, member_id=gone.id) for row in sales])
    alone = replace(gone, joined_into="", changed_at=now)
    tx.put_house_member(alone, digests=())
    for one in (into, alone):
        programme.book(tx, one.id, now).settle()
        programme.retier(tx, one, now, programme.tier_at(tx, one.id, now).name)
    own, was = joint.own, (joint.spent, joint.expired)
    spent, expired = (
        max(summed(page, {account}, lots) - summed(own, {account}) - before, ZERO)
        for account, before in zip(
            (LedgerAccount.REDEEMED, LedgerAccount.EXPIRED), was, strict=True
        )
    )
    return GivenBack(summed(given, OF_MEMBER - {LedgerAccount.DEBT}), spent, expired)


def _returning(joint: Joint, sales: Sequence[HouseSaleRow]) -> list[HouseSaleRow]:
    """Return the sales that go back: his own, but for those reserved anew or closed since."""
    closed = set(joint.closed)
    back = {
        row.id
        for row in sales
        if row.id in closed
        or (joint.open.get(row.id) == row.round and row.state is not HouseSaleState.COMMITTED)
    }
    for row in sales:
        is_since = row.id not in back and joint.held.get(row.id) != row.round
        if row.state is HouseSaleState.RESERVED and is_since:
            msg = "a sale that was begun since is being paid at this moment"
            raise MergeBusy(msg)
    return [row for row in sales if row.id in back or row.of in back]


def _lots(joint: Joint, page: Sequence[Posting], sales: Sequence[HouseSaleRow]) -> set[str]:
    """Return the ids of his lots: those he brought, and those that his sales made since."""
    known = {*joint.lots, *(earned_lot(row.id) for row in sales)}
    known |= {f"return:{row.id}" for row in sales if row.of}
    return {one.lot.id for one in page if origin(one.lot) in known} - {NO_LOT}


def _by_lot(joint: Joint, page: Sequence[Posting], lots: set[str]) -> list[Posting]:
    """Return what stands at his lots, without what the survivor had there himself."""
    own = {(one.account, one.lot): one.points for one in joint.own}
    found = []
    for one in page:
        if one.account in _BY_SALE or one.lot.id not in lots:
            continue
        points = one.points - own.get((one.account, one.lot), ZERO)
        if one.account in OF_MEMBER:
            points = max(points, ZERO)
        if points:
            found.append(replace(one, points=points))
    return found


def _blocked(tx: Tx, sales: Iterable[HouseSaleRow]) -> list[Posting]:
    return [
        one
        for row in sales
        if row.state is HouseSaleState.RESERVED
        for one in tx.house_sale_lots(row.id)
        if one.account is LedgerAccount.BLOCKED
    ]


def _undone(joint: Joint) -> tuple[list[Posting], list[Posting]]:
    """Return what takes the payment of a debt back, for him and for the survivor."""
    points = [Posting(LedgerAccount.POINTS, one.lot, one.points) for one in joint.paid]
    debt = [Posting(LedgerAccount.DEBT, DEBT, -one.points) for one in joint.paid]
    return (debt, points) if joint.debt else (points, debt)


def _rest_of_debt(joint: Joint, page: Sequence[Posting]) -> list[Posting]:
    """Return what is still owed of the debt that he brought and nobody paid at the join."""
    open_then = joint.debt - sum((one.points for one in joint.paid), ZERO)
    owed = min(open_then, -summed(page, {LedgerAccount.DEBT}))
    return [Posting(LedgerAccount.DEBT, DEBT, -owed)] if owed > 0 else []


def _balanced(postings: Sequence[Posting]) -> list[Posting]:
    """Balance one side: what lots paid for each other since is an adjustment between the two."""
    lacking = -sum((one.points for one in postings), ZERO)
    rest = [Posting(LedgerAccount.ADJUSTED, DEBT, lacking)] if lacking else []
    return [*postings, *rest]
