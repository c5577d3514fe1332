"""Retention: what is finished and old is deleted, in batches that hold nobody up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from gateway.config import RetentionSection
from gateway.contract import Clock
from gateway.ports import Store, Tx

BATCH, FEW = 500, 10
_MOST_BATCHES = 2000
_LEASE = "retention"


class Retention:
    """Purges by the configured days; one process at a time does it, once an hour."""

    PERIOD_S: ClassVar[float] = 3600.0

    def __init__(
        self, store: Store, section: RetentionSection, *, clock: Clock, holder: str
    ) -> None:
        self._store = store
        self._section = section
        self._clock = clock
        self._holder = holder

    async def purge_when_due(self) -> Mapping[str, int]:
        """Purge unless another process did so within the period; return counts by what it was."""
        now = self._clock.now()
        until = now + timedelta(seconds=0.9 * self.PERIOD_S)
        mine = await self._store.run(
            lambda tx: tx.lease(_LEASE, holder=self._holder, now=now, until=until)
        )
        return await self.purge() if mine else {}

    async def purge(self) -> Mapping[str, int]:
        """Purge until nothing old is left; each batch is a transaction of its own."""
        now, days = self._clock.now(), self._section
        total: Counter[str] = Counter()

        def batch(tx: Tx) -> dict[str, int]:
            counts = tx.purge(
                inbox_before=now - timedelta(days=days.inbox_days),
                journal_before=now - timedelta(days=days.journal_days),
                letters_before=now - timedelta(days=days.letters_days),
                limit=BATCH,
            )
            before = now - timedelta(days=days.letters_days)
            batches = tx.purge_batches(before=before, limit=FEW)
            sold_before = now - timedelta(days=days.sales_days)
            sales = tx.purge_sales(before=sold_before, limit=BATCH)
            buyers = tx.purge_awaited(before=now - timedelta(days=days.inbox_days), limit=BATCH)
            # A sale that comes later than that goes by itself, with whoever it names.
            names = tx.purge_erased_names(before=sold_before, limit=BATCH)
            figures = tx.purge_tally(
                minutes_before=now - timedelta(days=days.tally_minutes_days),
                hours_before=now - timedelta(days=days.tally_hours_days),
                limit=BATCH,
            )
            sessions = tx.purge_sessions(before=now, limit=BATCH)
            return {
                **counts,
                "awaited_buyer": buyers,
                "erased_name": names,
                "letter_batch": batches,
                "sale": sales,
                "session": sessions,
                "tally": figures,
            }

        for _ in range(_MOST_BATCHES):
            counts = await self._store.run(batch)
            total.update(counts)
            if not any(count >= BATCH for count in counts.values()):
                break
        return {name: count for name, count in total.items() if count}
