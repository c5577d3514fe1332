"""Book: writes balanced entries about one member, whose lots it holds at hand.

It lives inside one transaction that has locked the member. What it posts is at once part of what it
holds, so that one step may build on the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.loyalty.house.lots import (
    ZERO,
    Holdings,
    Piece,
    dies_first,
    holdings,
    taken,
    total,
)
from gateway.ports import (
    OF_MEMBER,
    EntryKind,
    LedgerAccount,
    LedgerEntry,
    Lot,
    Posting,
    Tx,
)

DEBT = Lot()
Side = tuple[LedgerAccount, Lot, Decimal]


@dataclass(slots=True)
class Book:
    """One member's part of the ledger within a transaction.

    Shape: ``now`` is when entries are written; ``new_id`` makes keys that nothing else has;
    ``buried`` is what was written off by now.
    """

    tx: Tx
    member_id: str
    now: datetime
    new_id: Callable[[], str]
    buried: Decimal = ZERO
    _sums: dict[tuple[LedgerAccount, Lot], Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the sums, and write off what has expired."""
        for one in self.tx.house_lots(self.member_id):
            self._sums[one.account, one.lot] = one.points
        self.bury()

    @property
    def held(self) -> Holdings:
        """What the member has now."""
        return holdings(
            [Posting(account, lot, points) for (account, lot), points in self._sums.items()],
            self.now,
        )

    def accrue(
        self, key: str, lot: Lot, points: Decimal, *, kind: EntryKind, sale_id: str, reason: str
    ) -> None:
        """Give points as a new lot; a debt is paid of them at once."""
        source = LedgerAccount.ADJUSTED if kind is EntryKind.ADJUST else LedgerAccount.ISSUED
        moved = _moved(source, LedgerAccount.POINTS, [Piece(lot, points)])
        self._post(key, kind, moved, sale_id=sale_id, reason=reason)
        self.settle()

    def await_hand_over(self, key: str, lot: Lot, points: Decimal, *, sale_id: str) -> None:
        """Note points that are earned and wait for the order to be handed over."""
        moved = _moved(LedgerAccount.ISSUED, LedgerAccount.AWAITING, [Piece(lot, points)])
        self._post(key, EntryKind.ACCRUE, moved, sale_id=sale_id)

    def hand_over(self, key: str, lot: Lot, *, sale_id: str) -> None:
        """Move what waits for a sale into a lot that lives."""
        waiting = self._of_sale(sale_id, LedgerAccount.AWAITING)
        points = total(waiting)
        sides = [(LedgerAccount.AWAITING, piece.lot, -piece.points) for piece in waiting]
        sides.append((LedgerAccount.POINTS, lot, points))
        self._post(key, EntryKind.HAND_OVER, sides if points else [], sale_id=sale_id)
        self.settle()

    def block(self, key: str, points: Decimal, *, sale_id: str) -> None:
        """Block active points, those first that die first."""
        pieces = taken(self.held.active, points)
        moved = _moved(LedgerAccount.POINTS, LedgerAccount.BLOCKED, pieces)
        self._post(key, EntryKind.BLOCK, moved, sale_id=sale_id)

    def release(self, key: str, points: Decimal | None, *, sale_id: str) -> None:
        """Give blocked points of a sale back to their lots, those last taken first; all of them.

        ``points`` limits how many.
        """
        blocked = self._of_sale(sale_id, LedgerAccount.BLOCKED)[::-1]
        pieces = taken(blocked, total(blocked) if points is None else points)
        moved = _moved(LedgerAccount.BLOCKED, LedgerAccount.POINTS, pieces)
        self._post(key, EntryKind.RELEASE, moved, sale_id=sale_id)
        self.settle()

    def redeem(self, key: str, points: Decimal, *, sale_id: str) -> None:
        """Spend: what is blocked for the sale, then active points; the rest is a debt.

        Points that are not active yet pay that debt at once.
        """
        blocked = taken(self._of_sale(sale_id, LedgerAccount.BLOCKED), points)
        active = taken(self.held.active, points - total(blocked))
        lacking = points - total(blocked) - total(active)
        sides = _moved(LedgerAccount.BLOCKED, LedgerAccount.REDEEMED, blocked)
        sides += _moved(LedgerAccount.POINTS, LedgerAccount.REDEEMED, active)
        sides += _moved(LedgerAccount.DEBT, LedgerAccount.REDEEMED, _piece(DEBT, lacking))
        self._post(key, EntryKind.REDEEM, sides, sale_id=sale_id)
        self._pay_debt()

    def take_back(
        self, key: str, points: Decimal, *, sale_id: str, grace: timedelta, fresh: Lot
    ) -> None:
        """Return spent points of a sale to their lots, those last taken first.

        A lot that dies within ``grace`` is continued by a new one that lives so long. What was
        spent as a debt comes back as the ``fresh`` lot: other points may have paid it since.
        """
        spent = self._of_sale(sale_id, LedgerAccount.REDEEMED)[::-1]
        sides: list[Side] = []
        for piece in taken(spent, points):
            lot = fresh if piece.lot == DEBT else self._living(piece.lot, grace, key)
            sides.append((LedgerAccount.REDEEMED, piece.lot, -piece.points))
            sides.append((LedgerAccount.POINTS, lot, piece.points))
        self._post(key, EntryKind.RETURN, sides, sale_id=sale_id)
        self.settle()

    def withdraw(self, key: str, points: Decimal, *, sale_id: str, lot_id: str) -> None:
        """Take earned points away: of their own lot, then of others, the rest becomes a debt.

        What of the own lot has expired is lost already, and is not taken again.
        """
        held = self.held
        own = [piece for piece in self._all(LedgerAccount.AWAITING) if piece.lot.id == lot_id]
        waits = taken(own, points)
        every = (*held.active, *held.pending)
        ordered = sorted(every, key=lambda piece: piece.lot.id != lot_id)
        mine = taken([one for one in ordered if one.lot.id == lot_id], points - total(waits))
        left = points - total(waits) - total(mine)
        sums = self.tx.house_lot_sums(self.member_id, lot_id)
        gone = min(left, sums.get(LedgerAccount.EXPIRED, ZERO))
        others = taken([one for one in ordered if one.lot.id != lot_id], left - gone)
        lot = next((one.lot for one in own), Lot(lot_id))
        sides = _moved(LedgerAccount.AWAITING, LedgerAccount.ISSUED, waits)
        sides += _moved(LedgerAccount.POINTS, LedgerAccount.ISSUED, [*mine, *others])
        sides += _moved(LedgerAccount.EXPIRED, LedgerAccount.ISSUED, _piece(lot, gone))
        lacking = left - gone - total(others)
        sides += _moved(LedgerAccount.DEBT, LedgerAccount.ISSUED, _piece(DEBT, lacking))
        self._post(key, EntryKind.WITHDRAW, sides, sale_id=sale_id)

    def deduct(self, key: str, points: Decimal, *, reason: str) -> None:
        """Take points away by hand: active ones, then pending ones, the rest becomes a debt."""
        held = self.held
        pieces = taken((*held.active, *held.pending), points)
        sides = _moved(LedgerAccount.POINTS, LedgerAccount.ADJUSTED, pieces)
        lacking = _piece(DEBT, points - total(pieces))
        sides += _moved(LedgerAccount.DEBT, LedgerAccount.ADJUSTED, lacking)
        self._post(key, EntryKind.ADJUST, sides, reason=reason)

    def bury(self) -> None:
        """Write off what has expired."""
        for piece in self.held.dead:
            moved = _moved(LedgerAccount.POINTS, LedgerAccount.EXPIRED, [piece])
            self._post(f"expire:{piece.lot.id}:{self.new_id()}", EntryKind.EXPIRE, moved)
            self.buried += piece.points

    def settle(self) -> list[Piece]:
        """Pay what is owed of what is there, and return what paid; then write off what is dead."""
        paid = self._pay_debt()
        self.bury()
        return paid

    def _pay_debt(self) -> list[Piece]:
        held = self.held
        pieces = taken((*held.active, *held.pending), held.debt)
        paid = [(LedgerAccount.POINTS, piece.lot, -piece.points) for piece in pieces]
        sides = [*paid, (LedgerAccount.DEBT, DEBT, total(pieces))] if pieces else []
        self._post(f"settle:{self.member_id}:{self.new_id()}", EntryKind.SETTLE, sides)
        return pieces

    def _living(self, lot: Lot, grace: timedelta, key: str) -> Lot:
        end = self.now + grace
        if lot.expires_at is None or lot.expires_at >= end or not grace:
            return lot
        return Lot(f"{lot.id}+{key}", lot.active_from, end)

    def _of_sale(self, sale_id: str, account: LedgerAccount) -> list[Piece]:
        """Return what a sale still has at an account, those first that die first."""
        sums = self.tx.house_sale_lots(sale_id)
        found = [Piece(one.lot, one.points) for one in sums if one.account is account]
        return sorted(found, key=dies_first)

    def _all(self, account: LedgerAccount) -> list[Piece]:
        return [
            Piece(lot, points) for (where, lot), points in self._sums.items() if where is account
        ]

    def _post(
        self,
        key: str,
        kind: EntryKind,
        sides: Sequence[Side],
        *,
        sale_id: str = "",
        reason: str = "",
    ) -> None:
        """Write an entry; one that moves nothing is none.

        Raises ``ValueError`` for a key that is there: the caller did not look.
        """
        if not sides:
            return
        postings = tuple(Posting(*side) for side in sides)
        entry = LedgerEntry(
            key, kind, self.member_id, self.now, postings, sale_id=sale_id, reason=reason
        )
        if not all(self.tx.post_entries([entry])):
            msg = f"{kind}: an entry of this key is in the ledger"
            raise ValueError(msg)
        for account, lot, points in sides:
            if account in OF_MEMBER:
                held = self._sums.get((account, lot), ZERO) + points
                self._sums[account, lot] = held
                if not held:
                    del self._sums[account, lot]


def _piece(lot: Lot, points: Decimal) -> list[Piece]:
    return [Piece(lot, points)] if points else []


def _moved(source: LedgerAccount, target: LedgerAccount, pieces: Iterable[Piece]) -> list[Side]:
    sides: list[Side] = []
    for piece in pieces:
        sides += [(source, piece.lot, -piece.points), (target, piece.lot, piece.points)]
    return sides
