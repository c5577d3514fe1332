"""Logs of sales: where a row is on disk before anything is sent (``gateway.ports.SaleLog``).

``LocalSaleLog`` is a file beside the one process that serves tills: no round trip to a database
lies in a till's path, and tills are served while the store is away. ``StoreSaleLog`` is the store
itself, for several processes.

The journal's sentences about a version are made when it reaches the store, in that transaction; the
local file keeps every version until then. So a till's path does not pay for them, and they cannot
say anything else than the row does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.contract import Log, StoreError
from gateway.ports import SaleRow, Store, Tx
from gateway.store.sale_file import SaleFile
from gateway.store.sale_mover import SaleMover, SaleSieve, SaleStory, no_sieve, no_story
from gateway.store.sale_pages import Pages
from gateway.store.sales import latest
from gateway.store.sealing import Sealer

READ_AT_ONCE = 500


class LocalSaleLog:
    """A file of this process; see ``gateway.ports.SaleLog``. Made by ``open_sale_log``."""

    is_alone = True

    def __init__(
        self, pages: Pages, file: SaleFile, store: Store, *, story: SaleStory, log: Log,
        sieve: SaleSieve = no_sieve,
    ) -> None:  # fmt: skip
        """Start moving what an earlier process left; needs a running loop."""
        self._pages = pages
        self._file = file
        self._store = store
        self._inherited = pages.last_seq
        self._mover = SaleMover(pages, file, store, story=story, log=log, sieve=sieve)
        self._task = asyncio.create_task(self._mover.run(), name="sale-mover")
        self._closing = False

    @property
    def waiting(self) -> int:
        """Pages that are not in the store yet."""
        return len(self._pages)

    async def write(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Put rows on disk; nobody else can have been first."""
        if self._closing:
            msg = "the log of sales is closed; the gateway is stopping"
            raise StoreError(msg)
        if rows:
            await self._file.write(rows)
        return [True] * len(rows)

    async def find(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Look into the file, and into the store for what only it can know.

        What this process wrote and did not move has no later version in the store; what an earlier
        one left is looked up there too, and shown from the file while the store is away.
        """
        here = await self._written(ids)
        pages = self._pages.holding(ids)
        own = {key for key in here if key in pages and pages[key].seq > self._inherited}
        others = [key for key in ids if key not in own]
        try:
            there = await self._store.read(lambda tx: tx.sales(others)) if others else {}
        except StoreError:
            if any(key not in here for key in ids):
                raise
            there = {}
        return latest([*here.values(), *there.values()])

    async def open_rows(self) -> Sequence[SaleRow]:
        """All rows that the settler still looks at, in the order of their ids; for the start."""
        here = await self.find(self._pages.sales)  # an ended one may be open in the store
        there = await _open_in(self._store)
        rows = latest([*here.values(), *there])
        return [rows[key] for key in sorted(rows) if rows[key].due_at is not None]

    async def waiting_rows(self) -> Sequence[SaleRow]:
        """The last versions of what the store may not have yet; for the start."""
        return list((await self._written(self._pages.sales)).values())

    async def close(self) -> None:
        """Move what is left for some seconds, and end; what then is left waits in the file."""
        if not self._closing:
            self._closing = True
            self._task.cancel()
            await asyncio.wait([self._task])
            await self._mover.drain()
        await self._file.close()

    async def _written(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """The last versions that are in the file, of those that are."""
        pages = self._pages.holding(ids)
        rows: list[SaleRow] = []
        for page in dict.fromkeys(pages.values()):
            found = await self._mover.rows_of(page)
            rows += [row for row in found if pages.get(row.id) is page]
        return latest(rows)


async def open_sale_log(
    path: Path, store: Store, *, sealer: Sealer, log: Log, story: SaleStory = no_story,
    sieve: SaleSieve = no_sieve,
) -> LocalSaleLog:  # fmt: skip
    """Open the local log at ``path``; what an earlier process left there is moved at once.

    ``story`` makes the journal's sentences about a version, each once; ``sieve`` says what of it
    the store may have. Raises ``StoreError``: claimed by another process, damaged, of a newer
    program, sealed with another key.
    """
    pages = Pages()
    file = await asyncio.to_thread(SaleFile, path, sealer=sealer, landed=pages.add)
    return LocalSaleLog(pages, file, store, story=story, log=log, sieve=sieve)


class StoreSaleLog:
    """The store as the log of several processes; see ``gateway.ports.SaleLog``."""

    is_alone = False

    def __init__(
        self, store: Store, *, story: SaleStory = no_story, sieve: SaleSieve = no_sieve
    ) -> None:
        self._store = store
        self._story = story
        self._sieve = sieve

    async def write(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Swap rows in; those that came too late are nobody's, and not told of."""

        def work(tx: Tx) -> Sequence[bool]:
            fit = self._sieve(tx, rows)
            swapped = tx.swap_sales(fit)
            mine = [row for row, done in zip(fit, swapped, strict=True) if done]
            tx.write_journal(self._story(tx, mine))
            return swapped

        return await self._store.run(work)

    async def find(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Read the store."""
        return await self._store.read(lambda tx: tx.sales(ids))

    async def open_rows(self) -> Sequence[SaleRow]:
        """All rows that the settler still looks at, in the order of their ids."""
        return await _open_in(self._store)

    async def waiting_rows(self) -> Sequence[SaleRow]:
        """Nothing: all is in the store."""
        return ()

    async def close(self) -> None:
        """Nothing is under way here; the store is closed by whoever opened it."""


async def _open_in(store: Store) -> list[SaleRow]:
    """Read all open rows, some hundreds at a time."""
    rows: list[SaleRow] = []

    def following(tx: Tx) -> Sequence[SaleRow]:
        return tx.open_sales(limit=READ_AT_ONCE, after=rows[-1].id if rows else "")

    while True:
        found = await store.read(following)
        rows += found
        if len(found) < READ_AT_ONCE:
            return rows
