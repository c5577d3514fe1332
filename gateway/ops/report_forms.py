"""Forms of a report for programs: figures by column, money and points as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.ops.report_texts import ReportInfo, Text
from gateway.ops.reports import ReportRow, ReportView


@dataclass(frozen=True, slots=True)
class RowDocument:
    """A period's figures by column. ``until`` is the day after it; ``is_open``: it has not ended.

    ``shop`` is empty for all together and for no shop; ``tag`` is what splits the period's rows.
    """

    since: date
    until: date
    shop: str
    tag: str
    is_open: bool
    values: Mapping[str, int | float | str | None]


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report. ``is_whole``: all that there was is in it; ``waiting`` changes are not yet."""

    report: ReportInfo
    rows: tuple[RowDocument, ...]
    shops: tuple[str, ...]
    is_whole: bool
    waiting: int
    notes: tuple[Text, ...]


def document(view: ReportView) -> ReportDocument:
    """Return a report for programs."""
    names = [column.name for column in view.info.columns]
    return ReportDocument(
        view.info,
        tuple(_row(names, row) for row in view.rows),
        view.shops,
        view.progress.whole,
        view.progress.waiting,
        view.notes,
    )


def _row(names: list[str], row: ReportRow) -> RowDocument:
    values = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in zip(names, row.values, strict=True)
    }
    return RowDocument(row.since, row.until, row.shop, row.tag, row.is_open, values)
