"""Follow: hand what visitors of one account do to the accounts that track it.

Each event becomes one operation per follower, put down in the same transaction that moves the
cursor: taken over once, sent once in effect, and seen in the journal like any operation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Clock, ConnectorError, Happening, Happenings, Log, Operation
from gateway.contract.budget import READING
from gateway.contract.operations import BEHAVIOUR_TRACK, BehaviourTracking
from gateway.ports import JournalRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.operate import Operations
from gateway.sync.parking import Parking

STREAM = "behaviour"
PAGE = 100
PATIENCE = timedelta(minutes=1)
"""How long an event waits until its customer is known to the follower; then it goes without."""
_SOON_S = 1.0


@dataclass(frozen=True, slots=True)
class Follower:
    """Follows behaviour. Shape: ``tracks`` are the followers by source.

    Units: ``lease_s`` seconds for which one process owns a source.
    """

    store: Store
    operations: Operations
    parking: Parking
    tracks: Mapping[str, Sequence[str]]
    clock: Clock
    log: Log
    holder: str
    lease_s: float

    async def follow(self, account: Account) -> float:
        """Take over one page of events; return in how many seconds to look again."""
        source, usual = account.connector.services.behaviour, account.flow.poll_s
        if source is None or account.rests or not await self._own(account):
            return min(usual, max(account.circuit.rest_s, _SOON_S)) if account.rests else usual
        checkpoint = await self.store.read(lambda tx: tx.checkpoint(account.name, STREAM))
        cursor = checkpoint.cursor if checkpoint else None
        READING.set(True)
        try:
            page = await source.happened(cursor, limit=PAGE)
        except ConnectorError as error:
            await self.parking.failed(account, error)
            self.log.warning(
                "follow.postponed", account=account.name, error=type(error).__name__,
                operation=error.operation,
            )  # fmt: skip
            return max(error.retry_after_s or 0.0, usual)
        await self.parking.answered(account)
        taken = await self.store.run(lambda tx: self._take_over(tx, account, cursor, page))
        if not taken:
            return _SOON_S
        return 0.0 if page.has_more else usual

    def _take_over(self, tx: Tx, account: Account, cursor: str | None, page: Happenings) -> bool:
        """Put operations down and move the cursor; False while an event waits for its customer."""
        now, followers = self.clock.now(), self.tracks.get(account.name, ())
        ids = {one.customer_external_id for one in page.events if one.customer_external_id}
        links = tx.links(account.name, Kind.CUSTOMER, sorted(ids))
        entities = [one.entity_id for one in links.values()]
        at = {name: tx.links_at(name, entities) for name in followers}
        batches: dict[str, list[Operation]] = {}
        for one in page.events:
            link = links.get(one.customer_external_id or "")
            for name in followers:
                there = at[name].get(link.entity_id) if link is not None else None
                known = there.external_id if there is not None else None
                if known is None and one.customer_external_id and now - one.event.at < PATIENCE:
                    return False
                batches.setdefault(name, []).append(_operation(account.name, name, one, known))
        if not tx.move_checkpoint(account.name, STREAM, old=cursor, new=page.cursor, now=now):
            return True
        for name, operations in batches.items():
            self.operations.submit(tx, name, operations, correlation_id="")
        if page.rejected:
            tx.write_journal([self._rejected(account, page)])
        return True

    def _rejected(self, account: Account, page: Happenings) -> JournalRow:
        paths = sorted({one.error.path for one in page.rejected})
        detail: dict[str, Any] = {"paths": paths}
        return JournalRow(
            self.clock.now(), "", Kind.CUSTOMER, account.name, "behaviour", "rejected", "",
            detail, count=len(page.rejected),
        )  # fmt: skip

    async def _own(self, account: Account) -> bool:
        now = self.clock.now()
        until = now + timedelta(seconds=self.lease_s)
        name = f"follow:{account.name}"
        return await self.store.run(
            lambda tx: tx.lease(name, holder=self.holder, now=now, until=until)
        )


def _operation(source: str, follower: str, one: Happening, known: str | None) -> Operation:
    told = BehaviourTracking(event=one.event, customer_external_id=known)
    payload = told.model_dump(mode="json", exclude_unset=True)
    name = f"{source}/{follower}/{one.event.id}".encode()
    return Operation(f"track-{blake2b(name, digest_size=20).hexdigest()}", BEHAVIOUR_TRACK, payload)
