"""Receive: hints enter the inbox once (idempotent receiver), acknowledged after commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.contract import Clock, Hint
from gateway.ports import InboxRow, JournalRow, Store, Tx, Wake
from gateway.sync.carried import packed


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the hints of one call."""

    fresh: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes hints in. When ``receive`` has returned, they are not lost any more."""

    store: Store
    clock: Clock
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]

    async def receive(self, account: str, hints: Sequence[Hint], *, correlation_id: str) -> Receipt:
        """Store hints and wake their work. Raises ``StoreError`` when the store takes no work."""
        return await self.take_in(account, [(hint, correlation_id) for hint in hints])

    async def take_in(self, account: str, told: Sequence[tuple[Hint, str]]) -> Receipt:
        """Store hints of several calls, each with its correlation id, in one commit."""
        now = self.clock.now()
        rows = [
            InboxRow(
                id=self.new_id(),
                account=account,
                kind=hint.kind,
                external_id=hint.external_id,
                token=hint.token,
                event=hint.event,
                received_at=now,
                correlation_id=correlation_id,
                carried=packed(hint.carried) if hint.carried is not None else None,
            )
            for hint, correlation_id in told
        ]

        def work(tx: Tx) -> Sequence[bool]:
            fresh = tx.receive(rows)
            tx.write_journal([_entry(row, new) for row, new in zip(rows, fresh, strict=True)])
            return fresh

        fresh = await self.store.run(work) if rows else []
        self.wake([route_wake(row) for row, new in zip(rows, fresh, strict=True) if new])
        return Receipt(sum(fresh), len(fresh) - sum(fresh))


def route_wake(row: InboxRow) -> Wake:
    """Return the wake-up of an inbox row; order is kept per record of the account."""
    key = f"{row.account}:{row.kind}:{row.external_id}"
    return Wake("route", row.id, row.account, key, row.correlation_id)


def _entry(row: InboxRow, fresh: bool) -> JournalRow:  # noqa: FBT001 - private, one caller
    return JournalRow(
        row.received_at, "", row.kind, row.account, "hint", "new" if fresh else "duplicate",
        row.correlation_id, {"external_id": row.external_id, "event": row.event},
    )  # fmt: skip
