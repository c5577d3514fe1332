"""Tally: figures over time, so that no chart reads the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from gateway.ports import Grain, TallyRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables import journal
from gateway.store.tables_overview import tally

GIVEN = shape(tally, "grain", "at", "account", "what", "count")
KEY = ["grain", "at", "account", "what"]
MINUTE, HOUR = const(Grain.MINUTE), const(Grain.HOUR)
_AN_HOUR = timedelta(hours=1)


def _total(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Sum, as a whole number: PostgreSQL sums bigint as numeric."""
    return sa.cast(sa.func.sum(column), COUNT)


def _within(column: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    return sa.and_(column >= param("since", MOMENT), column < param("before", MOMENT))


@statement("journal count between")
def _between(_: Dialect) -> Executable:
    group = (journal.c.account, journal.c.event, journal.c.outcome)
    total = _total(journal.c["count"])
    return sa.select(*group, total).where(_within(journal.c.at)).group_by(*group)


@statement("journal begins")
def _begins(_: Dialect) -> Executable:
    return sa.select(journal.c.at).order_by(journal.c.at).limit(sa.literal_column("1"))


@statement("tally clear")
def _clear(d: Dialect) -> Executable:
    which = (tally.c.grain == MINUTE, _within(tally.c.at), d.among(tally.c.what, "whats"))
    return sa.delete(tally).where(*which)


@statement("tally add")
def _add(d: Dialect) -> Executable:
    insert = d.insert(tally, GIVEN)
    more = tally.c["count"] + insert.excluded["count"]
    return insert.on_conflict_do_update(index_elements=KEY, set_={"count": more})


@statement("tally clear hour")
def _clear_hour(_: Dialect) -> Executable:
    return sa.delete(tally).where(tally.c.grain == HOUR, tally.c.at == param("since", MOMENT))


@statement("tally roll up")
def _roll_up(_: Dialect) -> Executable:
    group = (tally.c.account, tally.c.what)
    found = (
        sa.select(HOUR, param("since", MOMENT), *group, _total(tally.c["count"]))
        .where(tally.c.grain == MINUTE, _within(tally.c.at))
        .group_by(*group)
    )
    return sa.insert(tally).from_select(list(GIVEN), found, include_defaults=False)


@statement("tally read")
def _read(d: Dialect) -> Executable:
    account, everything = param("account"), param("everything", sa.Boolean())
    return (
        sa.select(*(tally.c[name] for name in GIVEN))
        .where(
            tally.c.grain == param("grain"),
            _within(tally.c.at),
            sa.or_(everything, d.among(tally.c.what, "whats")),
            sa.or_(account.is_(None), tally.c.account == account),
        )
        .order_by(tally.c.at, tally.c.account, tally.c.what)
    )


@statement("tally purge")
def _purge(_: Dialect) -> Executable:
    """Delete whole minutes or hours, so that their key is enough to name them."""
    old = (
        sa.select(tally.c.at)
        .where(tally.c.grain == param("grain"), tally.c.at < param("before", MOMENT))
        .order_by(tally.c.at)
        .limit(param("limit", COUNT))
    )
    which = (tally.c.grain == param("grain"), tally.c.at.in_(old))
    return sa.delete(tally).where(*which).returning(tally.c.what)


class TallyPart(Part):
    """See ``gateway.ports.TallyTx``."""

    def count_between(
        self, *, since: datetime, until: datetime
    ) -> Mapping[tuple[str, str, str], int]:
        """(account, event, outcome) → happenings."""
        found = self._session.all(_between, since=since, before=until)
        return {(account, event, outcome): total for account, event, outcome, total in found}

    def journal_begins(self) -> datetime | None:
        """The moment of the oldest sentence."""
        found = self._session.all(_begins)
        return found[0][0] if found else None

    def replace_tally(
        self, rows: Sequence[TallyRow], *, since: datetime, until: datetime, whats: Sequence[str]
    ) -> None:
        """Put rows of minutes in place of what was there."""
        self._session.all(_clear, since=since, before=until, whats=list(whats))
        self.add_tally(rows)

    def add_tally(self, rows: Sequence[TallyRow]) -> None:
        """Add to what is there already; in one order, so that processes never wait crosswise."""
        total: Counter[tuple[str, datetime, str, str]] = Counter()
        for row in rows:
            total[row.grain.value, row.at, row.account, row.what] += row.count
        records = [dict(zip(GIVEN, (*key, total[key]), strict=True)) for key in sorted(total)]
        self._session.each(_add, records)

    def roll_up(self, hour: datetime) -> None:
        """Sum an hour up from its minutes."""
        self._session.all(_clear_hour, since=hour)
        self._session.all(_roll_up, since=hour, before=hour + _AN_HOUR)

    def tally(
        self,
        *,
        grain: Grain,
        since: datetime,
        until: datetime,
        whats: Sequence[str],
        account: str | None = None,
    ) -> Sequence[TallyRow]:
        """Rows of a time, in order."""
        found = self._session.all(
            _read, grain=grain.value, since=since, before=until, account=account,
            whats=list(whats), everything=not whats,
        )  # fmt: skip
        return [TallyRow(at, Grain(of), name, what, rows) for of, at, name, what, rows in found]

    def purge_tally(self, *, minutes_before: datetime, hours_before: datetime, limit: int) -> int:
        """Delete at most ``limit`` minutes or hours of each grain, and what else is in them."""
        old = {Grain.MINUTE: minutes_before, Grain.HOUR: hours_before}
        return sum(
            len(self._session.all(_purge, grain=grain.value, before=before, limit=limit))
            for grain, before in old.items()
        )
