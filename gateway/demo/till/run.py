"""Run: a day of tills from opening to verdict, against a gateway of its own and one double."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gateway.demo.doubles import Door
from gateway.demo.shop import LOOPBACK, Doubles, GatewayProcesses, free_port
from gateway.demo.show import Screen
from gateway.demo.till import bodies
from gateway.demo.till.api import Meter, NoAnswer, TillApi
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.plan import Plan, make_plan
from gateway.demo.till.plan import Wish as DayWish
from gateway.demo.till.processor import Processor, Reach
from gateway.demo.till.processors import PROCESSORS
from gateway.demo.till.reference import Rules
from gateway.demo.till.setup import TillKeys, outage, processor_faults, write_config
from gateway.demo.till.till import Till
from gateway.demo.till.troubles import Trouble, Troubles
from gateway.demo.till.verdict import Held, Verdict, is_settled, judge

ALLOWANCE_S = 0.5
"""What the way to a till and back may take beyond its deadline."""

_OFFICE_S = 10.0
_CATCH_UP_S = 120.0
_SETTLE_S = 180.0
_LOOK_S = 1.0
_PAUSE_AFTER_KILL_S = 0.5
_LEAST_OUTAGE_S = 3.0
_OUTAGE = (0.45, 0.55)


@dataclass(frozen=True, slots=True)
class TillWish:
    """What the user asked for.

    Shape: ``faults``: 5 % of the processor's calls fail, 5 % are slow. Units: ``day_s`` seconds
    that the shops are open, 0 for as short as may be.
    """

    day: DayWish = field(default_factory=DayWish)
    processor: str = "mindbox"
    kills: int = 0
    faults: bool = False
    outage: bool = False
    deadline_ms: int = 1500
    day_s: float = 0.0


@dataclass(slots=True)
class TillDay:
    """One run; owns its processes and its folder."""

    wish: TillWish
    screen: Screen
    folder: Path
    http: httpx.AsyncClient
    processor: Processor = field(init=False)
    rules: Rules = field(init=False)
    plan: Plan = field(init=False, repr=False)
    ledger: DayLedger = field(init=False)
    doubles: Doubles = field(init=False)
    gateway: GatewayProcesses | None = None
    meter: Meter = field(default_factory=Meter)
    reach: Reach = field(default_factory=Reach)

    def __post_init__(self) -> None:
        wish = self.wish
        self.processor = PROCESSORS[wish.processor]()
        # Whole prices leave nothing to be rounded, so one reckoning judges every processor.
        self.rules = Rules(rounding=self.processor.rounding) if wish.day.free else Rules()
        self.plan = self.processor.planned(make_plan(wish.day, self.rules))
        self.ledger = DayLedger.of(self.plan, self.rules)
        only = (self.processor.double,) if self.processor.double else ()
        self.doubles = Doubles(self.folder / "doubles.log", wish.day.seed, only)

    async def live(self) -> Verdict:
        """Open the shops, live through the day, wait until all is settled, judge."""
        began = time.monotonic()
        gateway, keys = await self.open()
        troubles = Troubles(self.plan.steps, self._troubles())
        async with contextlib.AsyncExitStack() as stack:
            tills = await self._tills(stack, gateway, keys, troubles)
            await self._faults(processor_faults(
                failing=self.wish.faults, seed=self.wish.day.seed,
                deadline_s=self.wish.deadline_ms / 1000,
            ))  # fmt: skip
            async with asyncio.TaskGroup() as day:
                day.create_task(troubles.live())
                for till in tills:
                    day.create_task(till.live())
            lived = time.monotonic() - began
            self.screen.say("the day is over; tills hand in what they closed alone")
            await self._caught_up(tills)
            await self._faults({"seed": 1, "rules": []})
            held = await self._settled(tills)
        verdict = judge(self.ledger, held, self.meter, killed=bool(gateway.kills))
        verdict.result = {
            "processor": self.wish.processor,
            "shops": len(self.plan.shops),
            "kills": gateway.kills,
            **verdict.result,
            "day_s": round(lived, 1),
            "seconds": round(time.monotonic() - began, 1),
        }
        return verdict

    async def open(self) -> tuple[GatewayProcesses, TillKeys]:
        """Start the double and the gateway, with the programme and its members."""
        about: Mapping[str, Any] = {}
        if self.processor.double:
            await self.doubles.start()
            about = self.doubles.about[self.processor.double]
            self.reach = Reach(Door(about["url"], self.http))
        section = self.processor.section(about, self.plan, self.rules)
        await self.processor.prepare(self.reach, self.plan, self.rules)
        keys, port = TillKeys.made(self.plan.shops), free_port()
        config = write_config(
            self.folder, keys=keys, section=section, port=port, deadline_ms=self.wish.deadline_ms
        )
        env = {**section.env, **keys.env()}
        self.gateway = GatewayProcesses(config, self.folder / "gateway.log", port, env)
        await self.gateway.start()
        first = self.plan.shops[0].name
        office = TillApi(self.http, self._url(port), keys.of[first], _OFFICE_S)
        self.reach = Reach(self.reach.door, office)
        await self.processor.enrol(self.reach, self.plan)
        self.screen.say(f"{self.wish.processor}, gateway {self._url(port)}")
        return self.gateway, keys

    def _url(self, port: int) -> str:
        return f"http://{LOOPBACK}:{port}"

    async def _tills(
        self,
        stack: contextlib.AsyncExitStack,
        gateway: GatewayProcesses,
        keys: TillKeys,
        troubles: Troubles,
    ) -> list[Till]:
        trust = ssl.create_default_context()
        patience_s = self.wish.deadline_ms / 1000 + ALLOWANCE_S

        async def stepped() -> None:
            await troubles.step()
            self.screen.bar("receipts and returns", troubles.passed, troubles.total)

        tills = []
        for shop in self.plan.shops:
            # A till has a line of its own; one client for all would measure its own queue.
            http = await stack.enter_async_context(httpx.AsyncClient(verify=trust, trust_env=False))
            api = TillApi(http, self._url(gateway.port), keys.of[shop.name], patience_s, self.meter)
            till = Till(shop, api, self.plan.buyers, self.ledger, _now, stepped)
            till.day_s = self.wish.day_s
            tills.append(till)
        return tills

    def _troubles(self) -> list[Trouble]:
        kills = [
            Trouble((place + 1) / (self.wish.kills + 1), self._kill)
            for place in range(self.wish.kills)
        ]
        if not self.wish.outage:
            return kills
        return [*kills, Trouble(_OUTAGE[0], self._go_away), Trouble(_OUTAGE[1], self._come_back)]

    async def _kill(self) -> None:
        if self.gateway is None:
            return
        await self.gateway.kill(0)
        self.screen.say("the gateway was killed (-9)")
        await asyncio.sleep(_PAUSE_AFTER_KILL_S)
        await self.gateway.start()
        self.screen.say("the gateway runs again")

    async def _go_away(self) -> None:
        await self._faults(outage(self.wish.day.seed))
        self.screen.say("the processor goes away")
        await asyncio.sleep(_LEAST_OUTAGE_S)

    async def _come_back(self) -> None:
        deadline_s = self.wish.deadline_ms / 1000
        await self._faults(processor_faults(
            failing=self.wish.faults, seed=self.wish.day.seed + 1, deadline_s=deadline_s
        ))  # fmt: skip
        self.screen.say("the processor is back")

    async def _faults(self, plan: Mapping[str, Any]) -> None:
        if self.reach.door is not None:
            await self.reach.door.post("faults", plan)

    async def _caught_up(self, tills: list[Till]) -> None:
        ends = time.monotonic() + _CATCH_UP_S
        for till in tills:
            while not await till.caught_up():
                if time.monotonic() > ends:
                    left = len(till.waiting)
                    self.ledger.find("lost", f"{till.shop.name} could not hand in {left}", left)
                    break
                await asyncio.sleep(_LOOK_S)

    async def _settled(self, tills: list[Till]) -> Held:
        """Wait until all that was accepted is done, and as long as the processor's books move."""
        of = {till.shop.name: till for till in tills}
        ends = time.monotonic() + _SETTLE_S
        while True:
            for name in list(self.ledger.unsettled):
                await self._look(of[shop_of(name)], name)
            held = await self._held()
            if is_settled(self.ledger, held) or time.monotonic() > ends:
                return held
            await asyncio.sleep(_LOOK_S)

    async def _look(self, till: Till, name: str) -> None:
        watching = replace(till.api, meter=Meter())
        try:
            reply = await watching.ask(bodies.deal(name))
        except NoAnswer:
            return
        self.ledger.settle(name, reply.stage, str(reply.body.get("cause") or ""))

    async def _held(self) -> Held:
        """Look behind; all sales are counted only once the balances are right."""
        balances = await self.processor.balances(self.reach, self.plan)
        if balances != self.ledger.reference.balances():
            return Held(balances)
        return Held(balances, await self.processor.counted(self.reach))

    async def close(self) -> None:
        """End all processes."""
        if self.gateway is not None:
            await self.gateway.stop()
        await self.doubles.stop()


def shop_of(name: str) -> str:
    """Return the shop of a sale or return: its name begins with it."""
    return "-".join(name.split("-")[:2])


def _now() -> datetime:
    return datetime.now(UTC)


async def live_day(wish: TillWish, *, screen: Screen, keep: Path | None = None) -> Verdict:
    """Live a day in a folder of its own, or in ``keep``, which then keeps logs and data."""
    with contextlib.ExitStack() as stack:
        name = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-till")))
        name.mkdir(parents=True, exist_ok=True)
        stack.enter_context(screen)
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            day = TillDay(wish, screen, name, http)
            try:
                return await day.live()
            finally:
                await day.close()
