"""Service: ``gateway.contract.TillService`` over processors, switches, routes and the log of sales.

Background work (settling, switches, comparisons) is begun by ``start`` and ended by ``stop``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count as ticks

from gateway.contract import StoreError
from gateway.loyalty.book import MOST_FINISHED, Past
from gateway.loyalty.members import Members
from gateway.loyalty.quotes import Quotes
from gateway.loyalty.returns import Returns
from gateway.loyalty.sales import Sales
from gateway.loyalty.serving import Serving
from gateway.loyalty.settle import Settler
from gateway.loyalty.stories import letter_of
from gateway.ports import SaleLog, SaleRow, Store

REFRESH_S = 1.0
DRAIN_S = 5.0
_SELDOM = 5
"""Rounds of refreshing to one in which what changes seldom is looked at."""


class LoyaltyService(Members, Quotes, Sales, Returns):
    """See ``TillService``."""

    def __init__(self, serving: Serving) -> None:
        Members.__init__(self, serving)
        Sales.__init__(self, serving)
        Returns.__init__(self, serving)


@dataclass(frozen=True, slots=True)
class Lease:
    """A named lease in the store. ``holder`` is the same for a process that is started again."""

    store: Store
    name: str
    holder: str
    length: timedelta

    async def held(self, now: datetime) -> bool:
        """Take or prolong it; False while another holder has it. Raises ``StoreError``."""
        return await self.store.run(
            lambda tx: tx.lease(self.name, holder=self.holder, now=now, until=now + self.length)
        )


class Running:
    """The service at work: what it needs at its start, beside the calls, and at its end."""

    def __init__(
        self,
        serving: Serving,
        settler: Settler,
        past: Past,
        *,
        sales: SaleLog,
        store: Store,
        new_id: Callable[[], str],
        lease: Lease | None = None,
    ) -> None:
        self.service = LoyaltyService(serving)
        self.settler = settler
        self._serving = serving
        self._past = past
        self._sales = sales
        self._store = store
        self._new_id = new_id
        self._lease = lease
        self._log = serving.log
        self._written: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._shown: set[tuple[str, str]] = set()

    async def start(self) -> None:
        """Take over what was begun before, then settle it beside the calls.

        Raises ``StoreError`` when it cannot be read: what a till repeats would be taken for new.
        """
        rows: Sequence[SaleRow] = await self._past.finished(limit=MOST_FINISHED)
        self._serving.book.load_finished(rows[::-1], limit=MOST_FINISHED)
        self._serving.book.load(await self._past.unfinished())
        await self._serving.switches.refresh()
        self._tasks = [
            asyncio.create_task(self.settler.run(), name="till-settler"),
            asyncio.create_task(self._serving.shadow.run(), name="till-shadow"),
            asyncio.create_task(self._refresh(), name="till-refresh"),
        ]

    async def stop(self) -> None:
        """Begin nothing more, wait a while for what is under way, and close the log."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.settler.stop()
        await self._serving.turns.drained(within_s=DRAIN_S)
        await self._serving.book.notes.drained()
        await self._sales.close()

    async def _refresh(self) -> None:
        for tick in ticks():
            try:
                await self._serving.switches.refresh()
                if tick % _SELDOM == 0:
                    await self._prolong()
                # Alone, only an operator's hand changes rows behind our back.
                if tick % _SELDOM == 0 or not self._serving.book.is_alone:
                    await self.settler.refresh()
                await self.write_letters()
            except StoreError as error:
                self._log.warning("till.refresh_postponed", cause=str(error))
            self._show()
            await asyncio.sleep(REFRESH_S)

    async def _prolong(self) -> None:
        if self._lease is not None and not await self._lease.held(self._serving.clock.now()):
            # Only a hand in the database can have taken it: what is under way goes on, loudly.
            self._log.warning("till.lease_lost")

    async def write_letters(self) -> None:
        """Open a letter about each row that was refused for good. Raises ``StoreError``."""
        dead = {row.id: row for row in self._serving.book.dead_rows()}
        fresh = [row for row in dead.values() if self._written.get(row.id) != row.version]
        if fresh:
            letters = [letter_of(row, self._new_id()) for row in fresh]
            await self._store.run(lambda tx: tx.put_dead(letters))
        self._written = {row.id: row.version for row in dead.values()}

    def _show(self) -> None:
        rows = self._serving.book.open_rows()
        counts = Counter((row.processor, str(row.progress)) for row in rows)
        for account, progress in self._shown - set(counts):
            self._serving.metrics.unsettled(account=account, progress=progress, count=0)
        for (account, progress), count in counts.items():
            self._serving.metrics.unsettled(account=account, progress=progress, count=count)
        self._shown = set(counts)
