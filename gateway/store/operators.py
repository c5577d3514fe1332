"""Sessions of the console, and actions that wait for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports.operators import ApprovalRow, ApprovalState, SessionRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_operators import approval, operator_session

SESSION = shape(
    operator_session, "digest", "name", "role", "token", "created_at", "seen_at", "until"
)
APPROVAL = shape(
    approval, "id", "action", "state", "asked_by", "asked_at", "until", "decided_by",
    "decided_at", "sealed",
)  # fmt: skip
SEALED = "approval.sealed"


@statement("operator session put")
def _put_session(d: Dialect) -> Executable:
    return d.insert(operator_session, SESSION)


@statement("operator session prolong")
def _prolong(_: Dialect) -> Executable:
    return (
        sa.update(operator_session)
        .where(operator_session.c.digest == param("of_digest"))
        .values(seen_at=param("seen_at", MOMENT), until=param("until", MOMENT))
        .returning(operator_session.c.digest)
    )


@statement("operator session read")
def _session(_: Dialect) -> Executable:
    shown = [operator_session.c[name] for name in SESSION]
    return sa.select(*shown).where(operator_session.c.digest == param("digest"))


@statement("operator session end")
def _end_sessions(_: Dialect) -> Executable:
    digest, name = param("digest"), param("of_name")
    return (
        sa.delete(operator_session)
        .where(sa.or_(operator_session.c.digest == digest, operator_session.c.name == name))
        .returning(operator_session.c.digest)
    )


@statement("operator session purge")
def _purge_sessions(_: Dialect) -> Executable:
    old = (
        sa.select(operator_session.c.digest)
        .where(operator_session.c.until < param("before", MOMENT))
        .order_by(operator_session.c.until)
        .limit(param("limit", COUNT))
    )
    found = operator_session.c.digest.in_(old)
    return sa.delete(operator_session).where(found).returning(operator_session.c.digest)


@statement("approval ask")
def _ask(d: Dialect) -> Executable:
    return d.insert(approval, APPROVAL)


@statement("approval read")
def _approval(_: Dialect) -> Executable:
    shown = [approval.c[name] for name in APPROVAL]
    return sa.select(*shown).where(approval.c.id == param("id"))


@statement("approval list")
def _approvals(_: Dialect) -> Executable:
    return (
        sa.select(*(approval.c[name] for name in APPROVAL))
        .where(approval.c.state == param("state"))
        .order_by(approval.c.asked_at.desc(), approval.c.id.desc())
        .limit(param("limit", COUNT))
    )


@statement("approval decide")
def _decide(_: Dialect) -> Executable:
    return (
        sa.update(approval)
        .where(approval.c.id == param("of_id"), approval.c.state == const(ApprovalState.ASKED))
        .values(state=param("state"), decided_by=param("who"), decided_at=param("now", MOMENT))
        .returning(approval.c.id)
    )


class OperatorPart(Part):
    """See ``gateway.ports.OperatorTx``."""

    def put_session(self, row: SessionRow) -> None:
        """Insert a session."""
        self._session.each(_put_session, [{name: getattr(row, name) for name in SESSION}])

    def prolong_session(self, digest: str, *, seen_at: datetime, until: datetime) -> bool:
        """Move its times, if it is still there."""
        given = {"of_digest": digest, "seen_at": seen_at, "until": until}
        return bool(self._session.all(_prolong, **given))

    def session(self, digest: str) -> SessionRow | None:
        """A session by its digest."""
        found = self._session.all(_session, digest=digest)
        return SessionRow(**dict(zip(SESSION, found[0], strict=True))) if found else None

    def end_sessions(self, *, digest: str | None = None, name: str | None = None) -> int:
        """Delete one, or all of a name."""
        return len(self._session.all(_end_sessions, digest=digest, of_name=name))

    def purge_sessions(self, *, before: datetime, limit: int) -> int:
        """Delete those that are over."""
        return len(self._session.all(_purge_sessions, before=before, limit=limit))

    def ask_approval(self, row: ApprovalRow) -> None:
        """Store an action that waits."""
        given: dict[str, Any] = {name: getattr(row, name) for name in APPROVAL if name != "sealed"}
        given["state"] = str(row.state)
        given["sealed"] = self._sealer.seal(SEALED, [list(row.subjects), dict(row.params)])
        self._session.each(_ask, [given])

    def approval(self, approval_id: str) -> ApprovalRow | None:
        """One action."""
        found = self._session.all(_approval, id=approval_id)
        return self._approval_row(found[0]) if found else None

    def approvals(self, *, state: ApprovalState, limit: int) -> Sequence[ApprovalRow]:
        """Actions in a state, the newest first."""
        found = self._session.all(_approvals, state=str(state), limit=limit)
        return [self._approval_row(row) for row in found]

    def decide_approval(
        self, approval_id: str, *, state: ApprovalState, who: str, now: datetime
    ) -> bool:
        """Decide about one that still waits."""
        found = self._session.all(_decide, of_id=approval_id, state=str(state), who=who, now=now)
        return bool(found)

    def _approval_row(self, row: tuple[Any, ...]) -> ApprovalRow:
        values = dict(zip(APPROVAL, row, strict=True))
        subjects, params = self._sealer.open(SEALED, values.pop("sealed"))
        values["state"] = ApprovalState(values["state"])
        return ApprovalRow(**values, subjects=tuple(subjects), params=params)
