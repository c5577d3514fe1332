"""Accounts: what is configured, how it is, and what operators decide about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.contract.steered import per_s
from gateway.ops.account_views import (
    AccountLine,
    AccountView,
    Decision,
    Probed,
    facts_of,
    last_of,
)
from gateway.ops.audit import deed
from gateway.ops.due import backlogs, feeds_of
from gateway.ops.faults import NotFound, Refused, fault_of
from gateway.ops.spending import WINDOW, spending_of
from gateway.ops.standing import standing_of
from gateway.ports import AccountState, Grain, JournalRow, Pause, Probe, Slowed, Store, Tx
from gateway.sync.account import Account
from gateway.sync.parking import Parking

PROBE_S = 30.0
MOST_NOTE = 500


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """Where operators look at accounts and decide about them."""

    store: Store
    accounts: Mapping[str, Account]
    clock: Clock
    parking: Parking

    async def list(self) -> tuple[AccountLine, ...]:
        """Return all accounts."""
        now = self.clock.now()

        def look(tx: Tx) -> tuple[AccountLine, ...]:
            states = tx.account_states()
            rows = tx.tally(grain=Grain.MINUTE, since=now - WINDOW * 1.1, until=now, whats=())
            return tuple(
                AccountLine(
                    name=name,
                    vendor=account.connector.manifest.vendor,
                    connector=account.connector.manifest.key,
                    standing=standing_of(states.get(name), configured=True, now=now),
                    spending=spending_of(
                        account.budget,
                        _state(states, name).slowed,
                        [row for row in rows if row.account == name],
                        now=now,
                    ),
                    probe=last_of(states.get(name)),
                )
                for name, account in sorted(self.accounts.items())
            )

        return await self.store.read(look)

    async def show(self, name: str) -> AccountView:
        """Return one account. Raises ``NotFound``."""
        account, now = self.known(name), self.clock.now()

        def look(tx: Tx) -> AccountView:
            state = _state(tx.account_states(), name)
            rows = tx.tally(
                grain=Grain.MINUTE, since=now - WINDOW * 1.1, until=now, whats=(), account=name
            )
            inbox = tx.count_inbox().get(name)
            letters = tx.count_letters()
            waiting = tx.count_operations()
            return AccountView(
                name=name,
                facts=facts_of(account),
                standing=standing_of(state, configured=True, now=now),
                spending=spending_of(account.budget, state.slowed, rows, now=now),
                probe=last_of(state),
                inbox=inbox.count if inbox is not None else 0,
                backlogs=backlogs(tx, name, tx.count_deliveries(), now),
                operations={of: n for (who, of), n in sorted(waiting.items()) if who == name},
                letters=sum(one.count for (who, _), one in letters.items() if who == name),
                feeds=feeds_of(tx, account),
            )

        return await self.store.read(look)

    async def pause(self, name: str, *, who: str, reason: str) -> Decision:
        """Let an account rest until an operator resumes it. Raises ``NotFound``."""
        self.known(name)
        pause = Pause(self.clock.now(), who, reason)

        def decide(tx: Tx) -> bool:
            if _state(tx.account_states(), name).paused is not None:
                return False
            tx.put_pause(name, pause)
            tx.write_journal([self._deed(name, "paused", who, reason=reason)])
            return True

        changed = await self.store.run(decide)
        text = "it rests; what comes meanwhile waits" if changed else "it was paused before"
        return Decision(name, changed, text)

    async def resume(self, name: str, *, who: str) -> Decision:
        """Take an operator's pause back. Raises ``NotFound``."""
        self.known(name)

        def decide(tx: Tx) -> AccountState | None:
            state = _state(tx.account_states(), name)
            if state.paused is None:
                return None
            tx.put_pause(name, None)
            tx.write_journal([self._deed(name, "unpaused", who)])
            return state

        before = await self.store.run(decide)
        if before is None:
            return Decision(name, changed=False, text="it was not paused")
        text = "it goes on within seconds"
        if before.parked:
            text = "the pause is over, but it is parked: renew what the vendor refuses"
        return Decision(name, changed=True, text=text)

    async def slow(self, name: str, *, calls: int, seconds: float, who: str) -> Decision:
        """Let fewer calls leave than the limit allows. Raises ``NotFound`` and ``Refused``."""
        account = self.known(name)
        if calls < 1 or not 0 < seconds <= 86_400:  # noqa: PLR2004 - a day
            msg = "budget: give at least 1 call in up to 86400 seconds; pause it to let none leave"
            raise Refused(msg)
        allowed = per_s(account.budget.limit) if account.budget is not None else None
        if allowed is not None and calls / seconds > allowed:
            msg = (
                f"budget: the limit is {allowed:g} calls per second, and only less can be set here"
            )
            raise Refused(msg)
        slowed = Slowed(calls, seconds, self.clock.now(), who)

        def decide(tx: Tx) -> bool:
            before = _state(tx.account_states(), name).slowed
            if before is not None and (before.calls, before.per_s) == (calls, seconds):
                return False
            tx.put_slowed(name, slowed)
            tx.write_journal([self._deed(name, "slowed", who, calls=calls, per_s=seconds)])
            return True

        changed = await self.store.run(decide)
        return Decision(name, changed, f"{calls} calls in {seconds:g} s from now on")

    async def restore(self, name: str, *, who: str) -> Decision:
        """Let as many calls leave as the limit allows. Raises ``NotFound``."""
        self.known(name)

        def decide(tx: Tx) -> bool:
            if _state(tx.account_states(), name).slowed is None:
                return False
            tx.put_slowed(name, None)
            tx.write_journal([self._deed(name, "restored", who)])
            return True

        changed = await self.store.run(decide)
        return Decision(name, changed, "the limit of the configuration from now on")

    async def probe(self, name: str, *, who: str) -> Probed:
        """Ask an account whether it works, by a harmless call; a parked one then goes on.

        Raises ``NotFound``. An operator's pause stays, whatever the probe finds.
        """
        account = self.known(name)
        found = await _asked(account)
        resumed = False
        if found.ok:
            states = await self.store.read(lambda tx: tx.account_states())
            if _state(states, name).parked:
                await self.parking.resume(account)
                resumed = True
        probe = Probe(self.clock.now(), found.ok, "; ".join(found.notes)[:MOST_NOTE])
        outcome = "works" if found.ok else "fails"

        def note(tx: Tx) -> None:
            tx.put_probe(name, probe)
            tx.write_journal([self._deed(name, f"probe_{outcome}", who)])

        await self.store.run(note)
        return Probed(name, found.ok, found.notes, found.facts, resumed)

    def known(self, name: str) -> Account:
        """Return an account of the configuration. Raises ``NotFound``."""
        account = self.accounts.get(name)
        if account is None:
            msg = f"no account {name}: the configuration names {', '.join(sorted(self.accounts))}"
            raise NotFound(msg)
        return account

    def _deed(self, name: str, outcome: str, who: str, **detail: object) -> JournalRow:
        row = deed(self.clock.now(), ("", Kind.CUSTOMER), event="account", outcome=outcome, who=who)
        return replace(row, detail={**row.detail, "account": name, **detail})


async def _asked(account: Account) -> Probed:
    try:
        async with asyncio.timeout(PROBE_S):
            report = await account.connector.probe()
    except TimeoutError:
        note = f"no answer within {PROBE_S:.0f} s"
        return Probed(account.name, ok=False, notes=(note,), facts={})
    except Exception as error:  # noqa: BLE001 - a connector's bug is an answer too
        fault = fault_of(error)
        notes = (*fault.lines, *filter(None, [fault.remedy]))
        return Probed(account.name, ok=False, notes=notes, facts={})
    return Probed(account.name, report.ok, tuple(report.notes), dict(report.facts))


def _state(states: Mapping[str, AccountState], name: str) -> AccountState:
    return states.get(name) or AccountState(name)
