"""Codes port: one-time codes of our own, as digests, so that tries count over all processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CodeState(StrEnum):
    """What a code is good for."""

    OPEN = "open"
    """It can be confirmed until it expires or its tries are used up."""
    USED = "used"
    VOID = "void"
    """A newer one took its place."""
    UNSENT = "unsent"
    """It surely reached nobody."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code that was sent.

    Shape: ``id`` is its reference; ``recipient`` and ``digest`` are keyed digests, so that a stolen
    table tells neither phones nor codes. ``caller`` asked for it and may confirm it. ``tries`` are
    the wrong ones.
    """

    id: str
    recipient: str
    caller: str
    purpose: str
    digest: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    state: CodeState = CodeState.OPEN
    tries: int = 0


class CodeTx(Protocol):
    """One-time codes in a transaction of the store."""

    def codes_of(self, recipient: str, *, since: datetime) -> Sequence[CodeRow]:
        """Codes of a recipient that were made since then, the newest first."""

    def put_codes(self, rows: Sequence[CodeRow]) -> None:
        """Insert codes, or replace state and tries of known ones."""

    def purge_codes(self, *, before: datetime, limit: int) -> int:
        """Delete codes that expired before then; return how many."""
