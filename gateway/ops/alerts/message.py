"""Message: several turns in one text, for people or as JSON. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config import AlertsSection
from gateway.contract import NoticeChannel
from gateway.ops.alerts.record import BEGAN, OVER
from gateway.ops.alerts.words import frame, span_of, what_of, what_to_do
from gateway.ports import AlertRow, NoteRow

SHORT = 190
"""Letters of an SMS: three parts of Cyrillic, less what a shop's own prefix may take."""

RUNBOOKS = "docs/how-to/alerts.md"
_MOST = 20


@dataclass(frozen=True, slots=True)
class Told:
    """One alert in a message. ``turn`` is ``began``, ``still``, ``over``, or ``past`` for both."""

    row: AlertRow
    turn: str


@dataclass(frozen=True, slots=True)
class Text:
    """A message for people."""

    subject: str
    body: str


def told_of(notes: Sequence[NoteRow], alerts: Mapping[str, AlertRow]) -> list[Told]:
    """Return what a message tells: an alert once, whatever became of it before it was sent."""
    turns: dict[str, set[str]] = {}
    for note in notes:
        if note.alert_id in alerts:
            turns.setdefault(note.alert_id, set()).add(note.turn.partition("-")[0])
    told = []
    for alert_id, seen in turns.items():
        turn = BEGAN if BEGAN in seen else "still"
        if OVER in seen:
            turn = "past" if BEGAN in seen else OVER
        told.append(Told(alerts[alert_id], turn))
    order = (BEGAN, "still", "past", OVER)
    return sorted(told, key=lambda one: order.index(one.turn))


def message_id(notes: Sequence[NoteRow]) -> str:
    """Return the name of the message that tells these notes; a note is in one message only."""
    first = min((note.alert_id, note.turn, note.address) for note in notes)
    return f"alert-{hashlib.sha256('|'.join(first).encode()).hexdigest()[:32]}"


def text_of(
    told: Sequence[Told],
    channel: NoticeChannel | None,
    section: AlertsSection,
    now: datetime,
    *,
    language: str,
) -> Text:
    """Return a message in words; an SMS is one line."""
    subject = _subject(told, language)
    if channel is NoticeChannel.SMS:
        return Text(subject, _short(told, section, language))
    blocks = [_block(one, section, now, language) for one in told[:_MOST]]
    if len(told) > _MOST:
        blocks.append(frame(language, "more", n=len(told) - _MOST))
    if section.console_url:
        blocks.append(frame(language, "console", text=console_of(section)))
    return Text(subject, "\n\n".join(blocks))


def json_of(
    told: Sequence[Told], section: AlertsSection, *, message: str, language: str
) -> dict[str, Any]:
    """Return a message for a program."""
    return {
        "id": message,
        "console": console_of(section) if section.console_url else None,
        "alerts": [
            {
                "id": one.row.id,
                "turn": one.turn,
                "rule": one.row.rule,
                "subject": one.row.subject,
                "since": one.row.since.isoformat(),
                "began_at": _iso(one.row.began_at),
                "ended_at": _iso(one.row.ended_at),
                "flaps": one.row.flaps,
                "value": dict(one.row.value),
                "text": what_of(one.row, language),
                "todo": what_to_do(one.row, language),
                "runbook": runbook_of(one.row.rule, section),
            }
            for one in told
        ],
    }


def runbook_of(rule: str, section: AlertsSection) -> str:
    """Return where it is written what to do."""
    return f"{section.runbook_url or RUNBOOKS}#alert-{rule}"


def console_of(section: AlertsSection) -> str:
    """Return the address of the alerts on the console."""
    return f"{section.console_url.rstrip('/')}/alerts"


def _subject(told: Sequence[Told], language: str) -> str:
    name = frame(language, "name")
    if len(told) == 1:
        return f"{name}: {frame(language, told[0].turn)}: {what_of(told[0].row, language)}"
    on = sum(one.turn in {BEGAN, "still"} for one in told)
    counts = [("alerts", on), ("overs", len(told) - on)]
    return f"{name}: " + ", ".join(frame(language, key, n=n) for key, n in counts if n)


def _block(one: Told, section: AlertsSection, now: datetime, language: str) -> str:
    row = one.row
    lines = [f"{frame(language, one.turn)}: {what_of(row, language)}"]
    if row.ended_at is not None and one.turn in {OVER, "past"}:
        begun, ended = _clock(row.since, section), _clock(row.ended_at, section)
        when = frame(language, "span", at=begun, end=ended)
    else:
        when = frame(language, "since", at=_clock(row.since, section))
    ended_at = row.ended_at if one.turn in {OVER, "past"} else None
    lines.append(f"{when} ({span_of(row.since, ended_at, now, language)})")
    if one.turn in {BEGAN, "still"}:
        if row.flaps:
            lines.append(frame(language, "again", n=row.flaps + 1))
        lines.append(frame(language, "do", text=what_to_do(row, language)))
        lines.append(frame(language, "runbook", text=runbook_of(row.rule, section)))
    return "\n".join(lines)


def _short(told: Sequence[Told], section: AlertsSection, language: str) -> str:
    text = f"{frame(language, 'name')}: "
    for place, one in enumerate(told):
        at = _clock(one.row.since, section)
        part = f"{frame(language, one.turn)} {what_of(one.row, language)}, {at}"
        left = len(told) - place
        more = frame(language, "more", n=left)
        room = SHORT - len(text) - (len(more) + 2 if left > 1 else 0)
        if len(part) > room and place:
            return text + more
        text += part[: max(room, 0)] + ("; " if left > 1 else "")
    return text


def _clock(at: datetime, section: AlertsSection) -> str:
    return at.astimezone(ZoneInfo(section.zone)).strftime("%d.%m %H:%M")


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
