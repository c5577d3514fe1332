"""Till: it sells whatever becomes of the gateway, and hands in later what it closed alone.

A till keeps what the gateway has not answered in a queue of its own, in order. While something
waits there, it sells without loyalty; the first thing that it does when it may have a line again is
to send what waits, with the keys that it had from the beginning.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.demo.till import bodies
from gateway.demo.till.api import Call, NoAnswer, Reply, TillApi
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.plan import Back, Buyer, Ring, Shop, Step
from gateway.demo.till.reference import ZERO

_TRIES = 3
_MOST_RECEIPTS = 200
"""Receipts of one batch."""

_DONE = frozenset({"committed", "accepted"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a till has not been answered yet: a call, or a receipt that it closed alone."""

    name: str
    call: Call | None = None
    receipt: Mapping[str, Any] | None = field(default=None, repr=False)
    repeats: bool = False


@dataclass(slots=True)
class Till:
    """The till of one shop.

    Shape: ``batched`` is how many receipts the batch under way has. Units: ``pause_s`` seconds
    before the first repeat, then twice that; ``day_s`` seconds that the shop is open, 0 for as
    short as may be.
    """

    shop: Shop
    api: TillApi
    buyers: Sequence[Buyer] = field(repr=False)
    ledger: DayLedger
    now: Callable[[], datetime]
    on_step: Callable[[], Awaitable[None]]
    pause_s: float = 0.1
    day_s: float = 0.0
    batched: int = 0
    waiting: deque[Waiting] = field(default_factory=deque, repr=False)
    rings: dict[str, Ring] = field(default_factory=dict, repr=False)

    async def live(self) -> None:
        """Live through the shop's day."""
        pace_s = self.day_s / max(len(self.shop.entries), 1)
        for entry in self.shop.entries:
            if pace_s:
                await asyncio.sleep(pace_s)
            if isinstance(entry, Ring):
                self.rings[entry.id] = entry
            if entry.offline or not await self.caught_up():
                self._alone(entry)
            elif isinstance(entry, Ring):
                await self._ring(entry)
            else:
                await self._back(entry)
            await self.on_step()

    async def caught_up(self) -> bool:
        """Send what waits, in order; tell whether nothing is left."""
        try:
            while self.waiting:
                await self._hand_in()
        except NoAnswer:
            return False
        return True

    def _alone(self, entry: Ring | Back) -> None:
        """Close a receipt or return without the gateway; a customer who leaves leaves nothing."""
        at = self.now()
        if isinstance(entry, Back):
            lines = self.rings[entry.sale].lines
            receipt = {"kind": "return", **bodies.returned(entry, lines, at)}
            self.ledger.gave_back(entry)
        elif entry.given_up:
            self.ledger.counts["given_up"] += 1
            return
        else:
            phone = self._phone(entry)
            body = bodies.sale(entry.lines, at, phone=phone, spent=ZERO)
            receipt = {"kind": "sale", **body}
            self.ledger.closed(entry, ZERO)
        repeats = Step.OFFLINE in entry.repeats
        self.waiting.append(Waiting(entry.id, receipt={**receipt, "id": entry.id}, repeats=repeats))

    async def _ring(self, ring: Ring) -> None:
        phone = self._phone(ring)
        basket = bodies.sale(ring.lines, self.now(), phone=phone, spent=ring.spend, paid=False)
        if not await self._looked(ring, phone, basket):
            self.ledger.counts["sold_blind"] += 1
        spent = await self._reserved(ring, basket) if ring.spend else ZERO
        if ring.given_up:
            self.ledger.counts["given_up"] += 1
            await self._surely(ring.id, bodies.cancel(ring.id), again=Step.CANCEL in ring.repeats)
            return
        body = bodies.sale(ring.lines, self.now(), phone=phone, spent=spent)
        self.ledger.closed(ring, spent)
        call = bodies.commit(ring.id, body)
        await self._surely(ring.id, call, again=Step.COMMIT in ring.repeats)

    async def _looked(self, ring: Ring, phone: str | None, basket: Mapping[str, Any]) -> bool:
        """Show the cashier who it is and what it costs; without an answer he sells on.

        Where quotes are repeated, the first goods are scanned before the customer is named.
        """
        try:
            if Step.QUOTE in ring.repeats:
                first = bodies.sale(ring.lines[:1], self.now(), phone=None, spent=ZERO, paid=False)
                await self.api.ask(bodies.quote(ring.id, first))
            if phone is not None:
                await self.api.ask(bodies.identify(phone))
            for _ in range(1 + (Step.QUOTE in ring.repeats)):
                await self.api.ask(bodies.quote(ring.id, basket))
        except NoAnswer:
            return False
        return True

    async def _reserved(self, ring: Ring, basket: Mapping[str, Any]) -> Decimal:
        """Return the points that are blocked: none where the gateway cannot say so."""
        call = bodies.reserve(ring.id, basket)
        try:
            reply = await self._tried(call)
            if Step.RESERVE in ring.repeats:
                self.ledger.same(call, reply, await self._tried(call))
        except NoAnswer:
            return ZERO
        if not reply.is_good:
            self.ledger.refused(call, reply)
            return ZERO
        return Decimal(reply.body["points_spent"]) if reply.stage == "reserved" else ZERO

    async def _back(self, back: Back) -> None:
        body = bodies.returned(back, self.rings[back.sale].lines, self.now())
        self.ledger.gave_back(back)
        call = bodies.refund(back.id, body)
        await self._surely(back.id, call, again=Step.REFUND in back.repeats)

    async def _surely(self, name: str, call: Call, *, again: bool) -> None:
        """Tell the gateway what happened; what it does not answer waits in the queue."""
        try:
            await self._told(name, call, await self._tried(call), again=again)
        except NoAnswer:
            self.waiting.append(Waiting(name, call=call, repeats=again))

    async def _told(self, name: str, call: Call, reply: Reply, *, again: bool) -> None:
        self.ledger.answered(name, call, reply)
        if again:
            self.ledger.same(call, reply, await self._tried(call))

    async def _tried(self, call: Call) -> Reply:
        """Call with the same key until there is an answer. Raises ``NoAnswer`` after some tries."""
        pause_s = self.pause_s
        for _ in range(_TRIES - 1):
            try:
                return await self.api.ask(call)
            except NoAnswer:
                await asyncio.sleep(pause_s)
                pause_s *= 2
        return await self.api.ask(call)

    async def _hand_in(self) -> None:
        first = self.waiting[0]
        if first.call is not None:
            reply = await self.api.ask(first.call)
            self.waiting.popleft()
            self.ledger.answered(first.name, first.call, reply)
            return
        alone = self._batch()
        receipts = [one.receipt for one in alone if one.receipt is not None]
        names = [one.name for one in alone]
        call = bodies.batch(receipts, first.name)
        reply = await self.api.ask(call)
        if any(one.repeats for one in alone):
            self.ledger.batch(names, await self.api.ask(call))
        self.ledger.batch(names, reply)
        for _ in alone:
            self.waiting.popleft()
        self.batched = 0

    def _batch(self) -> list[Waiting]:
        """Return the receipts of the next batch; one that was sent before stays as it was sent."""
        alone: list[Waiting] = []
        for one in self.waiting:
            if one.receipt is None or len(alone) == (self.batched or _MOST_RECEIPTS):
                break
            alone.append(one)
        self.batched = len(alone)
        return alone

    def _phone(self, ring: Ring) -> str | None:
        return None if ring.member is None else self.buyers[ring.member].phone
