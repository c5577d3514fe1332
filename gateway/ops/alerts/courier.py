"""Courier: puts the notes that are due into messages, each once, and sees them through.

What goes through an account is a keyed operation, stored in the same transaction as the state of
its notes. A message of which nobody can tell whether it came is sent once more: twice is better
than never. A hook is called until it takes the message; it knows a repeated one by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.config import AlertsSection
from gateway.contract import Clock, Operation
from gateway.contract.operations import NOTICE_SEND
from gateway.ops.alerts.hook import HookFailed
from gateway.ops.alerts.message import json_of, message_id, told_of
from gateway.ops.alerts.ways import Way
from gateway.ports import AlertRow, DeliveryState, NoteRow, NoteState, OperationRow, Store, Tx
from gateway.sync.policy import RetryPolicy

GIVE_UP_TRIES = 60
"""Calls of a hook with growing pauses up to ten minutes: the better part of a day."""

NO_ADDRESS = "the configuration does not have this address any more"


class Submit(Protocol):
    """Stores keyed operations to be performed."""

    def __call__(
        self, tx: Tx, account: str, operations: Sequence[Operation], *, correlation_id: str
    ) -> Sequence[bool]:
        """See ``gateway.sync.operate.Operations.submit``."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Tells what was noted. Whoever calls it holds the lease ``alerts``."""

    store: Store
    section: AlertsSection
    ways: Mapping[str, Way]
    submit: Submit
    clock: Clock
    policy: RetryPolicy
    draw: Callable[[], float]

    def hand_over(self, tx: Tx, now: datetime) -> None:
        """Make a message of all that waits for an address, once some of it is due.

        One message at a time is under way to an address, so that an end never overtakes its
        beginning, and what gathers while the way is closed is told in one.
        """
        notes = tx.open_notes()
        busy = self._follow(tx, [one for one in notes if one.state is NoteState.HANDED], now)
        waiting: dict[str, list[NoteRow]] = {}
        for note in notes:
            if note.state is NoteState.WAITING:
                waiting.setdefault(note.address, []).append(note)
        due = {
            name: group
            for name, group in waiting.items()
            if name not in busy and any(note.due_at <= now for note in group)
        }
        alerts = tx.alerts_by_id([note.alert_id for group in due.values() for note in group])
        for name, group in due.items():
            self._one(tx, self.ways.get(name), group, alerts, now)

    def _one(
        self,
        tx: Tx,
        way: Way | None,
        notes: Sequence[NoteRow],
        alerts: Mapping[str, AlertRow],
        now: datetime,
    ) -> None:
        if way is None:
            tx.settle_notes(
                [replace(one, state=NoteState.FAILED, cause=NO_ADDRESS) for one in notes]
            )
            return
        key = message_id(notes)
        if way.account is not None:
            payload = way.payload(told_of(notes, alerts), self.section, now)
            operation = Operation(key, NOTICE_SEND, payload)
            self.submit(tx, way.account.name, [operation], correlation_id="")
        tx.settle_notes(
            [replace(one, state=NoteState.HANDED, message=key, due_at=now) for one in notes]
        )

    def _follow(self, tx: Tx, notes: Sequence[NoteRow], now: datetime) -> frozenset[str]:
        """See what became of messages; return the addresses to which one is under way."""
        rows = tx.operations(sorted({one.message for one in notes if not self._is_hook(one)}))
        busy, again = set[str](), set[str]()
        for note in notes:
            row = rows.get(note.message)
            if row is None and not self._is_hook(note):
                # Operations are never deleted while they are due: it was done long ago.
                tx.settle_notes([replace(note, state=NoteState.SENT, cause="")])
                continue
            after = note if row is None else _followed(note, row)
            if after.state is NoteState.HANDED:
                busy.add(note.address)
            if after.attempts > note.attempts:
                again.add(note.message)
            if after != note:
                tx.settle_notes([after])
        for key in sorted(again):
            tx.retry_operation(key, due_at=now)
            tx.close_dead("operation", key, rows[key].account, state="replayed", note="alerts")
        return frozenset(busy)

    async def call_hooks(self) -> None:
        """Call the hooks to which a message is due. Raises ``StoreError``: they come again."""
        now = self.clock.now()
        notes = await self.store.read(lambda tx: tx.open_notes())
        first: dict[str, list[NoteRow]] = {}
        for note in notes:
            if note.state is NoteState.HANDED and self._is_hook(note):
                first.setdefault(note.address, []).append(note)
        due = [group for group in first.values() if group[0].due_at <= now]
        if not due:
            return
        ids = [note.alert_id for group in due for note in group]
        alerts = await self.store.read(lambda tx: tx.alerts_by_id(ids))
        settled = await asyncio.gather(*(self._call(group, alerts) for group in due))
        rows = [note for group in settled for note in group]
        await self.store.run(lambda tx: tx.settle_notes(rows))

    async def _call(
        self, notes: Sequence[NoteRow], alerts: Mapping[str, AlertRow]
    ) -> Sequence[NoteRow]:
        way, key = self.ways[notes[0].address], notes[0].message
        body = json_of(told_of(notes, alerts), self.section, message=key, language=way.language)
        try:
            if way.hook is not None:
                await way.hook.post(key, body)
        except HookFailed as error:
            tries = notes[0].attempts + 1
            wait = timedelta(seconds=self.policy.delay_s(tries, draw=self.draw))
            state = NoteState.HANDED if tries < GIVE_UP_TRIES else NoteState.FAILED
            due_at = self.clock.now() + wait
            return [
                replace(one, state=state, attempts=tries, due_at=due_at, cause=str(error))
                for one in notes
            ]
        return [replace(one, state=NoteState.SENT, cause="") for one in notes]

    def _is_hook(self, note: NoteRow) -> bool:
        way = self.ways.get(note.address)
        return way is not None and way.hook is not None


def _followed(note: NoteRow, row: OperationRow) -> NoteRow:
    """Return a note after its operation. One in doubt is repeated once, which counts as a try."""
    if row.state is DeliveryState.DONE:
        return replace(note, state=NoteState.SENT, cause="")
    if row.state is DeliveryState.DEAD or (row.state is DeliveryState.HELD and note.attempts):
        return replace(note, state=NoteState.FAILED, cause=row.cause)
    if row.state is DeliveryState.HELD:
        return replace(note, attempts=note.attempts + 1, cause=row.cause)
    return replace(note, cause=row.cause)
