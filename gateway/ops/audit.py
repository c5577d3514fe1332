"""Audit: what operators did stands in the same journal as what the gateway did, with their name."""

from __future__ import annotations

from datetime import datetime

from gateway.canonical import Kind
from gateway.ports import JournalRow
from gateway.sync.correct import OPERATOR


def deed(
    at: datetime,
    about: tuple[str, Kind],
    *,
    event: str,
    outcome: str,
    who: str,
    correlation_id: str = "",
    **detail: object,
) -> JournalRow:
    """Return a sentence about an operator's deed; ``about`` is an entity, its id may be empty."""
    return JournalRow(
        at, about[0], about[1], OPERATOR, event, outcome, correlation_id, {"who": who, **detail}
    )
