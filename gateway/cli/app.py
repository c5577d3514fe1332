"""Commands: names, options and help. Bodies import what they need, so that help is quick.

Exit codes stand in ``gateway.ops.faults``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import later
from gateway.cli.account import account
from gateway.cli.alerts import alert
from gateway.cli.connector import connector
from gateway.cli.console import console
from gateway.cli.dead import dead
from gateway.cli.house import house
from gateway.cli.identity import identity
from gateway.cli.journal import journal
from gateway.cli.lean import undrawn
from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Who
from gateway.cli.pos import pos
from gateway.cli.report import export, report
from gateway.cli.till import till
from gateway.cli.tills import sale, switch

app = typer.Typer(
    name="gateway",
    help="Integration gateway between the systems of a retailer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
events = typer.Typer(help="What listeners are told of changes.", no_args_is_help=True)
app.add_typer(account, name="account")
app.add_typer(alert, name="alert")
app.add_typer(connector, name="connector")
app.add_typer(journal, name="journal")
app.add_typer(console, name="console")
app.add_typer(dead, name="dead")
app.add_typer(house, name="house")
app.add_typer(identity, name="identity")
app.add_typer(db, name="db")
app.add_typer(events, name="events")
app.add_typer(pos, name="pos")
app.add_typer(report, name="report")
app.add_typer(export, name="export")
app.add_typer(sale, name="sale")
app.add_typer(switch, name="switch")
app.add_typer(till, name="till")
later.register(app)


@app.command()
def run(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run everything in one process: the HTTP door, the synchronisation and the upkeep.

    An embedded database is brought to this program's schema first. End with Ctrl-C or SIGTERM:
    what is under way is finished; a second signal ends at once, which is safe too.
    """
    with undrawn():
        from gateway.cli.processes import Roles, run_process  # noqa: PLC0415 - keeps help quick

    run_process(config, Roles(serves=True, works=True))


@app.command()
def serve(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run the HTTP door only; `gateway work` does the rest in other processes."""
    with undrawn():
        from gateway.cli.processes import Roles, run_process  # noqa: PLC0415 - keeps help quick

    run_process(config, Roles(serves=True))


@app.command()
def work(
    *,
    index: Annotated[int, typer.Option(min=0, help="This worker, from 0.")] = 0,
    of: Annotated[int, typer.Option(min=1, help="How many workers there are.")] = 1,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Run the synchronisation only, as one of several workers."""
    with undrawn():
        from gateway.cli.processes import Roles, run_process  # noqa: PLC0415 - keeps help quick

    if index >= of:
        raise typer.BadParameter(f"it must be below --of, which is {of}", param_hint="--index")  # noqa: EM102, TRY003 - click's own form
    run_process(config, Roles(works=True, index=index, of=of))


@app.command()
def check(*, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check the configuration, the database, the bus, and every account by a harmless call.

    An account that was parked goes on when its check succeeds. Ends with 1 when anything is wrong.
    """
    from gateway.cli.checking import check_all  # noqa: PLC0415 - keeps help quick

    check_all(config, as_json=as_json)


@app.command()
def due(
    *,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show what is not told yet, per account, why it waits and since when."""
    from gateway.cli.stories import show_due  # noqa: PLC0415 - keeps help quick

    show_due(config, account=account, as_json=as_json)


@app.command()
def merge(
    survivor: Annotated[str, typer.Argument(help="The customer who stays.")] = "",
    absorbed: Annotated[str, typer.Argument(help="The customer who goes into him.")] = "",
    *,
    who: Who,
    undo: Annotated[str, typer.Option(metavar="ID", help="Take this merge back.")] = "",
    confirm: Annotated[str, typer.Option(metavar="ID", help="Take codes for this merge.")] = "",
    codes: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="PLACE=CODE", help="The person's code for a place."),
    ] = None,
    state: Annotated[str, typer.Option(help="List merges in this state instead.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it is written down.")] = "",
    vouch: Annotated[bool, typer.Option(help="Do not ask the person: you answer for it.")] = False,
    despite: Annotated[bool, typer.Option(help="Despite two confirmed phones.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Make two records of one person one, in every system, or take that back."""
    from gateway.cli.merge_wish import MergeWish, carry_out  # noqa: PLC0415 - keeps help quick

    wish = MergeWish(
        survivor, absorbed, undo, confirm, tuple(codes or ()), state, reason, vouch=vouch,
        despite=despite,
    )  # fmt: skip
    carry_out(config, wish, who=who, as_json=as_json)


@app.command()
def erase(
    query: Annotated[
        str, typer.Argument(help="The person: an order number, phone, e-mail, card or id.")
    ] = "",
    *,
    who: Who,
    reason: Annotated[str, typer.Option(help="Why, such as the request's number.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    despite: Annotated[bool, typer.Option(help="Despite orders that are under way.")] = False,
    protocol: Annotated[str, typer.Option(metavar="ID", help="Show this protocol.")] = "",
    done: Annotated[
        str, typer.Option(metavar="ACCOUNT", help="With --protocol: done there by hand.")
    ] = "",
    listed: Annotated[bool, typer.Option("--list", help="List all protocols.")] = False,
    since: Annotated[
        str, typer.Option(metavar="TIME", help="List who was erased after a backup of this time.")
    ] = "",
    again: Annotated[bool, typer.Option(help="Erase again after a backup was restored.")] = False,
    given: Annotated[
        Path | None, typer.Option("--from", help="A list that was saved, for --again.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Erase a person here and in every system, with a protocol of what was done where."""
    from gateway.cli.erasing import ErasureWish  # noqa: PLC0415 - keeps help quick
    from gateway.cli.erasing import erase as do  # noqa: PLC0415 - keeps help quick

    wish = ErasureWish(
        query, protocol, done, reason, since, listed=listed, dry_run=dry_run, despite=despite,
        again=again, given=given,
    )  # fmt: skip
    do(config, wish, who=who, as_json=as_json)


@events.command("schema")
def events_schema(
    kind: Annotated[str, typer.Argument(help="`customer` or `order`.")],
) -> None:
    """Print the JSON Schema of the events of a kind."""
    from gateway.canonical import Kind  # noqa: PLC0415 - keeps help quick
    from gateway.cli.screen import print_json  # noqa: PLC0415 - keeps help quick
    from gateway.ops.events import event_schema  # noqa: PLC0415 - keeps help quick

    if kind not in set(Kind):
        raise typer.BadParameter(f"one of {', '.join(Kind)}", param_hint="KIND")  # noqa: EM102, TRY003 - click's own form
    print_json(event_schema(Kind(kind)))


@db.command("upgrade")
def db_upgrade(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Bring the database to this program's schema."""
    from gateway.cli.database import upgrade_database  # noqa: PLC0415 - keeps help quick

    upgrade_database(config)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a known error ends with its text, its remedy and its exit code.

    ``arguments`` are those of the process unless given.
    """
    try:
        app(args=arguments)
    except Exception as error:  # noqa: BLE001 - the outermost boundary: texts instead of traces
        from gateway.ops.faults import fault_of  # noqa: PLC0415 - keeps help quick

        fault = fault_of(error)
        sys.stderr.write(f"gateway: {fault}\n")
        sys.exit(fault.code)
