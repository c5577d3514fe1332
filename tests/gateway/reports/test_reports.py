"""Reports tell what was sold, and say what they do not hold."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.ops.faults import NotFound, Refused
from gateway.ops.report_csv import csv_of, facts_csv
from gateway.ops.report_periods import By
from gateway.ops.report_recipes import Value
from gateway.ops.report_texts import REPORTS, ReportName
from gateway.ops.reports import ReportQuery, Reports, ReportView
from gateway.ports import EntityRow, SaleRow, Tx
from gateway.store import SqlStore
from gateway.store.schema import made_engine, parsed
from gateway.store.tables_reports import VIEWS
from tests.gateway.ops.house import REPOSITORY
from tests.gateway.reports.history import (
    SHOPS,
    ZONES,
    build,
    builder,
    customer,
    day_at,
    give_back,
    order,
    phone_of,
    put,
    sale,
)
from tests.store.rows import NOON, HeldClock, later, letter

YEAR = ReportQuery(date(2026, 1, 1), date(2026, 4, 1))
WHOLE = ReportQuery(date(2025, 12, 1), date(2027, 1, 31))


@pytest.fixture
def reports(store: SqlStore, clock: HeldClock) -> Reports:
    """The service over an empty store."""
    return Reports(store, clock, builder(store, clock), ZONES)


async def sold(reports: Reports, *rows: EntityRow | SaleRow) -> None:
    """Let something be stored and counted."""
    await reports.store.run(lambda tx: put(tx, rows))
    await build(reports.builder)


def _replay(subject: str, tx: Tx) -> int:
    return tx.close_dead("delivery", subject, "loyalty", state="replayed")


def column(view: ReportView, name: str) -> list[Value]:
    """Return a column's figures."""
    at = [one.name for one in view.info.columns].index(name)
    return [row.values[at] for row in view.rows]


async def test_the_share_of_identified_receipts_is_that_of_each_shop(reports: Reports) -> None:
    """89 % is the figure by which the shop judged its loyalty programme (D5)."""
    rows = [
        sale(n, content={"member": {"phone": phone_of(n)}} if n % 100 < 89 else {})
        for n in range(1000)
    ]
    await sold(reports, *rows, order(5, customer_id="c-0001"))
    view = await reports.show("identified", YEAR)
    total, named = column(view, "receipts"), column(view, "identified")
    assert (sum(map(int, map(str, total))), sum(map(int, map(str, named)))) == (1000, 890)
    assert column(view, "share")[-1] is None, "no receipts in April: no share, not 0 %"
    every = await reports.show("identified", replace(YEAR, each_shop=True))
    assert {row.shop for row in every.rows} == set(SHOPS) == set(every.shops)
    of_one = await reports.show("identified", replace(YEAR, shop=SHOPS[1]))
    expected = [n for n in range(1, 1000, 25) if day_at(sale(n).at, SHOPS[1]).month == 1]
    assert column(of_one, "receipts")[0] == len(expected)


async def test_second_purchases_are_told_when_their_days_are_over(
    reports: Reports, clock: HeldClock
) -> None:
    """A young month would look worse than an old one, only because it is young."""
    rows = [sale(n, content={"member": {"phone": phone_of(n)}}) for n in (0, 1, 2, 3)]
    again = sale(24 * 20, content={"member": {"phone": phone_of(0)}})
    late = sale(24 * 60, content={"member": {"phone": phone_of(1)}})
    await sold(reports, *rows, again, late)
    clock.at = rows[0].at + timedelta(days=70)
    view = await reports.show("repeat", YEAR)
    assert (column(view, "first")[0], column(view, "again_30")[0]) == (4, 25.0)
    assert column(view, "again_90")[0] is None
    clock.move(86_400 * 90)
    view = await reports.show("repeat", YEAR)
    assert (column(view, "again_30")[0], column(view, "again_90")[0]) == (25.0, 50.0)
    view = await reports.show("returning", YEAR)
    assert column(view, "returning") == [1, 0, 1, 0]


async def test_contacts_are_shares_of_all_customers_at_the_end_of_a_period(
    reports: Reports,
) -> None:
    """34 % → 70 % was the aim there (D5); shares of new customers would not show it."""
    people = [customer(n) for n in range(20)]
    emails = [customer(n, version=2, **{f"emails/p{n}@example.ru": True}) for n in range(25, 45)]
    await sold(reports, *people, *emails)
    view = await reports.show("contacts", YEAR)
    assert column(view, "people") == [26, 40, 40, 40]
    assert column(view, "email_share") == [23.1, 50.0, 50.0, 50.0]
    assert column(view, "phone_share") == [100.0] * 4


async def test_sources_are_shares_of_the_new_customers(reports: Reports) -> None:
    """The questionnaire brought 30 % there (A7)."""
    await sold(reports, *(customer(n) for n in range(30)))
    view = await reports.show("sources", replace(YEAR, until=date(2026, 1, 31)))
    assert [(row.tag, row.values) for row in view.rows] == [
        ("questionnaire", (10, 33.3)), ("till", (20, 66.7)),
    ]  # fmt: skip


async def test_turnover_is_exact_and_counts_returns_on_their_day(reports: Reports) -> None:
    """A shop compares it with its books."""
    first, second = sale(1), sale(2)
    lines = [{"id": "1", "quantity": "0.3"}]
    await sold(reports, first, second, give_back(first, lines=lines), order(3, status="cancelled"))
    view = await reports.show("turnover", replace(YEAR, until=YEAR.since))
    assert [(row.tag, row.values) for row in view.rows] == [
        (
            "RUB",
            (2, Decimal(403), Decimal("201.5"), 1, Decimal("60.3"), Decimal("342.7"),
             Decimal("6.5"), Decimal(0)),
        )
    ]  # fmt: skip


