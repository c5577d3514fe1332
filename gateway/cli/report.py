"""Commands of ``gateway report`` and ``gateway export``; the work is done in ``report_desk``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Who

report = typer.Typer(help="Figures by month and shop.", no_args_is_help=True)
export = typer.Typer(help="Data for other programs.", no_args_is_help=True)

_DAYS = ["%Y-%m-%d"]


class Span(StrEnum):
    """How long a period is."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Facts(StrEnum):
    """What can be exported."""

    PURCHASES = "purchases"
    PEOPLE = "people"
    CARDS = "cards"


class Spoken(StrEnum):
    """Languages of headings and definitions."""

    EN = "en"
    RU = "ru"


Language = Annotated[Spoken, typer.Option(help="Language of headings and definitions.")]


@report.command("list")
def report_list(*, language: Language = Spoken.EN, as_json: AsJson = False) -> None:
    """List the reports and what each counts."""
    from gateway.cli.report_desk import list_reports  # noqa: PLC0415 - keeps help quick

    list_reports(language.value, as_json=as_json)


@report.command("show")
def report_show(
    name: Annotated[str, typer.Argument(help="A report that `gateway report list` names.")],
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="A day of the first period.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="A day of the last period.")
    ] = None,
    by: Annotated[Span, typer.Option(help="How long a period is.")] = Span.MONTH,
    shop: Annotated[str | None, typer.Option(help="One shop only.")] = None,
    each_shop: Annotated[bool, typer.Option("--each-shop", help="A row for each shop.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    language: Language = Spoken.EN,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show a report. Without days: the last 12 months, 13 weeks or 31 days."""
    from gateway.cli.report_desk import Form, asked, show_report  # noqa: PLC0415 - see above

    query = asked(since, until, by.value, shop, each_shop=each_shop)
    form = Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE
    show_report(config, name, query, form, language.value)


@report.command("build")
def report_build(
    *,
    anew: Annotated[bool, typer.Option("--anew", help="Make all facts again.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Make the facts now, as fast as it goes; a running gateway does it in the background."""
    from gateway.cli.report_desk import build_facts  # noqa: PLC0415 - keeps help quick

    build_facts(config, anew=anew)


@export.command("facts")
def export_facts(
    what: Annotated[Facts, typer.Argument(help="Which facts.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to the screen.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Write the facts behind reports as CSV; nothing in them tells who somebody is."""
    from gateway.cli.report_desk import write_facts  # noqa: PLC0415 - keeps help quick

    write_facts(config, what.value, out)


@export.command("person")
def export_person(
    query: Annotated[
        str, typer.Argument(help="The person: an order number, phone, e-mail, card or id.")
    ],
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why, such as the request's number.")],
    language: Language = Spoken.RU,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write everything that is held about one person, for the person."""
    from gateway.cli.erasing import export_person as do  # noqa: PLC0415 - keeps help quick

    do(config, query, who=who, reason=reason, language=language.value, as_json=as_json)
