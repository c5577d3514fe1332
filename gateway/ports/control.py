"""Store port, the part that concerns processes and listeners: see ``gateway.ports.store``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.ports.accounts import AccountState
from gateway.ports.rows import Checkpoint, EventRow


class ControlTx(Protocol):
    """What processes agree on: how far feeds are read, who works on what, states of accounts."""

    def checkpoint(self, account: str, stream: str) -> Checkpoint | None:
        """How far a feed was read."""

    def move_checkpoint(
        self, account: str, stream: str, *, old: str | None, new: str, now: datetime
    ) -> bool:
        """Move a cursor if it still is ``old``; False when another process moved it."""

    def lease(self, name: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong a named lease; False while another holder has it."""

    def renew_leases(self, *, holders: Sequence[str], until: datetime) -> None:
        """Prolong all inbox and delivery and operation rows that ``holders`` are working on."""

    def end_leases(self, *, now: datetime) -> None:
        """End all leases: only for a process that has the store to itself, at its start."""

    def account_states(self) -> Mapping[str, AccountState]:
        """States of all accounts that have one."""

    def put_account_state(self, state: AccountState) -> None:
        """Store what processes know of an account; what operators decided stays."""

    def hasten(self, account: str, *, causes: Sequence[str], now: datetime) -> int:
        """Make due at once what waits for one of these causes; return how many."""

    def purge(
        self,
        *,
        inbox_before: datetime,
        journal_before: datetime,
        letters_before: datetime,
        limit: int,
    ) -> Mapping[str, int]:
        """Retention: delete finished inbox rows, journal rows and closed letters; return counts."""


class EventTx(Protocol):
    """Versions of snapshots on their way to listeners (transactional outbox)."""

    def put_events(self, rows: Sequence[EventRow]) -> None:
        """Append events; those of one entity keep the order in which its versions were made."""

    def next_events(self, *, limit: int) -> Sequence[EventRow]:
        """The oldest events that are not dropped yet."""

    def drop_events(self, ids: Sequence[int]) -> None:
        """Forget events that were told."""
