"""Commands of ``gateway pos``: what tills and sites need."""

from __future__ import annotations

import typer

pos = typer.Typer(help="Tills and sites.", no_args_is_help=True)


@pos.callback()
def _group() -> None:
    """Tills and sites."""


@pos.command("key")
def pos_key() -> None:
    """Print a fresh random key for a till or a site; nothing is stored."""
    import secrets  # noqa: PLC0415 - keeps help quick

    typer.echo(secrets.token_urlsafe(32))
