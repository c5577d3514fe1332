"""Steps: how a merge goes from one state to the next, inside a transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.canonical import Kind
from gateway.identity.merging.join import IDENTITY, MergeRefused
from gateway.ports import JournalRow, MergeRow, MergeState, Tx

OPEN = frozenset({MergeState.ASKED, MergeState.CONFIRMED})
"""Merges that may still come to be."""
_NOTE_MOST = 200


def found(tx: Tx, merge_id: str) -> MergeRow:
    """Return a merge. Raises ``MergeRefused`` for one that is not there."""
    row = tx.person_merge(merge_id)
    if row is None:
        msg = f"no merge {merge_id}: `gateway merge list` shows their ids"
        raise MergeRefused(msg)
    return row


def held(tx: Tx, merge_id: str) -> MergeRow:
    """Return a merge that nobody else changes before this transaction ends.

    Two answers at once would each forget the other, since both are kept in one record.
    """
    tx.lock_keys([f"merge:{merge_id}"])
    return found(tx, merge_id)


def swap(tx: Tx, row: MergeRow, was: MergeState) -> MergeRow:
    """Store a next state; return it. Raises ``MergeRefused`` when somebody else was quicker."""
    if not tx.swap_merge(row, was=was):
        msg = "somebody else decided about it at this moment: look at it again"
        raise MergeRefused(msg)
    return row


def end(tx: Tx, row: MergeRow, now: datetime, note: str = "") -> MergeRow:
    """Let a merge never come to be."""
    ended = replace(row, state=MergeState.REFUSED, changed_at=now, note=note[:_NOTE_MOST])
    return swap(tx, ended, row.state)


def lapse(tx: Tx, merge_id: str, now: datetime) -> None:
    """End a merge whose person was written to and did not answer, if it is still so."""
    row = held(tx, merge_id)
    if row.state is MergeState.ASKED and has_lapsed(row, now):
        end(tx, row, now)
        tell(tx, now, row, "lapsed")


def has_lapsed(row: MergeRow, now: datetime) -> bool:
    """Tell whether the time to answer is over; it begins when the person is written to."""
    return row.told_at is not None and row.until <= now


def tell(tx: Tx, now: datetime, row: MergeRow, outcome: str, **detail: object) -> None:
    """Write a sentence about a merge into the stories of both."""
    told = {"cause": row.cause, "who": row.asked_by, **detail}
    tx.write_journal(
        [
            JournalRow(
                now, entity_id, Kind.CUSTOMER, IDENTITY, "merge", outcome, row.id,
                {**told, "with": other},
            )
            for entity_id, other in (
                (row.survivor, row.absorbed), (row.absorbed, row.survivor)
            )
        ]
    )  # fmt: skip
