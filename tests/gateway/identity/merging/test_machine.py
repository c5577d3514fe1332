"""Whatever people, operators and crashes do: nobody is glued to a stranger, and nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from gateway.canonical import Kind
from gateway.contract import Observed
from gateway.identity.merging.join import MergeBusy, MergeRefused
from gateway.identity.merging.orders import OrderDuplicates
from gateway.identity.merging.service import Wanted
from gateway.ports import MergeRow, MergeState
from gateway.sync.incoming import Incoming
from tests.gateway.identity.merging.people import keep
from tests.gateway.identity.merging.sight import EARNED, Sight, taken_in
from tests.gateway.identity.merging.truth import FAMILY, HUMANS, Truth
from tests.gateway.identity.questionnaire.sections import typed
from tests.gateway.identity.questionnaire.world import VISITOR, FormWorld
from tests.gateway.sync.vendors import Fate

SYSTEMS = ("points", "shop")
WHO, WHERE = st.sampled_from(sorted(HUMANS)), st.sampled_from(SYSTEMS)
HAS = st.sets(st.sampled_from(["born", "phone", "email", "family", "card"]))
GIVES = st.sets(st.sampled_from(["phone", "email", "card"]))
ANY, BONUS = st.integers(0, 99), 100


class Shop(RuleBasedStateMachine):
    """A shop, a processor that books points, and three people, two of whom share a mailbox."""

    def __init__(self) -> None:
        super().__init__()
        self.world, self.truth = FormWorld(), Truth()
        self.world.shop.reduce = self.world.points.reduce = keep
        self.world.applier = replace(
            self.world.applier,
            noticed=OrderDuplicates(self.world.applier.digester, self.world.merging()),
        )
        self.numbers = count(1)
        self.sight = Sight(self.world)
        self.forms: dict[str, str] = {}
        self.earned: set[str] = set()

    @initialize(begun=st.lists(st.tuples(WHO, WHERE, HAS, st.booleans()), min_size=4, max_size=8))
    def begin(self, begun: list[tuple[str, str, set[str], bool]]) -> None:
        """Let systems hold people, one at a time, so that each is a customer of his own or not."""
        for who, where, has, proved in begun:
            self.register(who, where, has, proved=proved)
            self.world.do("pull", where)

    # What people do.

    @rule(who=WHO, where=WHERE, has=HAS, proved=st.booleans())
    def register(self, who: str, where: str, has: set[str], *, proved: bool) -> None:
        """Sign up at a till or at the site, as a system writes it down."""
        self.world.clock.move(1)
        record = HUMANS[who].record(has, proved=proved)
        external_id = self.world.vendors[where].create(record)
        self.truth.records[where, external_id] = who
        if proved and FAMILY in {one.address for one in record.emails}:
            self.truth.proved.add((who, FAMILY))

    @rule(who=WHO, family=st.booleans())
    def fill_in(self, who: str, *, family: bool) -> None:
        """Fill the questionnaire in, and confirm it."""
        human = HUMANS[who]
        email = FAMILY if family and FAMILY in human.mailboxes else human.email
        names: dict[str, Any] = {"last": human.name.last, "first": human.name.first}
        tab = f"t{next(self.numbers)}"
        answers = typed(phone=human.phone, email=email, **names)
        self.world.done(self.world.desk().submit(tab, answers, "ru", VISITOR))
        for _ in range(2):
            row = self.world.row(tab)
            codes = self.world.post.codes.get(row.answers[str(row.step)], []) if row else []
            if row is not None and codes:
                self.world.done(self.world.desk().confirm(tab, row.step, codes[-1], VISITOR))
        self.forms[tab] = who
        if email == FAMILY:
            self.truth.proved.add((who, FAMILY))
        self._walk()

    @rule(who=WHO, gives=GIVES, place=ANY, guest=st.sampled_from([False, False, True]))
    def order(self, who: str, gives: set[str], place: int, *, guest: bool) -> None:
        """Order at the site, from an account of his or as a guest; it is told until it arrives."""
        mine = [
            one
            for (where, one), owner in self.truth.records.items()
            if (where, owner) == ("shop", who)
        ]
        account = "" if guest or not mine else mine[place % len(mine)]
        while account and account not in self.sight.accounts_known():
            self.world.attempted("pull", "shop")
        number = f"o-{next(self.numbers)}"
        self.world.clock.move(1)
        observed = Observed(
            number, HUMANS[who].order(number, gives), changed_at=self.world.clock.now(),
            customer_external_id=account or None,
        )  # fmt: skip
        item = Incoming("shop", Kind.ORDER, observed, None, number)
        work = partial(taken_in, world=self.world, item=item)
        while (earned := self.world.done(self.world.store.run(work))) is None:
            continue
        self.earned |= {earned} - {""}
        self.truth.orders[number] = (who, account)

    # What goes on by itself, or wrong.

    @rule(where=WHERE, what=st.sampled_from(["pull", "pull", "deliver"]))
    def exchange(self, where: str, what: str) -> None:
        """Let the gateway read or tell a system."""
        self.world.attempted(what, where)

    @rule()
    def go_on(self) -> None:
        """Let waiting merges, forms and postings go on."""
        self._walk()
        self.world.done(self.world.merging().work_off())
        self.world.done(self.world.operations().perform(self.world.accounts["points"]))

    @rule(transactions=st.integers(1, 5), after=st.booleans())
    def die(self, transactions: int, *, after: bool) -> None:
        """Let the process die before or after one of its next commits."""
        self.world.die_in(transactions, after=after)

    @rule(where=WHERE, fate=st.sampled_from(sorted(Fate)))
    def trouble(self, where: str, fate: Fate) -> None:
        """Let a system's next write fail, or its answer be lost."""
        self.world.vendors[where].fates.append(fate)

    def _walk(self) -> None:
        for _ in range(3):
            self.world.clock.move(2)
            self.world.done(self.world.walk().once())


