"""Commands of ``gateway journal``: names, options and help; the work is done in ``stories``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Unmask, Who

journal = typer.Typer(
    help="What happened, to a customer, an order or at all.", no_args_is_help=True
)


class Lang(StrEnum):
    """Languages of the sentences."""

    EN = "en"
    RU = "ru"


class Form(StrEnum):
    """Forms of an export."""

    NDJSON = "ndjson"
    CSV = "csv"


Language: TypeAlias = Annotated[
    Lang, typer.Option("--lang", envvar="GATEWAY_LANG", help="The language of the sentences.")
]
OfAccount: TypeAlias = Annotated[
    str, typer.Option("--account", help="Only this account; `operator` is what people did.")
]
OfKind: TypeAlias = Annotated[str, typer.Option("--kind", help="Only this kind of entity.")]
OfEvent: TypeAlias = Annotated[str, typer.Option("--event", help="Only this event.")]
Outcome: TypeAlias = Annotated[str, typer.Option("--outcome", help="Only this outcome.")]
OfEntity: TypeAlias = Annotated[
    str, typer.Option("--entity", metavar="ID", help="Only this customer or order.")
]
Correlation: TypeAlias = Annotated[
    str, typer.Option("--correlation", metavar="ID", help="Only under this correlation id.")
]
Containing: TypeAlias = Annotated[str, typer.Option("--text", help="Only with this in the detail.")]
Since: TypeAlias = Annotated[
    str, typer.Option("--since", metavar="TIME", help="From this time on; UTC without a zone.")
]
Until: TypeAlias = Annotated[str, typer.Option("--until", metavar="TIME", help="Before this time.")]


@journal.command("show")
def journal_show(
    query: Annotated[
        str,
        typer.Argument(
            help="An order number, phone, e-mail, card, canonical id, or a vendor's as account:id."
        ),
    ],
    *,
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    steps: Annotated[int, typer.Option(min=1, help="How many of the newest sentences.")] = 200,
    unmask: Unmask = False,
    lang: Language = Lang.EN,
    as_json: AsJson = False,
) -> None:
    """Show the snapshot, the copies at all accounts, and the story in order."""
    from gateway.cli.stories import show_story  # noqa: PLC0415 - keeps help quick

    show_story(
        config, query, who=who, unmask=unmask, steps=steps, language=str(lang), as_json=as_json
    )


@journal.command("tail")
def journal_tail(
    *,
    account: OfAccount = "",
    kind: OfKind = "",
    event: OfEvent = "",
    outcome: Outcome = "",
    entity: OfEntity = "",
    correlation: Correlation = "",
    text: Containing = "",
    since: Since = "",
    until: Until = "",
    lines: Annotated[int, typer.Option(min=1, max=400, help="How many of the newest.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    lang: Language = Lang.EN,
    as_json: AsJson = False,
) -> None:
    """Show the newest sentences of the whole journal.

    With --follow it goes on until Ctrl-C; with --json too, each sentence is a line of its own then.
    """
    from gateway.cli.logs import tail_log  # noqa: PLC0415 - keeps help quick

    wanted = {
        "account": account, "kind": kind, "event": event, "outcome": outcome, "entity_id": entity,
        "correlation_id": correlation, "text": text, "since": since, "until": until,
    }  # fmt: skip
    tail_log(config, wanted, lines=lines, follow=follow, language=str(lang), as_json=as_json)


@journal.command("export")
def journal_export(
    *,
    account: OfAccount = "",
    kind: OfKind = "",
    event: OfEvent = "",
    outcome: Outcome = "",
    entity: OfEntity = "",
    correlation: Correlation = "",
    text: Containing = "",
    since: Since = "",
    until: Until = "",
    form: Annotated[Form, typer.Option(help="One JSON document a line, or a table.")] = Form.NDJSON,
    before: Annotated[int | None, typer.Option(min=1, help="Go on before this id.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="All of it, part after part.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    lang: Language = Lang.EN,
) -> None:
    """Write sentences to standard output, the newest first.

    One run looks through a bounded part; where it goes on is said on standard error.
    """
    from gateway.cli.logs import export_log  # noqa: PLC0415 - keeps help quick

    wanted = {
        "account": account, "kind": kind, "event": event, "outcome": outcome, "entity_id": entity,
        "correlation_id": correlation, "text": text, "since": since, "until": until,
    }  # fmt: skip
    export_log(config, wanted, str(form), before=before, whole=whole, language=str(lang))
