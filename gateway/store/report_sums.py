"""Sums over facts: changed with the facts, so that a report never has to read those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports.reports import BuyerFact, SumKey, SumRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.report_facts import dropping, putting, reading, record_of
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables_letters import dead_letter
from gateway.store.tables_reports import buyer_fact, fact_sum, purchase_fact

BUYER = shape(buyer_fact, "id", "day", "shop", "again_days")
SUM = shape(fact_sum, "figure", "day", "shop", "tag", "value")
MONTH_CHARS, DAY_CHARS = 7, 10
_BUYERS = reading(buyer_fact, list(BUYER))
_PUT_BUYERS, _DROP_BUYERS = putting(buyer_fact, list(BUYER)), dropping(buyer_fact)
_TWO: sa.ColumnElement[int] = sa.literal_column("2")


@statement("fact first purchases")
def _first(d: Dialect) -> Executable:
    """Number each buyer's purchases, ties in the same order on every database; read the first two.

    Returns and what does not count are left out.
    """
    one = purchase_fact
    of_text = sa.collate(one.c.id, "C" if d.name == "postgresql" else "BINARY")
    place = sa.func.row_number().over(partition_by=one.c.buyer, order_by=(one.c.at, of_text))
    numbered = (
        sa.select(one.c.buyer, one.c.day, one.c.shop, place.label("nth"))
        .where(
            d.among(one.c.buyer, "ids"),
            one.c.buyer != sa.literal_column("''"),
            one.c.counts.is_(True),
            one.c.kind == const("purchase"),
        )
        .subquery("numbered")
    )
    found = sa.select(*numbered.c).where(numbered.c.nth <= _TWO)
    return found.order_by(numbered.c.buyer, numbered.c.nth)


@statement("fact sum add")
def _add(d: Dialect) -> Executable:
    insert = d.insert(fact_sum, SUM)
    return insert.on_conflict_do_update(
        index_elements=["figure", "day", "shop", "tag"],
        set_={"value": fact_sum.c.value + insert.excluded["value"]},
    )


def _summed(d: Dialect, period: sa.ColumnElement[str] | None) -> sa.Select[Any]:
    shop = param("shop")
    named = sa.literal_column("''", sa.Text()) if period is None else period
    group: list[sa.ColumnElement[Any]] = [fact_sum.c.figure, fact_sum.c.shop, fact_sum.c.tag]
    group += [] if period is None else [period]
    # PostgreSQL sums bigint as numeric.
    total = sa.cast(sa.func.sum(fact_sum.c.value), COUNT)
    return (
        sa.select(fact_sum.c.figure, named, fact_sum.c.shop, fact_sum.c.tag, total)
        .where(
            d.among(fact_sum.c.figure, "figures"),
            fact_sum.c.day < param("until"),
            sa.or_(shop.is_(None), fact_sum.c.shop == shop),
        )
        .group_by(*group)
    )


def _period(chars: int) -> sa.ColumnElement[str]:
    return sa.func.substr(fact_sum.c.day, sa.literal_column("1"), sa.literal_column(str(chars)))


@statement("fact sums by month")
def _by_month(d: Dialect) -> Executable:
    return _summed(d, _period(MONTH_CHARS)).where(fact_sum.c.day >= param("since"))


@statement("fact sums by day")
def _by_day(d: Dialect) -> Executable:
    return _summed(d, _period(DAY_CHARS)).where(fact_sum.c.day >= param("since"))


@statement("fact sums before")
def _before(d: Dialect) -> Executable:
    return _summed(d, None)


@statement("fact shops")
def _shops(d: Dialect) -> Executable:
    shop = fact_sum.c.shop
    bought = d.among(fact_sum.c.figure, "figures")
    return sa.select(shop).where(bought, shop != sa.literal_column("''")).distinct().order_by(shop)


@statement("letters decided")
def _decided(_: Dialect) -> Executable:
    closed = dead_letter.c.closed_at
    return (
        sa.select(dead_letter.c.first_at, closed, dead_letter.c.state)
        .where(
            closed.is_not(None),
            closed >= param("since", MOMENT),
            closed < param("until", MOMENT),
        )
        .order_by(closed.desc())
        .limit(param("limit", COUNT))
    )


class SumPart(Part):
    """See ``gateway.ports.reports.SumTx``."""

    def buyer_facts(self, ids: Sequence[str]) -> Mapping[str, BuyerFact]:
        """Buyers as they are summed up."""
        return {row[0]: _buyer(*row) for row in self._about(_BUYERS, ids)}

    def first_purchases(self, ids: Sequence[str]) -> Mapping[str, BuyerFact]:
        """Buyers as their purchases tell."""
        found: dict[str, BuyerFact] = {}
        for buyer, day, shop, _ in self._about(_first, ids):
            if (first := found.get(buyer)) is None:
                found[buyer] = _buyer(buyer, day, shop, None)
            else:
                days = (date.fromisoformat(day) - first.day).days
                found[buyer] = BuyerFact(buyer, first.day, first.shop, days)
        return found

    def put_buyer_facts(self, rows: Sequence[BuyerFact], *, gone: Sequence[str]) -> None:
        """Replace buyers."""
        self._about(_DROP_BUYERS, gone)
        self._session.each(_PUT_BUYERS, [record_of(row, BUYER, ("day",)) for row in rows])

    def add_fact_sums(self, changes: Mapping[SumKey, int]) -> None:
        """Add to sums; in order, though only one process does."""
        records = [
            {"figure": figure, "day": day.isoformat(), "shop": shop, "tag": tag, "value": value}
            for (figure, day, shop, tag), value in sorted(changes.items())
            if value
        ]
        self._session.each(_add, records)

    def fact_sums(
        self,
        figures: Sequence[str],
        *,
        since: date | None,
        until: date,
        shop: str | None,
        by_month: bool,
    ) -> Sequence[SumRow]:
        """Sums by period."""
        wanted = {"figures": list(figures), "until": until.isoformat(), "shop": shop}
        if since is None:
            found = self._session.all(_before, **wanted)
        else:
            by = _by_month if by_month else _by_day
            found = self._session.all(by, **wanted, since=since.isoformat())
        return [SumRow(*row) for row in found if row[-1]]

    def fact_shops(self) -> Sequence[str]:
        """Shops that sold anything."""
        return [one for (one,) in self._session.all(_shops, figures=["purchases", "returns"])]

    def decided_letters(
        self, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[datetime, datetime, str]]:
        """Letters that were closed then."""
        found = self._session.all(_decided, since=since, until=until, limit=limit)
        return [(first, closed, state) for first, closed, state in found]


def _buyer(key: str, day: str, shop: str, again_days: int | None) -> BuyerFact:
    return BuyerFact(key, date.fromisoformat(day), shop, again_days)
