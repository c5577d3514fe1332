"""Replay: dead letters are sent again, read again or dropped, each decision with its author.

A replay makes the delivery due; what is sent is the snapshot as it is then. So a replay can never
overtake a newer version: the newer one is what goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gateway.contract import Clock
from gateway.loyalty.stories import SALE
from gateway.ops.audit import deed
from gateway.ops.letters import (
    CONFLICT,
    DROPPED,
    INBOX,
    OF_ENTITIES,
    OPEN,
    OPERATION,
    REPLAYED,
    newer_version,
)
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

_NOT_REPLAYED = {
    CONFLICT: "it needs a decision: gateway dead edit {id} --set FIELD=VALUE",
    SALE: "it is a sale: gateway sale retry {subject}, or gateway sale drop {subject}",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one letter.

    Shape: ``done`` tells whether anything was changed; ``newer`` is the version that is sent when
    it is not the letter's own, else 0.
    """

    id: str
    done: bool
    text: str
    newer: int = 0


@dataclass(frozen=True, slots=True)
class Replayer:
    """Carries out decisions about letters. ``wake`` may do nothing: the relay finds what is due."""

    store: Store
    clock: Clock
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]

    async def replay(self, ids: Sequence[str], *, who: str) -> tuple[Decided, ...]:
        """Send or read again, letter by letter; one that cannot be does not stop the others."""
        decided = []
        for letter_id in ids:
            result, wakes = await self.store.run(
                partial(self._replay, letter_id=letter_id, who=who)
            )
            self.wake(wakes)
            decided.append(result)
        return tuple(decided)

    async def drop(self, ids: Sequence[str], *, reason: str, who: str) -> tuple[Decided, ...]:
        """Close letters without sending; the next change of the entity is told as usual."""
        decided = []
        for letter_id in ids:
            drop = partial(self._drop, letter_id=letter_id, reason=reason, who=who)
            decided.append(await self.store.run(drop))
        return tuple(decided)

    def _replay(self, tx: Tx, letter_id: str, who: str) -> tuple[Decided, list[Wake]]:
        letter = tx.dead_letter(letter_id)
        refusal = _refusal(letter_id, letter)
        if letter is None or refusal:
            return Decided(letter_id, done=False, text=refusal), []
        if letter.source in _NOT_REPLAYED:
            text = _NOT_REPLAYED[letter.source].format(id=letter.id, subject=letter.subject)
            return Decided(letter_id, done=False, text=text), []
        again = {INBOX: self._read_again, OPERATION: self._perform}.get(letter.source, self._send)
        decided, wakes = again(tx, letter)
        if decided.done:
            self.close(tx, letter, state=REPLAYED, who=who, note=f"replayed by {who}")
        return decided, wakes

    def _send(self, tx: Tx, letter: DeadLetter) -> tuple[Decided, list[Wake]]:
        entity = tx.entities([letter.subject]).get(letter.subject)
        if entity is None:
            text = "its entity is not in the store any more: drop the letter"
            return Decided(letter.id, done=False, text=text), []
        newer = newer_version(letter, {entity.id: entity.version})
        text = (
            f"version {entity.version} is sent, which is newer than the letter's" if newer else ""
        )
        wakes = make_due(tx, letter, self.clock)
        if not wakes:
            text = "it is being sent at this moment"
        return Decided(letter.id, done=True, text=text or "it is sent again", newer=newer), wakes

    def _read_again(self, tx: Tx, letter: DeadLetter) -> tuple[Decided, list[Wake]]:
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
        wakes = [route_wake(row)] if fresh[0] else []
        return Decided(letter.id, done=True, text="the record is read again at its source"), wakes

    def _perform(self, tx: Tx, letter: DeadLetter) -> tuple[Decided, list[Wake]]:
        """Make an operation due; its key is kept, so that it still has effect once."""
        if not tx.retry_operation(letter.subject, due_at=self.clock.now()):
            return Decided(letter.id, done=False, text="it is being sent at this moment"), []
        return Decided(letter.id, done=True, text="it is sent again under its own key"), []

    def _drop(self, tx: Tx, letter_id: str, reason: str, who: str) -> Decided:
        letter = tx.dead_letter(letter_id)
        refusal = _refusal(letter_id, letter)
        if letter is None or refusal:
            return Decided(letter_id, done=False, text=refusal)
        if letter.source == SALE:
            text = _NOT_REPLAYED[SALE].format(subject=letter.subject)
            return Decided(letter_id, done=False, text=text)
        self.close(tx, letter, state=DROPPED, who=who, note=f"{who}: {reason}")
        return Decided(letter_id, done=True, text="dropped")

    def close(self, tx: Tx, letter: DeadLetter, *, state: str, who: str, note: str) -> None:
        """Close a letter and write the decision into the story of its entity."""
        tx.close_dead(letter.source, letter.subject, letter.account, state=state, note=note)
        entity_id = letter.subject if letter.source in OF_ENTITIES else ""
        sentence = deed(
            self.clock.now(), (entity_id, letter.kind), event="letter", outcome=state, who=who,
            correlation_id=letter.correlation_id, letter=letter.id, account=letter.account,
        )  # fmt: skip
        tx.write_journal([sentence])


def make_due(tx: Tx, letter: DeadLetter, clock: Clock) -> list[Wake]:
    """Make a letter's delivery due now; return its wake-up, none while it is being sent."""
    now, (entity_id, account) = clock.now(), (letter.subject, letter.account)
    rows = {row.account: row for row in tx.deliveries_of([entity_id]).get(entity_id, ())}
    if account not in rows:
        due = DeliveryRow(
            entity_id, letter.kind, account, DeliveryState.DUE, now,
            correlation_id=letter.correlation_id,
        )  # fmt: skip
        tx.mark_due([due])
    elif not tx.set_delivery(entity_id, account, DeliveryState.DUE, due_at=now):
        return []
    elif rows[account].state is DeliveryState.HELD:
        # Nobody but this person could tell whether it happened, and he says that it did not.
        links = tx.links_of([entity_id]).get(entity_id, ())
        tx.put_links([replace(link, inflight=()) for link in links if link.account == account])
    return [Wake("deliver", entity_id, account, entity_id, letter.correlation_id)]


def _refusal(letter_id: str, letter: DeadLetter | None) -> str:
    if letter is None:
        return f"no letter {letter_id}: `gateway dead list` shows their ids"
    return "" if letter.state == OPEN else f"it was {letter.state} already"
