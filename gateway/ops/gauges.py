"""Gauges: the backlog as metrics, read from the store when somebody looks, and not too often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.contract import Clock, Log, StoreError
from gateway.contract.steered import allowed_per_s
from gateway.ports import DeliveryState, Store, Tx
from gateway.sync.account import Account
from gateway.telemetry import Metrics

REFRESH_S = 5.0


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
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._accounts = accounts
        self._clock = clock
        self._log = log
        self._refreshed = float("-inf")
        self._shown: set[tuple[str, str]] = set()

    async def refresh(self) -> None:
        """Read the backlog unless it was read a moment ago; a store that is away changes none."""
        if self._clock.monotonic() - self._refreshed < REFRESH_S:
            return
        self._refreshed = self._clock.monotonic()
        for account in self._accounts.values():
            self._metrics.circuit(
                account=account.name, is_open=account.circuit.is_open or account.stands
            )
            if account.budget is not None:
                per_s = allowed_per_s(account.budget)
                self._metrics.budget_limit(account=account.name, per_s=per_s or 0.0)
        try:
            counts, oldest = await self._store.read(self._look)
        except StoreError as error:
            self._log.warning("gauges.skipped", cause=str(error))
            return
        for key in self._shown - set(counts):
            self._metrics.due(account=key[0], state=key[1], count=0)
        for (name, state), count in counts.items():
            self._metrics.due(account=name, state=state, count=count)
        self._shown = set(counts)
        now = self._clock.now()
        for name, due_at in oldest.items():
            seconds = max(0.0, (now - due_at).total_seconds()) if due_at else 0.0
            self._metrics.oldest_due(account=name, seconds=seconds)

    def _look(self, tx: Tx) -> tuple[Mapping[tuple[str, str], int], Mapping[str, datetime | None]]:
        oldest: dict[str, datetime | None] = {}
        for name in self._accounts:
            rows = tx.list_deliveries(states=[DeliveryState.DUE], account=name, limit=1)
            oldest[name] = rows[0].due_at if rows else None
        return tx.count_deliveries(), oldest
