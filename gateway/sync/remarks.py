"""Remarks: what connectors saw of their vendors, written into the journal beside the stories.

A remark is for people who look for reasons. It is written when the store has time, and dropped when
the store is away or too many wait: no work may depend on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.canonical import Kind
from gateway.contract import Clock, Log, StoreError
from gateway.ports import JournalRow, Store, Tx

_MOST = 1000


@dataclass(slots=True)
class Remarks:
    """Takes the remarks of one account."""

    account: str
    store: Store
    clock: Clock
    log: Log
    _rows: list[JournalRow] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    def note(self, event: str, detail: Mapping[str, object]) -> None:
        """Take a remark; see ``Remark``."""
        if len(self._rows) >= _MOST:
            self.log.warning("remarks.dropped", account=self.account, count=1)
            return
        self._rows.append(
            JournalRow(
                self.clock.now(), "", Kind.CUSTOMER, self.account, "remark", event, "", dict(detail)
            )
        )
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write())

    async def settled(self) -> None:
        """Wait until what was noted is written or dropped."""
        while self._task is not None and not self._task.done():
            await self._task

    async def _write(self) -> None:
        while self._rows:
            rows, self._rows = self._rows, []

            def work(tx: Tx, rows: list[JournalRow] = rows) -> None:
                tx.write_journal(rows)

            try:
                await self.store.run(work)
            except StoreError:
                self.log.warning("remarks.dropped", account=self.account, count=len(rows))
