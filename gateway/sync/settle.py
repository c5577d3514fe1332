"""Settle: the end of a delivery attempt, written in one transaction.

The vendor's answer decides: it holds the change now, or it surely does not, or nobody knows. What
the vendor says that it holds is merged like any observation, but never told back to it at once, so
that a vendor that alters what it is told cannot start an endless exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, ParamSpec, TypeVar

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, spoken
from gateway.contract import (
    Clock,
    ConnectorError,
    Disposition,
    Failed,
    Log,
    Observed,
    StaleWrite,
    Written,
    disposition,
)
from gateway.ports import (
    DeliveryRow,
    DeliveryState,
    InboxRow,
    LinkRow,
    Settlement,
    Store,
    Tx,
    Wake,
)
from gateway.sync.account import Account
from gateway.sync.apply import Applier
from gateway.sync.attempt import Attempt, Settled
from gateway.sync.endings import Endings
from gateway.sync.incoming import Incoming
from gateway.sync.letters import delivery_letter, look_again, resolve
from gateway.sync.merge import changes, overlaid, same
from gateway.sync.parking import Parking
from gateway.sync.persisted import persisted
from gateway.sync.wakes import route_wake
from gateway.sync.working_set import WorkingSet
from gateway.telemetry import Metrics

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Settler:
    """Writes outcomes and decides what comes next."""

    store: Store
    applier: Applier
    parking: Parking
    endings: Endings
    clock: Clock
    log: Log
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]
    wake_later: Callable[[Wake, float], None]
    metrics: Metrics = field(default_factory=Metrics)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def settle(
        self,
        account: Account,
        pairs: Sequence[tuple[Attempt, Settled]],
        holder: str,
    ) -> None:
        """Settle what was told, with its outcomes.

        While the store is away it is tried again: what is known must not become unknown.
        """
        await self.persisted(self.parking.learn, account, [outcome for _, outcome in pairs])
        delays = {
            a.change.key: self.endings.delay_s(a, o.error)
            for a, o in pairs
            if isinstance(o, Failed)
        }

        def write(tx: Tx) -> list[Wake]:
            return self._write(tx, account, pairs, delays, holder=holder)

        wakes = await self.persisted(self.store.run, write)
        self.wake(wakes)
        self._count(account, pairs)
        for attempt, outcome in pairs:
            if isinstance(outcome, Failed):
                key = attempt.change.key
                self.wake_later(Wake("deliver", key, account.name, key), delays[key])

    async def persisted(self, call: Callable[P, Awaitable[R]], *args: P.args, **kw: P.kwargs) -> R:
        """Call the store until it answers."""
        again = partial(call, *args, **kw)
        return await persisted(again, log=self.log, loop="settle", sleep=self.sleep)

    def _count(self, account: Account, pairs: Sequence[tuple[Attempt, Settled]]) -> None:
        now = self.clock.now()
        for attempt, outcome in pairs:
            result = "failed"
            if isinstance(outcome, Written):
                result = "created" if outcome.created else "sent"
                since = attempt.row.first_failed_at or attempt.row.due_at
                self.metrics.arrived(account=account.name, seconds=(now - since).total_seconds())
            kind = str(attempt.row.kind)
            self.metrics.delivered(account=account.name, kind=kind, result=result)

    def _write(
        self,
        tx: Tx,
        account: Account,
        pairs: Sequence[tuple[Attempt, Settled]],
        delays: Mapping[str, float],
        *,
        holder: str,
    ) -> list[Wake]:
        now = self.clock.now()
        ends = [self.endings.end(now, attempt, outcome, delays) for attempt, outcome in pairs]
        work = WorkingSet(tx, now)
        work.load_links(account.name, sorted({end.entity_id for end in ends}))
        mine = tx.settle(ends, holder=holder)
        seen: list[Incoming] = []
        arrived: list[DeliveryRow] = []
        touched: list[InboxRow] = []
        for (attempt, outcome), end in zip(pairs, ends, strict=True):
            if attempt.change.key not in mine:
                continue
            if isinstance(outcome, Failed):
                self._failed(work, account, attempt, outcome.error, end)
                continue
            arrived.append(attempt.row)
            touched += self._touched(account, attempt.row, outcome, now)
            seen += self._arrived(work, account, attempt, outcome)
        wakes = work.flush(self.applier.digester)
        if seen:
            wakes += self.applier.apply(tx, seen).wakes
        again = [row.entity_id for row in arrived if mine[row.entity_id] is DeliveryState.DUE]
        buyers = [row.entity_id for row in arrived if row.kind is Kind.CUSTOMER]
        tx.receive(touched)
        wakes += [route_wake(row) for row in touched]
        return wakes + woken(tx, account, buyers, again, now)

    def _touched(
        self, account: Account, row: DeliveryRow, outcome: Written[Any], now: datetime
    ) -> list[InboxRow]:
        """Return hints for what else changed there and is read by us."""
        return [
            look_again(self.new_id(), now, row, external_id, kind=kind)
            for kind, external_id in outcome.touched
            if account.reader(kind) is not None
        ]

    def _arrived(
        self, work: WorkingSet, account: Account, attempt: Attempt, outcome: Written[Any]
    ) -> list[Incoming]:
        """Note that the account holds the change; return its answer as an observation.

        Where a reading showed another change meanwhile, nobody knows which of both came last: that
        stays in doubt, and is read before anything more is told.
        """
        row = attempt.row
        link = work.links.get((row.entity_id, account.name)) or LinkRow(
            row.entity_id, row.kind, account.name, None, {}
        )
        after = overlaid(link.known, attempt.told, row.kind)
        read_meanwhile = link.known != attempt.known
        doubt = _doubt(link.known, attempt)
        if read_meanwhile:
            work.tx.receive([look_again(self.new_id(), work.now, row, outcome.external_id)])
        if doubt:
            work.due(row.entity_id, row.kind, account.name, row.correlation_id)
        work.put_link(
            replace(
                link,
                external_id=outcome.external_id,
                known=after,
                inflight=(doubt,) if doubt else (),
                version=outcome.version or link.version,
                told_mark=work.mark,
                told_at=work.now,
                keyed=link.keyed or attempt.change.external_id is None or attempt.change.assign_key,
            )
        )
        self._tell_arrival(work, account, attempt, outcome)
        return [] if read_meanwhile else self._answer(attempt, outcome, after, work.mark)

    def _answer(
        self, attempt: Attempt, outcome: Written[Any], after: Fields, mark: int
    ) -> list[Incoming]:
        """Return what the vendor answered that it holds, where that is not what it was told."""
        row = attempt.row
        if outcome.held is None or not changes(spoken(outcome.held), after, row.kind):
            return []
        observed = Observed(
            external_id=outcome.external_id,
            entity=outcome.held,
            key=row.entity_id,
            version=outcome.version,
        )
        return [
            Incoming(
                row.account, row.kind, observed, mark, row.correlation_id,
                event="answer", tell_back=False,
            )
        ]  # fmt: skip

    def _tell_arrival(
        self, work: WorkingSet, account: Account, attempt: Attempt, outcome: Written[Any]
    ) -> None:
        row = attempt.row
        work.tell(
            (row.entity_id, row.kind), account.name, "delivered",
            "created" if outcome.created else "sent", row.correlation_id,
            external_id=outcome.external_id, version=attempt.version,
            fields=sorted({path.split("/")[0] for path in attempt.change.changed}),
            attempt=row.attempts + 1,
        )  # fmt: skip
        resolve(work, row)

    def _failed(
        self,
        work: WorkingSet,
        account: Account,
        attempt: Attempt,
        error: ConnectorError,
        end: Settlement,
    ) -> None:
        row = attempt.row
        link = work.links.get((row.entity_id, account.name))
        # A refusal for good may have come after half of the change was made.
        surely_not = disposition(error) in {Disposition.RETRY, Disposition.PARK}
        if link is not None and surely_not:
            work.put_link(replace(link, inflight=attempt.before))
        outcome = {DeliveryState.DEAD: "dead"}.get(end.state, "retried")
        work.tell(
            (row.entity_id, row.kind), account.name, "delivery", outcome, row.correlation_id,
            cause=end.cause_code, error=type(error).__name__, attempt=end.attempts,
            next_at=end.due_at.isoformat(), unknown=end.unknown,
        )  # fmt: skip
        if isinstance(error, StaleWrite) and attempt.change.external_id:
            work.tx.receive([look_again(self.new_id(), work.now, row, attempt.change.external_id)])
        if end.state is DeliveryState.DEAD:
            letter = delivery_letter(self.new_id(), work.now, row, error, end)
            work.tx.put_dead([replace(letter, version=attempt.version, request=attempt.desired)])


def _doubt(read: Fields, attempt: Attempt) -> Fields:
    """Return what a reading during the attempt changed of what was told: path → its value."""
    if read == attempt.known:
        return {}
    return {
        path: read.get(path)
        for path, value in attempt.told.items()
        if not same(read.get(path), attempt.known.get(path)) and not same(read.get(path), value)
    }


def woken(
    tx: Tx, account: Account, buyers: Sequence[str], again: Sequence[str], now: datetime
) -> list[Wake]:
    """Wake what waited for these buyers, and what became due ``again`` while it was sent."""
    waiting = tx.wake_waiting(account.name, buyers, now=now)
    return [
        Wake("deliver", entity_id, account.name, entity_id)
        for entity_id in (*[entity for entity, _ in waiting], *again)
    ]
