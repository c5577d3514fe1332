"""Observe: read what a hint points at, and merge it (event-driven consumer with a fetch).

A hint only says "look again", so several hints of one record are one read. What is read carries the
mark from before the call: an observation that is older than our last telling is read once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.contract import (
    Clock,
    ConnectorError,
    EntityReader,
    Log,
    Observed,
    RejectedRecord,
    StoreError,
)
from gateway.contract.budget import READING
from gateway.ports import DeadLetter, InboxRow, InboxState, JournalRow, Store, Tx, Wake
from gateway.sync.account import Account
from gateway.sync.apply import Applied, Applier
from gateway.sync.incoming import Incoming
from gateway.sync.leases import Leases
from gateway.sync.parking import Parking
from gateway.sync.persisted import persisted
from gateway.sync.policy import RetryPolicy
from gateway.sync.wakes import route_wake
from gateway.telemetry import NO_SPANS, Place, Spans, Subject
from gateway.telemetry.spans import Step

_REST_WHEN_STOPPED_S = 5.0
AGAIN = "reread"


@dataclass(frozen=True, slots=True)
class Observer:
    """Turns inbox rows and feed pages into applied observations."""

    store: Store
    applier: Applier
    parking: Parking
    policy: RetryPolicy
    accounts: Mapping[str, Account]
    clock: Clock
    log: Log
    leases: Leases
    draw: Callable[[], float]
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]
    wake_later: Callable[[Wake, float], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    spans: Spans = NO_SPANS

    async def observe(self, inbox_ids: Sequence[str]) -> None:
        """Work on inbox rows; what cannot be done now is given back with a later time."""
        ids = sorted(set(inbox_ids))
        with self.leases.held() as holder:
            until = self.clock.now() + timedelta(seconds=self.leases.lease_s)
            rows = await self.store.run(lambda tx: tx.take_inbox(ids, holder=holder, until=until))
            try:
                await self._look_at(rows)
            except StoreError as error:
                self.log.warning("store.unavailable", loop="observe", cause=str(error))
                await self._released([row.id for row in rows])

    async def _look_at(self, rows: Sequence[InboxRow]) -> None:
        groups: dict[tuple[str, Kind], list[InboxRow]] = {}
        for row in rows:
            groups.setdefault((row.account, row.kind), []).append(row)
        for (name, kind), group in groups.items():
            account = self.accounts.get(name)
            size = len(group)
            if account is not None:
                size = account.connector.manifest.read_batch.get(kind, 1)
            for start in range(0, len(group), size):
                await self._look(account, kind, group[start : start + size])

    async def _released(self, ids: Sequence[str]) -> None:
        """Give rows back as soon as the store answers again, and not when their lease ends."""

        def release(tx: Tx) -> None:
            tx.release_inbox(ids, due_at=self.clock.now())

        again = partial(self.store.run, release)
        await persisted(again, log=self.log, loop="observe", sleep=self.sleep)

    async def _look(self, account: Account | None, kind: Kind, rows: Sequence[InboxRow]) -> None:
        reader = account.reader(kind) if account else None
        if account is None or reader is None:
            await self._finish(rows, "not_routed")
            return
        if account.rests:
            await self._give_back(rows, account.circuit.rest_s or _REST_WHEN_STOPPED_S)
            return
        with self.spans.step(Place.ROUTE, account.name) as step:
            step.about(_stories(rows))
            await self._route(account, kind, reader, rows, step)

    async def _route(
        self,
        account: Account,
        kind: Kind,
        reader: EntityReader[Any],
        rows: Sequence[InboxRow],
        step: Step,
    ) -> None:
        mark = await self.next_mark()
        READING.set(True)
        try:
            reading = await reader.get(sorted({row.external_id for row in rows}))
            events = {row.external_id: (row.event, row.correlation_id) for row in rows}
            incoming = await self.incoming(account, kind, reading.items, mark, events)
            step.about(_stories(rows, incoming))
        except ConnectorError as error:
            await self.parking.failed(account, error)
            await self._give_back(rows, error.retry_after_s, error)
            return
        await self.parking.answered(account)

        def work(tx: Tx) -> Applied:
            applied = self.applier.apply(tx, incoming)
            tx.finish_inbox([row.id for row in rows], state=InboxState.DONE, now=self.clock.now())
            self.reject(tx, account, kind, reading.rejected)
            tx.write_journal([self._gone(account, kind, lost) for lost in reading.missing])
            self.look_again(tx, applied)
            return applied

        applied = await self.store.run(work)
        self.wake(applied.wakes)

    async def next_mark(self) -> int:
        """Return the mark to take before a vendor is asked; no two readings have the same."""
        return await self.store.run(lambda tx: tx.next_mark())

    async def incoming(
        self,
        account: Account,
        kind: Kind,
        observed: Sequence[Observed[Any]],
        mark: int,
        events: Mapping[str, tuple[str, str]],
    ) -> list[Incoming]:
        """Return observations to apply, preceded by the buyers that the store does not know yet."""
        buyers = await self._unknown_buyers(account, observed) if kind in OF_CUSTOMER else []
        fresh = self.new_id()
        return [
            Incoming(account.name, Kind.CUSTOMER, buyer, mark, fresh, "buyer") for buyer in buyers
        ] + [
            Incoming(
                account.name, kind, item, mark,
                events.get(item.external_id, ("", ""))[1] or fresh,
                events.get(item.external_id, ("pull", ""))[0],
            )
            for item in observed
        ]  # fmt: skip

    async def _unknown_buyers(
        self, account: Account, orders: Sequence[Observed[Any]]
    ) -> Sequence[Observed[Any]]:
        ids = sorted({o.customer_external_id for o in orders if o.customer_external_id})
        reader = account.reader(Kind.CUSTOMER)
        if not ids or reader is None:
            return []
        stored = await self.store.read(lambda tx: tx.links(account.name, Kind.CUSTOMER, ids))
        unknown = [external_id for external_id in ids if external_id not in stored]
        found: list[Observed[Any]] = []
        size = account.connector.manifest.read_batch.get(Kind.CUSTOMER, 1)
        for start in range(0, len(unknown), size):
            found += (await reader.get(unknown[start : start + size])).items
        return found

    def look_again(self, tx: Tx, applied: Applied) -> None:
        """Put records that were read too early back into the inbox, in the same transaction."""
        now = self.clock.now()
        rows = [
            InboxRow(
                id=self.new_id(),
                account=account,
                kind=kind,
                external_id=external_id,
                token=f"reread:{kind}:{external_id}",
                event=AGAIN,
                received_at=now,
                correlation_id=self.new_id(),
            )
            for account, kind, external_id in sorted(set(applied.reread))
        ]
        fresh = tx.receive(rows)
        applied.wakes += [route_wake(r) for r, new in zip(rows, fresh, strict=True) if new]

    def reject(
        self, tx: Tx, account: Account, kind: Kind, rejected: Sequence[RejectedRecord]
    ) -> None:
        """Open a letter for each record that could not be translated (invalid message channel)."""
        now = self.clock.now()
        tx.put_dead(
            [
                DeadLetter(
                    id=self.new_id(),
                    source="inbox",
                    subject=record.external_id,
                    kind=kind,
                    account=account.name,
                    state="open",
                    cause_code="translation_failed",
                    cause=str(record.error),
                    remedy=record.error.remedy,
                    attempts=1,
                    version=0,
                    first_at=now,
                    last_at=now,
                    correlation_id="",
                    answer={"path": record.error.path},
                )
                for record in rejected
            ]
        )
        tx.write_journal(
            [
                JournalRow(
                    now, "", kind, account.name, "received", "invalid", "",
                    {"external_id": record.external_id, "path": record.error.path},
                )
                for record in rejected
            ]
        )  # fmt: skip

    def _gone(self, account: Account, kind: Kind, external_id: str) -> JournalRow:
        return JournalRow(
            self.clock.now(), "", kind, account.name, "received", "gone", "",
            {"external_id": external_id},
        )  # fmt: skip

    async def _finish(self, rows: Sequence[InboxRow], outcome: str) -> None:
        now = self.clock.now()
        entries = [
            JournalRow(
                now, "", row.kind, row.account, "received", outcome, row.correlation_id,
                {"external_id": row.external_id},
            )
            for row in rows
        ]  # fmt: skip

        def work(tx: Tx) -> None:
            tx.finish_inbox([row.id for row in rows], state=InboxState.DONE, now=now)
            tx.write_journal(entries)

        await self.store.run(work)

    async def _give_back(
        self,
        rows: Sequence[InboxRow],
        asked_s: float | None = None,
        error: ConnectorError | None = None,
    ) -> None:
        attempts = max(row.attempts for row in rows) + 1
        delay = self.policy.delay_s(attempts, draw=self.draw, asked_s=asked_s)
        due_at = self.clock.now() + timedelta(seconds=delay)
        if error is not None:
            self.log.warning(
                "observe.postponed", account=rows[0].account, error=type(error).__name__,
                operation=error.operation, attempts=attempts, delay_s=round(delay, 2),
            )  # fmt: skip
        await self.store.run(lambda tx: tx.release_inbox([row.id for row in rows], due_at=due_at))
        for row in rows:
            self.wake_later(route_wake(row), delay)


def _stories(rows: Sequence[InboxRow], incoming: Sequence[Incoming] = ()) -> Iterator[Subject]:
    """Tell what is routed; what nobody told us of begins a story of its own."""
    for row in rows:
        place = Place.PULL if row.event == AGAIN else None
        again = bool(row.attempts or row.repeats)
        yield Subject(
            row.correlation_id, {"kind": str(row.kind), "inbox_id": row.id}, place, again=again
        )
    told = {row.correlation_id for row in rows}
    for correlation_id in {item.correlation_id for item in incoming} - told:
        yield Subject(correlation_id, {"event": "buyer"}, Place.PULL)
