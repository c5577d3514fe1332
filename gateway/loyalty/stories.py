"""Stories: what the journal says of a version of a sale, and the letter about one that is refused.

Whoever moves rows to the store writes them in the same transaction. Ids of sales and names of tills
are no personal data; everything else stays in the row. A sale stands in the story of its customer,
where the gateway knows him: by his id at the processor, or by phone, e-mail or card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.config import HOUSE
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
from gateway.ports import DeadLetter, JournalRow, SaleProgress, SaleRow, Tx
from gateway.sync.absorbed import survivors
from gateway.sync.lookup import CARD, EMAIL, PHONE, Digester

SALE = "sale"
"""Source of the letters, and event of the sentences, about sales and returns."""

_CUSTOMER = "c-"
_GIVING_UP = {CANCELLED: "cancelling", HOLD_ENDED: "hold_ended", DROPPED: "dropping"}
_GIVEN_UP = {CANCELLED: "cancelled", HOLD_ENDED: "undone", DROPPED: "dropped"}


@dataclass(frozen=True, slots=True)
class Stories:
    """Sentences about versions of sales; see ``SaleStory`` of the store."""

    digester: Digester

    def __call__(self, tx: Tx, rows: Sequence[SaleRow]) -> Sequence[JournalRow]:
        """Return the journal's sentences about versions, in their order."""
        people = self.people(tx, rows)
        return [_of(sentence(row), people.get(row.id)) for row in rows]

    def people(
        self, tx: Tx, rows: Sequence[SaleRow], *, sold: Mapping[str, SaleRow] | None = None
    ) -> Mapping[str, str]:
        """Return the customers of rows, by the rows' ids.

        A return's is whoever its sale names; ``sold`` are the sales that may be asked, by id, where
        not all of them may.
        """
        if sold is None:
            sold = tx.sales(sorted({row.of for row in rows if row.of}))
        named = {row.id: member_of(sold.get(row.of, row)) for row in rows}
        found: dict[str, str] = {}
        for processor in {row.processor for row in rows}:
            ids = {
                row.id: str(named[row.id]["external_id"])
                for row in rows
                if row.processor == processor and "external_id" in named[row.id]
            }
            known = _linked(tx, processor, sorted(set(ids.values())))
            found |= {one: known[id_] for one, id_ in ids.items() if known.get(id_)}
        digests = {
            row_id: self.digester.digest(sort, str(member[sort]))
            for row_id, member in named.items()
            for sort in (PHONE, EMAIL, CARD)
            if sort in member
        }
        matched = tx.match(sorted(set(digests.values())))
        for row_id, digest in digests.items():
            customers = [one for one in matched.get(digest, ()) if one.startswith(_CUSTOMER)]
            if len(customers) == 1:
                found[row_id] = customers[0]
        return found


def _linked(tx: Tx, processor: str, ids: Sequence[str]) -> Mapping[str, str]:
    """Return customers by their ids at a processor."""
    if processor == HOUSE:
        found = {one: row.entity_id for one, row in tx.house_members(ids).items()}
        now = survivors(tx, found.values())
        return {one: now.get(entity_id, entity_id) for one, entity_id in found.items()}
    links = tx.links(processor, Kind.CUSTOMER, ids)
    return {one: row.entity_id for one, row in links.items()}


def member_of(row: SaleRow) -> Mapping[str, Any]:
    """Return how a sale names its buyer: one of phone, email, card, external_id; empty for none."""
    return row.content.get("member") or {}


def _of(told: JournalRow, customer: str | None) -> JournalRow:
    return told if customer is None else replace(told, entity_id=customer, kind=Kind.CUSTOMER)


def sentence(row: SaleRow) -> JournalRow:
    """Return the journal's sentence about one version of a row."""
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
    return JournalRow(
        row.changed_at, "", Kind.ORDER, row.processor, str(row.kind), outcome_of(row),
        row.correlation_id, detail,
    )  # fmt: skip


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
