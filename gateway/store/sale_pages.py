"""Pages of the local log that the store does not have yet, as memory knows them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.ports import SaleRow

HELD = 4096
"""Rows that are kept in memory until they are moved; more of them are read from the file again."""


@dataclass(eq=False, slots=True)
class Page:
    """What was written together. ``rows`` is ``None`` when only the file has them."""

    seq: int
    ids: Sequence[str]
    rows: Sequence[SaleRow] | None


class Pages:
    """All pages that are to be moved, in order, and which one has the last version of a sale.

    ``some`` is set with every page that comes. A page is put aside when the store refuses a row of
    it: then it is not to be moved, and still is where its sales are found.
    """

    def __init__(self, *, held: int = HELD) -> None:
        self._pages: deque[Page] = deque()
        self._last: dict[str, Page] = {}
        self._free = held
        self._aside: list[Page] = []
        self.some = asyncio.Event()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def sales(self) -> Sequence[str]:
        """Ids of the sales that have a version here."""
        return list(self._last)

    @property
    def last_seq(self) -> int:
        """The last page's number, 0 for none."""
        return self._pages[-1].seq if self._pages else 0

    def add(self, seq: int, rows: Sequence[SaleRow]) -> None:
        """Take a page that is on disk now."""
        ids = [row.id for row in rows]
        held = len(rows) <= self._free
        if held:
            self._free -= len(rows)
        page = Page(seq, ids, rows if held else None)
        self._pages.append(page)
        for key in ids:
            self._last[key] = page
        self.some.set()

    def first(self, limit: int) -> list[Page]:
        """The oldest pages, until they have ``limit`` rows; at least one, if there is any."""
        chosen: list[Page] = []
        rows = 0
        for page in self._pages:
            if chosen and rows + len(page.ids) > limit:
                break
            chosen.append(page)
            rows += len(page.ids)
        return chosen

    def drop(self, pages: Iterable[Page]) -> None:
        """Forget the oldest pages: the store has them."""
        for page in pages:
            self._pages.popleft()
            if page.rows is not None:
                self._free += len(page.rows)
            for key in page.ids:
                if self._last.get(key) is page:
                    del self._last[key]

    def put_aside(self) -> None:
        """Let the oldest page be; what comes after it is moved."""
        self._aside.append(self._pages.popleft())

    def moved(self, seq: int) -> int:
        """Up to which page everything is in the store, when all up to ``seq`` but asides is."""
        return min([seq, *(page.seq - 1 for page in self._aside)])

    def holding(self, ids: Iterable[str]) -> Mapping[str, Page]:
        """The page with the last version of each of these sales that has one here."""
        return {key: page for key in ids if (page := self._last.get(key)) is not None}