class Merges(Shop):
    """Operators who ask, vouch, merge and take back."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_back = False

    @rule(one=ANY, other=ANY, who=WHO, is_his=st.booleans())
    def ask(self, one: int, other: int, who: str, *, is_his: bool) -> None:
        """Ask whether two customers are one: somebody answers at what is his, others later."""
        pair = self._pair(one, other, who if is_his else "")
        if pair is None:
            return
        with suppress(MergeRefused):
            wanted = Wanted(*pair, "operator", "olga")
            row = self.world.done(self.world.merging().propose(wanted))
            if row is None:
                return
            for point in row.record["needs"]:
                if HUMANS[who].reads(point):
                    self.truth.proved |= {(who, FAMILY)} if point.endswith(FAMILY) else set()
                    answered = self.world.merging().confirmed(row.id, point, giver=who)
                    self.world.done(answered)

    @rule(one=ANY, other=ANY, who=WHO)
    def vouch(self, one: int, other: int, who: str) -> None:
        """Answer for two customers, having seen the same passport twice."""
        pair = self._pair(one, other, who)
        if pair is not None:
            with suppress(MergeRefused):
                wanted = Wanted(*pair, "operator", "olga", vouched=True)
                self.world.done(self.world.merging().propose(wanted))

    @rule(place=ANY)
    def take_back(self, place: int) -> None:
        """Take any merge back, if that can be done."""
        done = self._merges(MergeState.DONE)
        if done:
            self.taken_back = True
            with suppress(MergeRefused, MergeBusy):
                self.world.done(self.world.merging().undo(done[place % len(done)].id, who="olga"))

    @rule(order=st.permutations(range(4)))
    def there_and_back(self, order: list[int]) -> None:
        """Merge customers of one person one into the other, take all back: nothing has changed."""
        self._calm()
        living = self.sight.living()
        by_human = [[one for one in living if self._humans(one) == {who}] for who in sorted(HUMANS)]
        several = max(by_human, key=len)
        chain = [several[place] for place in order if place < len(several)]
        before, done = self.sight.state(self.truth.orders), list[MergeRow]()
        for survivor in chain[1:]:
            absorbed = done[-1].survivor if done else chain[0]
            wanted = Wanted(survivor, absorbed, "operator", "olga", despite=True, vouched=True)
            row = self.world.done(self.world.merging().propose(wanted))
            assert row is not None
            assert row.state is MergeState.DONE
            done.append(row)
        assert len(self.sight.living()) == len(living) - len(done)
        self.nobody_is_glued_to_a_stranger()
        self.every_order_is_there_once()
        for row in reversed(done):
            assert self.world.done(self.world.merging().undo(row.id, who="olga")) is not None
        assert self.sight.state(self.truth.orders) == before

    @invariant()
    def nobody_is_glued_to_a_stranger(self) -> None:
        """Look at whose records each customer has."""
        for customer in self.sight.living():
            assert self.truth.may_be_one(self._humans(customer)), customer

    @invariant()
    def every_order_is_there_once(self) -> None:
        """Look at each order: it is a living customer's who is its buyer, or a guest's."""
        owners, living = self.sight.owners(), set(self.sight.living())
        for number, found in self.sight.orders(self.truth.orders).items():
            who, account = self.truth.orders[number]
            (owner,) = found
            if not account:
                assert not owner, number
                continue
            assert owner in living, number
            assert self.truth.may_be_one({who, *self._humans(owner)}), number
            assert self.taken_back or owner == owners["shop", account], number

    def teardown(self) -> None:
        """Finish everything, and count."""
        try:
            self._calm()
            self.world.to_the_end()
            self.nobody_is_glued_to_a_stranger()
            self.every_order_is_there_once()
            self._count_points()
        finally:
            self.world.close()

    def _count_points(self) -> None:
        """Each posting was made once and is a living customer's, and nobody had a bonus twice."""
        booked = self.world.ledger.booked
        assert {key for key in booked if key.startswith("order:")} == self.earned
        balances = self.sight.balances()
        assert balances.keys() <= set(self.sight.living())
        forms = [key for key in booked if key.startswith("form:")]
        assert sum(balances.values()) == EARNED * len(self.earned) + BONUS * len(forms)
        assert len(forms) <= len(set(self.forms.values()))

    def _calm(self) -> None:
        """Let all that is on its way arrive, with nobody dying."""
        self.world.die_in(0, after=False)
        self.world.settle_down()
        self.world.done(self.world.merging().work_off())
        self.world.settle_down()
        self.world.done(self.world.operations().perform(self.world.accounts["points"]))

    def _pair(self, one: int, other: int, who: str) -> tuple[str, str] | None:
        """Return two customers, of one person or of anybody."""
        found = [name for name in self.sight.living() if not who or self._humans(name) == {who}]
        if not found or one % len(found) == other % len(found):
            return None
        return found[one % len(found)], found[other % len(found)]

    def _humans(self, customer: str) -> set[str]:
        """Return whose records and questionnaires a customer is made of."""
        owners = self.sight.owners()
        made = {
            row.entity_id: who
            for tab, who in self.forms.items()
            if (row := self.world.row(tab)) is not None and row.entity_id
        }
        now = self.sight.now(made)
        return {
            *(who for ref, who in self.truth.records.items() if owners.get(ref) == customer),
            *(who for one, who in made.items() if now.get(one, one) == customer),
        }

    def _merges(self, state: MergeState) -> list[MergeRow]:
        return list(self.world.store.now(lambda tx: tx.merges(state=state, limit=99)))


def test_nobody_is_glued_and_nothing_is_lost_whatever_happens() -> None:
    """Some order of records, orders, merges, deaths and their undoing joins or loses somebody."""
    run_state_machine_as_test(
        Merges,
        settings=settings(
            max_examples=40, stateful_step_count=20, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
