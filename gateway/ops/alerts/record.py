"""Record: readings become turns of alerts, and turns become notes, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.canonical import Kind
from gateway.config import AlertAddress, AlertsSection
from gateway.ops.alerts.course import Pace, advanced, begun
from gateway.ops.alerts.readings import LOCAL, Look, Reading, hours_of, within
from gateway.ports import AlertRow, AlertState, JournalRow, NoteRow, NoteState, SilenceRow, Tx

BEGAN, OVER, STILL = "began", "over", "still"
UNSEEN = timedelta(minutes=10)
"""After so long a machine that does not look any more has no alerts of its own."""

LAG_WAIT_S = 120.0
"""Seconds that a backlog has to shrink after a vendor came back."""

_LATELY = 500


@dataclass(frozen=True, slots=True)
class Recorder:
    """Keeps the course of alerts. Whoever calls it holds the lease of those rules."""

    section: AlertsSection
    new_id: Callable[[], str]

    def pace(self, rule: str) -> Pace:
        """Return the delays of a rule."""
        waits = {"lag": LAG_WAIT_S, **self.section.waits_s()}
        return Pace(waits.get(rule, 0.0), self.section.clear_s)

    def record(
        self, tx: Tx, look: Look, now: datetime, *, is_mine: Callable[[AlertRow], bool]
    ) -> Sequence[AlertRow]:
        """Take a look over; return the alerts that began or ended by it.

        ``is_mine`` says which alerts the look speaks of; the others stay as they are.
        """
        bad = {(one.rule, one.subject): one for one in look.readings if one.is_bad}
        known = {(row.rule, row.subject): row for row in tx.alerts_open() if is_mine(row)}
        changed, forgotten = list[AlertRow](), list[str]()
        for key, row in known.items():
            if row.rule in look.unsure:
                continue
            after = advanced(row, bad.get(key), now, self.pace(row.rule))
            if after is None:
                forgotten.append(row.id)
            else:
                changed.append(after)
        fresh = [one for key, one in bad.items() if key not in known]
        changed += self._fresh(tx, fresh, now)
        tx.drop_alerts(forgotten)
        was_on = {row.id for row in known.values() if row.state is AlertState.ON}
        turned = [row for row in changed if (row.state is AlertState.ON) is not (row.id in was_on)]
        turned = [row for row in turned if row.state is not AlertState.PENDING]
        tx.put_alerts(self._noted(tx, changed, now))
        tx.write_journal([_sentence(row, now) for row in turned])
        return turned

    def _fresh(self, tx: Tx, fresh: Sequence[Reading], now: datetime) -> list[AlertRow]:
        """Make rows; one that ended a moment ago has come back."""
        if not fresh:
            return []
        since = now - timedelta(seconds=self.section.flap_s)
        lately: dict[tuple[str, str], AlertRow] = {}
        for row in tx.alerts_over(limit=_LATELY):
            if row.ended_at is not None and row.ended_at >= since:
                lately.setdefault((row.rule, row.subject), row)
        made = []
        for one in fresh:
            before = lately.get((one.rule, one.subject))
            flaps = before.flaps + 1 if before is not None else 0
            pace = self.pace(one.rule)
            made.append(begun(one, now, pace, alert_id=self.new_id(), flaps=flaps))
        return made

    def _noted(self, tx: Tx, rows: Sequence[AlertRow], now: datetime) -> list[AlertRow]:
        """Put down the notes that the rows are due; return the rows as told."""
        silences = tx.silences(at=now)
        ended = [row.id for row in rows if row.state is AlertState.OVER and row.told_at is not None]
        told_to: dict[str, list[str]] = {}
        for note in tx.notes_of(ended):
            if note.turn == BEGAN:
                told_to.setdefault(note.alert_id, []).append(note.address)
        notes, after = list[NoteRow](), list[AlertRow]()
        for row in rows:
            turn = self._turn(row, now, is_silenced=is_silenced(row, silences))
            names = told_to.get(row.id, []) if turn == OVER else self._wanted(row, turn)
            made = [self._note(row, turn, name, now) for name in names if turn]
            notes += made
            after.append(_as_told(row, turn, now) if made else row)
        tx.put_notes(notes)
        return after

    def _turn(self, row: AlertRow, now: datetime, *, is_silenced: bool) -> str:
        """Return the turn that is to be told now, empty for none."""
        if row.state is AlertState.OVER:
            # What was told to begin is always told to be over.
            return OVER if row.told_at is not None else ""
        if row.state is AlertState.PENDING or is_silenced:
            return ""
        if row.told_at is None:
            return BEGAN
        hours = self.section.remind_h
        if hours and now >= row.told_at + timedelta(hours=hours * (row.reminded + 1)):
            return f"{STILL}-{row.reminded + 1}"
        return ""

    def _wanted(self, row: AlertRow, turn: str) -> list[str]:
        if not turn:
            return []
        return [
            name
            for name, address in self.section.to.items()
            if not address.only or row.rule in address.only
        ]

    def _note(self, row: AlertRow, turn: str, name: str, now: datetime) -> NoteRow:
        address = self.section.to.get(name)
        due_at = now + timedelta(seconds=self.section.group_s)
        if address is not None:
            due_at = awake_at(address, due_at, self.section.zone)
        return NoteRow(row.id, turn, name, NoteState.WAITING, due_at)


def shared(row: AlertRow, now: datetime) -> bool:
    """Tell whether an alert is the shared rules', or that of a machine that does not look now."""
    return row.rule not in LOCAL or now - row.bad_at > UNSEEN


def is_silenced(row: AlertRow, silences: Iterable[SilenceRow]) -> bool:
    """Tell whether an alert's beginning is not to be told now."""
    return any(one.rule in {"", row.rule} and one.subject in {"", row.subject} for one in silences)


def awake_at(address: AlertAddress, at: datetime, zone: str) -> datetime:
    """Return the first moment from ``at`` on that is in no quiet hours of the address."""
    if address.quiet is None or not within(address.quiet, at, zone):
        return at
    local = at.astimezone(ZoneInfo(zone))
    end = hours_of(address.quiet)[1]
    wake = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (wake if wake > local else wake + timedelta(days=1)).astimezone(at.tzinfo)


def _as_told(row: AlertRow, turn: str, now: datetime) -> AlertRow:
    if turn == BEGAN:
        return replace(row, told_at=now)
    return replace(row, reminded=row.reminded + 1) if turn.startswith(STILL) else row


def _sentence(row: AlertRow, now: datetime) -> JournalRow:
    outcome = BEGAN if row.state is AlertState.ON else OVER
    detail: Mapping[str, object] = {"rule": row.rule, "subject": row.subject}
    return JournalRow(now, "", Kind.CUSTOMER, "", "alert", outcome, "", detail)
