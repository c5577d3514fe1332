"""Store port, the part of the people who look after the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session of the console.

    Shape: ``digest`` is that of its cookie, ``token`` what its unsafe requests must carry.
    """

    digest: str
    name: str
    role: str
    token: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    until: datetime


class ApprovalState(StrEnum):
    """Life of an action that a second person must approve."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An action that waits for a second person, or waited.

    Shape: ``subjects`` and ``params`` are those of the action; they may hold personal data.
    """

    id: str
    action: str
    state: ApprovalState
    asked_by: str
    asked_at: datetime
    until: datetime
    subjects: tuple[str, ...] = field(repr=False)
    params: Mapping[str, Any] = field(repr=False)
    decided_by: str = ""
    decided_at: datetime | None = None


class OperatorTx(Protocol):
    """Sessions and approvals."""

    def put_session(self, row: SessionRow) -> None:
        """Insert a session."""

    def prolong_session(self, digest: str, *, seen_at: datetime, until: datetime) -> bool:
        """Move the times of a session; False when it was ended meanwhile."""

    def session(self, digest: str) -> SessionRow | None:
        """A session by the digest of its cookie, also one that is over."""

    def end_sessions(self, *, digest: str | None = None, name: str | None = None) -> int:
        """Delete one session, or all of a name; return how many there were."""

    def purge_sessions(self, *, before: datetime, limit: int) -> int:
        """Delete sessions that were over before then."""

    def ask_approval(self, row: ApprovalRow) -> None:
        """Store an action that waits."""

    def approval(self, approval_id: str) -> ApprovalRow | None:
        """One action, waiting or decided."""

    def approvals(self, *, state: ApprovalState, limit: int) -> Sequence[ApprovalRow]:
        """Actions in a state, the newest first."""

    def decide_approval(
        self, approval_id: str, *, state: ApprovalState, who: str, now: datetime
    ) -> bool:
        """Decide about an action that still waits; False when somebody else was faster."""
