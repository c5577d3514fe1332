"""Upkeep of letters: a running gateway goes on with decisions about many of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.contract import Log, StoreError
from gateway.ops.batches import Batches


@dataclass(frozen=True, slots=True)
class LettersUpkeep:
    """Works off what was begun, here or elsewhere. Units: ``pause_s`` seconds between looks."""

    batches: Batches
    log: Log
    pause_s: float

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.batches.work_off_all()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="letters", cause=str(error))
            except Exception as error:  # noqa: BLE001 - nobody else would go on with them
                self.log.warning("letters.failed", error=type(error).__name__)
            await asyncio.sleep(self.pause_s)
