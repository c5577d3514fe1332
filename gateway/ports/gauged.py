"""Store port, the part for gauges: what waits, counted; see ``gateway.ports.store``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Gauged:
    """What is not worked off.

    Shape: ``inbox`` and ``operations`` are (account, state) → rows; ``oldest_inbox`` account →
    when the oldest of these was received; ``moved`` (account, stream) → when its cursor last moved;
    ``oldest_event`` is ``None`` without events. Operations that people must decide about are not
    among them: a letter stands for each.
    """

    inbox: Mapping[tuple[str, str], int]
    oldest_inbox: Mapping[str, datetime]
    operations: Mapping[tuple[str, str], int]
    events: int
    oldest_event: datetime | None
    moved: Mapping[tuple[str, str], datetime]


class GaugeTx(Protocol):
    """What gauges show."""

    def gauged(self) -> Gauged:
        """Count what waits; reads as much as there is of it, and nothing that is done."""
