"""Operate: keyed operations, each once in effect (bonus and promo effects are of this kind).

Unlike deliveries they are never coalesced: every key has a row, written before the first send, and
a state machine of its own. An operation whose outcome is unknown is looked up by its key before it
is repeated; where a vendor cannot be asked, it is held for a human.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
    StoreError,
    Unsupported,
    disposition,
)
from gateway.ports import DeadLetter, DeliveryState, JournalRow, OperationRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.attempt import UNEXPLAINED, unexplained
from gateway.sync.leases import Leases
from gateway.sync.letters import answer_of
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from gateway.telemetry import NO_SPANS, Place, Spans, Subject

BATCH = 50
"""The most operations of one account in one turn, so that the other accounts get theirs."""

WITHHELD = "withheld"
"""Outcome of what was not sent, because it was no longer allowed when its turn came."""
_IN_DOUBT = "It may have happened, and the vendor cannot tell: "
_LOOK = "Look for it at the vendor and do it there if it is missing, then `gateway dead drop`."
_SUBMIT = "Correct what the cause names, submit it under a new key, then `gateway dead drop`."
_FOR_PEOPLE = frozenset({DeliveryState.HELD, DeliveryState.DEAD})


def _never(tx: Tx, row: OperationRow) -> bool:
    del tx, row
    return False


@dataclass(frozen=True, slots=True)
class Operations:
    """Submits and performs operations.

    ``withheld`` tells in the transaction that claims an operation whether it may no longer be sent,
    such as a mailing whose consent was withdrawn while it waited. It is asked only of what has
    surely done nothing yet.
    """

    store: Store
    parking: Parking
    policy: RetryPolicy
    clock: Clock
    log: Log
    leases: Leases
    draw: Callable[[], float]
    new_id: Callable[[], str]
    spans: Spans = NO_SPANS
    withheld: Callable[[Tx, OperationRow], bool] = _never

    def submit(
        self,
        tx: Tx,
        account: str,
        operations: Sequence[Operation],
        *,
        correlation_id: str,
        entity_id: str = "",
    ) -> Sequence[bool]:
        """Store operations to be performed; False for a key that was submitted before.

        ``entity_id`` is the customer in whose story they stand.
        """
        now = self.clock.now()
        rows = [
            OperationRow(
                key=operation.key,
                name=operation.name,
                account=account,
                state=DeliveryState.DUE,
                due_at=now,
                payload=dict(operation.payload),
                entity_id=entity_id,
                correlation_id=correlation_id,
            )
            for operation in operations
        ]
        fresh = tx.put_operations(rows)
        outcomes = ("submitted" if new else "duplicate" for new in fresh)
        tx.write_journal([self._entry(r, o) for r, o in zip(rows, outcomes, strict=True)])
        return fresh

    async def perform(self, account: Account) -> int:
        """Perform what is due of an account, oldest first; return how many were tried.

        Each is claimed just before it is sent: what a killed process leaves in doubt is only what
        it was sending, and the rest stays due when the account begins to rest.
        """
        if not account.connector.operations:
            return 0
        now, tried = self.clock.now(), 0
        while tried < BATCH and not account.rests:
            with self.leases.held() as holder:
                row = await self._claimed(account, now, holder)
                if row is None:
                    break
                with self.spans.step(Place.OPERATE, account.name) as step:
                    step.about([Subject(row.correlation_id, {"name": row.name})])
                    await self._one(account, row, holder)
            tried += 1
        return tried

    async def _claimed(self, account: Account, now: datetime, holder: str) -> OperationRow | None:
        until = self.clock.now() + timedelta(seconds=self.leases.lease_s)

        def work(tx: Tx) -> OperationRow | None:
            while True:
                rows = tx.claim_operations(
                    account.name, now=now, holder=holder, until=until, limit=1
                )
                if not rows:
                    return None
                row = rows[0]
                if row.unknown or not self.withheld(tx, row):
                    return row
                tx.settle_operation(_done(row, {WITHHELD: True}), holder=holder)
                tx.write_journal([self._entry(row, WITHHELD)])

        return await self.store.run(work)

    async def _one(self, account: Account, row: OperationRow, holder: str) -> None:
        try:
            performer = self._performer(account, row)
            result = await performer.find(row.key) if row.unknown else None
            if result is None:
                # It surely did nothing so far: what fails from here on is judged by itself.
                row = replace(row, unknown=False)
                operation = Operation(row.key, row.name, row.payload)
                result = await performer.perform(operation)
            else:
                result = {**result, "found": True}
            await self._settle(_done(row, result), holder)
        except ConnectorError as error:
            await self._failed(row, error, holder)
            await self.parking.failed(account, error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a connector's bug must end as an outcome
            self.log.warning(
                "operate.unexplained", account=account.name, error=type(error).__name__
            )
            await self._failed(row, unexplained(error), holder)
        else:
            await self.parking.answered(account)

    def _performer(self, account: Account, row: OperationRow) -> OperationPerformer:
        performer = account.connector.operations.get(row.name)
        if performer is None:
            msg = f"this account performs no {row.name}"
            raise Unsupported(msg, operation=row.name)
        return performer

    async def _failed(self, row: OperationRow, error: ConnectorError, holder: str) -> None:
        attempts = row.attempts + 1
        delay = self.policy.delay_s(attempts, draw=self.draw, asked_s=error.retry_after_s)
        state = self._state_after(row, error)
        unknown = row.unknown or isinstance(error, OutcomeUnknown)
        remedy = error.remedy
        if state in _FOR_PEOPLE:
            remedy = _LOOK if unknown else _SUBMIT
        await self._settle(
            replace(
                row,
                state=state,
                due_at=self.clock.now() + timedelta(seconds=delay),
                attempts=attempts,
                unknown=unknown,
                cause_code=error.vendor_code or type(error).__name__,
                cause=_IN_DOUBT + error.reason if state is DeliveryState.HELD else error.reason,
                remedy=remedy,
            ),
            holder,
            error,
        )

    def _state_after(self, row: OperationRow, error: ConnectorError) -> DeliveryState:
        if error.vendor_code == UNEXPLAINED and row.attempts + 1 >= self.policy.unexplained:
            return DeliveryState.DEAD
        if disposition(error) is not Disposition.DEAD_LETTER:
            return DeliveryState.RETRY
        # Still in doubt: it is the look-up that was refused, and a blind repeat could double it.
        return DeliveryState.HELD if row.unknown else DeliveryState.DEAD

    async def _settle(
        self, row: OperationRow, holder: str, error: ConnectorError | None = None
    ) -> None:
        def work(tx: Tx) -> None:
            if not tx.settle_operation(row, holder=holder):
                return
            tx.write_journal([self._entry(row, str(row.state))])
            if row.state in _FOR_PEOPLE:
                answer = answer_of(error) if error is not None else {}
                tx.put_dead([replace(self._letter(row), answer=answer)])

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
            held=row.state is DeliveryState.HELD,
        )


def _done(row: OperationRow, result: Mapping[str, Any]) -> OperationRow:
    """Return the row of an operation that had its effect, without what failed before."""
    return replace(
        row,
        state=DeliveryState.DONE,
        result=dict(result),
        unknown=False,
        cause_code="",
        cause="",
        remedy="",
    )
