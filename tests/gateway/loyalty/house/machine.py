"""A machine that buys, pays by points, gives back, forgets, repeats and dies, in any order.

Its model knows only what it was answered: points are where the answers say, or the ledger lies.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.contract import Kept, OutcomeUnknown, Rejected, Sale, SaleState
from gateway.loyalty.house.lots import Holdings, Piece, dies_first, holdings
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.record import record_of
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import HouseSaleState, LedgerAccount, Posting
from tests.gateway.loyalty.house.memory import MemoryStore, done
from tests.gateway.loyalty.house.shop import Clock, back, line, person, rules, sale, shop_on

FORM = {
    "tiers": [
        {"name": "One", "percent": 5, "share": 30},
        {"name": "Two", "purchases": 300, "percent": 10, "share": 50},
    ],
    "window_days": 20,
    "activation_days": 2,
    "expire_days": 10,
    "grace_days": 3,
    "min_balance": -5,
    "accrual": "handed_over",
    "hold_s": 7200,
    "online_hold_s": 86_400,
}
ZERO = Decimal(0)
fractions = st.sampled_from([Decimal(one) for one in ("0", "0.333", "0.5", "1")])
cuts = st.sampled_from(["", "", "", "before", "after"])
picks = st.integers(0, 10**6)
prices = st.sampled_from(["0.01", "9.99", "33.33", "100", "250"])


@dataclass
class Known:
    """What the machine was told of a sale."""

    made: Sale
    kept: Kept | None = None
    closed: Kept | None = None
    returned: dict[str, Kept] = field(default_factory=dict)


class HouseMachine(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        clock = Clock()
        self.memory = MemoryStore(clock)
        self.shop = shop_on(self.memory, rules(FORM), clock)
        self.house = self.shop.house
        self.sales: list[Known] = []
        self.gifts = ZERO
        self.number = 0
        self.repeat: Callable[[], Coroutine[Any, Any, Kept]] | None = None
        self.answer: Kept | None = None

    @initialize()
    def register(self) -> None:
        """Two members."""
        made = [done(self.house.register(person(n), key=f"m{n}")) for n in (1, 2)]
        self.members = [one.external_id for one in made]
        for who in (0, 1):
            self.give(who, 10_000, 5)

    @rule(who=picks, cents=st.integers(1, 9000), days=st.sampled_from([1, 5, 30, None]))
    def give(self, who: int, cents: int, days: int | None) -> None:
        """Somebody gets points."""
        points, self.number = Decimal(cents) / 100, self.number + 1
        office = Office(self.house, self.shop.programme, self.shop.clock)
        member = self.members[who % 2]
        for _ in range(2):
            done(office.adjust(member, points, key=f"g{self.number}", reason="", expire_days=days))
        self.gifts += points

    @rule(
        who=picks,
        goods=st.lists(st.tuples(prices, st.sampled_from(["1", "2", "3"])), min_size=1, max_size=3),
        part=fractions,
        online=st.booleans(),
        cut=cuts,
    )
    def begin(
        self, who: int, goods: list[tuple[str, str]], part: Decimal, *, online: bool, cut: str
    ) -> None:
        """A till reserves, with a part of what may be spent."""
        self.number += 1
        member, key = self.members[who % 2], f"s{self.number}"
        lines = [line(str(at), *one) for at, one in enumerate(goods)]
        more: dict[str, Any] = {"at": self.shop.clock.now(), "is_online": online}
        quote = done(self.house.quote(sale(key, member, *lines, **more)))
        assert quote.spendable is not None
        points = (quote.spendable.points * part).quantize(Decimal("0.01"))
        made = sale(key, member, *lines, spends=str(points), **more)
        before = self._held(member)
        known = Known(made)
        self.sales.append(known)
        known.kept = self._call(lambda: self.house.reserve(made, key=f"r{key}"), cut)
        assert known.kept.state is SaleState.RESERVED
        self._first_in_first_out(before, self._held(member), points)

    @rule(which=picks, cut=cuts)
    def close(self, which: int, cut: str) -> None:
        """A till closes its receipt, perhaps long after its reservation has lapsed."""
        if not self.sales:
            return
        known = self.sales[which % len(self.sales)]
        key, made = f"c{known.made.id}", known.made
        if known.closed is None and done(self.house.find(made.id)) is None:
            return
        try:
            kept = self._call(lambda: self.house.commit(made, known.kept, key=key), cut)
        except Rejected:
            assert known.closed is None
            return
        assert kept.state is SaleState.COMMITTED
        if known.closed is not None:
            assert kept.points_earned == known.closed.points_earned
        known.closed = known.closed or kept

    @rule(which=picks, cut=cuts)
    def give_up(self, which: int, cut: str) -> None:
        """A till gives its sale up."""
        open_ones = [one for one in self.sales if one.closed is None and one.kept is not None]
        if not open_ones:
            return
        kept = open_ones[which % len(open_ones)].kept
        assert kept is not None
        self.memory.cut = cut
        for _ in range(2):
            try:
                done(self.house.cancel(kept, key=f"x{kept.reference}"))
            except OutcomeUnknown:
                done(self.house.cancel(kept, key=f"x{kept.reference}"))

    @rule(which=picks, at=picks, whole=st.booleans(), cut=cuts)
    def bring_back(self, which: int, at: int, *, whole: bool, cut: str) -> None:
        """Goods come back, a piece or all that is left."""
        closed = [one for one in self.sales if one.closed is not None]
        if not closed:
            return
        known = closed[which % len(closed)]
        self.number += 1
        key = f"b{self.number}"
        goods = known.made.lines[at % len(known.made.lines)]
        piece = line(goods.id, quantity="1")
        refund = back(key, known.made.id, *(() if whole else (piece,)))
        try:
            kept = self._call(lambda: self.house.refund(refund, key=key), cut)
        except Rejected:
            return
        known.returned[key] = kept

    @rule(hours=st.sampled_from([0, 1, 3, 25, 80]), keeps_up=st.booleans())
    def wait(self, hours: int, *, keeps_up: bool) -> None:
        """Time passes, and perhaps the upkeep runs."""
        self.shop.clock.move(hours=hours)
        if keeps_up:
            done(Upkeep(self.house, self.shop.programme).run_once(self.shop.clock.now()))

    @rule(which=picks)
    def hand_over(self, which: int) -> None:
        """An order is paid and handed over."""
        if self.sales:
            office = Office(self.house, self.shop.programme, self.shop.clock)
            done(office.hand_over(self.sales[which % len(self.sales)].made.id))

    @rule()
    def say_again(self) -> None:
        """The network delivers the last call once more."""
        if self.repeat is None or self.answer is None:
            return
        again = done(self.repeat())
        same = (again.reference, again.points_earned, again.points_spent)
        first = (self.answer.reference, self.answer.points_earned, self.answer.points_spent)
        assert same == first or again.state is SaleState.COMMITTED

    @invariant()
    def conserves(self) -> None:
        """Points would be made or lost, or earned twice."""
        sums = done(self.memory.read(lambda tx: tx.house_sums()))
        assert sum(sums.values(), ZERO) == 0
        kept = [one.closed for one in self.sales if one.closed is not None]
        gone = [one for sale in self.sales for one in sale.returned.values()]
        assert -sums.get(LedgerAccount.ISSUED, ZERO) == _sum(kept, "earned") + _sum(gone, "earned")
        assert sums.get(LedgerAccount.REDEEMED, ZERO) == _sum(kept, "spent") + _sum(gone, "spent")
        assert -sums.get(LedgerAccount.ADJUSTED, ZERO) == self.gifts

    @invariant()
    def blocks_what_is_reserved(self) -> None:
        """Points would stay blocked for a sale that is over, or be free while it is not."""
        rows = done(self.memory.read(lambda tx: tx.house_sales([s.made.id for s in self.sales])))
        held = [row for row in rows.values() if row.state is HouseSaleState.RESERVED]
        blocked = sum((self._held(member).blocked for member in self.members), ZERO)
        assert blocked == sum((record_of(row.body).spent for row in held), ZERO)

    @invariant()
    def stays_within_its_minimum(self) -> None:
        """A balance would be below what the rules permit, or a debt beside points."""
        for member in self.members:
            held = self._held(member)
            (account,) = done(self.house.balance(member))
            assert account.available is not None
            assert account.available.points >= Decimal(FORM["min_balance"])  # type: ignore[arg-type]
            pieces = (*held.active, *held.pending, *held.dead)
            assert all(piece.points > 0 for piece in pieces)
            assert held.debt >= 0
            assert not held.debt or not (held.active or held.pending)
            assert min(held.blocked, held.awaiting) >= 0

    def _call(self, call: Callable[[], Coroutine[Any, Any, Kept]], cut: str) -> Kept:
        """Make a call whose commit may be lost; then it is made again, with the same key."""
        self.memory.cut = cut
        try:
            kept = done(call())
        except OutcomeUnknown:
            kept = done(call())
        finally:
            self.memory.cut = ""
        self.repeat, self.answer = call, kept
        return kept

    def _held(self, member: str) -> Holdings:
        sums: list[Posting] = list(done(self.memory.read(lambda tx: tx.house_lots(member))))
        return holdings(sums, self.shop.clock.now())

    def _first_in_first_out(self, before: Holdings, after: Holdings, points: Decimal) -> None:
        """What was taken are the points that die first."""
        left = {piece.lot: piece.points for piece in after.active}
        taken = [
            Piece(piece.lot, piece.points - left.get(piece.lot, ZERO)) for piece in before.active
        ]
        if after.available - before.available != -points:
            return  # a reservation that had lapsed gave points back in the same step
        touched = [piece for piece in taken if piece.points]
        untouched = [piece for piece in before.active if left.get(piece.lot) == piece.points]
        whole = [piece for piece in touched[:-1] if left.get(piece.lot)]
        assert not whole
        assert all(dies_first(one) < dies_first(two) for one in touched for two in untouched)


def _sum(kept: list[Kept], what: str) -> Decimal:
    found = (getattr(one, f"points_{what}") for one in kept)
    return sum((one.points for one in found if one is not None), ZERO)
