"""State of an account: what processes found out about it, and what operators decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """An operator's word that an account is to rest. Only an operator takes it back."""

    at: datetime
    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Slowed:
    """An operator's word on how fast an account may be called: ``calls`` in ``per_s`` seconds."""

    calls: int
    per_s: float
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Probe:
    """The last time that somebody asked whether an account works. No personal data."""

    at: datetime
    ok: bool
    note: str


@dataclass(frozen=True, slots=True)
class AccountState:
    """What operators and all processes must know of an account.

    ``parked`` stops all calls until a probe succeeds or an operator resumes; ``open_until`` is the
    circuit's pause. What comes after ``failures`` is written apart from the rest; ``unprepared`` is
    why the connector could not make what it needs there.
    """

    account: str
    parked: bool = False
    reason: str = ""
    since: datetime | None = None
    open_until: datetime | None = None
    failures: int = 0
    paused: Pause | None = None
    slowed: Slowed | None = None
    unprepared: str = ""
    probe: Probe | None = None
