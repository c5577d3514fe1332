"""Pairs: what the list of reviews says about the two of a merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.identity.matching.record import ANSWERED_APART
from gateway.ports import MergeRow, Pair, PairRow, PairState, Tx

PERSON = "person"
"""Who decided, when the person himself did, at our page."""
_TWO = frozenset({PairState.DIFFERENT, PairState.DENIED})


def pair_of(one: str, other: str) -> Pair:
    """Return two ids in the order in which pairs are kept."""
    return (one, other) if one < other else (other, one)


def are_two(tx: Tx, one: str, other: str) -> bool:
    """Tell whether somebody decided that these are two persons, or the person said so himself."""
    row = _row(tx, one, other)
    return row is not None and row.state in _TWO


def note_pair(tx: Tx, row: MergeRow, state: PairState) -> None:
    """Write what became of the two, where they stand in the list."""
    pair = _row(tx, row.survivor, row.absorbed)
    if pair is not None:
        tx.put_pairs([replace(pair, state=state, decided_by=row.asked_by)])


def deny_pair(tx: Tx, row: MergeRow, now: datetime) -> None:
    """Put the two before an operator, because the person said that they are not both his."""
    denied = replace(
        _asked(tx, row, now), state=PairState.DENIED, decided_at=now, decided_by=PERSON
    )
    tx.put_pairs([denied])


def apart_pair(tx: Tx, row: MergeRow, now: datetime) -> None:
    """Put the two before an operator, because nobody answered for both: it stays in the list."""
    found, word = _asked(tx, row, now), [ANSWERED_APART, 0, {}, ""]
    against = [list(one) for one in found.findings.get("against", ())]
    if word not in against:
        findings = {**found.findings, "against": [*against, word]}
        asked = replace(found, state=PairState.OPEN, rule=ANSWERED_APART, findings=findings)
        tx.put_pairs([replace(asked, decided_at=now, decided_by=PERSON)])


def _asked(tx: Tx, row: MergeRow, now: datetime) -> PairRow:
    """Return what stands about the two of a merge, or what stands there from now on."""
    nothing: dict[str, Sequence[Sequence[object]]] = {"supports": (), "against": ()}
    return _row(tx, row.survivor, row.absorbed) or PairRow(
        pair_of(row.survivor, row.absorbed), PairState.OPEN, row.cause, 0, nothing,
        row.asked_at, now,
    )  # fmt: skip


def _row(tx: Tx, one: str, other: str) -> PairRow | None:
    pair = pair_of(one, other)
    return tx.pairs([pair]).get(pair)
