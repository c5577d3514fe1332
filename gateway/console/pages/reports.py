"""Reports: figures by month and shop, as a chart, a table and CSV, with what they count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console.charts import COLOURS, Chart, Series
from gateway.console.visit import Page, Visit
from gateway.ops.faults import Refused
from gateway.ops.report_csv import csv_of
from gateway.ops.report_periods import By
from gateway.ops.report_recipes import Value
from gateway.ops.report_texts import Column, ReportName, Unit
from gateway.ops.reports import ReportQuery, ReportRow, ReportView

_TABLE_ROWS = 400
"""So many rows stand on the page; all are in the CSV."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the table, its figures as texts."""

    label: str
    is_open: bool
    shop: str
    tag: str
    figures: tuple[str, ...]


async def index(visit: Visit) -> Response:
    """List the reports."""
    reports = visit.backstage.reports
    progress = await reports.builder.progress()
    return visit.render("reports/index.html", reports=reports.list(), progress=progress)


async def show(visit: Visit) -> Response:
    """Show one report, or hand it out as CSV."""
    name, query = visit.argument("name"), _query(visit)
    view = await visit.backstage.reports.show(name.removesuffix(".csv"), query)
    code = visit.language.code
    if name.endswith(".csv"):
        headers = {"Content-Disposition": f'attachment; filename="{view.info.name.value}.csv"'}
        return Response(csv_of(view, code), media_type="text/csv; charset=utf-8", headers=headers)
    address = f"/reports/{view.info.name.value}.csv?"
    return visit.render(
        "reports/report.html",
        view=view,
        code=code,
        charts=() if view.is_empty else _charts(visit, view),
        rows=[_shown(visit, view, row) for row in view.rows[::-1][:_TABLE_ROWS]],
        is_cut=len(view.rows) > _TABLE_ROWS,
        csv=address + _arguments(view, each_shop=query.each_shop),
        csv_by_shop=address + _arguments(view, each_shop=True),
        spans=tuple(By),
    )


def _query(visit: Visit) -> ReportQuery:
    """Read the address. Raises ``Refused``."""
    given = visit.query
    by = given.get("by") or By.MONTH
    if by not in set(By):
        msg = f"a period is {', '.join(By)}: choose one of them"
        raise Refused(msg)
    return ReportQuery(
        _day(given.get("since")),
        _day(given.get("until")),
        By(by),
        given.get("shop") or None,
        bool(given.get("each_shop")),
    )


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = "a day is written as 2026-03-31"
        raise Refused(msg) from None


def _arguments(view: ReportView, *, each_shop: bool) -> str:
    query = view.query
    given = {
        "since": view.rows[0].since,
        "until": view.rows[-1].since,
        "by": query.by.value,
        "shop": query.shop,
        "each_shop": "1" if each_shop else None,
    }
    return urlencode({name: value for name, value in given.items() if value})


def _charts(visit: Visit, view: ReportView) -> tuple[Chart, ...]:
    """Return one chart for each unit; of rows by shop none is drawn, they would be too many."""
    if view.query.each_shop:
        return ()
    starts = sorted({row.since for row in view.rows})
    labels = tuple(_label(visit, start, view.query.by) for start in starts)
    charted = [column for column in view.info.columns if column.charted]
    units = list(dict.fromkeys(column.unit for column in charted))
    kind = "bars" if view.info.name in {ReportName.SOURCES, ReportName.TURNOVER} else "line"
    return tuple(
        Chart(
            view.info.title.of(visit.language.code),
            "%" if unit is Unit.SHARE else "",
            labels,
            _series(visit, view, starts, [one for one in charted if one.unit is unit]),
            kind="bars" if kind == "bars" else "line",
        )
        for unit in units
    )


def _series(
    visit: Visit, view: ReportView, starts: Sequence[date], columns: Sequence[Column]
) -> tuple[Series, ...]:
    """Return a series for each column, and for the largest tags where there are some.

    What has no figure yet is left out.
    """
    places = [view.info.columns.index(column) for column in columns]
    sizes: defaultdict[str, float] = defaultdict(float)
    for row in view.rows:
        sizes[row.tag] += sum(_float(row.values[place]) or 0.0 for place in places)
    found: list[Series] = []
    for tag in sorted(sizes, key=lambda one: -sizes[one])[: max(1, COLOURS // len(columns))]:
        for column, place in zip(columns, places, strict=True):
            own = {row.since: _float(row.values[place]) for row in view.rows if row.tag == tag}
            named = column.title.of(visit.language.code)
            if view.info.tag is not None:
                named = _tagged(visit, named, tag, columns)
            found.append(Series(named, tuple(own.get(start) for start in starts)))
    told = [one for one in found if any(value is not None for value in one.values)]
    return tuple(told or found)


def _tagged(visit: Visit, named: str, tag: str, columns: Sequence[Column]) -> str:
    told = tag or visit._("source not told")
    return told if len(columns) == 1 else f"{named}, {told}"


def _float(value: Value) -> float | None:
    return None if value is None else float(value)


def _shown(visit: Visit, view: ReportView, row: ReportRow) -> Shown:
    return Shown(
        _label(visit, row.since, view.query.by),
        row.is_open,
        row.shop,
        row.tag,
        tuple(
            _figure(visit, column, value)
            for column, value in zip(view.info.columns, row.values, strict=True)
        ),
    )


def _figure(visit: Visit, column: Column, value: Value) -> str:
    """Return a figure as a person reads it; a dash for none."""
    if value is None:
        return "—"
    text = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
    if visit.language.code == "ru":
        text = text.replace(",", "\u00a0").replace(".", ",")
    return f"{text}\u00a0%" if column.unit is Unit.SHARE else text


def _label(visit: Visit, start: date, by: By) -> str:
    if visit.language.code == "ru":
        return start.strftime("%m.%Y" if by is By.MONTH else "%d.%m.%Y")
    return start.strftime("%Y-%m" if by is By.MONTH else "%Y-%m-%d")


PAGES = (
    Page("/reports", index),
    Page("/reports/{name}", show),
)
