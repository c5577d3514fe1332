"""Run: the day from beginning to verdict."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap.foundation import lay_foundation
from gateway.config import load
from gateway.demo.audit import audit
from gateway.demo.beside import VENDORS
from gateway.demo.books import crm_book, site_book
from gateway.demo.counts import counts, feeds_of
from gateway.demo.day import Day, Step, make_day
from gateway.demo.doubles import CrmApi, Door, SiteApi
from gateway.demo.facts import Facts
from gateway.demo.ledgers import (
    Ledgers,
    balances,
    cdp_ledger,
    erp_cards,
    loyalty_ledger,
    site_cards,
)
from gateway.demo.people import People
from gateway.demo.settings import (
    POINTS_FIELD,
    Infrastructure,
    call_faults,
    crm_seed,
    erp_seed,
    event_faults,
    event_target,
    plastic,
    site_seed,
    write_config,
)
from gateway.demo.shop import Doubles, GatewayProcesses, free_port
from gateway.demo.show import Screen
from gateway.demo.staff import way_in
from gateway.demo.verdict import Verdict, judge
from gateway.demo.watch import Watch
from gateway.ids import sortable_id
from gateway.telemetry import LogForm

_OUTAGE_S = 4.0
_PAUSE_AFTER_KILL_S = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for. Units: ``day_s`` seconds that the shop's day lasts."""

    customers: int = 60
    orders: int = 120
    seed: int = 1
    faults: str = "hostile"
    kills: int = 1
    day_s: float = 24.0
    workers: int = 1
    where: Infrastructure = field(default_factory=Infrastructure)
    serve: bool = False


@dataclass(slots=True)
class Outcome:
    """The end of a demo: the object that ``--json`` prints, and findings for a person."""

    result: dict[str, Any]
    findings: list[str]

    @property
    def is_clean(self) -> bool:
        """True when nothing was lost, repeated, stale or differing, and nothing is dead."""
        names = ("lost", "repeated", "stale", "differences")
        return not any(self.result[name] for name in names)


