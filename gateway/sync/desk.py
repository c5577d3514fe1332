"""Desk: hands out what is due to an account whose vendor comes for it, and keeps what it brings.

Such a vendor sets the pace, so its account has no lane: a claim begins when the vendor asks and
ends when it confirms. A claim that is never confirmed is due again after a while, and
is then handed out again: the vendor recognises a document by the id in it, so that a repeat changes
nothing there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Change, Exists, Failed, Hint, Outcome, RejectedRecord, Written
from gateway.ports import DeliveryRow, DeliveryState, Store, Tx
from gateway.sync.account import Account
from gateway.sync.attempt import Attempt, Settled
from gateway.sync.claim import Claimed, Claimer
from gateway.sync.observe import Observer
from gateway.sync.receive import Receiver
from gateway.sync.settle import Settler
from gateway.sync.storied import ended
from gateway.telemetry import NO_SPANS, Place, Spans

CONFIRM_S = 600.0
"""How long a vendor may take from asking to confirming before it is handed the same again."""

_OPEN = (
    DeliveryState.DUE, DeliveryState.RETRY, DeliveryState.WAITING, DeliveryState.SENDING,
)  # fmt: skip
_LOOK = 2000
"""Rows that are looked through for those of one kind that are due now."""


@dataclass(slots=True)
class Desk:
    """The desk of one account in one process; see ``ExchangeDesk``.

    A vendor that comes to another process to confirm finds nothing there, and is handed the same
    again later: several HTTP processes need a balancer that keeps a session at one of them.
    """

    account: Account
    folder: Path
    store: Store
    receiver: Receiver
    observer: Observer
    claimer: Claimer
    settler: Settler
    new_id: Callable[[], str]
    spans: Spans = NO_SPANS
    _taken: dict[str, Attempt] = field(default_factory=dict)

    @property
    def spool(self) -> Path:
        """The folder for files under way, made at first use and closed to others."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    async def receive(
        self, hints: Sequence[Hint], rejected: Sequence[RejectedRecord] = (), *, kind: Kind
    ) -> None:
        """Merge records and open letters for what cannot be read."""
        if hints:
            await self.receiver.receive(self.account.name, hints, correlation_id=self.new_id())
        if rejected:
            await self.store.run(lambda tx: self.observer.reject(tx, self.account, kind, rejected))

    async def take(self, kind: Kind, *, limit: int) -> Sequence[Change[Any]]:
        """Claim what is due of a kind, oldest first; what was taken before stays taken.

        While an operator pauses the account nothing is handed out, and it looks as if nothing were
        due; what the vendor brings is taken in all the same.
        """
        if self.account.paused:
            return []
        rows = await self.store.read(self._open_rows)
        ids = [row.entity_id for row in rows if row.kind is kind][:limit]
        if not ids:
            return []
        claimed = await self.store.run(lambda tx: self._claim(tx, ids))
        self.settler.wake(claimed.wakes)
        self._taken |= {one.change.key: one for one in claimed.attempts}
        return [one.change for one in claimed.attempts]

    def taken(self, kind: Kind) -> Sequence[Change[Any]]:
        """Return what was handed out here and is not confirmed yet."""
        return [one.change for one in self._taken.values() if one.row.kind is kind]

    async def tell(self, outcomes: Mapping[str, Outcome[Any]]) -> None:
        """Settle what was handed out."""
        pairs: list[tuple[Attempt, Settled]] = []
        for key, outcome in outcomes.items():
            attempt = self._taken.get(key)
            if attempt is not None:
                pairs.append((attempt, _settled(outcome)))
        if pairs:
            with self.spans.step(Place.DELIVER, self.account.name) as step:
                step.about(ended(*zip(*pairs, strict=True)))
                await self.settler.settle(self.account, pairs, self._holder)
        for attempt, _ in pairs:
            self._taken.pop(attempt.change.key, None)

    @property
    def _holder(self) -> str:
        return f"desk:{self.account.name}"

    def _open_rows(self, tx: Tx) -> Sequence[DeliveryRow]:
        return tx.list_deliveries(states=_OPEN, account=self.account.name, limit=_LOOK)

    def _claim(self, tx: Tx, ids: Sequence[str]) -> Claimed:
        """Claim what is free now.

        What was handed out before and never confirmed is handed out again without a look-up: nobody
        could be asked, and by its id the vendor tells a repeat from something new.
        """
        now = self.claimer.clock.now()
        tx.lock_entities(sorted(ids))
        until = now + timedelta(seconds=CONFIRM_S)
        name = self.account.name
        rows = tx.claim(name, ids, now=now, holder=self._holder, until=until)
        return self.claimer.decide(tx, self.account, rows, holder=self._holder, is_certain=True)


def _settled(outcome: Outcome[Any]) -> Settled:
    match outcome:
        case Exists(external_id=external_id):
            return Written(external_id)
        case Written() | Failed():
            return outcome
