"""Course: how what a rule sees becomes an alert and ends. Pure, with the moment handed in.

Hysteresis on both sides: it must last before it begins, and be well for a while before it ends;
that while doubles each time an alert comes back soon, so that what flaps is told seldom.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.ops.alerts.readings import Reading
from gateway.ports import AlertRow, AlertState

MOST_DOUBLINGS = 5


@dataclass(frozen=True, slots=True)
class Pace:
    """Delays of a rule. Units: seconds.

    ``wait_s`` it must last before it begins, ``clear_s`` be well before it ends.
    """

    wait_s: float
    clear_s: float

    def clear_after(self, flaps: int) -> timedelta:
        """Return how long all must be well for an alert that came back ``flaps`` times."""
        return timedelta(seconds=self.clear_s * 2.0 ** min(flaps, MOST_DOUBLINGS))


def begun(reading: Reading, now: datetime, pace: Pace, *, alert_id: str, flaps: int) -> AlertRow:
    """Return the row of something that was not known before."""
    made = AlertRow(
        id=alert_id,
        rule=reading.rule,
        subject=reading.subject,
        state=AlertState.PENDING,
        since=min(reading.since or now, now),
        seen_at=now,
        bad_at=now,
        flaps=flaps,
        value=reading.value,
    )
    return advanced(made, reading, now, pace) or made


def advanced(row: AlertRow, reading: Reading | None, now: datetime, pace: Pace) -> AlertRow | None:
    """Return the next state of a row that is not over; ``None``: it never began and is forgotten.

    ``reading`` is what is seen of it now, ``None`` or one that is not bad for nothing.
    """
    if reading is not None and reading.is_bad:
        row = replace(row, bad_at=now, clear_at=None, value=reading.value)
        waited = now - row.seen_at >= timedelta(seconds=pace.wait_s)
        if row.state is AlertState.PENDING and waited:
            return replace(row, state=AlertState.ON, began_at=now)
        return row
    if row.state is AlertState.PENDING:
        return None
    clear_at = row.clear_at or now
    row = replace(row, clear_at=clear_at)
    if now - clear_at >= pace.clear_after(row.flaps):
        return replace(row, state=AlertState.OVER, ended_at=now)
    return row
