"""What alerts are judged by: the oldest of what waits, letters by time, what came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports import INCOMPLETE, Heard
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, by_key_only, const, param, statement
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


OVERDUE = _overdue


@statement("alert unread")
def _unread(_: Dialect) -> Executable:
    """Read by the index of new rows, those that are due only; the one by account holds them all."""
    account: sa.ColumnElement[Any] = by_key_only(inbox.c.account)
    return (
        sa.select(
            sa.label("account", account), sa.type_coerce(sa.func.min(inbox.c.received_at), MOMENT)
        )
        .where(inbox.c.state == const("new"), inbox.c.due_at <= param("now", MOMENT))
        .group_by(account)
    )


UNREAD = _unread


@statement("alert letters")
def _letters(_: Dialect) -> Executable:
    """Read by the index of when letters were opened; one that was open already is not new.

    Whoever waits for a contact by the shop's own rule was refused by nobody.
    """
    return (
        sa.select(dead_letter.c.account, sa.func.count())
        .where(
            dead_letter.c.opened_at >= param("since", MOMENT),
            dead_letter.c.cause_code != const(INCOMPLETE),
        )
        .group_by(dead_letter.c.account)
    )


LETTERS = _letters


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


HEARD = _heard


@statement("alert journal begins")
def _begins(_: Dialect) -> Executable:
    return sa.select(journal.c.at).order_by(journal.c.at).limit(1)


BEGINS = _begins


class AlertFactsPart(Part):
    """See ``gateway.ports.AlertFactsTx``."""

    def alert_overdue(self) -> Mapping[str, datetime]:
        """Account → since when the oldest of what is to be told to it waits."""
        return {found[0]: found[1] for found in self._session.all(OVERDUE)}

    def alert_unread(self, *, now: datetime) -> Mapping[str, datetime]:
        """Account → when the oldest of what is due to be read came in."""
        return {found[0]: found[1] for found in self._session.all(UNREAD, now=now)}

    def alert_letters(self, *, since: datetime) -> Mapping[str, int]:
        """Account → dead letters that were opened since then."""
        return {found[0]: found[1] for found in self._session.all(LETTERS, since=since)}

    def alert_heard(self, *, since: datetime, until: datetime) -> Sequence[Heard]:
        """What was received, and guessing."""
        return [Heard(*found) for found in self._session.all(HEARD, since=since, until=until)]

    def alert_journal_begins(self) -> datetime | None:
        """When the oldest sentence of the journal was written."""
        found = self._session.all(BEGINS)
        return found[0][0] if found else None
