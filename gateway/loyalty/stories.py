"""Stories: what the journal says of a version of a sale, and the letter about one that is refused.

Pure functions of the row, so that whoever moves rows to the store can write them in the same
transaction. Ids of sales and names of tills are no personal data; everything else stays in the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.loyalty.sale import (
    CANCELLED,
    DROPPED,
    EARNING_OFF,
    HOLD_ENDED,
    LEASE_S,
    LOOSE,
    has_undone,
    own_id,
    undo_of,
)
from gateway.ports import DeadLetter, JournalRow, SaleProgress, SaleRow

SALE = "sale"
"""Source of the letters, and event of the sentences, about sales and returns."""

_GIVING_UP = {CANCELLED: "cancelling", HOLD_ENDED: "hold_ended", DROPPED: "dropping"}
_GIVEN_UP = {CANCELLED: "cancelled", HOLD_ENDED: "undone", DROPPED: "dropped"}


def sentences(row: SaleRow) -> Sequence[JournalRow]:
    """Return the journal's sentences about one version of a row."""
    detail: dict[str, Any] = {
        "id": own_id(row), "caller": row.caller, "shop": row.shop, "version": row.version,
    }  # fmt: skip
    if row.of:
        detail["of"] = row.of
    if row.attempts:
        detail["attempts"] = row.attempts
    for name in ("cause_code", "cause"):
        if getattr(row, name):
            detail[name] = getattr(row, name)
    sentence = JournalRow(
        row.changed_at, "", Kind.ORDER, row.processor, str(row.kind), outcome_of(row),
        row.correlation_id, detail,
    )  # fmt: skip
    return (sentence,)


def outcome_of(row: SaleRow) -> str:
    """Return what a version says, in a word."""
    told = {
        SaleProgress.COMMITTED: _committed,
        SaleProgress.COMMITTING: _committing,
        SaleProgress.CANCELLING: _cancelling,
        SaleProgress.CANCELLED: _cancelled,
        SaleProgress.DEAD: _dead,
    }.get(row.progress, _plain)
    return told(row)


def _plain(row: SaleRow) -> str:
    return str(row.progress)


def _dead(row: SaleRow) -> str:
    del row
    return "refused"


def _committed(row: SaleRow) -> str:
    if row.cause_code == EARNING_OFF:
        return "kept"
    return "undone" if undo_of(row) is None and has_undone(row) else "committed"


def _committing(row: SaleRow) -> str:
    is_sending = row.due_at == row.changed_at + timedelta(seconds=LEASE_S)
    return "postponed" if row.attempts else "sending" if is_sending else "accepted"


def _cancelling(row: SaleRow) -> str:
    return "postponed" if row.attempts else _GIVING_UP.get(row.cause_code, "undoing")


def _cancelled(row: SaleRow) -> str:
    refused = "unavailable" if row.cause_code in LOOSE and not row.attempts else "undone"
    return _GIVEN_UP.get(row.cause_code, refused)


def letter_of(row: SaleRow, letter_id: str) -> DeadLetter:
    """Return the letter about a refused row; what was asked is shown by ``gateway sale show``."""
    return DeadLetter(
        id=letter_id,
        source=SALE,
        subject=row.id,
        kind=Kind.ORDER,
        account=row.processor,
        state="open",
        cause_code=row.cause_code,
        cause=row.cause,
        remedy=row.remedy,
        attempts=row.attempts,
        version=row.version,
        first_at=row.changed_at,
        last_at=row.changed_at,
        correlation_id=row.correlation_id,
    )
