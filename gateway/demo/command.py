"""Command: ``gateway demo``."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.demo.people import DayStuck
from gateway.demo.run import Wish, demo
from gateway.demo.settings import Infrastructure
from gateway.demo.shop import ShopBroken
from gateway.demo.show import Screen

_INTERRUPTED = 130


class Faults(StrEnum):
    """How much goes wrong."""

    NONE = "none"
    NORMAL = "normal"
    HOSTILE = "hostile"


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """Return the exceptions themselves, out of all groups."""
    return [
        leaf
        for error in group.exceptions
        for leaf in (leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def unused(folder: Path | None) -> Path | None:
    """Refuse a folder with an earlier day's truth, which this day's vendors never heard of."""
    if folder is not None and folder.exists() and any(folder.iterdir()):
        msg = "it is not empty; a demo begins with nothing: name a new folder"
        raise typer.BadParameter(msg)
    return folder


def demo_command(
    *,
    customers: Annotated[int, typer.Option(min=1, help="How many customers there are.")] = 60,
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    faults: Annotated[Faults, typer.Option(help="How much goes wrong.")] = Faults.HOSTILE,
    kills: Annotated[int, typer.Option(min=0, help="How often the gateway is killed.")] = 1,
    kill: Annotated[bool, typer.Option(help="Kill the gateway at all.")] = True,
    day: Annotated[float, typer.Option(min=1, help="Seconds that the day lasts.")] = 24.0,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes of the gateway.")] = 1,
    store: Annotated[str, typer.Option(help="URL of an empty store; embedded without.")] = "",
    bus: Annotated[str, typer.Option(help="URL of the bus; in memory without.")] = "memory://",
    keep: Annotated[
        Path | None,
        typer.Option(callback=unused, file_okay=False, help="New folder for logs and data."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    serve: Annotated[bool, typer.Option(help="Stay up after the verdict.")] = False,
) -> None:
    """Live through a shop's day with five vendors, and judge it by what they hold."""
    wish = Wish(
        customers, orders, seed, faults, kills if kill else 0, day, workers,
        Infrastructure(store, bus), serve,
    )  # fmt: skip
    screen, code = Screen(quiet=as_json), 0
    try:
        outcome = asyncio.run(demo(wish, screen=screen, keep=keep))
    except* (ShopBroken, DayStuck) as broken:
        sys.stderr.write("".join(f"{error}\n" for error in leaves(broken)))
        code = 1
    except* (KeyboardInterrupt, asyncio.CancelledError):
        code = _INTERRUPTED
    if code:
        raise typer.Exit(code)
    if as_json:
        sys.stdout.write(json.dumps(outcome.result, ensure_ascii=False) + "\n")
        sys.stderr.write("".join(f"{finding}\n" for finding in outcome.findings))
    raise typer.Exit(0 if outcome.is_clean else 1)
