"""Merging: a merge from the first suspicion to its end, and back.

Each step is one transaction. A process that dies between two of them leaves a merge that is asked
for, or confirmed and not done; ``work_off`` goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.merging.estate import NOTHING, Estate, GivenBack
from gateway.identity.merging.join import (
    IDENTITY,
    Joiner,
    MergeBusy,
    MergeRefused,
    living,
)
from gateway.identity.merging.part import Left, Parter, may_part
from gateway.identity.merging.proof import clash, needed, reachable
from gateway.identity.merging.record import MergeRecord, read_record
from gateway.ports import (
    JournalRow,
    MergeRow,
    MergeState,
    PairRow,
    PairState,
    Store,
    Tx,
    Wake,
)
from gateway.sync.apply import Applier

_MOST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to be one.

    Shape: ``cause`` is the rule that found it, or ``operator``. ``despite`` overrides two confirmed
    phones that differ, and ``vouched`` what the person would have to confirm: somebody answers for
    both, and his name is written down.
    """

    survivor: str
    absorbed: str
    cause: str
    who: str
    despite: bool = False
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """A merge that was taken back; ``left`` is what vendors cannot undo, ``back`` of points."""

    row: MergeRow
    left: tuple[Left, ...]
    back: GivenBack | None = None


@dataclass(frozen=True, slots=True)
class Merging:
    """Carries merges out.

    Shape: ``channels`` by which the person confirms, none to ask nobody; ``wake`` tells the engine
    what became due; ``estate`` is what they have besides. Units: ``until_s`` seconds in which he
    may.
    """

    store: Store
    clock: Clock
    applier: Applier
    new_id: Callable[[], str]
    channels: tuple[str, ...]
    until_s: float
    wake: Callable[[Sequence[Wake]], None]
    estate: Estate = NOTHING

    async def propose(self, wanted: Wanted) -> MergeRow:
        """Ask for a merge; the same pair is asked for once. It is done when nothing is missing.

        Raises ``MergeRefused``.
        """
        row = await self.store.run(partial(self.propose_in, wanted=wanted))
        return await self._onward(row)

    async def confirmed(self, merge_id: str, point: str) -> MergeRow:
        """Note that the person answered at a ``channel:address``. Raises ``MergeRefused``."""
        row = await self.store.run(partial(self._confirmed, merge_id=merge_id, point=point))
        return await self._onward(row)

    async def refuse(self, merge_id: str, *, who: str, reason: str) -> MergeRow:
        """Say that it shall not be. Raises ``MergeRefused``."""
        return await self.store.run(
            partial(self._refused, merge_id=merge_id, who=who, reason=reason)
        )

    async def work_off(self) -> int:
        """Go on with confirmed merges that could not be done at once; return how many were."""
        rows = await self.store.read(lambda tx: tx.merges(state=MergeState.CONFIRMED, limit=_MOST))
        done = [await self._onward(row) for row in rows]
        return sum(row.state is MergeState.DONE for row in done)

    async def undo(self, merge_id: str, *, who: str) -> Undone:
        """Take a merge back as far as vendors allow. Raises ``MergeBusy``, ``MergeRefused``."""
        undone, wakes = await self.store.run(partial(self._undone, merge_id=merge_id, who=who))
        self.wake(wakes)
        return undone

    async def get(self, merge_id: str) -> MergeRow:
        """Return a merge. Raises ``MergeRefused`` for one that is not there."""
        return await self.store.read(lambda tx: _get(tx, merge_id))

    async def _onward(self, row: MergeRow) -> MergeRow:
        """Do a confirmed merge; one that is busy stays confirmed and is tried again."""
        if row.state is not MergeState.CONFIRMED:
            return row
        try:
            done, wakes = await self.store.run(partial(self._done, merge_id=row.id))
        except MergeBusy:
            return row
        self.wake(wakes)
        return done

    def wanted(self, tx: Tx, rows: Sequence[PairRow]) -> None:
        """Ask for merges of pairs that rules or people found to be one person; the older stays.

        A pair that cannot be merged as it is stays on the list of reviews.
        """
        found = tx.entities(sorted({name for row in rows for name in row.pair}))
        for row in rows:
            pair = [found[name] for name in row.pair if name in found]
            if len(pair) == len(row.pair):
                survivor, absorbed = sorted(pair, key=lambda one: (one.created_at, one.id))
                wish = Wanted(survivor.id, absorbed.id, row.rule or "review", row.decided_by)
                with suppress(MergeRefused):
                    self.propose_in(tx, wish)

    def propose_in(self, tx: Tx, wanted: Wanted) -> MergeRow:
        """Ask for a merge inside a transaction; nothing is done yet. Raises ``MergeRefused``."""
        work = self.applier.working_set(tx)
        if wanted.survivor == wanted.absorbed:
            msg = "it is one record already"
            raise MergeRefused(msg)
        work.load([wanted.survivor, wanted.absorbed])
        pair = [living(work, one) for one in (wanted.survivor, wanted.absorbed)]
        for known in tx.merges_of([wanted.absorbed, wanted.survivor]):
            if known.state in {MergeState.ASKED, MergeState.CONFIRMED} and {
                known.survivor, known.absorbed
            } == {wanted.survivor, wanted.absorbed}:  # fmt: skip
                return known
        if _is_different(tx, wanted) and not wanted.vouched:
            msg = "somebody decided that these are two persons: decide that first"
            raise MergeRefused(msg)
        if clash(*pair) and not wanted.despite:
            msg = "each has a confirmed phone that the other does not have: they may be two persons"
            raise MergeRefused(msg)
        channels = () if wanted.vouched else self.channels
        if not reachable(pair[0], pair[1], channels):
            msg = "one of the two has neither phone nor e-mail: nobody can be asked"
            raise MergeRefused(msg)
        record = MergeRecord(needs=needed(pair[0], pair[1], channels))
        now = self.clock.now()
        row = MergeRow(
            self.new_id(), wanted.survivor, wanted.absorbed,
            MergeState.ASKED if record.needs else MergeState.CONFIRMED, wanted.who, wanted.cause,
            now, now + timedelta(seconds=self.until_s), now, record=record.stored(),
        )  # fmt: skip
        tx.put_merge(row)
        self._tell(tx, row, "asked", needs=len(record.needs), despite=wanted.despite,
                   vouched=wanted.vouched)  # fmt: skip
        return row

    def _confirmed(self, tx: Tx, merge_id: str, point: str) -> MergeRow:
        row = _get(tx, merge_id)
        if row.state is not MergeState.ASKED:
            return row
        now, record = self.clock.now(), read_record(row.record)
        if row.until <= now:
            msg = "it was not confirmed in time: ask for it again"
            raise MergeRefused(msg)
        if point not in record.needs:
            msg = "nobody was asked there"
            raise MergeRefused(msg)
        record.confirmed[point] = now.isoformat()
        state = MergeState.ASKED if record.missing else MergeState.CONFIRMED
        changed = replace(row, state=state, changed_at=now, record=record.stored())
        self._swap(tx, changed, row.state)
        self._tell(
            tx, row, "confirmed", channel=point.partition(":")[0], missing=len(record.missing)
        )
        return changed

    def _done(self, tx: Tx, merge_id: str) -> tuple[MergeRow, list[Wake]]:
        row = _get(tx, merge_id)
        if row.state is not MergeState.CONFIRMED:
            return row, []
        joined = Joiner(self.applier, self.estate).join(tx, row, read_record(row.record))
        done = replace(
            row, state=MergeState.DONE, changed_at=self.clock.now(), record=joined.record.stored()
        )
        self._swap(tx, done, row.state)
        _note_pair(tx, done, PairState.MERGED)
        return done, joined.wakes

    def _undone(self, tx: Tx, merge_id: str, who: str) -> tuple[Undone, list[Wake]]:
        row = _get(tx, merge_id)
        may_part(tx, row)
        parter = Parter(self.applier, self.estate)
        parted = parter.part(tx, row, read_record(row.record), who=who)
        note = ", ".join(one.account for one in parted.left)
        undone = replace(row, state=MergeState.UNDONE, changed_at=self.clock.now(), note=note)
        self._swap(tx, undone, row.state)
        _note_pair(tx, undone, PairState.DIFFERENT)
        return Undone(undone, parted.left, parted.back), parted.wakes

    def _refused(self, tx: Tx, merge_id: str, who: str, reason: str) -> MergeRow:
        row = _get(tx, merge_id)
        if row.state not in {MergeState.ASKED, MergeState.CONFIRMED}:
            msg = f"this merge is {row.state} already"
            raise MergeRefused(msg)
        refused = replace(
            row, state=MergeState.REFUSED, changed_at=self.clock.now(), note=reason[:200]
        )
        self._swap(tx, refused, row.state)
        self._tell(tx, row, "refused", who=who)
        return refused

    def _swap(self, tx: Tx, row: MergeRow, was: MergeState) -> None:
        if not tx.swap_merge(row, was=was):
            msg = "somebody else decided about it at this moment: look at it again"
            raise MergeRefused(msg)

    def _tell(self, tx: Tx, row: MergeRow, outcome: str, **detail: object) -> None:
        told = {"cause": row.cause, "who": row.asked_by, **detail}
        tx.write_journal(
            [
                JournalRow(
                    self.clock.now(), entity_id, Kind.CUSTOMER, IDENTITY, "merge", outcome, row.id,
                    {**told, "with": other},
                )
                for entity_id, other in (
                    (row.survivor, row.absorbed), (row.absorbed, row.survivor)
                )
            ]
        )  # fmt: skip


def _is_different(tx: Tx, wanted: Wanted) -> bool:
    one, other = sorted((wanted.survivor, wanted.absorbed))
    pair = tx.pairs([(one, other)]).get((one, other))
    return pair is not None and pair.state is PairState.DIFFERENT


def _note_pair(tx: Tx, row: MergeRow, state: PairState) -> None:
    """Write into the list of reviews what became of the two, where they stand there."""
    one, other = sorted((row.survivor, row.absorbed))
    pair = tx.pairs([(one, other)]).get((one, other))
    if pair is not None:
        tx.put_pairs([replace(pair, state=state, decided_by=row.asked_by)])


def _get(tx: Tx, merge_id: str) -> MergeRow:
    row = tx.person_merge(merge_id)
    if row is None:
        msg = f"no merge {merge_id}: `gateway merge list` shows their ids"
        raise MergeRefused(msg)
    return row
