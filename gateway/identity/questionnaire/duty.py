"""Duty: walks forms on, in every process that works, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from gateway.contract import Clock, Log, StoreError
from gateway.identity.questionnaire.walk import Walk

UPKEEP_S = 60.0


@dataclass(slots=True)
class Duty:
    """Units: ``pause_s`` seconds between looks, when nobody wakes it before.

    ``upkeep`` is done besides, once a minute.
    """

    walk: Walk
    clock: Clock
    log: Log
    pause_s: float = 1.0
    upkeep: Sequence[Callable[[], Awaitable[object]]] = ()
    _kept_at: float = field(default=float("-inf"), repr=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def wake(self) -> None:
        """Let it look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Walk until cancelled; being cut off anywhere does no harm."""
        while True:
            try:
                while await self.walk.once():
                    pass
                await self._keep()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="forms", cause=str(error))
            except Exception as error:  # noqa: BLE001 - no form would go on without this loop
                self.log.warning("forms.failed", form="", error=type(error).__name__)
            try:
                await asyncio.wait_for(self._woken.wait(), self.pause_s)
            except TimeoutError:
                continue
            self._woken.clear()

    async def _keep(self) -> None:
        """Do what is due every minute."""
        if self.clock.monotonic() - self._kept_at < UPKEEP_S:
            return
        self._kept_at = self.clock.monotonic()
        for one in self.upkeep:
            await one()
