"""Merging: a merge from the first suspicion to its end, and back.

Each step is one transaction. A process that dies between two of them leaves a merge that is asked
for, or confirmed and not done; ``work_off`` goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from gateway.contract import Clock
from gateway.identity.merging.answers import confirm_in, deny_in
from gateway.identity.merging.dead_records import part_from
from gateway.identity.merging.estate import NOTHING, Estate, GivenBack
from gateway.identity.merging.join import Joiner, MergeBusy, MergeRefused, living
from gateway.identity.merging.pairs import are_two, note_pair
from gateway.identity.merging.part import Left, Parter, may_part
from gateway.identity.merging.proof import clash, needed, reachable
from gateway.identity.merging.record import MergeRecord, read_record
from gateway.identity.merging.steps import OPEN, end, found, has_lapsed, held, lapse, swap, tell
from gateway.ports import (
    MergeRow,
    MergeState,
    PairRow,
    PairState,
    Store,
    Tx,
    Wake,
)
from gateway.sync.apply import Applier

WHO = "gateway"
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

    def join_in(self, tx: Tx, wanted: Wanted) -> list[Wake]:
        """Ask for a merge and do it inside a transaction; return what became due.

        One that is busy stays confirmed and is done later; one that is refused is not asked for.
        """
        try:
            row = self.propose_in(tx, wanted)
            return self._done(tx, row.id)[1]
        except (MergeBusy, MergeRefused):
            return []

    async def confirmed(self, merge_id: str, point: str, *, giver: str) -> MergeRow:
        """Note that a code of a ``channel:address`` came from a giver. Raises ``MergeRefused``."""
        now = self.clock.now()
        row = await self.store.run(
            partial(confirm_in, merge_id=merge_id, point=point, giver=giver, now=now)
        )
        return await self._onward(row)

    async def refuse(self, merge_id: str, *, who: str, reason: str) -> MergeRow:
        """Say that it shall not be. Raises ``MergeRefused``."""
        return await self.store.run(
            partial(self._refused, merge_id=merge_id, who=who, reason=reason)
        )

    async def deny(self, merge_id: str, point: str) -> MergeRow:
        """Take the word of whoever answers at a ``channel:address`` that he is not both.

        Nothing is merged, and an operator is asked. Raises ``MergeRefused``.
        """
        now = self.clock.now()
        return await self.store.run(partial(deny_in, merge_id=merge_id, point=point, now=now))

    async def lapse(self) -> int:
        """End the merges whose person was written to and did not answer; return how many."""
        now = self.clock.now()
        lapsed = await self.store.read(lambda tx: tx.merges_lapsed(now=now, limit=_MOST))
        for merge_id in lapsed:
            await self.store.run(partial(lapse, merge_id=merge_id, now=now))
        return len(lapsed)

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
        return await self.store.read(lambda tx: found(tx, merge_id))

    async def _onward(self, row: MergeRow) -> MergeRow:
        """Do a confirmed merge; one that is busy stays confirmed and is tried again.

        One that cannot be any more, because one of the two is gone, is refused.
        """
        if row.state is not MergeState.CONFIRMED:
            return row
        try:
            done, wakes = await self.store.run(partial(self._done, merge_id=row.id))
        except MergeBusy:
            return row
        except MergeRefused as error:
            return await self.store.run(partial(self._given_up, merge_id=row.id, why=str(error)))
        self.wake(wakes)
        return done

    def wanted(self, tx: Tx, row: PairRow) -> MergeRow | None:
        """Ask for the merge of a pair that rules or people found to be one; the older stays.

        Returns ``None`` for a pair that cannot be merged as it is: it stays on the list of reviews.
        """
        pair = list(tx.entities(row.pair).values())
        if len(pair) < len(row.pair):
            return None
        survivor, absorbed = sorted(pair, key=lambda one: (one.created_at, one.id))
        wish = Wanted(survivor.id, absorbed.id, row.rule or "review", row.decided_by)
        try:
            return self.propose_in(tx, wish)
        except MergeRefused:
            return None

    def parted(self, tx: Tx, row: PairRow) -> None:
        """Let each of a pair that somebody took for two have a record of his own everywhere."""
        part_from(tx, self.applier, row)

    def propose_in(self, tx: Tx, wanted: Wanted) -> MergeRow:
        """Ask for a merge inside a transaction; nothing is done yet. Raises ``MergeRefused``."""
        work = self.applier.working_set(tx)
        if wanted.survivor == wanted.absorbed:
            msg = "it is one record already"
            raise MergeRefused(msg)
        work.load([wanted.survivor, wanted.absorbed])
        pair = [living(work, one) for one in (wanted.survivor, wanted.absorbed)]
        known = self._known(tx, wanted)
        if known is not None:
            return known
        if are_two(tx, wanted.survivor, wanted.absorbed) and not wanted.vouched:
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
        tell(
            tx, now, row, "asked", needs=len(record.needs), despite=wanted.despite,
            vouched=wanted.vouched,
        )  # fmt: skip
        return row

    def _known(self, tx: Tx, wanted: Wanted) -> MergeRow | None:
        """Return the asking for these two that still waits; one that nobody answered is ended.

        Whoever answers for both waits for nobody: what was asked of the person ends too.
        """
        both, now = {wanted.survivor, wanted.absorbed}, self.clock.now()
        for known in tx.merges_of(sorted(both)):
            if known.state in OPEN and {known.survivor, known.absorbed} == both:
                lapse(tx, known.id, now)
                if wanted.vouched and known.state is MergeState.ASKED:
                    if not has_lapsed(known, now):
                        self._refused(tx, known.id, wanted.who, "somebody answers for both")
                elif known.state is MergeState.CONFIRMED or not has_lapsed(known, now):
                    return known
        return None

    def _done(self, tx: Tx, merge_id: str) -> tuple[MergeRow, list[Wake]]:
        row = held(tx, merge_id)
        if row.state is not MergeState.CONFIRMED:
            return row, []
        joined = Joiner(self.applier, self.estate).join(tx, row, read_record(row.record))
        done = replace(
            row, state=MergeState.DONE, changed_at=self.clock.now(), record=joined.record.stored()
        )
        swap(tx, done, row.state)
        note_pair(tx, done, PairState.MERGED)
        return done, joined.wakes

    def _undone(self, tx: Tx, merge_id: str, who: str) -> tuple[Undone, list[Wake]]:
        row = held(tx, merge_id)
        may_part(tx, row)
        parter = Parter(self.applier, self.estate)
        parted = parter.part(tx, row, read_record(row.record), who=who)
        note = ", ".join(one.account for one in parted.left)
        undone = replace(row, state=MergeState.UNDONE, changed_at=self.clock.now(), note=note)
        swap(tx, undone, row.state)
        note_pair(tx, undone, PairState.DIFFERENT)
        return Undone(undone, parted.left, parted.back), parted.wakes

    def _refused(self, tx: Tx, merge_id: str, who: str, reason: str) -> MergeRow:
        row = held(tx, merge_id)
        if row.state not in OPEN:
            msg = f"this merge is {row.state} already"
            raise MergeRefused(msg)
        refused = end(tx, row, self.clock.now(), reason)
        tell(tx, self.clock.now(), row, "refused", who=who)
        return refused

    def _given_up(self, tx: Tx, merge_id: str, why: str) -> MergeRow:
        row, now = held(tx, merge_id), self.clock.now()
        if row.state is not MergeState.CONFIRMED:
            return row
        tell(tx, now, row, "refused", who=WHO)
        return end(tx, row, now, why)
