"""Watch: when the gateway has begun to read, and when all has become quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from gateway.contract import StoreError
from gateway.demo.counts import pending, slowest_feed
from gateway.demo.doubles import Door
from gateway.demo.shop import ShopBroken
from gateway.ports import Store, Tx

R = TypeVar("R")
_AWAKE_LIMIT_S = 60.0
_QUIET_S = 4.0
_QUIET_LIMIT_S = 300.0
_LOOK_S = 0.25
_READ_AGAIN = timedelta(seconds=2)


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
        while await self._read(lambda tx: slowest_feed(tx, self.feeds)) is None:
            if asyncio.get_running_loop().time() > deadline:
                msg = "the gateway did not begin to read the vendors; see gateway.log"
                raise ShopBroken(msg)
            await asyncio.sleep(_LOOK_S)

    async def quiet(self) -> bool:
        """Wait until nothing is due, neither vendor is told anything new, and all feeds were read.

        Every feed must have been read to its very end after the last effect: pages of what is known
        already move a feed on without any effect. Returns False when that took too long.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _QUIET_LIMIT_S
        seen, since, moment = (0, 0), loop.time(), datetime.now(UTC)
        while loop.time() < deadline:
            left = await self._read(pending)
            site_rows, site_next = await self.site.journal(seen[0])
            crm_rows, crm_next = await self.crm.journal(seen[1])
            seen = (site_next, crm_next)
            effects = {row["effect"] for row in (*site_rows, *crm_rows)} & {"created", "changed"}
            if left or effects:
                since, moment = loop.time(), datetime.now(UTC)
            oldest = await self._read(lambda tx: slowest_feed(tx, self.feeds))
            was_read = oldest is not None and oldest > moment + _READ_AGAIN
            if was_read and loop.time() - since > _QUIET_S:
                return True
            await asyncio.sleep(_LOOK_S)
        return False

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
