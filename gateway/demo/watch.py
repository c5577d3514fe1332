"""Watch: when the gateway has begun to read, and when all has become quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from gateway.contract import StoreError
from gateway.demo.counts import feed_ends, pending
from gateway.demo.doubles import Door
from gateway.demo.shop import ShopBroken
from gateway.ports import Store, Tx

R = TypeVar("R")
_AWAKE_LIMIT_S = 60.0
_QUIET_S = 2.0
_QUIET_LIMIT_S = 300.0
_LOOK_S = 0.25
_READ_TWICE = 2


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks into the gateway's store and the doubles' journals. ``feeds``: (account, stream)."""

    store: Store
    feeds: Sequence[tuple[str, str]]
    site: Door
    crm: Door

    async def awake(self) -> None:
        """Wait until every feed has its first cursor; only then anything can be made up for.

        Raises ``ShopBroken`` when that takes too long.
        """
        deadline = asyncio.get_running_loop().time() + _AWAKE_LIMIT_S
        while None in await self._read(lambda tx: feed_ends(tx, self.feeds)):
            if asyncio.get_running_loop().time() > deadline:
                msg = "the gateway did not begin to read the vendors; see gateway.log"
                raise ShopBroken(msg)
            await asyncio.sleep(_LOOK_S)

    async def quiet(self) -> bool:
        """Wait until nothing is due, neither vendor is told anything new, and all feeds were read.

        Every feed must have been read to its very end twice after the last effect: pages of what is
        known already move a feed on without any effect, and the first of two ends may belong to a
        page that was asked for before. Returns False when that took too long.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _QUIET_LIMIT_S
        journals, since = (0, 0), loop.time()
        ends = await self._ends()
        fresh: list[set[datetime | None]] = [set() for _ in self.feeds]
        while loop.time() < deadline:
            left = await self._read(pending)
            site_rows, site_next = await self.site.journal(journals[0])
            crm_rows, crm_next = await self.crm.journal(journals[1])
            journals = (site_next, crm_next)
            effects = {row["effect"] for row in (*site_rows, *crm_rows)} & {"created", "changed"}
            before, ends = ends, await self._ends()
            if left or effects:
                since, fresh = loop.time(), [set() for _ in self.feeds]
            else:
                for seen, old, new in zip(fresh, before, ends, strict=True):
                    seen.update({new} - {old})
            was_read = all(len(seen) >= _READ_TWICE for seen in fresh)
            if was_read and loop.time() - since > _QUIET_S:
                return True
            await asyncio.sleep(_LOOK_S)
        return False

    async def _ends(self) -> list[datetime | None]:
        return await self._read(lambda tx: feed_ends(tx, self.feeds))

    async def _read(self, work: Callable[[Tx], R]) -> R:
        """Read the store; one that was just started again needs a moment."""
        deadline = asyncio.get_running_loop().time() + _AWAKE_LIMIT_S
        while True:
            try:
                return await self.store.read(work)
            except StoreError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(_LOOK_S)