async def test_letters_are_told_by_how_long_they_waited(reports: Reports, store: SqlStore) -> None:
    """An operators' figure: failures that lie about for days cost customers."""
    waits = (600, 1800, 3600 * 5, 3600 * 50)
    rows = [letter(f"l{n}", subject=f"c{n}", first_at=NOON) for n in range(5)]
    await store.run(lambda tx: tx.put_dead(rows))
    clock = reports.clock
    assert isinstance(clock, HeldClock)
    for number, wait in enumerate(waits):
        clock.at = later(wait)
        subject = f"c{number}"
        await store.run(partial(_replay, subject))
    view = await reports.show("letters", ReportQuery(date(2026, 3, 1), date(2026, 3, 31)))
    assert [row.values for row in view.rows] == [(4, 4, 2.8, 50.0, 75.0)]


async def test_every_report_can_be_shown_empty_and_by_any_period(reports: Reports) -> None:
    """A new shop's first look would end in an error."""
    for name in ReportName:
        for by in By:
            view = await reports.show(name, ReportQuery(by=by, each_shop=True))
            assert view.is_empty, name
            assert len(view.rows) >= 12
            assert view.notes[1].en.startswith("The figures are being made")
            assert csv_of(view, "ru").count("\r\n") == len(view.rows) + 1
    await build(reports.builder)
    assert len((await reports.show("identified")).notes) == 1


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (ReportQuery(date(2026, 2, 1), date(2026, 1, 1)), "swap them"),
        (ReportQuery(date(2020, 2, 1), date(2026, 1, 1), By.DAY), "choose longer ones"),
        (ReportQuery(date(1, 1, 1)), "no year of a shop"),
        (ReportQuery(until=date(9999, 12, 31)), "no year of a shop"),
    ],
)
async def test_what_cannot_be_told_is_refused(
    reports: Reports, query: ReportQuery, error: str
) -> None:
    """A page would take minutes, or end in a trace."""
    with pytest.raises(Refused, match=error):
        await reports.show("turnover", query)
    with pytest.raises(NotFound, match="no report"):
        await reports.show("none")


def test_every_definition_is_in_both_languages() -> None:
    """A figure without its definition is believed to be another one."""
    assert {info.name for info in REPORTS} == set(ReportName)
    for info in REPORTS:
        texts = [info.title, info.definition, info.missing, *(c.title for c in info.columns)]
        assert all(text.of("ru") != text.of("en") for text in texts), info.name


async def test_facts_leave_as_csv_with_nobodys_name(reports: Reports, store: SqlStore) -> None:
    """Personal data would lie about in spreadsheets."""
    said: dict[str, Any] = {f"cards/{n}000000": True for n in range(3)}
    person = customer(1, **said, **{"emails/p1@example.ru": True}, source="=cmd()")
    bought = sale(1, content={"member": {"phone": phone_of(1)}})
    await sold(reports, person, bought, give_back(bought), order(2, customer_id="c-0001"))
    told = {what: "".join([part async for part in facts_csv(store, what)]) for what in VIEWS}
    assert [text.count("\r\n") for text in told.values()] == [4, 2, 1]
    for secret in (phone_of(1), "p1@example.ru", "0000000"):
        assert not any(secret in text for text in told.values())
    sales = told["purchases"].splitlines()
    assert sales[0].lstrip("\ufeff") == ",".join(VIEWS["purchases"])
    assert ",201.00,RUB,1,c-0001,6.5000,0.0000,,committed,1" in sales[2]
    assert ",-201.00,RUB,1,c-0001,-6.5000,0.0000,till:s1,committed,1" in sales[3]
    assert "'=cmd()" in told["people"]
    with pytest.raises(NotFound):
        _ = [part async for part in facts_csv(store, "secrets")]


async def test_the_guides_query_answers_as_the_report_does(reports: Reports, url: str) -> None:
    """Power BI and the console would disagree, and both would be doubted."""
    rows = [sale(n, content={"member": {"phone": phone_of(n)}} if n % 3 else {}) for n in range(90)]
    online = sale(200, content={"number": "А-7", "is_online": True})
    await sold(reports, *rows, online, order(7), give_back(rows[4]))
    guide = (REPOSITORY / "docs/how-to/reports.md").read_text("utf-8")
    query = re.findall(r"```sql\n(SELECT.*?);\n```", guide, re.DOTALL)[-1]
    with made_engine(parsed(url)).connect() as connection:
        found = connection.execute(sa.text(query)).all()
        names = {what: connection.execute(_view(what)).keys() for what in VIEWS}
    view = await reports.show("identified", ReportQuery(YEAR.since, YEAR.since, each_shop=True))
    shares = {(f"{row.since:%Y-%m}", row.shop): row.values[2] for row in view.rows}
    assert {(month, shop): float(share) for month, shop, share in found} == shares
    for what, columns in VIEWS.items():
        assert tuple(names[what]) == columns
        listed = re.search(rf"\| `report_{what}` \|[^|]*\|(.*)\|", guide)
        assert listed is not None
        assert tuple(re.findall(r"`(\w+)`", listed[1])) == columns


def _view(what: str) -> sa.Select[Any]:
    return sa.select(sa.text("*")).select_from(sa.table(f"report_{what}"))
