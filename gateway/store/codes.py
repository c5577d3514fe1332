"""One-time codes: the part of a transaction that counts tries over all processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports.codes import CodeRow, CodeState
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables_codes import one_time_code

GIVEN = shape(
    one_time_code,
    "id",
    "recipient",
    "caller",
    "purpose",
    "digest",
    "created_at",
    "expires_at",
    "state",
    "tries",
)
SHOWN = [one_time_code.c[name] for name in GIVEN]


@statement("one-time codes of a recipient")
def _codes_of(_: Dialect) -> Executable:
    return (
        sa.select(*SHOWN)
        .where(
            one_time_code.c.recipient == param("recipient"),
            one_time_code.c.created_at >= param("since", MOMENT),
        )
        .order_by(one_time_code.c.created_at.desc(), one_time_code.c.id.desc())
    )


@statement("one-time code put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(one_time_code, GIVEN)
    changed = {name: insert.excluded[name] for name in ("state", "tries")}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("one-time code purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(one_time_code.c.id)
        .where(one_time_code.c.expires_at < param("before", MOMENT))
        .order_by(one_time_code.c.expires_at)
        .limit(param("limit", COUNT))
        .with_for_update(skip_locked=True)
    )
    return sa.delete(one_time_code).where(one_time_code.c.id.in_(old)).returning(one_time_code.c.id)


class CodePart(Part):
    """See ``gateway.ports.codes.CodeTx``."""

    def codes_of(self, recipient: str, *, since: datetime) -> Sequence[CodeRow]:
        """Codes of a recipient, the newest first."""
        return [_row(row) for row in self._session.all(_codes_of, recipient=recipient, since=since)]

    def put_codes(self, rows: Sequence[CodeRow]) -> None:
        """Insert codes, or replace state and tries."""
        self._session.each(_put, [_record(row) for row in sorted(rows, key=lambda one: one.id)])

    def purge_codes(self, *, before: datetime, limit: int) -> int:
        """Delete old codes; return how many."""
        return len(self._session.all(_purge, before=before, limit=limit))


def _record(row: CodeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in GIVEN} | {"state": row.state.value}


def _row(row: tuple[Any, ...]) -> CodeRow:
    values = dict(zip(GIVEN, row, strict=True))
    return CodeRow(**{**values, "state": CodeState(values["state"])})
