"""Standing: whether an account works, and if not why, in one word for all faces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.ports import AccountState


class Stand(StrEnum):
    """How an account is. All but ``works`` mean that nothing is sent there."""

    WORKS = "works"
    PAUSED = "paused"
    PARKED = "parked"
    NOT_PREPARED = "not_prepared"
    CIRCUIT_OPEN = "circuit_open"
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account is, why and since when.

    Shape: ``until`` is when it is tried again by itself, ``who`` the operator who paused it.
    """

    stand: Stand
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    who: str = ""

    @property
    def text(self) -> str:
        """Say why nothing is sent, in plain words; empty when it works."""
        if self.stand in {Stand.WORKS, Stand.NOT_CONFIGURED}:
            return "" if self.stand is Stand.WORKS else "not configured"
        who = f" by {self.who}" if self.who else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.stand.replace('_', ' ')}{who}{why}"


def standing_of(state: AccountState | None, *, configured: bool, now: datetime) -> Standing:
    """Return how an account is; what a person decided comes before what was found."""
    if not configured:
        return Standing(Stand.NOT_CONFIGURED)
    if state is None:
        return Standing(Stand.WORKS)
    if state.paused is not None:
        pause = state.paused
        return Standing(Stand.PAUSED, pause.reason, pause.at, who=pause.who)
    if state.parked:
        return Standing(Stand.PARKED, state.reason, state.since)
    if state.open_until is not None and state.open_until > now:
        return Standing(Stand.CIRCUIT_OPEN, state.reason, state.since, state.open_until)
    unprepared = Standing(Stand.NOT_PREPARED, state.unprepared)
    return unprepared if state.unprepared else Standing(Stand.WORKS)
