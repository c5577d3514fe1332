"""Ordeal: the demo's day with many kills, on services that are killed too."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.canonical import Kind
from gateway.config import load
from gateway.demo.beside import VENDORS
from gateway.demo.counts import feed_ends, feeds_of
from gateway.demo.run import Demo, Outcome, Wish
from gateway.demo.settings import Infrastructure
from gateway.demo.shop import Doubles, GatewayProcesses
from gateway.demo.show import Screen
from gateway.ports import Tx
from gateway.telemetry import LogForm
from tests.services.private import PrivatePostgres, PrivateRabbit

_FIRST_READ_S = 20.0
_LOOK_S = 0.05
NOTHING = ("lost", "repeated", "stale", "differences")
# The site's double gives an order its id as number.
_NUMBER = re.compile(r"order (\d+)")


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens, and how often something dies. Units: ``day_s`` seconds."""

    kills: int
    customers: int
    orders: int
    day_s: float


def size_of(kills: int) -> Size:
    """Return the short form for 0 kills, and else a day in which that many fit."""
    if not kills:
        return Size(kills=3, customers=40, orders=100, day_s=9.0)
    return Size(kills=kills, customers=4 * kills, orders=10 * kills, day_s=4.0 * kills)


SIZE = size_of(int(os.environ.get("SOAK_KILLS", "0")))
SEED = int(os.environ.get("SOAK_SEED", "1"))


@asynccontextmanager
async def audit(gateway: GatewayProcesses, log: Path) -> AsyncIterator[Foundation]:
    """Open the store of a running gateway beside it, as an operator's command does."""
    config = load(gateway.config, env=gateway.env)
    with log.open("a", encoding="utf-8") as text:
        foundation = await lay_foundation(
            config, exclusive=False, env=gateway.env, log_to=text, log_form=LogForm.JSON
        )
        try:
            yield foundation
        finally:
            await foundation.close()


async def begun(gateway: GatewayProcesses, log: Path) -> None:
    """Wait until every feed was read once. A feed begins where it is first read."""
    async with asyncio.timeout(_FIRST_READ_S), audit(gateway, log) as foundation:
        feeds = feeds_of(foundation.accounts)
        # Another process writes the store, so there is no event to wait on.
        while None in await foundation.store.read(lambda tx: feed_ends(tx, feeds)):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


async def write_story(gateway: GatewayProcesses, folder: Path, order_id: str) -> None:
    """Write down what the gateway noted of an order of the shop, before its database is gone."""

    def story(tx: Tx) -> list[str]:
        link = tx.links("shop", Kind.ORDER, [order_id]).get(order_id)
        rows = tx.story(link.entity_id, limit=500) if link else []
        return [f"{r.at} {r.account} {r.event} {r.outcome} {dict(r.detail)}" for r in rows]

    async with audit(gateway, folder / "audit.log") as foundation:
        lines = await foundation.store.read(story)
    (folder / f"order-{order_id}.log").write_text("\n".join(lines), encoding="utf-8")


@dataclass(slots=True)
class Shaken:
    """Kills the broker and the database, each once, and notes whom they took with them."""

    postgres: PrivatePostgres
    rabbit: PrivateRabbit
    count: int = 0
    ended: int = 0

    async def shake(self, gateway: GatewayProcesses) -> None:
        """Kill and start one after the other; the gateway's processes must live on."""
        for service in (self.rabbit, self.postgres):
            await asyncio.to_thread(service.kill)
            await asyncio.to_thread(service.start)
            self.count += 1
        self.ended = sum(process.returncode is not None for process in gateway.running)


@dataclass(frozen=True, slots=True)
class Ordeal:
    """The end of a soak."""

    outcome: Outcome
    letters: Mapping[tuple[str, str], int]
    services_killed: int
    ended_with_services: int

    def figures(self, engine: str) -> str:
        """Return the soak in one line."""
        result = self.outcome.result
        verdict = ", ".join(f"{name} {result[name]}" for name in NOTHING)
        return (
            f"{engine}: seed {SEED}, {result['customers']} customers, {result['orders']} orders, "
            f"{result['received']} received, {result['kills']} kills of the gateway, "
            f"{self.services_killed} of its services; {verdict}, "
            f"dead letters {sum(self.letters.values())}; {result['seconds']} s"
        )

    def complaints(self) -> list[str]:
        """Return all that is wrong, for a person to look at; without personal data."""
        result: Mapping[str, Any] = self.outcome.result
        wrong = [f"{name}: {result[name]}" for name in NOTHING if result[name]]
        wrong += [f"dead letter at {account}: {cause}" for account, cause in self.letters]
        wrong += [
            f"{state} at {account}: {row[state]}"
            for account, row in result["deliveries"].items()
            for state in ("held", "dead")
            if row[state]
        ]
        if self.ended_with_services:
            wrong.append(f"{self.ended_with_services} processes ended with a service")
        return [*wrong, *self.outcome.findings]


async def _shake(demo: Demo, shaken: Shaken) -> None:
    if demo.gateway is not None:
        await shaken.shake(demo.gateway)


async def _letters(demo: Demo) -> Mapping[tuple[str, str], int]:
    if demo.gateway is None:
        return {}
    async with audit(demo.gateway, demo.folder / "audit.log") as foundation:
        return await foundation.store.read(lambda tx: tx.count_dead())


async def _stories(demo: Demo, outcome: Outcome) -> None:
    """Write down the stories of the orders that something is wrong with."""
    named = {number for text in outcome.findings for number in _NUMBER.findall(text)}
    if demo.gateway is None:
        return
    for number in sorted(named):
        await write_story(demo.gateway, demo.folder, number)


async def undergo(
    folder: Path, *, where: Infrastructure, workers: int, shaken: Shaken | None = None
) -> Ordeal:
    """Live through the day and return its end. Logs stay in ``folder``."""
    wish = Wish(
        customers=SIZE.customers, orders=SIZE.orders, seed=SEED, kills=SIZE.kills,
        day_s=SIZE.day_s, workers=workers, where=where,
    )  # fmt: skip
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
        doubles = Doubles(folder / "doubles.log", SEED, VENDORS)
        with (folder / "screen.log").open("w", encoding="utf-8") as text:
            demo = Demo(wish, Screen(console=Console(file=text)), folder, http, doubles)
            if shaken is not None:
                demo.trouble = lambda: _shake(demo, shaken)
            try:
                outcome = await demo.live()
                letters = await _letters(demo)
                await _stories(demo, outcome)
            finally:
                await demo.close()
    return Ordeal(
        outcome, letters,
        services_killed=shaken.count if shaken else 0,
        ended_with_services=shaken.ended if shaken else 0,
    )  # fmt: skip
