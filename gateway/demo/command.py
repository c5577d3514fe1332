"""Command: ``gateway demo``."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.demo.run import Wish, demo
from gateway.demo.settings import Infrastructure
from gateway.demo.shop import ShopBroken
from gateway.demo.show import Screen


class Faults(StrEnum):
    """How much goes wrong."""

    NONE = "none"
    NORMAL = "normal"
    HOSTILE = "hostile"


def demo_command(
    *,
    customers: Annotated[int, typer.Option(min=1, help="How many customers there are.")] = 500,
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    faults: Annotated[Faults, typer.Option(help="How much goes wrong.")] = Faults.HOSTILE,
    kills: Annotated[int, typer.Option(min=0, help="How often the gateway is killed.")] = 1,
    kill: Annotated[bool, typer.Option(help="Kill the gateway at all.")] = True,
    day: Annotated[float, typer.Option(min=1, help="Seconds that the day lasts.")] = 40.0,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes of the gateway.")] = 1,
    store: Annotated[str, typer.Option(help="URL of the store; embedded without.")] = "",
    bus: Annotated[str, typer.Option(help="URL of the bus; in memory without.")] = "memory://",
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps logs and data.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    serve: Annotated[bool, typer.Option(help="Stay up after the verdict.")] = False,
) -> None:
    """Live through a shop's day between a site and a CRM, and judge it by what they hold."""
    wish = Wish(
        customers=customers,
        orders=orders,
        seed=seed,
        faults=faults,
        kills=kills if kill else 0,
        day_s=day,
        workers=workers,
        where=Infrastructure(store, bus),
        serve=serve,
    )
    screen = Screen(quiet=as_json)
    try:
        outcome = asyncio.run(demo(wish, screen=screen, keep=keep))
    except ShopBroken as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
    if as_json:
        sys.stdout.write(json.dumps(outcome.result, ensure_ascii=False) + "\n")
    raise typer.Exit(0 if outcome.is_clean else 1)
