"""Machine: no interleaving of calls, failures and kills loses, repeats or blocks anything."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.contract import Deal, OfflineReceipt, SaleState, Stage, TillBusy, TillRefused
from gateway.loyalty.sale import round_of, told_id
from gateway.ports import SaleKind, SaleProgress, SaleRow
from tests.gateway.loyalty.entries import Entry, Fault
from tests.gateway.loyalty.ledger import lapse
from tests.gateway.loyalty.world import ANNA, HOLD_S, TILL, Killed, World

PHONE = ANNA.phone or ""
START = Decimal(150)
SALES = st.sampled_from(["a", "b", "c", "d"])
RETURNS = st.sampled_from(["ra", "rb", "rc"])
SPENT = st.sampled_from([0, 40, 80])
FAULTS = st.lists(
    st.sampled_from(
        [Fault.NONE, Fault.AWAY, Fault.LIMITED, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE]
    ),
    min_size=1,
    max_size=4,
)
CLOSED = frozenset({Stage.COMMITTED, Stage.ACCEPTED})


class Tills(RuleBasedStateMachine):
    """One till, one member, one processor, and everything that goes wrong between them."""

    is_keyed = True

    def __init__(self) -> None:
        """Begin a day."""
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World()
        self.world.ledger.balances[PHONE] = START
        self.world.ledger.is_keyed = self.is_keyed
        self.closed: set[str] = set()

    @rule(sale=SALES, spends=st.sampled_from([40, 80]))
    def reserve(self, sale: str, spends: int) -> None:
        """Block points."""
        self._call(self.world.service.reserve(TILL, self.world.sale(sale, spends=spends)))

    @rule(sale=SALES, spends=SPENT)
    def commit(self, sale: str, spends: int) -> None:
        """Close a sale."""
        deal = self._call(self.world.service.commit(TILL, self.world.sale(sale, spends=spends)))
        self._note(deal)

    @rule(sale=SALES)
    def cancel(self, sale: str) -> None:
        """Give a sale up."""
        self._call(self.world.service.cancel(TILL, sale))

    @rule(back=RETURNS, sale=SALES, quantity=st.sampled_from([1, 2, None]))
    def refund(self, back: str, sale: str, quantity: int | None) -> None:
        """Take goods back."""
        self._note(self._call(self.world.service.refund(
            TILL, self.world.refund(back, sale, quantity)
        )))  # fmt: skip

    @rule(sales=st.lists(SALES, max_size=3), back=RETURNS, of=SALES)
    def offline(self, sales: list[str], back: str, of: str) -> None:
        """Hand in what was closed while the till was alone."""
        receipts = [OfflineReceipt(sale=self.world.sale(one)) for one in sales]
        receipts.append(OfflineReceipt(refund=self.world.refund(back, of, 1)))
        for deal in self._call(self.world.service.offline(TILL, receipts)) or ():
            self._note(deal)

    @rule(faults=FAULTS)
    def fail(self, faults: list[Fault]) -> None:
        """Script what goes wrong next."""
        self.world.ledger.script.extend(faults)

    @rule()
    def lapse(self) -> None:
        """Let the processor end all holds by itself."""
        lapse(self.world.ledger)

    @rule(seconds=st.sampled_from([1.0, 6.0, 31.0, HOLD_S]))
    def pass_time(self, seconds: float) -> None:
        """Let the settler work."""
        self._call(self.world.pass_time(seconds))

    @rule()
    def restart(self) -> None:
        """Kill the process between two calls."""
        self.runner.run(self.world.restart())

    @precondition(lambda self: self.world.disk.lives is None)
    @rule(writes=st.integers(1, 3), before=st.booleans())
    def die_soon(self, writes: int, *, before: bool) -> None:
        """Kill the process at one of its next writes."""
        self.world.disk.lives, self.world.disk.dies_before = writes, before

    @invariant()
    def no_balance_is_below_its_minimum(self) -> None:
        """Points would be spent that are not there."""
        ledger = self.world.ledger
        taken_back = sum((-one.earned for one in ledger.entries.values() if one.earned < 0), START)
        assert ledger.balances[PHONE] + taken_back - START >= ledger.blocked(PHONE)
        assert ledger.misled == []

    def teardown(self) -> None:
        """Let everything work again and settle: the books must be right."""
        self.world.ledger.script.clear()
        self.runner.run(self.world.restart())
        self.runner.run(self.world.settle(seconds=7200.0))
        try:
            self._check_books()
        finally:
            self.runner.close()

    def _check_books(self) -> None:
        ledger, rows = self.world.ledger, self.world.disk.rows
        assert ledger.misled == []
        assert ledger.blocked(PHONE) == 0
        for row in rows.values():
            self._check_row(row)
        for one in self.closed:
            row = rows[f"{TILL.name}:{one}"]
            assert row.progress is SaleProgress.COMMITTED or _may_wait(row, rows), row
        moved = sum((one.earned - one.spent for one in ledger.entries.values()), Decimal(0))
        assert ledger.balances[PHONE] == START + moved

    def _check_row(self, row: SaleRow) -> None:
        counted = [
            entry
            for nth in range(1, round_of(row) + 1)
            if (entry := self._entry(row, nth)) is not None and entry.state is SaleState.COMMITTED
        ]
        is_counted = row.progress is SaleProgress.COMMITTED
        assert len(counted) == int(is_counted), (row, counted)
        assert row.due_at is None or _may_wait(row, self.world.disk.rows), row

    def _entry(self, row: SaleRow, nth: int) -> Entry | None:
        return self.world.ledger.entries.get(told_id(row.id, nth))

    def _note(self, deal: Deal | None) -> None:
        if deal is not None and deal.stage in CLOSED:
            self.closed.add(deal.id)

    def _call(self, call: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - any answer
        """Make a call; a killed process is begun again."""
        try:
            return self.runner.run(_quiet(call, self.world))
        except (TillRefused, TillBusy):
            return None
        except Killed:
            self.runner.run(self.world.restart())
            return None


async def _quiet(call: Coroutine[Any, Any, Any], world: World) -> Any:  # noqa: ANN401 - see above
    answer = await call
    world.disk.check_alive()
    return answer


def _may_wait(row: SaleRow, rows: dict[str, SaleRow]) -> bool:
    """Tell whether a person has to decide: the points of an ended hold, or a sale given back."""
    if row.kind is SaleKind.SALE:
        return row.progress is SaleProgress.DEAD and row.cause_code == "points-gone"
    sale = rows.get(row.of)
    return row.progress is SaleProgress.DEAD or (
        sale is not None and sale.progress is SaleProgress.DEAD
    )


class Unkeyed(Tills):
    """The same with a processor that takes no notice of keys: it is asked before a repeat."""

    is_keyed = False


_SETTINGS = settings(
    max_examples=120,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
Tills.TestCase.settings = Unkeyed.TestCase.settings = _SETTINGS
TestTills = Tills.TestCase
TestUnkeyed = Unkeyed.TestCase
