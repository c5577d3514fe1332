"""``gateway report`` and ``gateway export``: reports on a terminal, as JSON and as CSV."""

from __future__ import annotations

import asyncio
import sys
from contextlib import nullcontext
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.reports import build_builder, build_reports
from gateway.cli.beside import beside
from gateway.cli.screen import print_json, say, table
from gateway.ids import sortable_id
from gateway.ops.report_build import Builder
from gateway.ops.report_csv import csv_of, facts_csv
from gateway.ops.report_forms import document
from gateway.ops.report_periods import By
from gateway.ops.report_texts import REPORTS, Unit
from gateway.ops.reports import ReportQuery, ReportView

_WAIT_S = 1.0
_SHOWN_EVERY = 25
_MARKS = {Unit.SHARE: " %", Unit.HOURS: " h"}


class Form(Enum):
    """How a report is printed."""

    TABLE = auto()
    CSV = auto()
    JSON = auto()


def asked(
    since: datetime | None, until: datetime | None, by: str, shop: str | None, *, each_shop: bool
) -> ReportQuery:
    """Return what options ask for."""
    return ReportQuery(
        since.date() if since else None, until.date() if until else None, By(by), shop, each_shop
    )


def list_reports(language: str, *, as_json: bool) -> None:
    """Print the reports."""
    if as_json:
        print_json({"reports": REPORTS})
        return
    for info in REPORTS:
        say(f"{info.name.value:<11} {info.title.of(language)}")
        say(f"            {info.definition.of(language)}")


def show_report(path: Path, name: str, query: ReportQuery, form: Form, language: str) -> None:
    """Print a report."""

    async def look(foundation: Foundation) -> ReportView:
        return await build_reports(foundation).show(name, query)

    view = beside(path, look)
    if form is Form.JSON:
        print_json(document(view))
    elif form is Form.CSV:
        sys.stdout.write(csv_of(view, language))
    else:
        _print(view, language)


def _print(view: ReportView, language: str) -> None:
    info = view.info
    say(info.title.of(language))
    say(info.definition.of(language))
    for note in view.notes:
        say(note.of(language))
    say()
    if view.is_empty:
        say(info.missing.of(language))
        return
    with_shop = view.query.each_shop and info.has_shops
    heads = ["from", *(["shop"] if with_shop else [])]
    heads += [info.tag.of(language)] if info.tag is not None else []
    heads += [column.title.of(language) for column in info.columns]
    table(
        heads,
        [
            [
                f"{row.since}{' *' if row.is_open else ''}",
                *([row.shop or "-"] if with_shop else []),
                *([row.tag or "-"] if info.tag is not None else []),
                *(
                    "-" if value is None else f"{value:,}{_MARKS.get(column.unit, '')}"
                    for column, value in zip(info.columns, row.values, strict=True)
                ),
            ]
            for row in view.rows
        ],
    )
    if any(row.is_open for row in view.rows):
        say("* has not ended yet" if language == "en" else "* ещё не закончился")


def build_facts(path: Path, *, anew: bool) -> None:
    """Build until facts show everything, and say how far it has come."""

    async def build(foundation: Foundation) -> None:
        builder = build_builder(foundation, sortable_id(), hurries=True)
        if anew:
            await builder.restart()
        try:
            seen = await _built(builder)
        finally:
            await builder.release()
        say(f"the facts show everything: {seen} records were read")

    beside(path, build)


async def _built(builder: Builder) -> int:
    """Build to the end, or wait for the running gateway that is at it; return the records read."""
    steps = 0
    while True:
        worked = await builder.step()
        steps += 1
        if worked and steps % _SHOWN_EVERY:
            continue
        progress = await builder.progress()
        if progress.is_done and not worked:
            return progress.seen
        say(f"{progress.stage}: {progress.seen} records read, {progress.waiting} changes waiting")
        if not worked:
            await asyncio.sleep(_WAIT_S)


def write_facts(path: Path, what: str, out: Path | None) -> None:
    """Write facts as CSV."""

    async def write(foundation: Foundation) -> None:
        opened = nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8")
        with opened as file:
            async for part in facts_csv(foundation.store, what):
                file.write(part)

    beside(path, write)
