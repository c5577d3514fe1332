"""Mover: takes sales from the local log to the store, where everybody else finds them.

The store's version of a sale tells which versions were moved, and a version and its sentences reach
the store in one transaction; so a move that is repeated, by this process or by the next one, writes
no sentence again.

A row that the store refuses stays in the file and is told of; it holds up no other, and is tried
again with the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from gateway.contract import Log, StoreError
from gateway.ports import JournalRow, SaleRow, Store, Tx
from gateway.store.sale_file import SaleFile
from gateway.store.sale_pages import Page, Pages

BATCH = 256
"""Rows of a transaction, about."""
EVERY_S = 0.2
"""Time in which what was written gathers: a sale changes twice within one call."""
IDLE_S = 5.0
"""Quiet time after which what the store has is deleted without waiting for another write."""
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Between tries while the store takes nothing."""
DRAIN_S = 5.0
"""Time in which a stop moves what is left."""

SaleStory = Callable[[Tx, Sequence[SaleRow]], Sequence[JournalRow]]
"""The journal's sentences about versions of sales, in their order; looks up, and writes nothing."""

SaleSieve = Callable[[Tx, Sequence[SaleRow]], Sequence[SaleRow]]
"""Returns versions of sales as the store may have them, in their order and none left out."""


def no_story(_: Tx, __: Sequence[SaleRow]) -> Sequence[JournalRow]:
    """Say nothing."""
    return ()


def no_sieve(_: Tx, rows: Sequence[SaleRow]) -> Sequence[SaleRow]:
    """Let all of a version through."""
    return rows


class SaleMover:
    """Moves pages in order, and keeps going while the store is away."""

    def __init__(
        self, pages: Pages, file: SaleFile, store: Store, *, story: SaleStory, log: Log,
        sieve: SaleSieve = no_sieve,
    ) -> None:  # fmt: skip
        self._pages = pages
        self._file = file
        self._store = store
        self._story = story
        self._sieve = sieve
        self._log = log
        self._dirty = False
        self._failures = 0
        self._careful = 0

    async def run(self) -> None:
        """Move whatever comes, until cancelled."""
        while True:
            await self._wait()
            self._pages.some.clear()
            await asyncio.sleep(EVERY_S)
            while self._pages:
                if not await self._try():
                    await asyncio.sleep(PAUSES_S[min(self._failures, len(PAUSES_S)) - 1])

    async def drain(self) -> None:
        """Move what is there within ``DRAIN_S``; the rest stays in the file for the next start."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                # The second try tells a bad row from a store that is away.
                while self._pages and (await self._try() or await self._try()):
                    pass
        if self._pages:
            self._log.warning("sales.left", pages=len(self._pages))

    async def _wait(self) -> None:
        """Wait for pages; after a quiet time, tidy the file up."""
        if self._dirty:
            try:
                async with asyncio.timeout(IDLE_S):
                    await self._pages.some.wait()
            except TimeoutError:
                await self._tidy()
        await self._pages.some.wait()

    async def _tidy(self) -> None:
        self._dirty = False
        try:
            await self._file.forget()
        except StoreError as error:
            self._log.warning("sales.postponed", cause=str(error))

    async def _try(self) -> bool:
        """Move a batch; False when it stays for later."""
        try:
            await (self._sift() if self._careful else self._move())
        except StoreError as error:
            if not self._failures:
                self._log.warning("sales.postponed", cause=str(error))
        except Exception as error:  # noqa: BLE001 - the sales are safe in the file, and tills go on
            self._log.warning("sales.failed", cause=type(error).__name__)
        else:
            if self._failures:
                self._log.info("sales.resumed", pages=len(self._pages))
            self._failures = 0
            return True
        self._failures += 1
        self._careful = self._careful or len(self._pages.first(BATCH))
        return False

    async def _move(self) -> None:
        pages = self._pages.first(BATCH)
        rows = [row for page in pages for row in await self.rows_of(page)]
        await self._put(rows)
        self._pages.drop(pages)
        self._moved(pages[-1])

    async def _sift(self) -> None:
        """Move the oldest page after a failure, without the rows that were the reason for it.

        That the store works otherwise is asked before and after: while it is away, no row is bad.
        """
        await self._store.run(_nothing)
        (page,) = self._pages.first(1)
        refused = [row for row in await self.rows_of(page) if not await self._is_put(row)]
        if refused:
            await self._store.run(_nothing)
            self._log.warning("sales.refused", sales=[row.id for row in refused])
            self._pages.put_aside()
        else:
            self._pages.drop([page])
        self._moved(page)
        self._careful -= 1

    async def _is_put(self, row: SaleRow) -> bool:
        try:
            await self._put([row])
        except Exception:  # noqa: BLE001 - whatever it is, it must not hold up the others
            return False
        return True

    async def _put(self, rows: Sequence[SaleRow]) -> None:
        await self._store.run(lambda tx: _put(tx, self._sieve(tx, rows), self._story))

    def _moved(self, page: Page) -> None:
        self._file.moved(self._pages.moved(page.seq))
        self._dirty = True

    async def rows_of(self, page: Page) -> Sequence[SaleRow]:
        """A page's rows, from memory or from the file."""
        return await self._file.read(page.seq) if page.rows is None else page.rows


def _nothing(_: Tx) -> None:
    """Only see whether the store commits."""


def _put(tx: Tx, rows: Sequence[SaleRow], story: SaleStory) -> None:
    """Store the last versions, and the sentences of all that the store does not know yet."""
    known = dict(tx.sale_versions(list({row.id for row in rows})))
    tx.put_sales(rows)
    fresh: list[SaleRow] = []
    for row in rows:
        if row.version > known.get(row.id, 0):
            known[row.id] = row.version
            fresh.append(row)
    tx.write_journal(story(tx, fresh))
