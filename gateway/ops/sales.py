"""Sales for people: what is not settled or was refused, shown, retried and given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.loyalty.sale import dropped, retried
from gateway.loyalty.stories import SALE, Stories
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ops.letters import DROPPED, REPLAYED
from gateway.ops.masked import HIDDEN
from gateway.ports import JournalRow, SaleProgress, SaleRow, Store, Tx

MOST = 500
_SHOWN = frozenset({"id", "at", "sale_id", "shop", "till", "number", "points", "is_online"})


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One sale or return in a list. ``due_at``: when it is looked at again, ``None`` for never."""

    id: str
    kind: str
    processor: str
    progress: str
    at: datetime
    changed_at: datetime
    due_at: datetime | None
    attempts: int
    cause_code: str
    cause: str


@dataclass(frozen=True, slots=True)
class SaleView:
    """One sale or return whole; who bought, and what, is masked by default."""

    line: SaleLine
    version: int
    of: str
    remedy: str
    unknown: bool
    correlation_id: str
    content: Mapping[str, Any]
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SaleDesk:
    """Looks at sales and decides about refused ones. A running gateway takes decisions over."""

    store: Store
    clock: Clock
    stories: Stories

    async def list(
        self, *, progress: str | None, processor: str | None, limit: int = MOST
    ) -> Sequence[SaleLine]:
        """Return sales, the last changed first."""
        wanted = SaleProgress(progress) if progress is not None else None
        rows = await self.store.read(
            lambda tx: tx.list_sales(progress=wanted, processor=processor, limit=limit)
        )
        return [_line(row) for row in rows]

    async def show(self, sale_id: str, *, who: str, unmask: bool = False) -> SaleView:
        """Return one sale; looking behind the mask is written down. Raises ``NotFound``."""

        def look(tx: Tx) -> SaleRow:
            row = _get(tx, sale_id)
            if unmask:
                tx.write_journal([self._deed(row, "unmasked", "shown", who)])
            return row

        row = await (self.store.run(look) if unmask else self.store.read(look))
        return SaleView(
            _line(row), row.version, row.of, row.remedy, row.unknown, row.correlation_id,
            row.content if unmask else masked(row.content), dict(row.kept),
        )  # fmt: skip

    async def retry(self, sale_id: str, *, who: str) -> SaleLine:
        """Look a refused sale up and tell it again. Raises ``NotFound``, ``Refused``."""
        return await self._decide(
            sale_id, lambda row: retried(row, now=self.clock.now()), REPLAYED, who, ""
        )

    async def drop(self, sale_id: str, *, who: str, reason: str) -> SaleLine:
        """Give a refused sale up. Raises ``NotFound``, ``Refused``."""
        return await self._decide(
            sale_id, lambda row: dropped(row, reason, now=self.clock.now()), DROPPED, who, reason
        )

    async def _decide(
        self,
        sale_id: str,
        following: Callable[[SaleRow], SaleRow],
        state: str,
        who: str,
        reason: str,
    ) -> SaleLine:
        def work(tx: Tx) -> SaleRow:
            row = _get(tx, sale_id)
            if row.progress is not SaleProgress.DEAD:
                msg = f"{row.id} is {row.progress}: only refused ones wait for a person"
                raise Refused(msg)
            decided = following(row)
            if not tx.swap_sales([decided])[0]:
                msg = f"{row.id} is being changed at this moment: look at it again"
                raise Refused(msg)
            tx.close_dead(
                SALE, row.id, row.processor, state=state, note=f"{who}: {reason or state}"
            )
            tx.write_journal(
                [*self.stories(tx, [decided]), self._deed(row, SALE, state, who, reason=reason)]
            )
            return decided

        return _line(await self.store.run(work))

    def _deed(
        self, row: SaleRow, event: str, outcome: str, who: str, **detail: object
    ) -> JournalRow:
        about = ("", Kind.ORDER)
        return deed(
            self.clock.now(), about, event=event, outcome=outcome, who=who,
            correlation_id=row.correlation_id, sale=row.id, **detail,
        )  # fmt: skip


def masked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be shown of a sale: what it is, how many lines, and nobody's name."""
    shown: dict[str, Any] = {
        name: value if name in _SHOWN else HIDDEN
        for name, value in content.items()
        if name != "lines"
    }
    if "lines" in content:
        shown["lines"] = len(content["lines"])
    return shown


def _get(tx: Tx, sale_id: str) -> SaleRow:
    row = tx.sales([sale_id]).get(sale_id)
    if row is None:
        msg = f"no sale {sale_id}: `gateway sale list` shows their ids, which are till:id"
        raise NotFound(msg)
    return row


def _line(row: SaleRow) -> SaleLine:
    return SaleLine(
        row.id, str(row.kind), row.processor, str(row.progress), row.at, row.changed_at,
        row.due_at, row.attempts, row.cause_code, row.cause,
    )  # fmt: skip