@dataclass(slots=True)
class Demo:
    """One run; owns its processes and its folder. ``trouble`` happens once, between the kills."""

    wish: Wish
    screen: Screen
    folder: Path
    http: httpx.AsyncClient
    doubles: Doubles
    gateway: GatewayProcesses | None = None
    doors: dict[str, Door] = field(default_factory=dict)
    trouble: Callable[[], Awaitable[None]] | None = None
    way_in: str = ""
    day: Day = field(init=False, repr=False)
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        seed = self.wish.seed
        self.day = make_day(customers=self.wish.customers, orders=self.wish.orders, seed=seed)
        self._chance = random.Random(seed)  # noqa: S311 - when to kill, no secret

    async def live(self) -> Outcome:
        """Open the shop, live through the day, wait until it is quiet, judge."""
        started = time.monotonic()
        await self.doubles.start()
        about = self.doubles.about
        self.doors = {name: Door(one["url"], self.http) for name, one in about.items()}
        gateway = await self._open(about)
        with (self.folder / "audit.log").open("a", encoding="utf-8") as log:
            foundation = await lay_foundation(
                load(gateway.config, env=gateway.env), exclusive=False, env=gateway.env,
                log_to=log, log_form=LogForm.JSON,
            )  # fmt: skip
            try:
                feeds = feeds_of(foundation.accounts)
                watch = Watch(foundation.store, feeds, self.site, self.crm)
                await watch.awake()
                await self._faults(self.wish.faults)
                facts = await self._day()
                self.screen.say("the day is over; waiting until all is quiet")
                how = "all is quiet" if await watch.quiet() else "it did not become quiet in time"
                self.screen.say(f"{how}; counting what all vendors hold")
                await self._faults("none")
                verdict = await self._judge(facts, about)
                counted = await foundation.store.read(counts)
            finally:
                await foundation.close()
        result = self._result(counted, verdict, time.monotonic() - started)
        return Outcome(result, verdict.findings)

    async def _open(self, about: Mapping[str, Any]) -> GatewayProcesses:
        port, prefix = free_port(), f"demo-{sortable_id()}"
        self.way_in = way_in(port)
        config, env = write_config(
            self.folder, about=about, port=port, prefix=prefix, where=self.wish.where
        )
        self.gateway = GatewayProcesses(
            config, self.folder / "gateway.log", port, env, self.wish.workers
        )
        await self.site.post("seed", site_seed())
        await self.crm.post("seed", crm_seed())
        await self.doors["onec"].post("seed", erp_seed())
        for name in ("mindbox", "loymax"):
            await self.doors[name].post("seed", plastic(self.day.cards))
        if self.wish.where.store_url:
            await self.gateway.prepare()
        await self.gateway.start()
        await self.site.post(
            "settings",
            {
                "target": event_target(port),
                "event_faults": event_faults(self.wish.faults, self.wish.seed),
            },
        )
        where = ", ".join(f"{name} {door.url}" for name, door in self.doors.items())
        self.screen.say(f"{where}, {self.way_in}")
        return self.gateway

    @property
    def site(self) -> Door:
        """The site, once the day has begun."""
        return self.doors["bitrix"]

    @property
    def crm(self) -> Door:
        """The CRM, once the day has begun."""
        return self.doors["retailcrm"]

    async def _faults(self, level: str) -> None:
        for place, (name, door) in enumerate(self.doors.items()):
            await door.post("faults", call_faults(level, self.wish.seed + place, name))

    async def _day(self) -> Facts:
        facts, total, passed = Facts(self.day), len(self.day.steps), 0

        def stepped(step: Step) -> None:
            nonlocal passed
            del step
            passed += 1
            self.screen.bar("steps of the day", passed, total)

        people = People(
            day=self.day,
            facts=facts,
            site=self.site,
            crm=self.crm,
            erp=self.doors["onec"],
            length_s=self.wish.day_s,
            on_step=stepped,
        )
        async with asyncio.TaskGroup() as day_long:
            day_long.create_task(people.live())
            day_long.create_task(self._trouble())
        return facts

    async def _trouble(self) -> None:
        """What people do not do: the CRM is away, and the gateway is killed again and again.

        The first kill falls into the outage; all are spread over the middle half of the day.
        """
        quarter = self.wish.day_s / 4
        await asyncio.sleep(quarter)
        async with asyncio.TaskGroup() as noon:
            if self.wish.faults == "hostile":
                noon.create_task(self._outage())
            for killed in range(self.wish.kills):
                if self.trouble is not None and killed == self.wish.kills // 2:
                    await self.trouble()
                await asyncio.sleep(self._chance.uniform(0.2, 1.8) * quarter / self.wish.kills)
                await self._kill_one()

    async def _outage(self) -> None:
        crm = self.crm
        self.screen.say("the CRM goes away")
        await crm.post("faults", call_faults("hostile", self.wish.seed, outage=True))
        await asyncio.sleep(_OUTAGE_S)
        await crm.post("faults", call_faults("hostile", self.wish.seed + 9))
        self.screen.say("the CRM is back")

    async def _kill_one(self) -> None:
        if self.gateway is None:
            return
        await self.gateway.kill(self._chance.randrange(len(self.gateway.running)))
        self.screen.say("the gateway was killed (-9)")
        await asyncio.sleep(_PAUSE_AFTER_KILL_S)
        await self.gateway.start()
        self.screen.say("the gateway runs again")

    async def _judge(self, facts: Facts, about: Mapping[str, Any]) -> Verdict:
        crm, site = about["retailcrm"], SiteApi(about["bitrix"]["webhook_url"], self.http)
        books = {
            "site": await site_book(site),
            "crm": await crm_book(CrmApi(crm["url"], crm["keys"]["auditor"], self.http)),
        }
        verdict = judge(facts, books)
        ledgers = Ledgers(
            cdp=await cdp_ledger(self.doors["mindbox"]),
            loyalty=await loyalty_ledger(self.doors["loymax"]),
            erp_cards=await erp_cards(self.doors["onec"]),
            site_cards=await site_cards(site),
            balances=await balances(site, POINTS_FIELD),
        )
        audit(verdict, facts, books["crm"], ledgers)
        return verdict

    def _result(
        self, counted: Mapping[str, Any], verdict: Verdict, seconds: float
    ) -> dict[str, Any]:
        return {
            "customers": self.wish.customers,
            "orders": self.wish.orders,
            **counted,
            "kills": self.gateway.kills if self.gateway else 0,
            "lost": verdict.counts["lost"],
            "repeated": verdict.counts["repeated"],
            "stale": verdict.counts["stale"],
            "differences": verdict.counts["differing"],
            "seconds": round(seconds, 1),
        }

    async def close(self) -> None:
        """End all processes."""
        if self.gateway is not None:
            await self.gateway.stop()
        await self.doubles.stop()


async def demo(wish: Wish, *, screen: Screen, keep: Path | None = None) -> Outcome:
    """Run the demo in a folder of its own, or in ``keep``, new or empty, which then keeps the logs.

    A termination signal ends it with all processes that it started.
    """
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.ExitStack() as stack:
        name = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo")))
        name.mkdir(parents=True, exist_ok=True)
        stack.enter_context(screen)
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            run = Demo(wish, screen, name, http, Doubles(name / "doubles.log", wish.seed, VENDORS))
            try:
                outcome = await run.live()
                screen.verdict(outcome.result, outcome.findings)
                if wish.serve:
                    screen.say(f"staying up: {run.way_in}; end with Ctrl-C")
                    await asyncio.Event().wait()
                return outcome
            finally:
                await run.close()
