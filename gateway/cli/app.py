"""Commands: names, options and help. Bodies import what they need, so that help is quick.

Exit codes stand in ``gateway.ops.faults``.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from gateway.cli import later
from gateway.cli.options import DEFAULT_CONFIG, ConfigPath

app = typer.Typer(
    name="gateway",
    help="Integration gateway between the systems of a retailer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")
later.register(app)


@app.command()
def run(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run everything in one process: the HTTP door, the synchronisation and the upkeep.

    An embedded database is brought to this program's schema first. End with Ctrl-C or SIGTERM:
    what is under way is finished; a second signal ends at once, which is safe too.
    """
    from gateway.cli.processes import Roles, run_process  # noqa: PLC0415 - keeps help quick

    run_process(config, Roles(serves=True, works=True))


@app.command()
def serve(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Run the HTTP door only; `gateway work` does the rest in other processes."""
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
    from gateway.cli.processes import Roles, run_process  # noqa: PLC0415 - keeps help quick

    if index >= of:
        raise typer.BadParameter(f"it must be below --of, which is {of}", param_hint="--index")  # noqa: EM102, TRY003 - click's own form
    run_process(config, Roles(works=True, index=index, of=of))


@db.command("upgrade")
def db_upgrade(*, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Bring the database to this program's schema."""
    from gateway.cli.database import upgrade_database  # noqa: PLC0415 - keeps help quick

    upgrade_database(config)


def main() -> None:
    """Run a command; a known error ends with its text, its remedy and its exit code."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the outermost boundary: texts instead of traces
        from gateway.ops.faults import fault_of  # noqa: PLC0415 - keeps help quick

        fault = fault_of(error)
        sys.stderr.write(f"gateway: {fault}\n")
        sys.exit(fault.code)
