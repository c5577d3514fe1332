"""Gauges: where things stand, as metrics, read when somebody looks, and not too often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.contract import Clock, Log, StoreError
from gateway.contract.steered import allowed_per_s
from gateway.ports import AccountState, DeliveryState, Gauged, Store, Tx
from gateway.sync.account import Account
from gateway.telemetry import Metrics

REFRESH_S = 5.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What this process knows of itself.

    Shape: ``links`` name → whether it has its connection.
    ``counts``: the store's backlog is shown too, which one process in a deployment does for all.
    """

    role: str = "run"
    version: str = ""
    links: Mapping[str, Callable[[], bool]] | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class _Look:
    """What the store says. ``due``: account → since when its oldest delivery is due."""

    deliveries: Mapping[tuple[str, str], int]
    due: Mapping[str, datetime | None]
    letters: Mapping[tuple[str, str], int]
    backlog: Gauged
    states: Mapping[str, AccountState]


class Gauges:
    """Sets the gauges of ``Metrics``; what vanished from the store is set to 0."""

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        *,
        accounts: Mapping[str, Account],
        clock: Clock,
        log: Log,
        facts: Facts | None = None,
    ) -> None:
        self._store = store
        self._state = metrics.state
        self._accounts = accounts
        self._clock = clock
        self._log = log
        self._facts = facts or Facts()
        self._refreshed = float("-inf")
        self._state.build.show({(self._facts.version, self._facts.role): 1})

    async def refresh(self, *, counts: bool = True) -> None:
        """Look unless somebody did a moment ago; a store that is away changes no count.

        Without ``counts`` the store is left alone.
        """
        if self._clock.monotonic() - self._refreshed < REFRESH_S:
            return
        self._refreshed = self._clock.monotonic()
        links = self._facts.links or {}
        self._state.connected.show({(name,): int(is_up()) for name, is_up in links.items()})
        seen = None
        if counts and self._facts.counts:
            try:
                seen = await self._store.read(self._look)
            except StoreError as error:
                self._log.warning("gauges.skipped", cause=str(error))
        self._show_accounts(seen.states if seen else {})
        if seen is not None:
            self._show(seen)

    def _look(self, tx: Tx) -> _Look:
        due: dict[str, datetime | None] = {}
        for name in self._accounts:
            row = tx.oldest_delivery(name, DeliveryState.DUE)
            due[name] = row.due_at if row is not None else None
        return _Look(tx.count_deliveries(), due, tx.count_dead(), tx.gauged(), tx.account_states())

    def _show_accounts(self, states: Mapping[str, AccountState]) -> None:
        """Show what holds calls back: here, or as another process left it in the store."""
        now = self._clock.now()
        rests: dict[tuple[str, ...], float] = {}
        parked: dict[tuple[str, ...], float] = {}
        paused: dict[tuple[str, ...], float] = {}
        for name, account in self._accounts.items():
            state = states.get(name, AccountState(name))
            is_parked = account.parked or state.parked
            is_open = account.circuit.is_open or (
                state.open_until is not None and state.open_until > now
            )
            is_paused = account.paused or state.paused is not None
            rests[name,] = int(is_open or is_parked or is_paused)
            parked[name,] = int(is_parked)
            paused[name,] = int(is_paused)
        self._state.circuit.show(rests)
        self._state.parked.show(parked)
        self._state.paused.show(paused)
        self._state.limit.show(
            {
                (name,): allowed_per_s(account.budget) or 0.0
                for name, account in self._accounts.items()
                if account.budget is not None
            }
        )

    def _show(self, seen: _Look) -> None:
        state, backlog = self._state, seen.backlog
        state.due.show(seen.deliveries)
        state.oldest_due.show({(name,): self._age_s(at) for name, at in seen.due.items()})
        state.inbox.show(backlog.inbox)
        known = {**dict.fromkeys(self._accounts), **backlog.oldest_inbox}
        state.oldest_inbox.show({(name,): self._age_s(at) for name, at in known.items()})
        state.operations.show(backlog.operations)
        state.dead(seen.letters)
        state.events(backlog.events, self._age_s(backlog.oldest_event))
        state.moved.show(
            {
                feed: at.timestamp()
                for feed, at in backlog.moved.items()
                if feed[0] in self._accounts and ":" not in feed[1]
            }
        )

    def _age_s(self, at: datetime | None) -> float:
        return max(0.0, (self._clock.now() - at).total_seconds()) if at else 0.0
