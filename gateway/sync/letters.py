"""Letters: what a failed delivery leaves for people to decide, and for the inbox to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.canonical import Kind
from gateway.contract import ConnectorError
from gateway.ports import DeadLetter, DeliveryRow, InboxRow, Settlement
from gateway.sync.working_set import WorkingSet

RESOLVED = "a later delivery of the same told what was missing"


def letter_of(
    letter_id: str, now: datetime, row: DeliveryRow, end: Settlement, *, version: int
) -> DeadLetter:
    """Return the letter of a delivery that ended without being told."""
    return DeadLetter(
        id=letter_id,
        source="delivery",
        subject=row.entity_id,
        kind=row.kind,
        account=row.account,
        state="open",
        cause_code=end.cause_code,
        cause=end.cause,
        remedy=end.remedy,
        attempts=end.attempts,
        version=version,
        first_at=end.first_failed_at or now,
        last_at=now,
        correlation_id=row.correlation_id,
    )


def delivery_letter(
    letter_id: str, now: datetime, row: DeliveryRow, error: ConnectorError, end: Settlement
) -> DeadLetter:
    """Return the letter of a refused delivery; the caller adds what was sent."""
    return replace(letter_of(letter_id, now, row, end, version=0), answer=answer_of(error))


def answer_of(error: ConnectorError) -> dict[str, Any]:
    """Return what is kept of a vendor's refusal; it holds no personal data."""
    return {
        "error": type(error).__name__,
        "operation": error.operation,
        "vendor_code": error.vendor_code,
        "http_status": error.http_status,
        "blame": str(error.blame),
    }


def resolve(work: WorkingSet, row: DeliveryRow) -> None:
    """Close the letter of a delivery that has nothing left to tell, and say so in the story."""
    if not row.attempts and row.first_failed_at is None:
        return
    if work.tx.close_dead("delivery", row.entity_id, row.account, state="replayed", note=RESOLVED):
        about = (row.entity_id, row.kind)
        work.tell(about, row.account, "letter", "resolved", row.correlation_id)


def look_again(
    row_id: str, now: datetime, row: DeliveryRow, external_id: str, *, kind: Kind | None = None
) -> InboxRow:
    """Return the hint that a record must be read again, because it changed under our hand.

    ``kind`` is that of another record which the delivery changed too.
    """
    return InboxRow(
        id=row_id,
        account=row.account,
        kind=kind or row.kind,
        external_id=external_id,
        token=f"again:{row_id}",
        event="look_again",
        received_at=now,
        correlation_id=row.correlation_id,
    )
