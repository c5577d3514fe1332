"""Replay: dead letters are sent again, read again or dropped, each decision with its author.

A replay makes the delivery due; what is sent is the snapshot as it is then. So a replay can never
overtake a newer version: the newer one is what goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from gateway.contract import Clock, GatewayError
from gateway.loyalty.stories import SALE
from gateway.ops.audit import deed
from gateway.ops.letters import (
    CONFLICT,
    DELIVERY,
    DROPPED,
    INBOX,
    OF_ENTITIES,
    OPEN,
    OPERATION,
    REPLAYED,
    newer_version,
)
from gateway.ops.sayings import DONE, Saying, said
from gateway.ports import (
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    InboxRow,
    Store,
    Tx,
    Wake,
)
from gateway.sync.wakes import route_wake

_NOT_REPLAYED = {CONFLICT: Saying.CONFLICT, SALE: Saying.SALE}


class Deed(StrEnum):
    """What a person decides about letters."""

    REPLAY = "replay"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Decision:
    """A deed and its author. A letter that failed later than ``as_of`` he has not seen."""

    deed: Deed
    who: str
    reason: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one letter.

    Shape: ``done`` tells whether anything was changed; ``newer`` is the version that is sent when
    it is not the letter's own, else 0. ``text`` is ``saying`` in English.
    """

    id: str
    done: bool
    text: str
    newer: int = 0
    saying: Saying = Saying.UNKNOWN


class Overtaken(GatewayError):
    """Somebody else closed the letter in a transaction beside this one: nothing was done here."""


@dataclass(frozen=True, slots=True)
class Replayer:
    """Carries out decisions about letters. ``wake`` may do nothing: the relay finds what is due."""

    store: Store
    clock: Clock
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]

    async def replay(
        self, ids: Sequence[str], *, who: str, as_of: datetime | None = None
    ) -> tuple[Decided, ...]:
        """Send or read again, letter by letter; one that cannot be does not stop the others."""
        return await self._each(ids, Decision(Deed.REPLAY, who, as_of=as_of))

    async def drop(
        self, ids: Sequence[str], *, reason: str, who: str, as_of: datetime | None = None
    ) -> tuple[Decided, ...]:
        """Close letters without sending; the next change of the entity is told as usual."""
        return await self._each(ids, Decision(Deed.DROP, who, reason, as_of))

    async def _each(self, ids: Sequence[str], decision: Decision) -> tuple[Decided, ...]:
        decided = []
        for letter_id in ids:
            work = partial(self.decide, letter_id=letter_id, decision=decision)
            try:
                result, wakes = await self.store.run(work)
            except Overtaken:
                result, wakes = outcome(letter_id, Saying.MEANWHILE), []
            self.wake(wakes)
            decided.append(result)
        return tuple(decided)

    def decide(self, tx: Tx, letter_id: str, decision: Decision) -> tuple[Decided, list[Wake]]:
        """Decide about one letter in a transaction. Raises ``Overtaken``, which undoes it."""
        letter = tx.dead_letter(letter_id)
        refusal = refusal_of(letter, decision)
        if letter is None or refusal is not None:
            return outcome(letter_id, refusal or Saying.UNKNOWN, letter), []
        if decision.deed is Deed.DROP:
            saying, newer, wakes = self._drop(tx, letter)
            state, note = DROPPED, f"{decision.who}: {decision.reason}"
        else:
            again = {INBOX: self._read_again, OPERATION: self._perform}
            saying, newer, wakes = again.get(letter.source, self._send)(tx, letter)
            state, note = REPLAYED, f"replayed by {decision.who}"
        if saying in DONE:
            self.close(tx, letter, state=state, who=decision.who, note=note)
        return outcome(letter_id, saying, letter, newer), wakes

    def _send(self, tx: Tx, letter: DeadLetter) -> tuple[Saying, int, list[Wake]]:
        entity = tx.entities([letter.subject]).get(letter.subject)
        if entity is None:
            return Saying.GONE, 0, []
        wakes = make_due(tx, letter, self.clock)
        newer = newer_version(letter, {entity.id: entity.version})
        return Saying.SENT_NEWER if newer else Saying.SENT, newer, wakes

    def _read_again(self, tx: Tx, letter: DeadLetter) -> tuple[Saying, int, list[Wake]]:
        row = InboxRow(
            id=self.new_id(),
            account=letter.account,
            kind=letter.kind,
            external_id=letter.subject,
            token=f"replay:{letter.id}",
            event="replay",
            received_at=self.clock.now(),
            correlation_id=letter.correlation_id or self.new_id(),
        )
        fresh = tx.receive([row])
        return Saying.READ_AGAIN, 0, [route_wake(row)] if fresh[0] else []

    def _perform(self, tx: Tx, letter: DeadLetter) -> tuple[Saying, int, list[Wake]]:
        """Make an operation due; its key is kept, so that it still has effect once."""
        is_due = tx.retry_operation(letter.subject, due_at=self.clock.now())
        return Saying.PERFORMED if is_due else Saying.UNDER_WAY, 0, []

    def _drop(self, tx: Tx, letter: DeadLetter) -> tuple[Saying, int, list[Wake]]:
        """Let go of a delivery that is held: as a dead one it is told of the next change.

        That change asks again whether the first one had happened: nobody has said so.
        """
        if letter.source == DELIVERY:
            row = delivery_of(tx, letter)
            if row is not None and row.state is DeliveryState.HELD:
                now, key = self.clock.now(), (letter.subject, letter.account)
                tx.set_delivery(*key, DeliveryState.DEAD, due_at=now)
        return Saying.DROPPED, 0, []

    def close(self, tx: Tx, letter: DeadLetter, *, state: str, who: str, note: str) -> None:
        """Close a letter and write the decision into the story of its entity."""
        if not tx.close_dead(letter.source, letter.subject, letter.account, state=state, note=note):
            raise Overtaken
        entity_id = letter.subject if letter.source in OF_ENTITIES else ""
        sentence = deed(
            self.clock.now(), (entity_id, letter.kind), event="letter", outcome=state, who=who,
            correlation_id=letter.correlation_id, letter=letter.id, account=letter.account,
        )  # fmt: skip
        tx.write_journal([sentence])


