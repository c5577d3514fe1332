"""F8: two vendors wired both ways; how much is written until nobody has anything more to say.

The demo's shop with doubles of both vendors, without faults and kills: people register, order and
edit on both sides, some of them the same field at the same time.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.w1.database import Database
from benchmarks.w1.legs.setting import GATEWAY, Setting, said
from benchmarks.w1.legs.trial import Row
from benchmarks.w1.legs.verdict import Effects
from gateway.demo.beside import VENDORS
from gateway.demo.day import make_day
from gateway.demo.doubles import Door
from gateway.demo.run import Demo, Outcome, Wish
from gateway.demo.settings import Infrastructure
from gateway.demo.shop import Doubles
from gateway.demo.show import Screen

ORDERS = 120
CUSTOMERS_PER_ORDER = 0.5
DAY_S = 15.0
WORKERS = 2
ROUND_S = 1.5
"""The longer of the demo's pauses between two readings of a feed."""
_NEVER = datetime.min.replace(tzinfo=UTC)
_WRITES = frozenset({"created", "changed"})


@dataclass(slots=True)
class Watching(Screen):
    """Shows nothing, and notes when the last person did something."""

    edited_at: datetime = _NEVER

    def bar(self, name: str, done: int, total: int) -> None:
        """See ``Screen.bar``: told of every step of the day."""
        del name, done, total
        self.edited_at = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Writes:
    """When the gateway wrote at either vendor, by the doubles' own journals."""

    at: Sequence[datetime]

    @classmethod
    async def read(cls, demo: Demo) -> Writes:
        """Read both journals from their beginning."""
        rows = [row for door in (demo.site, demo.crm) for row in await _journal(door)]
        return cls(sorted(datetime.fromisoformat(row["at"]) for row in rows))

    def rounds_after(self, moment: datetime) -> int:
        """How many readings of the feeds fit between a moment and the last write."""
        late_s = (self.at[-1] - moment).total_seconds() if self.at else 0.0
        return max(0, math.ceil(late_s / ROUND_S))


async def _journal(door: Door) -> list[dict[str, Any]]:
    rows, _ = await door.journal(0)
    return [row for row in rows if row["effect"] in _WRITES]


def two_way(setting: Setting) -> Sequence[Row]:
    """Run the leg, for the gateway alone."""
    if not setting.has_gateway:
        return ()
    database = Database(setting.postgres)
    database.create(peers_schema=False)
    try:
        store = database.url.replace("postgresql://", "postgresql+psycopg://", 1)
        orders = min(setting.orders or ORDERS, ORDERS)
        wish = Wish(
            customers=max(4, int(orders * CUSTOMERS_PER_ORDER)), orders=orders, seed=setting.seed,
            faults="none", kills=0, day_s=DAY_S, workers=WORKERS,
            where=Infrastructure(store, setting.broker),
        )  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="gateway-bench") as folder:
            return [said(asyncio.run(_live(wish, Path(folder))))]
    finally:
        database.drop()


async def _live(wish: Wish, folder: Path) -> Row:
    async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
        screen = Watching(quiet=True)
        demo = Demo(wish, screen, folder, http, Doubles(folder / "doubles.log", wish.seed, VENDORS))
        try:
            outcome = await demo.live()
            writes = await Writes.read(demo)
            await asyncio.sleep(2 * ROUND_S)  # a late echo would come with the next readings
            later = len((await Writes.read(demo)).at) - len(writes.at)
        finally:
            await demo.close()
    return _row(wish, outcome, writes, later=later, edited_at=screen.edited_at)


def _row(wish: Wish, outcome: Outcome, writes: Writes, *, later: int, edited_at: datetime) -> Row:
    edits = len(make_day(customers=wish.customers, orders=wish.orders, seed=wish.seed).steps)
    result: Mapping[str, Any] = outcome.result
    seen = Effects(
        lost=result["lost"], repeated=result["repeated"], stale=result["stale"],
        wrong=result["differences"],
    )  # fmt: skip
    figures = {
        "edits": edits,
        "writes": len(writes.at),
        "writes per edit": round(len(writes.at) / edits, 2),
        "rounds to rest": writes.rounds_after(edited_at),
        "echoes dropped": result["echoes_ignored"],
        "writes later": later,
    }
    return Row("F8", GATEWAY, edits, seen, is_kept=later == 0, figures=figures)
