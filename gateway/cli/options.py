"""Options that several commands share."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DEFAULT_CONFIG = Path("gateway.toml")

ConfigPath: TypeAlias = Annotated[
    Path,
    typer.Option("--config", envvar="GATEWAY_CONFIG", help="The configuration file."),
]
Who: TypeAlias = Annotated[
    str,
    typer.Option(
        "--who",
        envvar="GATEWAY_OPERATOR",
        default_factory=getpass.getuser,
        show_default="the user of this machine",
        help="Who decides; it is written down.",
    ),
]
Unmask: TypeAlias = Annotated[
    bool, typer.Option("--unmask", help="Show personal data; that you looked is written down.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
