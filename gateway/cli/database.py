"""``gateway db``: the schema of the database."""

from __future__ import annotations

from pathlib import Path

import typer

from gateway.config import load
from gateway.store import upgrade


def upgrade_database(path: Path) -> None:
    """Upgrade and say what the schema is now."""
    state = upgrade(load(path).store_url())
    typer.echo(f"schema {state.current}: up to date")
