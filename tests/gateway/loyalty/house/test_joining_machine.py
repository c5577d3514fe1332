"""Conservation across merges: no history of two members, one person and two again, makes points."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from gateway.contract import StoreError
from gateway.identity.merging.join import MergeBusy
from gateway.identity.merging.service import Wanted
from gateway.loyalty.house.lots import dies_first
from gateway.ports import MergeState
from tests.gateway.loyalty.house.couple import Couple
from tests.gateway.loyalty.house.machine import FORM, HouseMachine, cuts
from tests.gateway.loyalty.house.memory import done
from tests.gateway.loyalty.house.shop import person, rules


class JoiningMachine(HouseMachine):
    """The machine of one programme, whose two members are merged and parted in between."""

    def __init__(self) -> None:
        super().__init__()
        self.couple = Couple(rules(FORM))
        self.memory, self.shop = self.couple.memory, self.couple.shop
        self.house = self.shop.house
        self.merged = ""
        self.parted = 0

    @initialize()
    def register(self) -> None:
        """Two customers with a member each."""
        for number in (1, 2):
            self.couple.customer(number, person(number))
        super().register()

    @rule(turned=st.booleans(), cut=cuts)
    def merge(self, *, turned: bool, cut: str) -> None:
        """Both are found to be one; the process may die between asking and doing."""
        if self.merged:
            return
        ends = ("c-2", "c-1") if turned else ("c-1", "c-2")
        before = self._all()
        wish = Wanted(*ends, "operator", "olga")
        row = done(self.memory.run(lambda tx: self.couple.merging().propose_in(tx, wish)))
        self.memory.cut = cut
        try:
            done(self.couple.merging().work_off())
        except StoreError:
            done(self.couple.merging().work_off())
        self.merged = row.id
        assert done(self.couple.merging().get(row.id)).state is MergeState.DONE
        held = [self._held(self.members[at]) for at in ((1, 0) if turned else (0, 1))]
        assert not held[1].whole
        assert self._all() == before
        assert list(held[0].active) == sorted(held[0].active, key=dies_first)

    @rule(cut=cuts, waits=st.booleans())
    def undo(self, *, cut: str, waits: bool) -> None:
        """They are two again, unless a sale is being paid; perhaps only when none is."""
        if not self.merged:
            return
        if waits:
            self.wait(80, keeps_up=True)
        before = self._all()
        self.memory.cut = cut
        for _ in range(2):
            try:
                done(self.couple.merging().undo(self.merged, who="olga"))
                break
            except MergeBusy:
                return
            except StoreError:
                if cut == "after":
                    break
            finally:
                self.memory.cut = ""
        self.merged, self.parted = "", self.parted + 1
        assert self._all() == before

    @rule(turned=st.booleans())
    def merge_and_undo(self, *, turned: bool) -> None:
        """What is taken back at once never was, lot by lot."""
        if self.merged:
            return
        self._settled()
        before = [self.couple.lots(one) for one in self.members]
        self.merge(turned=turned, cut="")
        self.undo(cut="", waits=False)
        assert not self.merged
        assert [self.couple.lots(one) for one in self.members] == before

    @invariant()
    def nobody_is_two(self) -> None:
        """A member who was joined would keep points, or a card show another purse."""
        accounts = [done(self.house.balance(one)) for one in self.members]
        assert not self.merged or accounts[0] == accounts[1]

    def _settled(self) -> None:
        """Let what is due happen first: it would change lots all the same."""
        self.wait(0, keeps_up=True)

    def _all(self) -> Decimal:
        return sum((self._held(one).whole for one in self.members), Decimal(0)) + self._dead()

    def _dead(self) -> Decimal:
        sums = done(self.memory.read(lambda tx: tx.house_sums()))
        return sum((p for a, p in sums.items() if a == "expired"), Decimal(0))


SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_merges_and_undos_neither_make_nor_lose_points() -> None:
    """Some order of purchases, returns, merges and crashes would double points or lose them."""
    run_state_machine_as_test(JoiningMachine, settings=SETTINGS)


@pytest.mark.parametrize("seed", range(4))
def test_long_walks_through_merges_neither_make_nor_lose_points(seed: int) -> None:
    """What needs many purchases before, between and after merges would go unseen."""
    chance, machine = random.Random(seed), JoiningMachine()
    machine.register()

    def pick() -> int:
        return chance.randrange(10**6)

    def cut() -> str:
        return chance.choice(["", "", "", "before", "after"])

    def begin() -> None:
        goods = [(chance.choice(["9.99", "33.33", "250"]), chance.choice("123"))]
        part = Decimal(chance.choice(["0", "0.333", "1"]))
        machine.begin(pick(), goods, part, online=chance.random() < 1 / 3, cut=cut())

    steps: list[tuple[int, Callable[[], None]]] = [
        (5, begin),
        (6, lambda: machine.close(pick(), cut())),
        (3, lambda: machine.bring_back(pick(), pick(), whole=chance.random() < 1 / 3, cut=cut())),
        (2, lambda: machine.give(pick(), chance.randint(1, 900), chance.choice([1, 5, None]))),
        (2, lambda: machine.wait(chance.choice([0, 1, 25]), keeps_up=chance.random() < 0.5)),
        (1, lambda: machine.hand_over(pick())),
        (1, machine.say_again),
        (2, lambda: machine.merge(turned=chance.random() < 0.5, cut=cut())),
        (2, lambda: machine.undo(cut=cut(), waits=chance.random() < 0.5)),
        (1, lambda: machine.merge_and_undo(turned=chance.random() < 0.5)),
    ]
    for _ in range(100):
        chance.choices([one for _, one in steps], [weight for weight, _ in steps])[0]()
        machine.conserves()
        machine.blocks_what_is_reserved()
        machine.stays_within_its_minimum()
        machine.nobody_is_two()
    assert machine.parted
