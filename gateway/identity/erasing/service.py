"""Erasing: an erasure from its wish to the last system's answer, and to the end of what is kept.

Each step is one transaction. A process that dies between two of them leaves a protocol that is due;
``work_off`` goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.erasing.people import Person
from gateway.identity.erasing.record import ErasureRecord, Outcome, read_erasure
from gateway.identity.erasing.search import search_page
from gateway.identity.erasing.traces import read_traces
from gateway.identity.erasing.wipe import ErasureRefused, Wiper, refuse
from gateway.identity.merging.join import IDENTITY
from gateway.ports import (
    DeliveryState,
    EntityRow,
    ErasureRow,
    ErasureState,
    JournalRow,
    Store,
    Tx,
    Wake,
)

MOST = 100_000
_AT_ONCE = 50
_AGAIN = timedelta(seconds=5)
_ENDED = frozenset({DeliveryState.DONE, DeliveryState.DEAD, DeliveryState.HELD})


@dataclass(frozen=True, slots=True)
class Erasing:
    """Carries erasures out. ``wake`` tells the engine what became due."""

    store: Store
    clock: Clock
    wiper: Wiper
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]

    async def look(self, entity_id: str, *, despite: bool = False) -> Person:
        """Return what would be erased; changes nothing. Raises as ``begin`` does."""

        def work(tx: Tx) -> Person:
            person = self.wiper.look(tx, self.wiper.applier.working_set(tx), entity_id)
            refuse(tx, person, despite=despite)
            return person

        return await self.store.run(work)

    async def begin(
        self, entity_id: str, *, who: str, reason: str, despite: bool = False, as_id: str = ""
    ) -> ErasureRow:
        """Erase somebody and search all that can be searched now; the rest is done later.

        ``as_id`` does an earlier erasure again, after a restore. Whoever is erased already has his
        protocol returned. Raises ``ErasureBusy``, ``ErasureRefused``.
        """

        def work(tx: Tx) -> tuple[ErasureRow, list[Wake]]:
            known = [] if as_id else tx.erasures_of([entity_id])
            entity = tx.entities([entity_id]).get(entity_id)
            if known and (entity is None or entity.deleted):
                return known[-1], []
            erasure_id = as_id or self.new_id()
            wiped = self.wiper.wipe(tx, entity_id, erasure_id, who=who, despite=despite)
            now = self.clock.now()
            sought = {"reason": reason, "traces": wiped.traces.stored()}
            row = ErasureRow(
                erasure_id, entity_id, ErasureState.SEARCHING, who, now, due_at=now,
                record=wiped.record.stored(), sought=sought,
            )  # fmt: skip
            tx.put_erasure(row)
            return row, wiped.wakes

        row, wakes = await self.store.run(work)
        self.wake(wakes)
        return await self.go_on(row)

    async def go_on(self, row: ErasureRow) -> ErasureRow:
        """Do what can be done now of a protocol."""
        while row.state is ErasureState.SEARCHING:
            after = await self.store.run(partial(self._searched, erasure_id=row.id))
            if after.due_at is not None and after.due_at > self.clock.now():
                return after
            row = after
        return await self.store.run(partial(self._asked, erasure_id=row.id))

    async def work_off(self) -> int:
        """Go on with what is due; return how many were looked at."""
        now = self.clock.now()
        rows = await self.store.read(lambda tx: tx.due_erasures(now=now, limit=_AT_ONCE))
        for row in rows:
            await self.go_on(row)
        return len(rows)

    async def again(self, entity_id: str, erasure_id: str, *, who: str, reason: str) -> bool:
        """Do an erasure again whose effect a restored backup has undone; False where it stands."""

        def stands(tx: Tx) -> bool:
            entity = tx.entities([entity_id]).get(entity_id)
            return entity is None or entity.deleted

        if await self.store.read(stands):
            return False
        await self.begin(entity_id, who=who, reason=reason, despite=True, as_id=erasure_id)
        return True

    async def done_by_hand(self, erasure_id: str, account: str, *, who: str) -> ErasureRow:
        """Note that somebody did at a system what had to be done by hand.

        Raises ``ErasureRefused`` where nothing waits for people; saying it again changes nothing.
        """
        now = self.clock.now()
        work = partial(_done_there, erasure_id=erasure_id, account=account, who=who, now=now)
        return await self.store.run(work)

    def _searched(self, tx: Tx, erasure_id: str) -> ErasureRow:
        row = _get(tx, erasure_id)
        if row.state is not ErasureState.SEARCHING:
            return row
        record, was_at = read_erasure(row.record), row.record.get("place")
        is_over = search_page(tx, record, read_traces(row.sought["traces"]))
        now = self.clock.now()
        if is_over:
            changed = replace(row, state=ErasureState.ASKING, due_at=now, sought=_only_reason(row))
        else:
            is_anew = bool(was_at) and not record.place
            changed = replace(row, due_at=now + _AGAIN if is_anew else now)
        changed = replace(changed, record=record.stored())
        tx.put_erasure(changed)
        return changed

    def _asked(self, tx: Tx, erasure_id: str) -> ErasureRow:
        """Note what systems have answered; end, or end what was kept."""
        row = _get(tx, erasure_id)
        if row.state is ErasureState.SEARCHING:
            return row
        now, record = self.clock.now(), read_erasure(row.record)
        _note_answers(tx, record)
        is_open = any(one.outcome == Outcome.ASKED for one in record.there.values())
        if not is_open:
            _end_kept(tx, record, now)
        due_at = now + _AGAIN if is_open else _next_day(record)
        state = ErasureState.ASKING if is_open else ErasureState.DONE
        ended_at = row.ended_at if is_open else row.ended_at or now
        changed = replace(
            row, state=state, ended_at=ended_at, due_at=due_at, record=record.stored()
        )
        if state is ErasureState.DONE and row.state is not state:
            tx.write_journal([self._told(row, record)])
        tx.put_erasure(changed)
        return changed

    def _told(self, row: ErasureRow, record: ErasureRecord) -> JournalRow:
        by_hand = sorted(name for name, one in record.there.items() if one.waits)
        return JournalRow(
            self.clock.now(), row.entity_id, Kind.CUSTOMER, IDENTITY, "person", "erased_everywhere",
            row.id, {"by_hand": by_hand},
        )  # fmt: skip


def _get(tx: Tx, erasure_id: str) -> ErasureRow:
    """Return a protocol that nobody else changes before this transaction ends."""
    tx.lock_keys([f"erasure:{erasure_id}"])
    row = tx.erasure(erasure_id)
    if row is None:
        msg = f"no erasure {erasure_id}: `gateway erase --list` shows their ids"
        raise ErasureRefused(msg)
    return row


def _done_there(tx: Tx, erasure_id: str, account: str, who: str, now: datetime) -> ErasureRow:
    row = _get(tx, erasure_id)
    record = read_erasure(row.record)
    there = record.there.get(account)
    if there is None or not (there.waits or there.done_by):
        msg = f"nothing waits to be done by hand at {account}"
        raise ErasureRefused(msg)
    if there.done_by:
        return row
    there.done_by, there.done_at = who, now.isoformat()
    changed = replace(row, record=record.stored())
    tx.put_erasure(changed)
    told = JournalRow(
        now, row.entity_id, Kind.CUSTOMER, account, "person", "erased_by_hand", row.id,
        {"who": who},
    )  # fmt: skip
    tx.write_journal([told])
    return changed


def _note_answers(tx: Tx, record: ErasureRecord) -> None:
    keys = {one.key: one for one in record.there.values() if one.outcome == Outcome.ASKED}
    for key, found in tx.operations(list(keys)).items():
        there = keys[key]
        if found.state is DeliveryState.DONE:
            there.outcome = Outcome.ERASED
            left = found.result.get("left") or []
            there.left = [*there.left, *(str(one) for one in left)]
        elif found.state in _ENDED:
            there.outcome, there.why = Outcome.REFUSED, found.cause_code


def _end_kept(tx: Tx, record: ErasureRecord, now: datetime) -> None:
    """Empty receipts that nobody must keep any more."""
    over = [one for one, day in record.kept.items() if _day(day) <= now]
    rows = [
        EntityRow(
            one.id, one.kind, one.version + 1, {}, {}, one.created_at, now, deleted=True
        )
        for one in tx.entities(over, lock=True).values()
    ]  # fmt: skip
    tx.put_entities(rows)
    tx.put_matches({one.id: [] for one in rows})
    for one in over:
        record.kept.pop(one)
    record.count("receipts", len(rows))


def _only_reason(row: ErasureRow) -> dict[str, str]:
    return {"reason": str(row.sought.get("reason", ""))}


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _next_day(record: ErasureRecord) -> datetime | None:
    return min((_day(one) for one in record.kept.values()), default=None)
