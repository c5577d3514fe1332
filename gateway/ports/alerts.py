"""Store port, the part of alerts: see ``gateway.ports.store``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class AlertState(StrEnum):
    """Life of an alert: seen and not lasting yet, on, over."""

    PENDING = "pending"
    ON = "on"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Something that is wrong, or was: one that is not over for each (rule, subject).

    Shape: ``since`` is when it went wrong as far as is known, ``seen_at`` when it was first seen,
    ``clear_at`` since when it is not seen any more, ``bad_at`` when it was last seen to be wrong.
    ``told_at`` is set when the message of its beginning was put down to be sent; only then is its
    end told. ``flaps`` counts how often it came back soon. ``value`` holds figures, and nothing
    about a person.
    """

    id: str
    rule: str
    subject: str
    state: AlertState
    since: datetime
    seen_at: datetime
    bad_at: datetime
    clear_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    told_at: datetime | None = None
    reminded: int = 0
    flaps: int = 0
    value: Mapping[str, Any] = field(default_factory=dict)


class NoteState(StrEnum):
    """Life of a note: it waits for its message, the message is under way, it is sent, given up."""

    WAITING = "waiting"
    HANDED = "handed"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One turn of one alert for one address; it is there once, whatever happens.

    Shape: ``turn`` is ``began``, ``over`` or ``still-N``. ``message`` names the message that tells
    it, empty before it is handed over.
    """

    alert_id: str
    turn: str
    address: str
    state: NoteState
    due_at: datetime
    message: str = ""
    attempts: int = 0
    cause: str = ""


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A time in which beginnings are not told. Shape: ``rule`` and ``subject`` empty for all."""

    id: str
    rule: str
    subject: str
    since: datetime
    until: datetime
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What the journal says of one kind of event. ``at`` is the last of ``count`` happenings."""

    account: str
    event: str
    outcome: str
    at: datetime
    count: int


class AlertTx(Protocol):
    """Alerts, what of them is to be told, and silences."""

    def alerts_open(self) -> Sequence[AlertRow]:
        """Alerts that are not over, oldest first."""

    def alerts_by_id(self, ids: Sequence[str]) -> Mapping[str, AlertRow]:
        """Alerts by id."""

    def alerts_over(self, *, before: str = "", limit: int) -> Sequence[AlertRow]:
        """Alerts that are over, the newest first, after the one with the id ``before``."""

    def put_alerts(self, rows: Sequence[AlertRow]) -> None:
        """Insert or replace alerts."""

    def drop_alerts(self, ids: Sequence[str]) -> None:
        """Forget alerts that never began."""

    def put_notes(self, rows: Sequence[NoteRow]) -> None:
        """Store notes; one that is there already stays as it is."""

    def open_notes(self) -> Sequence[NoteRow]:
        """Notes that are not sent and not given up, in order of their alerts."""

    def notes_of(self, ids: Sequence[str]) -> Sequence[NoteRow]:
        """All notes of alerts, in no order."""

    def settle_notes(self, rows: Sequence[NoteRow]) -> None:
        """Replace the state of notes."""

    def silences(self, *, at: datetime) -> Sequence[SilenceRow]:
        """Silences that are not over at a moment."""

    def put_silence(self, row: SilenceRow) -> None:
        """Insert or replace a silence."""

    def purge_alerts(self, *, before: datetime, limit: int) -> int:
        """Delete alerts that ended before then, with their notes; return how many alerts."""


class AlertFactsTx(Protocol):
    """What alerts are judged by, beside what other parts tell."""

    def alert_overdue(self) -> Mapping[str, datetime]:
        """Account → since when the oldest of what is to be told to it waits."""

    def alert_unread(self, *, now: datetime) -> Mapping[str, datetime]:
        """Account → when the oldest of what was received and is due to be read came in."""

    def alert_letters(self, *, since: datetime) -> Mapping[str, int]:
        """Account → dead letters that were opened since then."""

    def alert_heard(self, *, since: datetime, until: datetime) -> Sequence[Heard]:
        """What was received, and guessing, after ``since`` up to ``until``."""

    def alert_journal_begins(self) -> datetime | None:
        """When the oldest sentence of the journal was written."""
