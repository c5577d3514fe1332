"""Usage: the calls that left under each account's budget, written into the tally.

Each process counts its own in memory and adds them every few seconds. A process that is killed
loses what it counted since then, and nothing else; the budget itself never waits for this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.contract import Clock, Log, StoreError
from gateway.contract.steered import MINUTE_S, Used
from gateway.ops.tally import CALLS
from gateway.ports import Grain, Store, TallyRow
from gateway.sync.account import Account
from gateway.telemetry import Metrics

PERIOD_S = 5.0
CALLS_OF = f"{CALLS} "
"""Before the name of an operation, where the vendor counts each by itself."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Writes down what the budgets of one process counted."""

    store: Store
    accounts: Mapping[str, Account]
    clock: Clock
    log: Log
    metrics: Metrics

    async def run(self) -> None:
        """Write down every few seconds, and once more when it is cancelled."""
        try:
            while True:
                await asyncio.sleep(PERIOD_S)
                await self._written()
        finally:
            await self._written()

    async def _written(self) -> None:
        try:
            await self.write()
        except StoreError as error:
            self.log.warning("store.unavailable", loop="usage", cause=str(error))

    async def write(self) -> None:
        """Write down what left since the last time. Raises ``StoreError``: nothing is lost then."""
        taken = {
            name: account.budget.used()
            for name, account in self.accounts.items()
            if account.budget is not None
        }
        rows = [row for name, used in taken.items() for row in _rows(name, used)]
        if not rows:
            return
        try:
            await self.store.run(lambda tx: tx.add_tally(rows))
        except BaseException:
            for name, used in taken.items():
                budget = self.accounts[name].budget
                if budget is not None:
                    budget.give_back(used)
            raise
        for name, used in taken.items():
            self.metrics.budget_used(account=name, calls=sum(used.values()))


def _rows(account: str, used: Used) -> Sequence[TallyRow]:
    rows = []
    for (minute, operation), calls in used.items():
        at = datetime.fromtimestamp(minute * MINUTE_S, UTC)
        rows.append(TallyRow(at, Grain.MINUTE, account, CALLS, calls))
        if operation:
            what = f"{CALLS_OF}{operation}"
            rows.append(TallyRow(at, Grain.MINUTE, account, what, calls))
    return rows
