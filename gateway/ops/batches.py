"""Batches: one decision about all letters that were there when a person looked.

The choice is frozen in one statement and then worked off in small transactions, each of which
writes down what became of its letters. So nothing is decided twice and nothing is left behind,
whoever dies in between: the next turn of the upkeep, in any process, goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from gateway.canonical import Kind
from gateway.contract import Clock, GatewayError, StoreError
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ops.letters import OF_ENTITIES, OPEN, place_of
from gateway.ops.replay import Decided, Decision, Deed, Overtaken, Replayer, outcome
from gateway.ops.sayings import Saying, said
from gateway.ports import (
    ChoiceState,
    JournalRow,
    LetterBatch,
    LetterChoice,
    LetterFilter,
    Store,
    Tx,
    Wake,
)

STEP = 20
"""Letters of one transaction: so few that nobody waits for it."""
MOST = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """All open letters of a cause, an account and so on that were there at ``as_of``.

    ``seen`` is how many were shown: a choice of more is refused, for those nobody has looked at.
    """

    account: str | None = None
    cause_code: str | None = None
    kind: str | None = None
    source: str | None = None
    as_of: datetime | None = None
    seen: int | None = None

    def where(self, now: datetime) -> LetterFilter:
        """Return it as the store's filter."""
        until = self.as_of or now
        return LetterFilter(OPEN, self.account, self.cause_code, self.kind, self.source, until)


@dataclass(frozen=True, slots=True)
class BatchView:
    """How far a batch has come. ``left`` are those that were not changed; each says why."""

    id: str
    deed: str
    who: str
    reason: str
    account: str | None
    cause_code: str | None
    kind: str | None
    source: str | None
    as_of: datetime | None
    begun_at: datetime
    ended_at: datetime | None
    chosen: int
    done: int
    left: int
    waiting: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """What became of a batch's letters. ``following`` is where the next page begins, if any."""

    batch: BatchView
    letters: tuple[Decided, ...]
    following: str | None = None


class _Unreadable(GatewayError):
    """What is stored of a letter cannot be opened."""


