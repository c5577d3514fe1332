"""Sub-commands of other rooms, loaded when they are called.

To add one, write a loader and put it into ``LATER``; its module is not imported for the whole
``--help``, only for its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer


@dataclass(frozen=True, slots=True)
class Later:
    """A command of another room: ``load`` imports it and returns its function."""

    name: str
    help: str
    load: Callable[[], Callable[..., Any]]


def _demo() -> Callable[..., Any]:
    from gateway.demo.command import demo_command  # noqa: PLC0415 - loaded when it is called

    return demo_command


LATER = (Later("demo", "Live through a shop's day with all doubles, and judge it.", _demo),)


def register(app: typer.Typer) -> None:
    """Put all of ``LATER`` into ``app``; each is given its arguments as they were typed."""
    for one in LATER:
        app.command(
            one.name,
            help=one.help,
            add_help_option=False,
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        )(_forward(one))


def _forward(one: Later) -> Callable[[typer.Context], None]:
    def forward(context: typer.Context) -> None:
        room = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        room.command(one.name, help=one.help)(one.load())
        room(args=context.args, prog_name=f"gateway {one.name}")

    return forward
