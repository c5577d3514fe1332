"""Joining: what one member has becomes another's, because both are one person.

Everything that the ledger says of the one, by account and lot, is said of the other: points keep
their lots, and with them their dates and their turn. Each of the two entries is balanced by itself,
since all entries of a member are. Sales go along, so that returns find their points and the tier
its purchases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.loyalty.house.holds import lapse
from gateway.loyalty.house.lots import Piece, total
from gateway.loyalty.house.programme import Programme
from gateway.ports import (
    OF_MEMBER,
    EntryKind,
    HouseMemberRow,
    HouseSaleState,
    LedgerAccount,
    LedgerEntry,
    Lot,
    Posting,
    Tx,
)

NO_LOT = ""
"""The lot of a debt and of what pays for one: it is nobody's, and shared by all."""
CONTINUED = "+return:"
"""What stands between the id of a lot and that of the return which let it live longer."""
REASON = "person-merge"


@dataclass(frozen=True, slots=True)
class Joint:
    """What a join did, for whoever takes it back.

    Shape: ``lots`` are the ids of all lots that came; ``own`` what the survivor had of the same
    lots; ``paid`` the points that paid a debt of the other at once; ``closed`` the sales and
    returns that were over, ``open`` the others with their rounds; ``held`` are the survivor's own
    reservations, likewise. Units: points; ``debt``, zero or more, came with the member; ``points``
    is all that he had, ``spent`` and ``expired`` were gone by then.
    """

    gone: str
    into: str
    lots: tuple[str, ...]
    own: tuple[Posting, ...]
    debt: Decimal
    paid: tuple[Piece, ...]
    points: Decimal
    spent: Decimal
    expired: Decimal
    closed: tuple[str, ...]
    open: Mapping[str, int]
    held: Mapping[str, int]

    def stored(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **asdict(self),
            **{name: str(getattr(self, name)) for name in _POINTS},
            "lots": list(self.lots),
            "closed": list(self.closed),
            "own": [[str(one.account), *_lot(one.lot), str(one.points)] for one in self.own],
            "paid": [[*_lot(one.lot), str(one.points)] for one in self.paid],
        }


_POINTS = ("debt", "points", "spent", "expired")


def joint_of(stored: Mapping[str, Any]) -> Joint:
    """Read what ``Joint.stored`` wrote."""
    own = (
        Posting(LedgerAccount(account), _lot_of(lot), Decimal(points))
        for account, *lot, points in stored["own"]
    )
    return Joint(
        stored["gone"],
        stored["into"],
        lots=tuple(stored["lots"]),
        own=tuple(own),
        paid=tuple(Piece(_lot_of(lot), Decimal(points)) for *lot, points in stored["paid"]),
        **{name: Decimal(stored[name]) for name in _POINTS},
        closed=tuple(stored["closed"]),
        open=stored["open"],
        held=stored["held"],
    )


def join(
    tx: Tx,
    programme: Programme,
    pair: tuple[HouseMemberRow, HouseMemberRow],
    *,
    key: str,
    now: datetime,
) -> Joint:
    """Give the first of two members what the second has. Both are locked; ``key`` is the merge's.

    Raises ``ValueError`` for a key that did this already.
    """
    into, gone = pair
    for one in pair:
        lapse(tx, programme.book(tx, one.id, now), now)
    theirs, ours = tx.house_page(gone.id), tx.house_page(into.id)
    lots = {one.lot.id for one in theirs} - {NO_LOT}
    keys = (f"join:{key}:{gone.id}", f"join:{key}:{gone.id}:{into.id}")
    post(tx, keys, EntryKind.JOIN, ((gone.id, negated(theirs)), (into.id, theirs)), now)
    sales, kept = tx.house_sales_with(gone.id), tx.house_sales_with(into.id)
    tx.put_house_sales([replace(row, member_id=into.id) for row in sales])
    tx.put_house_member(replace(gone, joined_into=into.id, changed_at=now), digests=())
    paid = programme.book(tx, into.id, now).settle()
    programme.retier(tx, into, now, programme.tier_at(tx, into.id, now).name)
    return Joint(
        gone.id,
        into.id,
        lots=tuple(sorted(lots)),
        own=tuple(one for one in ours if origin(one.lot) in lots),
        debt=-summed(theirs, {LedgerAccount.DEBT}),
        paid=tuple(paid),
        points=summed(theirs, OF_MEMBER - {LedgerAccount.DEBT}),
        spent=summed(theirs, {LedgerAccount.REDEEMED}, lots),
        expired=summed(theirs, {LedgerAccount.EXPIRED}, lots),
        closed=tuple(row.id for row in sales if row.state is HouseSaleState.COMMITTED),
        open={row.id: row.round for row in sales if row.state is not HouseSaleState.COMMITTED},
        held={row.id: row.round for row in kept if row.state is HouseSaleState.RESERVED},
    )


def post(
    tx: Tx,
    keys: tuple[str, str],
    kind: EntryKind,
    sides: Sequence[tuple[str, Sequence[Posting]]],
    now: datetime,
) -> None:
    """Write the entries of two members; one that moves nothing is none.

    Raises ``ValueError`` for a key that is in the ledger.
    """
    entries = [
        LedgerEntry(key, kind, member_id, now, tuple(postings), reason=REASON)
        for key, (member_id, postings) in zip(keys, sides, strict=True)
        if postings
    ]
    if entries and not all(tx.post_entries(entries)):
        msg = f"{kind}: an entry of this key is in the ledger"
        raise ValueError(msg)


def origin(lot: Lot) -> str:
    """Return the id of the lot that this one continues, its own where it continues none."""
    return lot.id.partition(CONTINUED)[0]


def negated(postings: Iterable[Posting]) -> list[Posting]:
    """Return the opposite."""
    return [replace(one, points=-one.points) for one in postings]


def summed(
    postings: Iterable[Posting],
    accounts: frozenset[LedgerAccount] | set[LedgerAccount],
    lots: set[str] | None = None,
) -> Decimal:
    """Sum up what stands at accounts, of some lots or of all."""
    return total(
        Piece(one.lot, one.points)
        for one in postings
        if one.account in accounts and (lots is None or one.lot.id in lots)
    )


def _lot(lot: Lot) -> list[str | None]:
    moments = (lot.active_from, lot.expires_at)
    return [lot.id, *(one.isoformat() if one is not None else None for one in moments)]


def _lot_of(stored: Sequence[Any]) -> Lot:
    name, *moments = stored
    return Lot(name, *(datetime.fromisoformat(one) if one else None for one in moments))
