"""Run: the day from beginning to verdict."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap import lay_foundation
from gateway.config import load
from gateway.demo.books import crm_book, site_book
from gateway.demo.counts import counts, feeds_of, pending, slowest_feed
from gateway.demo.day import Step, make_day
from gateway.demo.doubles import CrmApi, Door, SiteApi
from gateway.demo.facts import Facts
from gateway.demo.people import People
from gateway.demo.settings import (
    Infrastructure,
    call_faults,
    crm_seed,
    event_faults,
    event_target,
    site_seed,
    write_config,
)
from gateway.demo.shop import Doubles, GatewayProcesses, ShopBroken, free_port
from gateway.demo.show import Screen
from gateway.demo.verdict import Verdict, judge
from gateway.ids import sortable_id
from gateway.ports import Store
from gateway.telemetry import LogForm

_AWAKE_LIMIT_S = 60.0
_QUIET_S = 4.0
_READ_AGAIN = timedelta(seconds=2)
_QUIET_LIMIT_S = 300.0
_OUTAGE_S = 4.0
_PAUSE_AFTER_KILL_S = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for. Units: ``day_s`` seconds that the shop's day lasts."""

    customers: int = 500
    orders: int = 2000
    seed: int = 1
    faults: str = "hostile"
    kills: int = 1
    day_s: float = 40.0
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
    """One run; owns its processes and its folder.

    ``trouble`` is what else goes wrong; it happens once, between the kills.
    """

    wish: Wish
    screen: Screen
    folder: Path
    http: httpx.AsyncClient
    doubles: Doubles
    gateway: GatewayProcesses | None = None
    site: Door | None = None
    crm: Door | None = None
    trouble: Callable[[], Awaitable[None]] | None = None
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.wish.seed)  # noqa: S311 - when to kill, no secret

    async def live(self) -> Outcome:
        """Open the shop, live through the day, wait until it is quiet, judge."""
        started = time.monotonic()
        await self.doubles.start()
        about = self.doubles.about
        self.site = Door(about["bitrix"]["url"], self.http)
        self.crm = Door(about["retailcrm"]["url"], self.http)
        gateway = await self._open(about)
        with (self.folder / "audit.log").open("a", encoding="utf-8") as log:
            foundation = await lay_foundation(
                load(gateway.config, env=gateway.env), exclusive=False, env=gateway.env,
                log_to=log, log_form=LogForm.JSON,
            )  # fmt: skip
            try:
                feeds = feeds_of(foundation.accounts)
                await self._awake(foundation.store, feeds)
                facts = await self._day(about)
                self.screen.say("the day is over; waiting until all is quiet")
                await self._quiet(foundation.store, feeds)
                await self._faults("none")
                verdict = await self._judge(facts, about)
                counted = await foundation.store.read(counts)
            finally:
                await foundation.close()
        result = self._result(counted, verdict, time.monotonic() - started)
        return Outcome(result, verdict.findings)

    async def _open(self, about: Mapping[str, Any]) -> GatewayProcesses:
        port = free_port()
        prefix = f"demo-{sortable_id()}"
        config, env = write_config(
            self.folder, about=about, port=port, prefix=prefix, where=self.wish.where
        )
        self.gateway = GatewayProcesses(
            config, self.folder / "gateway.log", port, env, self.wish.workers
        )
        site, crm = self._doors()
        await site.post("seed", site_seed())
        await crm.post("seed", crm_seed())
        await self.gateway.prepare()
        await self.gateway.start()
        await site.post(
            "settings",
            {
                "target": event_target(port),
                "event_faults": event_faults(self.wish.faults, self.wish.seed),
            },
        )
        self.screen.say(f"site {site.url}, CRM {crm.url}, gateway http://127.0.0.1:{port}")
        return self.gateway

    def _doors(self) -> tuple[Door, Door]:
        if self.site is None or self.crm is None:
            msg = "the doubles are not started"
            raise RuntimeError(msg)
        return self.site, self.crm

    async def _faults(self, level: str) -> None:
        site, crm = self._doors()
        await site.post("faults", call_faults(level, self.wish.seed))
        await crm.post("faults", call_faults(level, self.wish.seed + 1))

    async def _awake(self, store: Store, feeds: Sequence[tuple[str, str]]) -> None:
        """Wait until every feed has its first cursor; only then anything can be made up for."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _AWAKE_LIMIT_S
        while await store.read(lambda tx: slowest_feed(tx, feeds)) is None:
            if loop.time() > deadline:
                msg = "the gateway did not begin to read the vendors; see gateway.log"
                raise ShopBroken(msg)
            await asyncio.sleep(0.1)
        await self._faults(self.wish.faults)

    async def _day(self, about: Mapping[str, Any]) -> Facts:
        site, crm = self._doors()
        day = make_day(customers=self.wish.customers, orders=self.wish.orders, seed=self.wish.seed)
        facts, total, passed = Facts(day), len(day.steps), 0

        def stepped(step: Step) -> None:
            nonlocal passed
            del step
            passed += 1
            self.screen.bar("steps of the day", passed, total)

        people = People(
            day=day,
            facts=facts,
            site=site,
            crm=crm,
            site_api=SiteApi(about["bitrix"]["webhook_url"], self.http),
            crm_api=CrmApi(
                about["retailcrm"]["url"], about["retailcrm"]["keys"]["auditor"], self.http
            ),
            length_s=self.wish.day_s,
            on_step=stepped,
        )
        trouble = asyncio.create_task(self._trouble())
        await people.live()
        await trouble
        return facts

    async def _trouble(self) -> None:
        """What people do not do: the CRM is away, and the gateway is killed again and again.

        The first kill falls into the outage; all are spread over the middle half of the day.
        """
        quarter = self.wish.day_s / 4
        await asyncio.sleep(quarter)
        outage = asyncio.create_task(self._outage()) if self.wish.faults == "hostile" else None
        for killed in range(self.wish.kills):
            if self.trouble is not None and killed == self.wish.kills // 2:
                await self.trouble()
            await asyncio.sleep(self._chance.uniform(0.2, 1.8) * 2 * quarter / self.wish.kills / 2)
            await self._kill_one()
        if outage is not None:
            await outage

    async def _outage(self) -> None:
        _, crm = self._doors()
        self.screen.say("the CRM goes away")
        await crm.post("faults", call_faults("hostile", self.wish.seed, outage=True))
        await asyncio.sleep(_OUTAGE_S)
        await crm.post("faults", call_faults("hostile", self.wish.seed + 2))
        self.screen.say("the CRM is back")

    async def _kill_one(self) -> None:
        if self.gateway is None:
            return
        await self.gateway.kill(self._chance.randrange(len(self.gateway.running)))
        self.screen.say("the gateway was killed (-9)")
        await asyncio.sleep(_PAUSE_AFTER_KILL_S)
        await self.gateway.start()
        self.screen.say("the gateway runs again")

    async def _quiet(self, store: Store, feeds: Sequence[tuple[str, str]]) -> None:
        """Wait until nothing is due, neither vendor is told anything new, and all feeds were read.

        A feed must have been read to its end after the last effect: a vendor that is slow to tell
        what happened is not quiet.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _QUIET_LIMIT_S
        site, crm = self._doors()
        seen, quiet_since, moment = (0, 0), loop.time(), datetime.now(UTC)
        while loop.time() < deadline:
            left = await store.read(pending)
            self.screen.bar("left to tell", 0, left)
            site_rows, site_next = await site.journal(seen[0])
            crm_rows, crm_next = await crm.journal(seen[1])
            seen = (site_next, crm_next)
            effects = {row["effect"] for row in (*site_rows, *crm_rows)} & {"created", "changed"}
            if left or effects:
                quiet_since, moment = loop.time(), datetime.now(UTC)
            oldest = await store.read(lambda tx: slowest_feed(tx, feeds))
            read_since = oldest is not None and oldest > moment + _READ_AGAIN
            if read_since and loop.time() - quiet_since > _QUIET_S:
                return
            await asyncio.sleep(0.25)
        self.screen.say("it did not become quiet in time; judging what is there")

    async def _judge(self, facts: Facts, about: Mapping[str, Any]) -> Verdict:
        crm = about["retailcrm"]
        books = {
            "site": await site_book(SiteApi(about["bitrix"]["webhook_url"], self.http)),
            "crm": await crm_book(CrmApi(crm["url"], crm["keys"]["auditor"], self.http)),
        }
        return judge(facts, books)

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
    """Run the demo in a folder of its own, or in ``keep``, which then keeps the logs."""
    with contextlib.ExitStack() as stack:
        name = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo")))
        name.mkdir(parents=True, exist_ok=True)
        stack.enter_context(screen)
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            run = Demo(wish, screen, name, http, Doubles(name / "doubles.log", wish.seed))
            try:
                outcome = await run.live()
                screen.verdict(outcome.result, outcome.findings)
                if wish.serve:
                    screen.say("staying up; end with Ctrl-C")
                    await asyncio.Event().wait()
                return outcome
            finally:
                await run.close()
