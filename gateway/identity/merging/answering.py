"""Answering: what the person does at the page that a link of ours leads to.

Whoever has the link of one place sees that place alone: neither the other record, nor where else
was asked, nor whose the two are. All codes must come from one browser, whichever pages they are
typed on: two browsers may be two people, each of whom answers for himself. A link that was never
made, one that was answered and one that is too old are told apart by nothing, since one question
to the store finds the links that still wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.contract import Clock, TillBusy, TillRefused
from gateway.identity.merging.asking import Asking, digest_of, owing_of
from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.record import read_record
from gateway.identity.questionnaire.desk import LIMITED, WHOLE
from gateway.identity.questionnaire.outside import Limits, Visitor
from gateway.ports import MergeRow, MergeState, Store, Tx


class Said(StrEnum):
    """What the person is told beside the page, or instead of it."""

    SENT = "sent"
    WRONG = "wrong"
    LIMITED = "limited"
    UNSENT = "unsent"
    UNDELIVERABLE = "unreachable"
    DONE = "done"
    DENIED = "denied"
    NOTHING = ""


ENDS = frozenset({Said.DONE, Said.DENIED})
"""What is told when the link is of no use any more."""
_CONFIRMED = frozenset({MergeState.CONFIRMED, MergeState.DONE})


@dataclass(frozen=True, slots=True)
class Sight:
    """A place that still waits.

    Shape: ``channel`` is that of the message with the link; ``is_confirmed`` by this very browser.
    """

    channel: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The outcome of what somebody did. Units: ``wait_s`` seconds."""

    said: Said = Said.NOTHING
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answering:
    """One per process. ``looks`` limits who opens pages, ``acts`` who sends them."""

    store: Store
    clock: Clock
    asking: Asking
    looks: Limits
    acts: Limits

    async def look(self, token: str, visitor: Visitor) -> Sight | Told | None:
        """Return the place of a link, ``None`` for one that leads nowhere (any more).

        ``Told`` says that too much was asked for. Raises ``StoreError``.
        """
        refused = self.looks.admit({"address": visitor.address}, self.clock.monotonic())
        if refused is not None:
            return Told(Said.LIMITED, refused.wait_s)
        found = await self._found(token)
        if found is None:
            return None
        row, place = found
        record = read_record(row.record)
        need = record.needs[place]
        return Sight(need.partition(":")[0], need not in record.owing(visitor.browser))

    async def confirm(self, token: str, code: str, visitor: Visitor) -> Told:
        """Take the code of a link's own place; the last one merges. Raises ``StoreError``.

        Sent twice, or from two tabs, it is right both times: the code is used, but so is the place.
        """
        own = await self._own(token, visitor)
        return own if isinstance(own, Told) else await self._take(*own, code, visitor)

    async def confirm_other(self, token: str, code: str, visitor: Visitor) -> Told:
        """Take the code of another place from a browser that gave the own one.

        Raises ``StoreError``.
        """
        others = await self._others(token, visitor)
        if isinstance(others, Told):
            return others
        told = Told()
        row, places = others
        for place in places:
            told = await self._take(row, place, code, visitor)
            if told.said is not Said.WRONG:
                break
        return told

    async def resend(self, token: str, visitor: Visitor) -> Told:
        """Send another code to a link's own place. Raises ``StoreError``."""
        own = await self._own(token, visitor)
        return own if isinstance(own, Told) else await self._send(*own, visitor)

    async def resend_other(self, token: str, visitor: Visitor) -> Told:
        """Send other codes to the other places, for a browser that gave the own one.

        Raises ``StoreError``.
        """
        others = await self._others(token, visitor)
        if isinstance(others, Told):
            return others
        row, places = others
        told = [await self._send(row, place, visitor) for place in places]
        return next((one for one in told if one.said is not Said.SENT), Told(Said.SENT))

    async def deny(self, token: str, visitor: Visitor) -> Told:
        """Take the word that the two are not both his. Raises ``StoreError``."""
        found = await self._admitted(token, visitor)
        if isinstance(found, Told):
            return found
        row, place = found
        point = read_record(row.record).needs[place]
        try:
            await self.asking.merging.deny(row.id, point)
        except MergeRefused:
            return Told()
        return Told(Said.DENIED)

    async def _take(self, row: MergeRow, place: int, code: str, visitor: Visitor) -> Told:
        giver = visitor.browser
        try:
            answered = await self.asking.confirm(
                row, place, code, giver=giver, visitor=visitor.address
            )
        except TillBusy as error:
            return Told(Said.LIMITED, error.retry_after_s)
        except MergeRefused:
            return Told()
        fresh = answered or await self.asking.merging.get(row.id)
        if fresh.state in _CONFIRMED:
            return Told(Said.DONE)
        return Told() if answered or place not in owing_of(fresh, giver) else Told(Said.WRONG)

    async def _send(self, row: MergeRow, place: int, visitor: Visitor) -> Told:
        try:
            await self.asking.send(row, place, visitor=visitor.address)
        except TillBusy as error:
            said = Said.LIMITED if error.code == LIMITED else Said.UNSENT
            return Told(said, error.retry_after_s)
        except TillRefused:
            return Told(Said.UNDELIVERABLE)
        return Told(Said.SENT)

    async def _own(self, token: str, visitor: Visitor) -> tuple[MergeRow, int] | Told:
        """Return the link's place while this browser owes its code."""
        found = await self._admitted(token, visitor)
        if isinstance(found, Told):
            return found
        row, place = found
        return found if place in owing_of(row, visitor.browser) else Told()

    async def _others(self, token: str, visitor: Visitor) -> tuple[MergeRow, list[int]] | Told:
        """Return the other places that this browser owes; it must have proved the link's own."""
        found = await self._admitted(token, visitor)
        if isinstance(found, Told):
            return found
        row, place = found
        owing = owing_of(row, visitor.browser)
        return Told() if place in owing else (row, owing)

    async def _admitted(self, token: str, visitor: Visitor) -> tuple[MergeRow, int] | Told:
        """Count a try, whatever the link is; ``Told`` for one that leads nowhere or comes often."""
        keys = {"link": digest_of(token), "address": visitor.address, "whole": WHOLE}
        refused = self.acts.admit(keys, self.clock.monotonic())
        if refused is not None:
            return Told(Said.LIMITED, refused.wait_s)
        return await self._found(token) or Told()

    async def _found(self, token: str) -> tuple[MergeRow, int] | None:
        now, token_digest = self.clock.now(), digest_of(token)

        def look(tx: Tx) -> tuple[MergeRow, int] | None:
            point = tx.merge_by_token(token_digest, now=now)
            row = tx.person_merge(point.merge_id) if point is not None else None
            return (row, point.place) if point is not None and row is not None else None

        return await self.store.read(look)
