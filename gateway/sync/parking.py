"""Parking and circuits: what an account's answers tell about the account itself.

Refused credentials park the account and tell the operator once; a vendor that does not answer opens
the circuit for a while. Both are stored, so that other processes and people see them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    Clock,
    ConnectorError,
    Deferred,
    Disposition,
    Failed,
    Log,
    Outcome,
    OutcomeUnknown,
    RateLimit,
    StoreError,
    Unavailable,
    disposition,
)
from gateway.ports import AccountState, JournalRow, Store, Tx
from gateway.sync.account import Account

_AWAY = (Unavailable.__name__, OutcomeUnknown.__name__)
"""Causes that say that the vendor was away, and nothing about the record."""


@dataclass(frozen=True, slots=True)
class Parking:
    """Keeps the state of accounts, in memory and in the store."""

    store: Store
    clock: Clock
    log: Log

    async def learn(self, account: Account, outcomes: Sequence[Outcome[Any]]) -> None:
        """Draw conclusions from one write: it counts once, however many changes it held."""
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        stopping = [error for error in errors if disposition(error) is Disposition.PARK]
        if stopping:
            await self.failed(account, stopping[0])
        elif len(errors) < len(outcomes):
            await self.answered(account)
        elif errors:
            away = [error for error in errors if _is_away(error)]
            await self.failed(account, (away or errors)[0])

    async def answered(self, account: Account) -> None:
        """Note that the vendor answers and accepts us."""
        if account.circuit.succeeded():
            # What had failed because the vendor was away needs to wait no longer; how fast it
            # leaves is the budget's business.
            self.log.info("account.answers_again", account=account.name)
            await self._put(account, AccountState(account.name), "circuit_closed")

    async def failed(self, account: Account, error: ConnectorError) -> None:
        """Note a failed call; it may park the account or open its circuit."""
        if disposition(error) is Disposition.PARK:
            if not account.parked:
                await self.park(account, error.reason)
            return
        if not _is_away(error) or not account.circuit.failed():
            return
        rest = account.circuit.rest_s
        self.log.warning("account.circuit_open", account=account.name, rest_s=round(rest, 1))
        state = AccountState(
            account.name,
            reason=error.reason,
            since=self.clock.now(),
            open_until=self.clock.now() + timedelta(seconds=rest),
        )
        await self._put(account, state, "circuit_opened")

    async def park(self, account: Account, reason: str) -> None:
        """Stop all calls of an account until a probe succeeds or an operator resumes it."""
        account.parked = True
        self.log.warning("account.parked", account=account.name, reason=reason)
        state = AccountState(account.name, parked=True, reason=reason, since=self.clock.now())
        await self._put(account, state, "parked")

    async def resume(self, account: Account) -> None:
        """Let calls of an account go on, unless an operator paused it: that is his to take back."""
        account.parked = False
        self.log.info("account.resumed", account=account.name)
        await self._put(account, AccountState(account.name), "resumed")

    async def refresh(self, accounts: Mapping[str, Account]) -> None:
        """Take over what other processes or operators decided."""
        states = await self.store.read(lambda tx: tx.account_states())
        for account in accounts.values():
            state = states.get(account.name) or AccountState(account.name)
            self._take_over(account, state)

    async def obey(self, accounts: Mapping[str, Account], *, pace_s: float) -> None:
        """Take over what was decided, every ``pace_s`` seconds: for a process without an engine."""
        while True:
            try:
                await self.refresh(accounts)
            except StoreError as error:
                self.log.warning("store.unavailable", loop="obey", cause=str(error))
            await asyncio.sleep(pace_s)

    def _take_over(self, account: Account, state: AccountState) -> None:
        account.parked = state.parked
        paused = state.paused is not None
        if paused != account.paused:
            account.paused = paused
            self.log.info("account.paused" if paused else "account.unpaused", account=account.name)
        if account.budget is not None:
            slowed = state.slowed
            account.budget.slow(RateLimit(slowed.calls, slowed.per_s) if slowed else None)

    async def prepared(self, account: Account) -> bool:
        """Let the connector make what it needs at the vendor; False when it is to be tried again.

        Why it failed is stored for people: nothing is sent there meanwhile.
        """
        try:
            await account.connector.prepare()
            await self._put_unprepared(account, "")
        except ConnectorError as error:
            self.log.warning(
                "account.not_prepared", account=account.name, error=type(error).__name__
            )
            await self._put_unprepared(account, error.reason)
            await self.failed(account, error)
            return False
        return True

    async def _put_unprepared(self, account: Account, reason: str) -> None:
        def work(tx: Tx) -> None:
            known = tx.account_states().get(account.name)
            if reason != (known.unprepared if known is not None else ""):
                tx.put_unprepared(account.name, reason)

        await self.store.run(work)

    async def _put(self, account: Account, state: AccountState, outcome: str) -> None:
        row = JournalRow(
            self.clock.now(), "", Kind.CUSTOMER, account.name, "account", outcome, "",
            {"reason": state.reason},
        )  # fmt: skip

        def work(tx: Tx) -> None:
            known = tx.account_states().get(account.name)
            keep_parked = known is not None and known.parked and not state.parked
            if keep_parked and outcome != "resumed":
                return
            tx.put_account_state(replace(state))
            tx.write_journal([row])
            if outcome == "circuit_closed":
                tx.hasten(account.name, causes=_AWAY, now=self.clock.now())

        await self.store.run(work)


def _is_away(error: ConnectorError) -> bool:
    """Tell whether an error may mean that the vendor is away; what is done later does not."""
    return isinstance(error, Unavailable | OutcomeUnknown) and not isinstance(error, Deferred)
