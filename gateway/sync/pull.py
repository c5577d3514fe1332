"""Pull: walk a vendor's change feed (polling consumer).

The cursor moves in the same transaction that applies the page, so a page is applied whole or comes
again. Events are hints and may be lost; this feed is what makes sure that nothing is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Clock, ConnectorError, EntityReader, Log, Page
from gateway.contract.budget import READING
from gateway.ports import JournalRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.apply import Applied
from gateway.sync.incoming import Incoming
from gateway.sync.observe import Observer
from gateway.telemetry import Metrics, Place, Subject
from gateway.telemetry.spans import Step

PAGE = 100
FIRST_READING = "first_reading"
"""Why a creation waits: not all that its account holds was read yet."""
_LEAST_S = 0.25
"""A feed that fails at once must not become a busy loop."""
_SOON_S = 1.0
"""How soon a feed goes on once the operator's pause is over."""


@dataclass(frozen=True, slots=True)
class Puller:
    """Pulls one page at a time. Units: ``lease_s`` seconds for which one process owns a feed."""

    store: Store
    observer: Observer
    clock: Clock
    log: Log
    holder: str
    lease_s: float
    metrics: Metrics = field(default_factory=Metrics)
    _failures: dict[tuple[str, Kind], int] = field(default_factory=dict)

    async def pull(self, account: Account, kind: Kind) -> float:
        """Pull and apply one page; return in how many seconds the feed is to be pulled again.

        Another process may own the feed, the account may rest: then nothing happens. A feed that
        could not be read does not wait as long as one in which there was nothing.
        """
        usual = account.flow.poll_s
        reader = account.reader(kind)
        if account.paused:
            return min(usual, _SOON_S)
        if account.rests and not account.parked:
            return min(usual, max(account.circuit.rest_s, _LEAST_S))
        if reader is None or account.parked or not await self._own(account, kind):
            return usual
        checkpoint = await self.store.read(lambda tx: tx.checkpoint(account.name, str(kind)))
        cursor = checkpoint.cursor if checkpoint else None
        with self.observer.spans.step(Place.PULL, account.name) as step:
            return await self._page(account, kind, reader, cursor, step)

    async def _page(
        self,
        account: Account,
        kind: Kind,
        reader: EntityReader[Any],
        cursor: str | None,
        step: Step,
    ) -> float:
        usual = account.flow.poll_s
        mark = await self.observer.next_mark()
        READING.set(True)
        try:
            page = await reader.pull(cursor, limit=PAGE)
            incoming = await self.observer.incoming(account, kind, page.items, mark, {})
        except ConnectorError as error:
            await self.observer.parking.failed(account, error)
            self.log.warning(
                "pull.postponed", account=account.name, kind=str(kind),
                error=type(error).__name__, operation=error.operation,
            )  # fmt: skip
            return min(usual, self._delay_s(account, kind, error))
        step.about(
            Subject(one, {"kind": str(kind), "records": len(page.items)})
            for one in {item.correlation_id for item in incoming}
        )
        self._failures.pop((account.name, kind), None)
        await self.observer.parking.answered(account)

        applied = await self.store.run(
            lambda tx: self._apply(tx, (account, kind), cursor, page, incoming)
        )
        self.observer.wake(applied.wakes)
        self._count(account, kind, page)
        return 0.0 if page.has_more else usual

    def _delay_s(self, account: Account, kind: Kind, error: ConnectorError) -> float:
        feed = account.name, kind
        self._failures[feed] = self._failures.get(feed, 0) + 1
        policy, draw = self.observer.policy, self.observer.draw
        delay = policy.delay_s(self._failures[feed], draw=draw, asked_s=error.retry_after_s)
        return max(delay, _LEAST_S)

    def _apply(
        self,
        tx: Tx,
        feed: tuple[Account, Kind],
        cursor: str | None,
        page: Page[Any],
        incoming: Sequence[Incoming],
    ) -> Applied:
        """Apply a page and move the cursor; nothing when another process moved it first."""
        now, (account, kind) = self.clock.now(), feed
        if not tx.move_checkpoint(account.name, str(kind), old=cursor, new=page.cursor, now=now):
            return Applied()
        applied = self.observer.applier.apply(tx, incoming)
        applied.reread += [(account.name, kind, external_id) for external_id in page.unread]
        self.observer.reject(tx, account, kind, page.rejected)
        self.observer.look_again(tx, applied)
        if not page.has_more:
            self._note_end(tx, feed, page.cursor, now)
        if page.echoes:
            tx.write_journal([self._echoes(account, kind, page)])
        return applied

    def _note_end(self, tx: Tx, feed: tuple[Account, Kind], cursor: str, now: datetime) -> None:
        account, kind = feed[0].name, end_of(feed[1])
        before = tx.checkpoint(account, kind)
        old = before.cursor if before else None
        tx.move_checkpoint(account, kind, old=old, new=cursor, now=now)
        if before is None:
            tx.hasten(account, causes=[FIRST_READING], now=now)

    def _count(self, account: Account, kind: Kind, page: Page[Any]) -> None:
        for result, count in (("pulled", len(page.items)), ("echo", page.echoes)):
            if count:
                self.metrics.received(
                    account=account.name, kind=str(kind), result=result, count=count
                )

    async def _own(self, account: Account, kind: Kind) -> bool:
        now = self.clock.now()
        until = now + timedelta(seconds=self.lease_s)
        name = f"pull:{account.name}:{kind}"
        return await self.store.run(
            lambda tx: tx.lease(name, holder=self.holder, now=now, until=until)
        )

    def _echoes(self, account: Account, kind: Kind, page: Page[Any]) -> JournalRow:
        return JournalRow(
            self.clock.now(), "", kind, account.name, "received", "echo", "",
            count=page.echoes,
        )  # fmt: skip


def end_of(kind: Kind) -> str:
    """Return the name of the checkpoint that tells where and when a feed was last read to its end.

    There is none before the first time.
    """
    return f"{kind}:end"


def feeds(accounts: Mapping[str, Account]) -> list[tuple[Account, Kind]]:
    """Return every feed that is pulled: customers before orders of each account."""
    return [
        (account, kind)
        for account in accounts.values()
        for kind in Kind
        if account.reader(kind) is not None
    ]
