"""Receive: hints and messages enter the inbox once (idempotent receiver), then they are answered.

A hint's record is read later. A message brings its record along (event-carried state transfer): it
is merged in the transaction that receives it, so its answer means that the snapshot is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.contract import Clock, Hint
from gateway.ports import InboxRow, JournalRow, Store, Tx, Wake
from gateway.sync.apply import Applier
from gateway.sync.handover import HandOver, Turn
from gateway.sync.incoming import Incoming
from gateway.sync.wakes import route_wake
from gateway.telemetry import NO_SPANS, Place, Spans, Subject


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the hints of one call."""

    fresh: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes hints in. When ``receive`` has returned, they are not lost any more.

    With ``over`` this process sends what the messages change.
    """

    store: Store
    applier: Applier
    clock: Clock
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]
    over: HandOver | None = None
    spans: Spans = NO_SPANS

    async def receive(self, account: str, hints: Sequence[Hint], *, correlation_id: str) -> Receipt:
        """Store hints and wake their work. Raises ``StoreError`` when the store takes no work."""
        return await self.take_in(account, [(hint, correlation_id) for hint in hints])

    async def take_in(self, account: str, told: Sequence[tuple[Hint, str]]) -> Receipt:
        """Store hints of several calls, each with its correlation id, in one commit."""
        if not told:
            return Receipt(0, 0)
        with self.spans.step(Place.RECEIVE, account) as step:
            step.about(_stories(told))
            return await self._take_in(account, told)

    async def _take_in(self, account: str, told: Sequence[tuple[Hint, str]]) -> Receipt:
        hints = [self._row(account, *one) for one in told if one[0].carried is None]
        messages = [self._row(account, *one) for one in told if one[0].carried is not None]
        incoming = [
            Incoming(account, hint.kind, hint.carried, None, correlation_id, hint.event)
            for hint, correlation_id in told
            if hint.carried is not None
        ]
        turn = self.over.begin() if self.over is not None and incoming else None

        def work(tx: Tx) -> tuple[list[bool], list[Wake]]:
            fresh = tx.receive(hints)
            tx.write_journal([_entry(row, new) for row, new in zip(hints, fresh, strict=True)])
            wakes = [route_wake(row) for row, new in zip(hints, fresh, strict=True) if new]
            wakes += self._merge(tx, incoming, turn)
            return [*fresh, *tx.note_messages(messages)], wakes

        try:
            fresh, wakes = await self.store.run(work)
        except BaseException:
            if turn is not None:
                turn.abandon()
            raise
        if turn is not None:
            turn.hand_over()
        self.wake(wakes)
        return Receipt(sum(fresh), len(fresh) - sum(fresh))

    def _merge(self, tx: Tx, incoming: Sequence[Incoming], turn: Turn | None) -> list[Wake]:
        if not incoming:
            return []
        work = self.applier.working_set(tx)
        self.applier.merge(work, incoming)
        if turn is not None:
            turn.claim(work)
        return work.flush(self.applier.digester)

    def _row(self, account: str, hint: Hint, correlation_id: str) -> InboxRow:
        return InboxRow(
            id=self.new_id(),
            account=account,
            kind=hint.kind,
            external_id=hint.external_id,
            token=hint.token,
            event=hint.event,
            received_at=self.clock.now(),
            correlation_id=correlation_id,
        )


def _stories(told: Sequence[tuple[Hint, str]]) -> Iterator[Subject]:
    """Tell what a call is about; what it carries along is merged with it, which is routing."""
    for hint, correlation_id in told:
        facts = {"kind": str(hint.kind), "event": hint.event}
        yield Subject(correlation_id, facts)
        if hint.carried is not None:
            yield Subject(correlation_id, facts, Place.ROUTE)


def _entry(row: InboxRow, fresh: bool) -> JournalRow:  # noqa: FBT001 - private, one caller
    return JournalRow(
        row.received_at, "", row.kind, row.account, "hint", "new" if fresh else "duplicate",
        row.correlation_id, {"external_id": row.external_id, "event": row.event},
    )  # fmt: skip
