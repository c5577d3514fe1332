"""Store port, the part that tells how all is going: tallies, backlogs, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.ports.accounts import Pause, Probe, Slowed
from gateway.ports.rows import DeliveryRow, DeliveryState, OperationRow


class Grain(StrEnum):
    """How long one figure of the tally is."""

    MINUTE = "minute"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class TallyRow:
    """How often something happened at an account in the minute or hour that begins at ``at``."""

    at: datetime
    grain: Grain
    account: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows wait, and the moment of the oldest of them."""

    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of what is due ends: the next one begins behind it."""

    due_at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Hurry:
    """Which retries of an account are hurried: those named by ``ids``, or without ids all that fit.

    Shape: ``ids`` are entities, or keys of operations; an empty ``cause_code`` fits all.
    """

    account: str
    ids: tuple[str, ...] = ()
    cause_code: str = ""


class TallyTx(Protocol):
    """Figures over time (pre-aggregate of the journal)."""

    def count_between(
        self, *, since: datetime, until: datetime
    ) -> Mapping[tuple[str, str, str], int]:
        """(account, event, outcome) → happenings in the journal from ``since`` to before."""

    def journal_begins(self) -> datetime | None:
        """The moment of the oldest sentence."""

    def replace_tally(
        self, rows: Sequence[TallyRow], *, since: datetime, until: datetime, whats: Sequence[str]
    ) -> None:
        """Put rows of minutes in place of all of these ``whats`` from ``since`` to before."""

    def add_tally(self, rows: Sequence[TallyRow]) -> None:
        """Add to what is there already."""

    def roll_up(self, hour: datetime) -> None:
        """Sum an hour up from its minutes, in place of what it was before."""

    def tally(
        self,
        *,
        grain: Grain,
        since: datetime,
        until: datetime,
        whats: Sequence[str],
        account: str | None = None,
    ) -> Sequence[TallyRow]:
        """Rows from ``since`` to before ``until``, in order; of all kinds when none is named."""

    def purge_tally(self, *, minutes_before: datetime, hours_before: datetime, limit: int) -> int:
        """Retention: delete old rows; return how many there were."""


class SteerTx(Protocol):
    """What operators decided about accounts, and what processes found there."""

    def put_pause(self, account: str, pause: Pause | None) -> None:
        """Store or take back an operator's pause; the rest of the account's state stays."""

    def put_slowed(self, account: str, slowed: Slowed | None) -> None:
        """Store or take back an operator's budget; the rest of the account's state stays."""

    def put_probe(self, account: str, probe: Probe) -> None:
        """Store how a probe ended; the rest of the account's state stays."""

    def put_unprepared(self, account: str, reason: str) -> None:
        """Store why an account is not prepared, empty when it is; the rest stays."""


class BacklogTx(Protocol):
    """What waits: counts, and pages for people."""

    def count_inbox(self) -> Mapping[str, Waiting]:
        """Account → inbox rows that are not finished."""

    def count_operations(self) -> Mapping[tuple[str, str], int]:
        """(account, state) → operations that will be tried by themselves, or are being tried."""

    def count_letters(self) -> Mapping[tuple[str, str], Waiting]:
        """(account, cause code) → open letters; ``oldest_at`` is of the newest of them."""

    def oldest_delivery(self, account: str, state: DeliveryState) -> DeliveryRow | None:
        """The delivery of an account that has been in a state, not ``done``, due for longest."""

    def page_deliveries(
        self, account: str, state: DeliveryState, *, after: Place | None, limit: int
    ) -> Sequence[DeliveryRow]:
        """Deliveries of an account in a state that is not ``done``, oldest due first."""

    def page_operations(
        self, account: str, *, after: Place | None, limit: int
    ) -> Sequence[OperationRow]:
        """Operations of an account that are not ended, oldest due first, without their payload."""

    def hurry_deliveries(self, choice: Hurry, *, now: datetime, limit: int) -> Sequence[str]:
        """Make due at once what waits to be told again; return the entities."""

    def hurry_operations(self, choice: Hurry, *, now: datetime, limit: int) -> Sequence[str]:
        """Make due at once operations that wait to be tried again; return their keys."""

    def leases(self) -> Mapping[str, datetime]:
        """Named leases and until when they are taken."""
