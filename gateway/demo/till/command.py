"""Command: the bodies of ``gateway till``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import typer

from gateway.demo.command import leaves, unused
from gateway.demo.shop import ShopBroken
from gateway.demo.show import Screen
from gateway.demo.till.elsewhere import live_elsewhere
from gateway.demo.till.plan import Wish
from gateway.demo.till.run import TillWish, live_day
from gateway.demo.till.sell import Selling, sell
from gateway.demo.till.show import show_day
from gateway.demo.till.verdict import Verdict
from gateway.demo.till.words import Language

_INTERRUPTED = 130
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DayOptions:
    """Options of ``gateway till day``."""

    shops: int
    receipts: int
    members: int
    seed: int
    processor: str
    kills: int
    faults: bool
    outage: bool
    free: bool
    deadline_ms: int
    day_s: float
    url: str
    key: str = field(repr=False)
    keep: Path | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class SellOptions:
    """Options of ``gateway till sell``."""

    processor: str
    url: str
    key: str = field(repr=False)
    language: str
    seed: int


def run_day(options: DayOptions) -> None:
    """Live a day; ends with 1 unless all is well."""
    day = Wish(
        shops=options.shops, receipts=options.receipts, members=options.members,
        seed=options.seed, free=options.free,
    )  # fmt: skip
    wish = TillWish(
        day, options.processor, options.kills, options.faults, options.outage,
        options.deadline_ms, options.day_s,
    )  # fmt: skip
    screen = Screen(quiet=options.as_json)
    verdict = _run(_judged(options, wish, screen))
    if options.as_json:
        sys.stdout.write(json.dumps(verdict.result, ensure_ascii=False) + "\n")
        sys.stderr.write("".join(f"{finding}\n" for finding in verdict.findings))
    else:
        show_day(screen, verdict)
    raise typer.Exit(0 if verdict.is_clean else 1)


def run_sell(options: SellOptions) -> None:
    """Sell by hand until the cashier ends."""
    own = Selling(
        options.processor, options.url, options.key, Language(options.language), options.seed
    )
    _run(sell(own))


async def _judged(options: DayOptions, wish: TillWish, screen: Screen) -> Verdict:
    if options.url:
        return await live_elsewhere(wish, options.url, options.key, screen=screen)
    return await live_day(wish, screen=screen, keep=unused(options.keep))


def _run(work: Coroutine[Any, Any, R]) -> R:
    results: list[R] = []
    code = 0
    try:
        results.append(asyncio.run(work))
    except* ShopBroken as broken:
        sys.stderr.write("".join(f"{error}\n" for error in leaves(broken)))
        code = 1
    except* (KeyboardInterrupt, asyncio.CancelledError):
        code = _INTERRUPTED
    if code:
        raise typer.Exit(code)
    return results[0]
