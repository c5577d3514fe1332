"""Endings: in which state an attempt leaves its delivery, and when it is tried again. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.contract import ConnectorError, Disposition, Failed, disposition
from gateway.ports import DeliveryRow, DeliveryState, Settlement
from gateway.sync.attempt import UNEXPLAINED, Attempt, Settled
from gateway.sync.policy import RetryPolicy


@dataclass(frozen=True, slots=True)
class Endings:
    """Decides by the policy; ``draw`` gives a number in [0, 1)."""

    policy: RetryPolicy
    draw: Callable[[], float]

    def delay_s(self, attempt: Attempt, error: ConnectorError) -> float:
        """Seconds to wait before the next attempt."""
        return self.policy.delay_s(
            attempt.row.attempts + 1, draw=self.draw, asked_s=error.retry_after_s
        )

    def end(
        self, now: datetime, attempt: Attempt, outcome: Settled, delays: Mapping[str, float]
    ) -> Settlement:
        """Return the row's end of one attempt; ``delays`` by the keys of failed ones."""
        row = attempt.row
        if not isinstance(outcome, Failed):
            return Settlement(
                row.entity_id, row.account, DeliveryState.DONE, now, 0,
                sent_version=attempt.version,
            )  # fmt: skip
        error = outcome.error
        return Settlement(
            entity_id=row.entity_id,
            account=row.account,
            state=self._state_after(error, row),
            due_at=now + timedelta(seconds=delays[attempt.change.key]),
            attempts=row.attempts + 1,
            unknown=row.unknown or disposition(error) is Disposition.RECONCILE,
            cause_code=error.vendor_code or type(error).__name__,
            cause=error.reason,
            remedy=error.remedy,
            first_failed_at=row.first_failed_at or now,
            sent_version=row.sent_version,
        )

    def _state_after(self, error: ConnectorError, row: DeliveryRow) -> DeliveryState:
        if error.vendor_code == UNEXPLAINED and row.attempts + 1 >= self.policy.unexplained:
            return DeliveryState.DEAD
        match disposition(error):
            case Disposition.RETRY | Disposition.RECONCILE | Disposition.PARK:
                return DeliveryState.RETRY
            case Disposition.DEAD_LETTER:
                return DeliveryState.DEAD
