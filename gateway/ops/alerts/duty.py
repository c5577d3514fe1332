"""Duties: one process looks at what concerns all, and one on each machine at that machine."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.bus import BusHealth
from gateway.config import AlertsSection
from gateway.contract import Clock, Log, StoreError
from gateway.ops.alerts.courier import Courier
from gateway.ops.alerts.facts import Looker
from gateway.ops.alerts.outage import Outage
from gateway.ops.alerts.readings import LOCAL, Look, Reading
from gateway.ops.alerts.record import Recorder, shared
from gateway.ports import AlertRow, AlertState, Store, Tx

LEASE = "alerts"
ANSWER_S = 10.0
"""Seconds after which a store that says nothing counts as away."""

LEASE_ROUNDS = 4
_MB = 1024 * 1024
_PURGED = 500


@dataclass(frozen=True, slots=True)
class SharedDuty:
    """Looks at accounts, feeds and letters; notes, and sends what is due."""

    store: Store
    section: AlertsSection
    looker: Looker
    recorder: Recorder
    courier: Courier
    clock: Clock
    log: Log
    holder: str

    async def run(self) -> None:
        """Look until cancelled; another process takes over when this one is gone."""
        while True:
            try:
                await self.round()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="alerts", cause=str(error))
            except Exception as error:  # noqa: BLE001 - nobody would be told anything any more
                self.log.warning("alerts.failed", error=type(error).__name__)
            await asyncio.sleep(self.section.every_s)

    async def round(self) -> bool:
        """Look once and send; False when another process does it. Raises ``StoreError``."""
        if not await self.store.run(self._mine):
            return False
        look = await self.looker.look()
        turned = await self.store.run(lambda tx: self._take(tx, look))
        if turned is None:
            return False
        tell(self.log, turned)
        await self.courier.call_hooks()
        return True

    def _mine(self, tx: Tx) -> bool:
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_ROUNDS * max(self.section.every_s, ANSWER_S))
        return tx.lease(LEASE, holder=self.holder, now=now, until=until)

    def _take(self, tx: Tx, look: Look) -> Sequence[AlertRow] | None:
        """Take a look over, if it is still ours to do so: the lease is asked for once more."""
        if not self._mine(tx):
            return None
        now = self.clock.now()
        turned = self.recorder.record(tx, look, now, is_mine=lambda row: shared(row, now))
        self.courier.hand_over(tx, now)
        tx.purge_alerts(before=now - timedelta(days=self.section.keep_days), limit=_PURGED)
        return turned


@dataclass(frozen=True, slots=True)
class LocalDuty:
    """Looks at this machine: its broker, its disk, and whether the store takes work.

    ``machine`` is its name. What it sees is noted in the store and sent by whoever has the shared
    duty; that the store is away is told without it.
    """

    store: Store
    section: AlertsSection
    recorder: Recorder
    outage: Outage
    clock: Clock
    log: Log
    holder: str
    machine: str
    data_dir: Path
    bus: Callable[[], BusHealth] | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - see SharedDuty
                self.log.warning("alerts.failed", error=type(error).__name__)
            await asyncio.sleep(self.section.every_s)

    async def round(self) -> None:
        """Look once; a store that is away is told when it was so for long."""
        look = Look(await self._readings())
        try:
            async with asyncio.timeout(ANSWER_S):
                turned = await self.store.run(lambda tx: self._take(tx, look))
        except (StoreError, TimeoutError) as error:
            await self.outage.away(type(error).__name__)
            return
        tell(self.log, turned)
        await self.outage.back()

    def _take(self, tx: Tx, look: Look) -> Sequence[AlertRow]:
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_ROUNDS * max(self.section.every_s, ANSWER_S))
        if not tx.lease(f"{LEASE}@{self.machine}", holder=self.holder, now=now, until=until):
            return ()
        return self.recorder.record(tx, look, now, is_mine=self._is_mine)

    def _is_mine(self, row: AlertRow) -> bool:
        return row.rule in LOCAL and row.subject == self.machine

    async def _readings(self) -> Sequence[Reading]:
        found = []
        if self.section.bus.on and self.bus is not None:
            found.append(Reading("bus", self.machine, not self.bus()["connected"]))
        if self.section.disk.on:
            found.append(await asyncio.to_thread(disk_reading, self.data_dir, self))
        return found


def disk_reading(folder: Path, duty: LocalDuty) -> Reading:
    """Look at the disk of the data folder."""
    rule = duty.section.disk
    usage = shutil.disk_usage(folder if folder.exists() else folder.absolute().parent)
    percent, free_mb = 100 * usage.free / usage.total, usage.free // _MB
    is_bad = percent < rule.percent or free_mb < rule.megabytes
    value = {"free_mb": free_mb, "percent": round(percent, 1)}
    return Reading("disk", duty.machine, is_bad, None, value)


def tell(log: Log, turned: Sequence[AlertRow]) -> None:
    """Tell turns in the log too."""
    for row in turned:
        if row.state is AlertState.ON:
            log.warning("alerts.began", rule=row.rule, subject=row.subject)
        else:
            log.info("alerts.over", rule=row.rule, subject=row.subject, since=_iso(row.since))


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
