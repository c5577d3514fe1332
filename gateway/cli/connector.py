"""Commands of ``gateway connector``: names, options and help; the work is done in ``rooms``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from gateway.cli.options import AsJson

connector = typer.Typer(help="Connectors.", no_args_is_help=True)

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="The connector's key.")]
MaybeConfig: TypeAlias = Annotated[
    Path | None,
    typer.Option("--config", help="Probe the accounts of this configuration that use it."),
]


@connector.command("list")
def connector_list(*, as_json: AsJson = False) -> None:
    """List the installed connectors and what they can do."""
    from gateway.cli.rooms import list_connectors  # noqa: PLC0415 - keeps help quick

    list_connectors(as_json=as_json)


@connector.command("check")
def connector_check(name: Name, *, config: MaybeConfig = None, as_json: AsJson = False) -> None:
    """Check a connector, and what the accounts that use it really have.

    Nothing is changed at a vendor. Ends with 1 when anything is wrong.
    """
    from gateway.cli.rooms import check_connector  # noqa: PLC0415 - keeps help quick

    check_connector(name, config, as_json=as_json)


@connector.command("new")
def connector_new(
    name: Name,
    *,
    to: Annotated[Path, typer.Option(help="The folder in which the package is made.")] = Path(),
    here: Annotated[
        bool, typer.Option("--here", help="Make a room of this checkout instead of a package.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a new connector that works, with its double and its tests, to be replaced by yours."""
    from gateway.cli.rooms import new_connector  # noqa: PLC0415 - keeps help quick

    new_connector(name, to, here=here, as_json=as_json)
