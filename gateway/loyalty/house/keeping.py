"""Keeping: the house's upkeep once a minute, by one of the processes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from gateway.contract import Clock, Log, StoreError
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import Store

PERIOD_S = 60.0
LEASE = "house-upkeep"
LEASE_S = 3 * PERIOD_S


@dataclass(frozen=True, slots=True)
class Keeping:
    """Runs the upkeep until it is cancelled; another process takes over when this one is gone."""

    upkeep: Upkeep
    store: Store
    clock: Clock
    log: Log
    holder: str

    async def run(self) -> None:
        """Do what is due, again and again; being cut off anywhere does no harm."""
        while True:
            try:
                await self.once()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="house", cause=str(error))
            except Exception as error:  # noqa: BLE001 - points would never die without this loop
                self.log.warning("house.upkeep_failed", error=type(error).__name__)
            await asyncio.sleep(PERIOD_S)

    async def once(self) -> None:
        """Do what is due, unless another process does it. Raises ``StoreError``."""
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_S)
        if await self.store.run(
            lambda tx: tx.lease(LEASE, holder=self.holder, now=now, until=until)
        ):
            await self.upkeep.run_once(now)
