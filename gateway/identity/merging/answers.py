"""Answers: what a person's code, or his "not me", makes of a merge, inside a transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.pairs import apart_pair, deny_pair
from gateway.identity.merging.record import read_record
from gateway.identity.merging.steps import end, held, swap, tell
from gateway.ports import MergeRow, MergeState, Tx


def confirm_in(tx: Tx, merge_id: str, point: str, giver: str, now: datetime) -> MergeRow:
    """Note that a code of a ``channel:address`` came from a giver. Raises ``MergeRefused``.

    The merge is confirmed by one giver of all codes. Where each code came, but from nobody all of
    them, two people may have answered, each for himself: an operator is asked, and the merge waits
    for one of them to give the others too.
    """
    row = held(tx, merge_id)
    if row.state is not MergeState.ASKED:
        return row
    record = read_record(row.record)
    if row.until <= now:
        msg = "it was not confirmed in time: ask for it again"
        raise MergeRefused(msg)
    if point not in record.needs:
        msg = "nobody was asked there"
        raise MergeRefused(msg)
    record.give(point, giver, now.isoformat())
    state = MergeState.CONFIRMED if record.is_proved else MergeState.ASKED
    changed = replace(row, state=state, changed_at=now, record=record.stored())
    swap(tx, changed, row.state)
    channel, missing = point.partition(":")[0], len(record.missing)
    tell(tx, now, row, "confirmed", channel=channel, missing=missing)
    if not missing and state is MergeState.ASKED:
        apart_pair(tx, changed, now)
        tell(tx, now, row, "apart")
    return changed


def deny_in(tx: Tx, merge_id: str, point: str, now: datetime) -> MergeRow:
    """Take the word of whoever answers at a place that he is not both. Raises ``MergeRefused``."""
    row = held(tx, merge_id)
    if row.state is not MergeState.ASKED or point not in read_record(row.record).needs:
        msg = "nobody is asked there any more"
        raise MergeRefused(msg)
    denied = end(tx, row, now)
    deny_pair(tx, denied, now)
    tell(tx, now, row, "denied", channel=point.partition(":")[0])
    return denied
