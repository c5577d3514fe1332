"""Desk: the core's side of an exchange door, kept in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Change, Hint, Outcome, RejectedRecord, StoreError


class DeskRecorder:
    """Keeps what comes; ``due`` is what may be taken. With ``is_full`` it takes nothing in."""

    def __init__(self, spool: Path, *, is_full: bool = False) -> None:
        self._spool = spool
        self._is_full = is_full
        self.hints: list[Hint] = []
        self.rejected: list[RejectedRecord] = []
        self.due: list[Change[Any]] = []
        self.handed: list[Change[Any]] = []
        self.told: dict[str, Outcome[Any]] = {}

    @property
    def spool(self) -> Path:
        """The folder for files under way."""
        return self._spool

    async def receive(
        self, hints: Sequence[Hint], rejected: Sequence[RejectedRecord] = (), *, kind: Kind
    ) -> None:
        """Keep what comes. Raises ``StoreError`` when it is full."""
        del kind
        if self._is_full:
            msg = "the disk is full"
            raise StoreError(msg)
        self.hints += hints
        self.rejected += rejected

    async def take(self, kind: Kind, *, limit: int) -> Sequence[Change[Any]]:
        """Hand out what is due."""
        del kind
        taken, self.due = self.due[:limit], self.due[limit:]
        self.handed += taken
        return taken

    def taken(self, kind: Kind) -> Sequence[Change[Any]]:
        """Return what was handed out and not told yet."""
        del kind
        return [change for change in self.handed if change.key not in self.told]

    async def tell(self, outcomes: Mapping[str, Outcome[Any]]) -> None:
        """Keep what became of it."""
        self.told |= outcomes
