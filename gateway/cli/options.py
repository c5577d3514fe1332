"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DEFAULT_CONFIG = Path("gateway.toml")

ConfigPath: TypeAlias = Annotated[
    Path,
    typer.Option("--config", envvar="GATEWAY_CONFIG", help="The configuration file."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
