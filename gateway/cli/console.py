"""``gateway console``: the operators' pages alone, and the hash of a password."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.lean import undrawn
from gateway.cli.options import DEFAULT_CONFIG, ConfigPath

console = typer.Typer(help="The operators' console.", no_args_is_help=True)


@console.command("password")
def console_password() -> None:
    """Ask for a password and print what to write into `operators.NAME.password`."""
    from gateway.ops.entrance import hashed  # noqa: PLC0415 - keeps help quick

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    typer.echo(hashed(password))


@console.command("serve")
def console_serve(
    *,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Listen here instead of on `http.port`."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Serve console and operator API alone, beside the gateway and on the same database."""
    with undrawn():
        from gateway.cli.alone import serve_operators_alone  # noqa: PLC0415 - keeps help quick

    serve_operators_alone(config, port=port)
