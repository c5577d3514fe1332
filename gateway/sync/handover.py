"""Hand-over: what was merged here is claimed in the same transaction and sent by this process.

A delivery then needs neither a wake-up nor a second look at rows that are in hand. Only as much is
claimed as can be sent at once: what is claimed and not sent when the process dies is in doubt, and
must be looked up at the vendor first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gateway.sync.account import Account
from gateway.sync.claim import Claimed, Claimer
from gateway.sync.deliver import Deliverer
from gateway.sync.lanes import Lane
from gateway.sync.leases import Leases
from gateway.sync.working_set import WorkingSet

PATIENCE_S = 1.0
"""How long what comes in waits for the next batch of a vendor to end; for slow ones the store does
the waiting."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hands deliveries to the lanes of this process, which are by account."""

    accounts: Mapping[str, Account]
    claimer: Claimer
    deliverer: Deliverer
    leases: Leases
    lanes: Mapping[str, Lane]

    async def room(self) -> int:
        """Wait a moment for lanes; return how many records could be sent at once, 0 for unknown."""
        for lane in self.lanes.values():
            if not await self._half_free(lane):
                return 0
        rooms = [lane.free * lane.batch for lane in self.lanes.values()]
        return min((room for room in rooms if room), default=0)

    async def _half_free(self, lane: Lane) -> bool:
        """Wait until half of a lane is free or it rests, as long as batches end."""
        while not lane.is_half_free:
            try:
                await asyncio.wait_for(lane.batch_ended(), PATIENCE_S)
            except TimeoutError:
                return False
        return True

    def begin(self) -> Turn:
        """Begin a turn: a lease of its own, for as much as the lanes have room for now."""
        room = {name: lane.free * lane.batch for name, lane in self.lanes.items() if lane.free}
        return Turn(self, self.leases.take(), room)


@dataclass(slots=True)
class Turn:
    """One transaction's hand-over: ``claim`` inside it, then ``hand_over`` or ``abandon``."""

    _over: HandOver
    _holder: str
    _room: Mapping[str, int]
    _claimed: dict[str, Claimed] = field(default_factory=dict)
    _left: int = 0

    def claim(self, work: WorkingSet) -> None:
        """Claim what is due to accounts with room; may be run again with its transaction."""
        claimer, accounts = self._over.claimer, self._over.accounts
        self._claimed = {
            name: claimer.start(work, accounts[name], holder=self._holder, most=most)
            for name, most in self._room.items()
        }

    def hand_over(self) -> None:
        """Give what was claimed to the lanes, after the commit."""
        jobs = [
            (name, part)
            for name, claimed in self._claimed.items()
            for part in _parts(claimed, self._over.lanes[name].batch)
        ]
        self._left = len(jobs)
        if not jobs:
            self.abandon()
        for name, part in jobs:
            self._over.lanes[name].give(partial(self._send, self._over.accounts[name], part))

    def abandon(self) -> None:
        """End the lease: nothing was claimed, or it is for others to look at."""
        self._over.leases.drop(self._holder)

    async def _send(self, account: Account, part: Claimed) -> None:
        try:
            await self._over.deliverer.send(account, part, self._holder)
        finally:
            self._left -= 1
            if not self._left:
                self.abandon()


def _parts(claimed: Claimed, size: int) -> Sequence[Claimed]:
    parts = [
        Claimed(attempts=claimed.attempts[start : start + size])
        for start in range(0, len(claimed.attempts), size)
    ]
    return [*parts, Claimed(doubts=claimed.doubts)] if claimed.doubts else parts
