"""Operate: keyed operations, each once in effect (bonus and promo effects are of this kind).

Unlike deliveries they are never coalesced: every key has a row, written before the first send, and
a state machine of its own. An operation whose outcome is unknown is looked up by its key before it
is repeated; where a vendor cannot be asked, it is held for a human.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    Clock,
    ConnectorError,
    Disposition,
    Log,
    Operation,
    OperationPerformer,
    OutcomeUnknown,
    Unsupported,
    disposition,
)
from gateway.ports import DeadLetter, DeliveryState, JournalRow, OperationRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.attempt import unexplained
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy

BATCH = 50
_HELD = "A vendor that cannot be asked did not answer; it may have happened."
_HELD_REMEDY = "Look for it at the vendor, then `gateway dead replay` or `gateway dead drop`."


@dataclass(frozen=True, slots=True)
class Operations:
    """Submits and performs operations. Units: ``lease_s`` as in deliveries."""

    store: Store
    parking: Parking
    policy: RetryPolicy
    clock: Clock
    log: Log
    holder: str
    lease_s: float
    draw: Callable[[], float]
    new_id: Callable[[], str]

    def submit(
        self, tx: Tx, account: str, operations: Sequence[Operation], *, correlation_id: str
    ) -> Sequence[bool]:
        """Store operations to be performed; False for a key that was submitted before."""
        now = self.clock.now()
        rows = [
            OperationRow(
                key=operation.key,
                name=operation.name,
                account=account,
                state=DeliveryState.DUE,
                due_at=now,
                payload=dict(operation.payload),
                correlation_id=correlation_id,
            )
            for operation in operations
        ]
        fresh = tx.put_operations(rows)
        outcomes = ("submitted" if new else "duplicate" for new in fresh)
        tx.write_journal([self._entry(r, o) for r, o in zip(rows, outcomes, strict=True)])
        return fresh

    async def perform(self, account: Account) -> int:
        """Perform what is due of an account, oldest first; return how many were tried."""
        if not account.connector.operations or account.rests:
            return 0
        now = self.clock.now()
        until = now + timedelta(seconds=self.lease_s)
        rows = await self.store.run(
            lambda tx: tx.claim_operations(
                account.name, now=now, holder=self.holder, until=until, limit=BATCH
            )
        )
        for row in rows:
            await self._one(account, row)
        return len(rows)

    async def _one(self, account: Account, row: OperationRow) -> None:
        performer = account.connector.operations.get(row.name)
        try:
            result = await self._done(performer, row)
            await self.parking.answered(account)
        except ConnectorError as error:
            await self.parking.failed(account, error)
            await self._failed(row, error)
            return
        except Exception as error:  # noqa: BLE001 - a connector's bug must end as an outcome
            self.log.warning(
                "operate.unexplained", account=account.name, error=type(error).__name__
            )
            await self._failed(row, unexplained(error))
            return
        await self._settle(replace(row, state=DeliveryState.DONE, result=result, unknown=False))

    async def _done(
        self, performer: OperationPerformer | None, row: OperationRow
    ) -> dict[str, Any]:
        if performer is None:
            msg = f"this account performs no {row.name}"
            raise Unsupported(msg, operation=row.name)
        if row.unknown:
            found: Mapping[str, Any] | None
            try:
                found = await performer.find(row.key)
            except Unsupported as error:
                raise _CannotAsk(_HELD, operation=row.name) from error
            if found is not None:
                return {**found, "found": True}
        return dict(await performer.perform(Operation(row.key, row.name, row.payload)))

    async def _failed(self, row: OperationRow, error: ConnectorError) -> None:
        attempts = row.attempts + 1
        delay = self.policy.delay_s(attempts, draw=self.draw, asked_s=error.retry_after_s)
        await self._settle(
            replace(
                row,
                state=self._state_after(error, attempts),
                due_at=self.clock.now() + timedelta(seconds=delay),
                attempts=attempts,
                unknown=row.unknown or isinstance(error, OutcomeUnknown),
                cause_code=error.vendor_code or type(error).__name__,
                cause=error.reason,
                remedy=_HELD_REMEDY if isinstance(error, _CannotAsk) else error.remedy,
            )
        )

    def _state_after(self, error: ConnectorError, attempts: int) -> DeliveryState:
        if isinstance(error, _CannotAsk):
            return DeliveryState.HELD
        if error.vendor_code == "unexplained" and attempts >= self.policy.unexplained:
            return DeliveryState.DEAD
        dead = disposition(error) is Disposition.DEAD_LETTER
        return DeliveryState.DEAD if dead else DeliveryState.RETRY

    async def _settle(self, row: OperationRow) -> None:
        def work(tx: Tx) -> None:
            if not tx.settle_operation(row, holder=self.holder):
                return
            tx.write_journal([self._entry(row, str(row.state))])
            if row.state in {DeliveryState.DEAD, DeliveryState.HELD}:
                tx.put_dead([self._letter(row)])

        await self.store.run(work)

    def _entry(self, row: OperationRow, outcome: str) -> JournalRow:
        return JournalRow(
            self.clock.now(), row.entity_id, Kind.CUSTOMER, row.account, "operation", outcome,
            row.correlation_id, {"key": row.key, "name": row.name, "cause": row.cause_code},
        )  # fmt: skip

    def _letter(self, row: OperationRow) -> DeadLetter:
        now = self.clock.now()
        return DeadLetter(
            id=self.new_id(),
            source="operation",
            subject=row.key,
            kind=Kind.CUSTOMER,
            account=row.account,
            state="open",
            cause_code=row.cause_code,
            cause=row.cause,
            remedy=row.remedy,
            attempts=row.attempts,
            version=0,
            first_at=now,
            last_at=now,
            correlation_id=row.correlation_id,
            request=dict(row.payload),
        )


class _CannotAsk(Unsupported):
    """The outcome is unknown and the vendor cannot be asked about it."""