@dataclass(frozen=True, slots=True)
class Batches:
    """Begins batches and works them off; several processes may be at one batch."""

    PERIOD_S: ClassVar[float] = 2.0

    store: Store
    clock: Clock
    replayer: Replayer
    new_id: Callable[[], str]

    async def begin(self, choice: Choice, decision: Decision) -> BatchView:
        """Freeze a choice. Raises ``Refused`` for one of everything, or of more than was seen."""
        if choice.account is None and choice.cause_code is None:
            msg = "choose by account or by cause: not everything at once"
            raise Refused(msg)
        now = self.clock.now()
        batch = LetterBatch(
            self.new_id(), str(decision.deed), decision.who, choice.where(now), now,
            decision.reason,
        )  # fmt: skip

        def work(tx: Tx) -> BatchView:
            chosen = tx.put_batch(batch)
            if choice.seen is not None and chosen > choice.seen:
                msg = f"there are {chosen} letters now, you saw {choice.seen}: look at them again"
                raise Refused(msg)
            if not chosen:
                tx.end_batch(batch.id, now=now)
            tx.write_journal([self._begun(batch, chosen)])
            return _view(replace(batch, chosen=chosen, ended_at=None if chosen else now))

        return await self.store.run(work)

    def _begun(self, batch: LetterBatch, chosen: int) -> JournalRow:
        return deed(
            batch.begun_at, ("", Kind.CUSTOMER), event="letters", outcome=f"{batch.deed}_begun",
            who=batch.who, batch=batch.id, account=batch.where.account or "",
            cause=batch.where.cause_code or "", letters=chosen,
        )  # fmt: skip

    async def work_off(self, batch_id: str, *, most: int | None = None) -> BatchView:
        """Decide about a batch's letters, ``most`` of them or all; return how far it is.

        Raises ``NotFound`` and ``StoreError``.
        """
        decided = 0
        while most is None or decided < most:
            step = STEP if most is None else min(STEP, most - decided)
            count = await self._step(batch_id, step)
            if not count:
                break
            decided += count
        return await self.show(batch_id)

    async def work_off_all(self) -> int:
        """Go on with whatever was begun, also by processes that died; return how many it was."""
        batches = await self.store.read(lambda tx: tx.open_batches(limit=MOST))
        for batch in batches:
            await self.work_off(batch.id)
        return len(batches)

    async def _step(self, batch_id: str, step: int) -> int:
        try:
            return await self._transaction(batch_id, step)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - one letter must not keep its neighbours from being decided
            return await self._singly(batch_id)

    async def _singly(self, batch_id: str) -> int:
        """Decide about the next letter alone; what fails is written down and left."""
        try:
            return await self._transaction(batch_id, 1)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            saying = Saying.MEANWHILE if isinstance(error, Overtaken) else Saying.FAULT
            return await self.store.run(lambda tx: self._give_up(tx, batch_id, saying))

    def _give_up(self, tx: Tx, batch_id: str, saying: Saying) -> int:
        waiting = tx.batch_waiting(batch_id, limit=1)
        choices = [_noted(one, outcome(one.letter_id, saying)) for one in waiting]
        tx.note_choices(batch_id, choices)
        return len(choices)

    async def _transaction(self, batch_id: str, step: int) -> int:
        decided, wakes = await self.store.run(lambda tx: self._decide(tx, batch_id, step))
        self.replayer.wake(wakes)
        return decided

    def _decide(self, tx: Tx, batch_id: str, step: int) -> tuple[int, list[Wake]]:
        now = self.clock.now()
        batch = tx.letter_batch(batch_id, lock=True)
        waiting = tx.batch_waiting(batch_id, limit=step)
        if batch is None or not waiting:
            tx.end_batch(batch_id, now=now)
            return 0, []
        letters = tx.letters([one.letter_id for one in waiting])
        # Everybody locks snapshots before deliveries, in order.
        tx.lock_entities(
            sorted({one.subject for one in letters.values() if one.source in OF_ENTITIES})
        )
        noted, wakes = [], []
        for one in waiting:
            decision = Decision(Deed(batch.deed), batch.who, batch.reason, as_of=one.last_at)
            try:
                decided, woken = self.replayer.decide(tx, one.letter_id, decision)
            except StoreError as error:
                # The database is there: it is this letter whose content does not open.
                raise _Unreadable from error
            noted.append(_noted(one, decided))
            wakes += woken
        tx.note_choices(batch_id, noted)
        if len(waiting) < step:
            tx.end_batch(batch_id, now=now)
        return len(noted), wakes

    async def show(self, batch_id: str) -> BatchView:
        """Return how far a batch has come. Raises ``NotFound``."""
        return _view(await self.store.read(lambda tx: _get(tx, batch_id)))

    async def list(
        self, *, limit: int = MOST, after: str = ""
    ) -> tuple[tuple[BatchView, ...], str | None]:
        """Return batches, the newest first, and where the next page begins, if any."""
        before = place_of(after)
        rows = await self.store.read(lambda tx: tx.letter_batches(limit=limit + 1, before=before))
        last = rows[limit - 1] if len(rows) > limit else None
        following = f"{last.begun_at.isoformat()}~{last.id}" if last is not None else None
        return tuple(_view(row) for row in rows[:limit]), following

    async def letters(self, batch_id: str, *, limit: int = MOST, after: str = "") -> BatchPage:
        """Return a page of what became of a batch's letters. Raises ``NotFound``."""

        def look(tx: Tx) -> BatchPage:
            batch = _get(tx, batch_id)
            choices = tx.batch_choices(batch_id, limit=limit + 1, after=after)
            shown = choices[:limit]
            following = shown[-1].letter_id if len(choices) > limit else None
            return BatchPage(_view(batch), tuple(_decided(one) for one in shown), following)

        return await self.store.read(look)


def _get(tx: Tx, batch_id: str) -> LetterBatch:
    batch = tx.letter_batch(batch_id)
    if batch is None:
        msg = f"no batch {batch_id}: look at the list of decisions again"
        raise NotFound(msg)
    return batch


def _view(row: LetterBatch) -> BatchView:
    where = row.where
    return BatchView(
        row.id, row.deed, row.who, row.reason, where.account, where.cause_code, where.kind,
        where.source, where.until, row.begun_at, row.ended_at, row.chosen, row.done, row.left,
        row.chosen - row.done - row.left,
    )  # fmt: skip


def _noted(choice: LetterChoice, decided: Decided) -> LetterChoice:
    state = ChoiceState.DONE if decided.done else ChoiceState.LEFT
    return replace(choice, state=state, said=str(decided.saying), newer=decided.newer)


def _decided(choice: LetterChoice) -> Decided:
    """Return what was written down; of one that waits there is nothing to say yet."""
    if choice.state is ChoiceState.WAITING:
        return Decided(choice.letter_id, done=False, text="it waits for its turn")
    saying = Saying(choice.said)
    text = said(saying, id=choice.letter_id, newer=choice.newer)
    return Decided(choice.letter_id, choice.state is ChoiceState.DONE, text, choice.newer, saying)
