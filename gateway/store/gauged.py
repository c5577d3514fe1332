"""Gauged: the counts that gauges show, by the indexes of those who look for work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports import Gauged
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, by_key_only, const, statement
from gateway.store.tables import checkpoint, event, inbox, operation

NEW, WORKING = const("new"), const("working")
UNDER_WAY = [const(state) for state in ("due", "retry", "waiting", "sending")]


def _open_inbox(state: sa.ColumnElement[str], *more: sa.ColumnElement[bool]) -> sa.Select[Any]:
    group = (by_key_only(inbox.c.account), inbox.c.state)
    oldest = sa.func.min(inbox.c.received_at)
    found: sa.Select[Any] = sa.select(*group, sa.func.count(), oldest)
    return found.where(inbox.c.state == state, *more).group_by(*group)


@statement("gauges inbox")
def _inbox(_: Dialect) -> Executable:
    """Ask by each state alone, because each has an index of its own.

    Not in the order of accounts: the index for that holds all that ever came.
    """
    return sa.union_all(_open_inbox(NEW), _open_inbox(WORKING, inbox.c.leased_until.is_not(None)))


@statement("gauges operations")
def _operations(_: Dialect) -> Executable:
    group = (operation.c.account, operation.c.state)
    found = sa.select(*group, sa.func.count()).where(operation.c.state.in_(UNDER_WAY))
    return found.group_by(*group)


@statement("gauges events")
def _events(_: Dialect) -> Executable:
    columns: list[sa.ColumnElement[Any]] = [sa.func.count(), sa.func.min(event.c.at)]
    return sa.select(*columns)


@statement("gauges feeds")
def _feeds(_: Dialect) -> Executable:
    return sa.select(checkpoint.c.account, checkpoint.c.stream, checkpoint.c.at)


class GaugePart(Part):
    """See ``gateway.ports.GaugeTx``."""

    def gauged(self) -> Gauged:
        """Count what waits."""
        inbox_rows = self._session.all(_inbox)
        oldest: dict[str, datetime] = {}
        for account, _, _, at in inbox_rows:
            oldest[account] = min(at, oldest.get(account, at))
        ((events, oldest_event),) = self._session.all(_events)
        return Gauged(
            inbox={(account, state): rows for account, state, rows, _ in inbox_rows},
            oldest_inbox=oldest,
            operations={
                (account, state): rows for account, state, rows in self._session.all(_operations)
            },
            events=events,
            oldest_event=oldest_event,
            moved={(account, stream): at for account, stream, at in self._session.all(_feeds)},
        )


QUESTIONS = {"ix_inbox_due": _inbox, "ix_inbox_lease": _inbox, "ix_operation_due": _operations}
"""What is asked of tables that grow, by the index that serves it."""
