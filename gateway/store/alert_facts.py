"""What alerts are judged by: the oldest of what waits, letters by time, what came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.ports import Heard
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, statement
from gateway.store.tables import delivery, inbox, journal
from gateway.store.tables_letters import dead_letter

EVENTS = ("received", "cards.guessing", "codes.guessing")


def _any_of(column: sa.ColumnElement[str], values: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column == const(value) for value in values))


@statement("alert overdue")
def _overdue(_: Dialect) -> Executable:
    """Read the partial index of what is not done; what rests after a failure has its first time."""
    waits = sa.func.coalesce(delivery.c.first_failed_at, delivery.c.due_at)
    return (
        sa.select(delivery.c.account, sa.type_coerce(sa.func.min(waits), MOMENT))
        .where(_any_of(delivery.c.state, ("due", "retry", "waiting")))
        .group_by(delivery.c.account)
    )


@statement("alert unread")
def _unread(_: Dialect) -> Executable:
    """Read by the index of new rows, those that are due only."""
    return (
        sa.select(inbox.c.account, sa.type_coerce(sa.func.min(inbox.c.received_at), MOMENT))
        .where(inbox.c.state == const("new"), inbox.c.due_at <= param("now", MOMENT))
        .group_by(inbox.c.account)
    )


@statement("alert letters opened")
def _letters(_: Dialect) -> Executable:
    """Read by state and last time, which is never before the first."""
    since = param("since", MOMENT)
    return (
        sa.select(dead_letter.c.account, sa.func.count())
        .where(
            _any_of(dead_letter.c.state, ("open", "replayed", "dropped")),
            dead_letter.c.last_at >= since,
            dead_letter.c.first_at >= since,
        )
        .group_by(dead_letter.c.account)
    )


@statement("alert heard")
def _heard(_: Dialect) -> Executable:
    group = (journal.c.account, journal.c.event, journal.c.outcome)
    # PostgreSQL sums bigint as numeric.
    total = sa.cast(sa.func.sum(journal.c["count"]), COUNT)
    return (
        sa.select(*group, sa.type_coerce(sa.func.max(journal.c.at), MOMENT), total)
        .where(
            journal.c.at > param("since", MOMENT),
            journal.c.at <= param("until", MOMENT),
            _any_of(journal.c.event, EVENTS),
        )
        .group_by(*group)
    )


@statement("alert journal begins")
def _begins(_: Dialect) -> Executable:
    return sa.select(journal.c.at).order_by(journal.c.at).limit(1)


class AlertFactsPart(Part):
    """See ``gateway.ports.AlertFactsTx``."""

    def alert_overdue(self) -> Mapping[str, datetime]:
        """Account → since when the oldest of what is to be told to it waits."""
        return {found[0]: found[1] for found in self._session.all(_overdue)}

    def alert_unread(self, *, now: datetime) -> Mapping[str, datetime]:
        """Account → when the oldest of what is due to be read came in."""
        return {found[0]: found[1] for found in self._session.all(_unread, now=now)}

    def alert_letters(self, *, since: datetime) -> Mapping[str, int]:
        """Account → dead letters that were opened since then."""
        return {found[0]: found[1] for found in self._session.all(_letters, since=since)}

    def alert_heard(self, *, since: datetime, until: datetime) -> Sequence[Heard]:
        """What was received, and guessing."""
        return [Heard(*found) for found in self._session.all(_heard, since=since, until=until)]

    def alert_journal_begins(self) -> datetime | None:
        """When the oldest sentence of the journal was written."""
        found = self._session.all(_begins)
        return found[0][0] if found else None
