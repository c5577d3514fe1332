"""Relay: wakes again what is due and silent (the sending half of the transactional outbox).

The bus may lose a wake-up and a process may die between commit and publish; the rows are there, and
this loop finds them. It also renews the leases of work in progress and takes over what operators
and other processes decided about accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.contract import Clock
from gateway.ports import DeliveryRow, Store, Wake
from gateway.sync.account import Account
from gateway.sync.leases import Leases
from gateway.sync.parking import Parking
from gateway.sync.wakes import route_wake

_LIMIT = 1000


@dataclass(slots=True)
class Relay:
    """One round at a time; a due row counts as forgotten after ``silent_s`` seconds."""

    store: Store
    accounts: Mapping[str, Account]
    parking: Parking
    clock: Clock
    leases: Leases
    silent_s: float
    wake: Callable[[Sequence[Wake]], None]
    _woken: dict[tuple[str, str], float] = field(default_factory=dict)

    async def round(self) -> int:
        """Wake what is due and silent; return how many wake-ups that were."""
        now = self.clock.now()
        silent_since = now - timedelta(seconds=self.silent_s)
        await self._renew(now + timedelta(seconds=self.leases.lease_s))
        await self.parking.refresh(self.accounts)
        inbox = await self.store.read(lambda tx: tx.due_inbox(now=now, limit=_LIMIT))
        rows = await self.store.read(
            lambda tx: tx.due_deliveries(now=now, silent_since=silent_since, limit=_LIMIT)
        )
        wakes = [
            route_wake(row)
            for row in inbox
            if row.received_at <= silent_since and self._can_call(row.account)
        ]
        wakes += [self._deliver_wake(row) for row in rows if self._can_send(row.account)]
        fresh = [wake for wake in wakes if self._is_silent(wake)]
        self.wake(fresh)
        return len(fresh)

    async def _renew(self, until: datetime) -> None:
        """Prolong the leases of work that goes on in this process."""
        holders = self.leases.active

        if holders:
            await self.store.run(lambda tx: tx.renew_leases(holders=holders, until=until))

    def _can_call(self, name: str) -> bool:
        account = self.accounts.get(name)
        return account is not None and not account.rests

    def _can_send(self, name: str) -> bool:
        return self._can_call(name) and not self.accounts[name].is_fetched

    def _deliver_wake(self, row: DeliveryRow) -> Wake:
        return Wake("deliver", row.entity_id, row.account, row.entity_id, row.correlation_id)

    def _is_silent(self, wake: Wake) -> bool:
        """True when this relay has not woken the same row a moment ago."""
        moment = self.clock.monotonic()
        key = (wake.ref, wake.account)
        if moment - self._woken.get(key, float("-inf")) < self.silent_s:
            return False
        if len(self._woken) > 10 * _LIMIT:
            self._woken = {k: at for k, at in self._woken.items() if moment - at < self.silent_s}
        self._woken[key] = moment
        return True
