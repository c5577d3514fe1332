"""Approvals: actions that wait for a second person, kept with what exactly is to be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contract import Clock
from gateway.ops.faults import Refused
from gateway.ports import ApprovalRow, ApprovalState, Store

MOST = 200


@dataclass(frozen=True, slots=True)
class WaitingAction:
    """An action that waits, or waited, for a second person; its parameters are not shown."""

    id: str
    action: str
    state: str
    asked_by: str
    asked_at: datetime
    until: datetime
    subjects: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Approvals:
    """Keeps them."""

    store: Store
    clock: Clock
    new_id: Callable[[], str]

    async def list(
        self, *, state: ApprovalState = ApprovalState.ASKED, limit: int = MOST
    ) -> tuple[WaitingAction, ...]:
        """Return those in a state, the newest first; of the waiting only those still in time."""
        now = self.clock.now()
        rows = await self.store.read(lambda tx: tx.approvals(state=state, limit=limit))
        return tuple(
            _shown(row) for row in rows if row.state is not ApprovalState.ASKED or row.until > now
        )

    async def get(self, approval_id: str) -> ApprovalRow | None:
        """Return one whole, for those who perform it."""
        return await self.store.read(lambda tx: tx.approval(approval_id))

    async def ask(
        self,
        who: str,
        action: str,
        subjects: tuple[str, ...],
        params: Mapping[str, Any],
        *,
        until: datetime,
    ) -> ApprovalRow:
        """Store one; what the same person asks for once more stays one."""
        now = self.clock.now()
        waiting = await self.store.read(
            lambda tx: tx.approvals(state=ApprovalState.ASKED, limit=MOST)
        )
        for row in waiting:
            known = (row.asked_by, row.action, row.subjects, dict(row.params))
            if known == (who, action, subjects, dict(params)) and row.until > now:
                return row
        asked = ApprovalRow(
            self.new_id(), action, ApprovalState.ASKED, who, now, until, subjects, params
        )
        await self.store.run(lambda tx: tx.ask_approval(asked))
        return asked

    async def granted(
        self, who: str, action: str, subjects: tuple[str, ...], *, now: datetime
    ) -> ApprovalRow | None:
        """Return an approval by which somebody may look at these subjects now."""
        rows = await self.store.read(
            lambda tx: tx.approvals(state=ApprovalState.APPROVED, limit=MOST)
        )
        for row in rows:
            known = (row.asked_by, row.action, row.subjects)
            if known == (who, action, subjects) and row.until > now:
                return row
        return None

    async def close(self, row: ApprovalRow, state: ApprovalState, who: str) -> None:
        """Decide about one. Raises ``Refused`` when somebody else was faster."""
        now = self.clock.now()
        mine = await self.store.run(
            lambda tx: tx.decide_approval(row.id, state=state, who=who, now=now)
        )
        if not mine:
            msg = "somebody else decided about it at this moment: look at it again"
            raise Refused(msg)


def _shown(row: ApprovalRow) -> WaitingAction:
    return WaitingAction(
        row.id, row.action, str(row.state), row.asked_by, row.asked_at, row.until, row.subjects,
        str(row.params.get("reason", "")), row.decided_by, row.decided_at,
    )  # fmt: skip
