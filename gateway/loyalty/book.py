"""Book: the rows of sales in memory, over the log that has them on disk.

All open rows are here, and the last finished ones: what a till may still ask about is answered
without a look into the store. A change is on disk before it is here, but for what ``notes`` take:
the end of what was begun, which a process that dies looks up at the processor anyway.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from gateway.contract import TillRefused
from gateway.loyalty.notes import Notes
from gateway.loyalty.sale import row_id
from gateway.ports import SaleLog, SaleProgress, SaleRow

MOST_FINISHED = 10_000
KEY_REUSED = "key-reused"


class Past(Protocol):
    """What was written before this process began, wherever it is."""

    async def unfinished(self) -> Sequence[SaleRow]:
        """Rows that the settler still looks at. Raises ``StoreError``."""

    async def finished(self, *, limit: int) -> Sequence[SaleRow]:
        """The finished rows that changed last. Raises ``StoreError``."""

    async def due(self, *, now: datetime, limit: int) -> Sequence[SaleRow]:
        """Rows whose time came, as others may have left them. Raises ``StoreError``."""


class Book:
    """Rows by id, with the callers' keys and the returns of each sale."""

    def __init__(self, log: SaleLog, *, most_finished: int = MOST_FINISHED) -> None:
        self._log = log
        self._most = most_finished
        self._open: dict[str, SaleRow] = {}
        self._finished: OrderedDict[str, SaleRow] = OrderedDict()
        self._keys: dict[tuple[str, str], tuple[str, str]] = {}
        self._returns: dict[str, set[str]] = {}
        self._place = 0
        self._forgot_until: datetime | None = None
        self.notes = Notes(log, self._take)

    @property
    def is_alone(self) -> bool:
        """See ``SaleLog``."""
        return self._log.is_alone

    def __len__(self) -> int:
        return len(self._open)

    def load(self, rows: Sequence[SaleRow]) -> None:
        """Take rows in as they are on disk; a later version that is here already stays."""
        for row in rows:
            known = self.known(row.id)
            if known is None or known.version < row.version:
                self._take(row)

    def load_finished(self, rows: Sequence[SaleRow], *, limit: int) -> None:
        """Take in the finished rows that changed last, which are all there are below a limit."""
        self.load(rows)
        if len(rows) >= limit:
            self._forgot_until = min(row.changed_at for row in rows)

    def known(self, of: str) -> SaleRow | None:
        """Return a row that is in memory."""
        return self._open.get(of) or self._finished.get(of)

    async def find(self, of: str, *, at: datetime) -> SaleRow | None:
        """Return a row, from the log where others write too, or where it may have been forgotten.

        ``at``: the moment at the till; what happened before the oldest row that memory lost may
        be one of those. Raises ``StoreError``.
        """
        was_forgotten = self._forgot_until is not None and at <= self._forgot_until
        return await self.look(of) if was_forgotten or not self.is_alone else self.known(of)

    async def look(self, of: str) -> SaleRow | None:
        """Return a row, from the log unless memory surely has its last version.

        Raises ``StoreError``.
        """
        if not self.is_alone or self.known(of) is None:
            self.load(list((await self._log.find([of])).values()))
        return self.known(of)

    async def write(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Put next versions on disk and here; where another process was first, its row is here.

        Raises ``StoreError``; then nothing is changed.
        """
        if await self.notes.landed(rows) and any(self._is_overtaken(row) for row in rows):
            return [False] * len(rows)
        written = await self._log.write(rows)
        lost = []
        for row, is_written in zip(rows, written, strict=True):
            if is_written:
                self._take(row)
            else:
                lost.append(row.id)
        if lost:
            self.load(list((await self._log.find(lost)).values()))
        return written

    def check_key(self, caller: str, key: str, *, own_id: str, step: str) -> None:
        """Refuse a caller's key that stood for something else."""
        meant = self._keys.get((caller, key)) if key else None
        if meant is not None and meant != (row_id(caller, own_id), step):
            msg = "the key was used for another call: make a new one for each"
            raise TillRefused(KEY_REUSED, msg, field="key")

    def returns_of(self, of: str) -> Iterator[SaleRow]:
        """Yield the returns of a sale that are known and stand."""
        for one in self._returns.get(of, ()):
            row = self.known(one)
            if row is not None and row.progress not in {SaleProgress.DEAD, SaleProgress.CANCELLED}:
                yield row

    def place_at(self, now: datetime) -> int:
        """Return the next place: it grows with time, over restarts and processes too."""
        self._place = max(self._place + 1, int(now.timestamp() * 1_000_000))
        return self._place

    def open_rows(self) -> Sequence[SaleRow]:
        """Return the rows that the settler still looks at."""
        return list(self._open.values())

    def dead_rows(self) -> Sequence[SaleRow]:
        """Return the rows that wait for a person, as far as they are in memory."""
        rows = (*self._open.values(), *self._finished.values())
        return [row for row in rows if row.progress is SaleProgress.DEAD]

    def _is_overtaken(self, row: SaleRow) -> bool:
        """Tell whether a row follows a version that was taken back."""
        known = self.known(row.id)
        return known is not None and known.version + 1 != row.version

    def _take(self, row: SaleRow) -> None:
        self._place = max(self._place, row.place)
        for step, asked in row.asked.items():
            if asked.key:
                self._keys[row.caller, asked.key] = (row.id, step)
        if row.of:
            self._returns.setdefault(row.of, set()).add(row.id)
        if row.due_at is not None:
            self._finished.pop(row.id, None)
            self._open[row.id] = row
            return
        self._open.pop(row.id, None)
        self._finished[row.id] = row
        self._finished.move_to_end(row.id)
        while len(self._finished) > self._most:
            self._forget(self._finished.popitem(last=False)[1])

    def _forget(self, row: SaleRow) -> None:
        self._forgot_until = max(self._forgot_until or row.changed_at, row.changed_at)
        for asked in row.asked.values():
            self._keys.pop((row.caller, asked.key), None)
        if row.of:
            left = self._returns.get(row.of, set())
            left.discard(row.id)
            if not left:
                self._returns.pop(row.of, None)
