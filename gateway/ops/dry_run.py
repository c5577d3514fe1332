"""Dry run of a replay: what would be sent now, to whom, in which version; nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.contract import Clock
from gateway.ops.batches import Choice
from gateway.ops.letters import INBOX, OPERATION, newer_version
from gateway.ops.masked import shown_fields
from gateway.ops.rehearse import Rehearser, Remark, Remarked, Telling, say
from gateway.ops.replay import Decision, Deed, outcome, refusal_of
from gateway.ops.sayings import Saying
from gateway.ports import DeadLetter, DeliveryState, Store, Tx

SAMPLE = 20


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a replay of one letter would do.

    Shape: ``done`` tells whether it can be replayed, ``text`` what would be said of it. ``newer``
    is the version that would be sent when it is not the letter's own, else 0. ``telling`` is there
    for a delivery, ``request`` for an operation: what is performed again under its key.
    """

    id: str
    account: str
    subject: str
    done: bool
    text: str
    newer: int
    saying: Saying
    telling: Telling | None = None
    remarks: tuple[Remarked, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupRun:
    """What a replay of a choice would do: how many letters it has, and the first of them."""

    letters: int
    sample: tuple[DryRun, ...]


@dataclass(frozen=True, slots=True)
class DryRuns:
    """Rehearses replays."""

    store: Store
    clock: Clock
    rehearser: Rehearser

    async def of_letters(self, ids: Sequence[str]) -> tuple[DryRun, ...]:
        """Rehearse letters by their ids."""
        return await self.store.read(
            lambda tx: tuple(self._one(tx, one, Decision(Deed.REPLAY, "")) for one in ids)
        )

    async def of_choice(self, choice: Choice, *, sample: int = SAMPLE) -> GroupRun:
        """Count what a choice means now, and rehearse its first letters."""
        where = choice.where(self.clock.now())
        decision = Decision(Deed.REPLAY, "", as_of=where.until)

        def look(tx: Tx) -> GroupRun:
            counts = tx.letter_counts(where, limit=1_000)
            heads = tx.letter_page(where, limit=sample)
            runs = tuple(self._one(tx, one.id, decision) for one in heads)
            return GroupRun(sum(one.letters for one in counts), runs)

        return await self.store.read(look)

    def _one(self, tx: Tx, letter_id: str, decision: Decision) -> DryRun:
        letter = tx.dead_letter(letter_id)
        refusal = refusal_of(letter, decision)
        if letter is None:
            return _run(letter_id, None, Saying.UNKNOWN)
        if refusal is not None:
            return _run(letter_id, letter, refusal)
        if letter.source == INBOX:
            return _run(letter_id, letter, Saying.READ_AGAIN)
        return (self._operation if letter.source == OPERATION else self._delivery)(tx, letter)

    def _operation(self, tx: Tx, letter: DeadLetter) -> DryRun:
        row = tx.operations([letter.subject]).get(letter.subject)
        is_sending = row is not None and row.state is DeliveryState.SENDING
        saying = Saying.UNDER_WAY if row is None or is_sending else Saying.PERFORMED
        run = _run(letter.id, letter, saying)
        return replace(run, request=shown_fields(letter.kind, letter.request))

    def _delivery(self, tx: Tx, letter: DeadLetter) -> DryRun:
        entity = tx.entities([letter.subject]).get(letter.subject)
        if entity is None:
            return _run(letter.id, letter, Saying.GONE)
        (worked,) = self.rehearser.worked(tx, entity, [letter.account])
        newer = newer_version(letter, {entity.id: entity.version})
        run = _run(letter.id, letter, Saying.SENT_NEWER if newer else Saying.SENT, newer)
        return replace(run, telling=worked.telling)


def _run(letter_id: str, letter: DeadLetter | None, saying: Saying, newer: int = 0) -> DryRun:
    decided = outcome(letter_id, saying, letter, newer)
    doubtful = letter is not None and letter.held and decided.done
    return DryRun(
        letter_id,
        letter.account if letter is not None else "",
        letter.subject if letter is not None else "",
        decided.done,
        decided.text,
        newer,
        saying,
        remarks=(say(Remark.IN_DOUBT),) if doubtful else (),
    )
