"""Storied: deliveries as what a span is about: ids and names, never content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.contract import Failed, Outcome, Written
from gateway.sync.attempt import Attempt
from gateway.telemetry import Subject
from gateway.telemetry.spans import Fact


def stories(batch: Sequence[Attempt], outcome: str = "unsettled") -> Iterator[Subject]:
    """Yield what a batch is about, before or without an outcome of its own."""
    for attempt in batch:
        yield Subject(attempt.row.correlation_id, _facts(attempt, outcome))


def ended(batch: Sequence[Attempt], outcomes: Sequence[Outcome[Any]]) -> Iterator[Subject]:
    """Yield what a batch is about, with how each of it ended."""
    for attempt, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, Failed):
            facts = {**_facts(attempt, "failed"), "error": type(outcome.error).__name__}
        elif isinstance(outcome, Written):
            facts = _facts(attempt, "created" if outcome.created else "sent")
        else:
            facts = _facts(attempt, "exists")
        yield Subject(attempt.row.correlation_id, facts)


def _facts(attempt: Attempt, outcome: str) -> dict[str, Fact]:
    row = attempt.row
    return {
        "kind": str(row.kind),
        "entity_id": row.entity_id,
        "version": attempt.version,
        "attempt": row.attempts + 1,
        "outcome": outcome,
    }