def make_due(tx: Tx, letter: DeadLetter, clock: Clock) -> list[Wake]:
    """Make a letter's delivery due now; return its wake-up, none while it is being sent."""
    now, (entity_id, account) = clock.now(), (letter.subject, letter.account)
    row = delivery_of(tx, letter)
    if row is None:
        due = DeliveryRow(
            entity_id, letter.kind, account, DeliveryState.DUE, now,
            correlation_id=letter.correlation_id,
        )  # fmt: skip
        tx.mark_due([due])
    elif not tx.set_delivery(entity_id, account, DeliveryState.DUE, due_at=now):
        return []
    elif row.state is DeliveryState.HELD:
        # Nobody but this person could tell whether it happened, and he says that it did not.
        links = tx.links_of([entity_id]).get(entity_id, ())
        tx.put_links([replace(link, inflight=()) for link in links if link.account == account])
    return [Wake("deliver", entity_id, account, entity_id, letter.correlation_id)]


def delivery_of(tx: Tx, letter: DeadLetter) -> DeliveryRow | None:
    """Return the delivery that a letter is about."""
    rows = tx.deliveries_of([letter.subject]).get(letter.subject, ())
    return next((row for row in rows if row.account == letter.account), None)


def refusal_of(letter: DeadLetter | None, decision: Decision) -> Saying | None:
    """Return why a decision cannot be carried out, ``None`` when it can."""
    if letter is None:
        return Saying.UNKNOWN
    if letter.state != OPEN:
        return Saying.WAS_DROPPED if letter.state == DROPPED else Saying.WAS_REPLAYED
    if decision.as_of is not None and letter.last_at > decision.as_of:
        return Saying.FAILED_AGAIN
    if letter.source == SALE:
        return Saying.SALE
    return _NOT_REPLAYED.get(letter.source) if decision.deed is Deed.REPLAY else None


def outcome(
    letter_id: str, saying: Saying, letter: DeadLetter | None = None, newer: int = 0
) -> Decided:
    """Return what became of a letter."""
    subject = letter.subject if letter is not None else ""
    text = said(saying, id=letter_id, subject=subject, newer=newer)
    return Decided(letter_id, saying in DONE, text, newer, saying)
