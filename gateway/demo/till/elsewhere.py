"""Elsewhere: a day told to a gateway that runs already, whose members and rules are its own.

Nobody can spend there what the plan thinks that they have, so no points are spent, and what is
judged is what the gateway says: that it takes each receipt once, in time, and tells repeats alike.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from datetime import UTC, datetime

import httpx

from gateway.demo.show import Screen
from gateway.demo.till import bodies
from gateway.demo.till.api import Call, Meter, NoAnswer, TillApi
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.plan import Plan, Ring, Shop, make_plan
from gateway.demo.till.reference import ZERO, Rules
from gateway.demo.till.run import ALLOWANCE_S, TillWish
from gateway.demo.till.till import Till
from gateway.demo.till.troubles import Troubles
from gateway.demo.till.verdict import Held, Verdict, judge

_SETTLE_S = 60.0
_LOOK_S = 1.0


async def live_elsewhere(wish: TillWish, url: str, key: str, *, screen: Screen) -> Verdict:
    """Live a day at another's gateway; its members are registered first, if they may be."""
    plan, meter = _plan(wish), Meter()
    ledger = DayLedger.of(plan, Rules())
    began = time.monotonic()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(screen)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
        patience_s = wish.deadline_ms / 1000 + ALLOWANCE_S
        api = TillApi(http, url.rstrip("/"), key, patience_s, meter)
        await _register(api, plan)
        tills = _tills(api, plan, ledger, screen, day_s=wish.day_s)
        async with asyncio.TaskGroup() as day:
            for till in tills:
                day.create_task(till.live())
        await _settled(api, ledger, tills)
    verdict = judge(ledger, Held(ledger.reference.balances()), meter, killed=False)
    del verdict.result["points"]
    seconds = round(time.monotonic() - began, 1)
    verdict.result = {
        "processor": "elsewhere", "shops": len(plan.shops), "kills": 0,
        **verdict.result, "day_s": seconds, "seconds": seconds,
    }  # fmt: skip
    return verdict


def _tills(
    api: TillApi, plan: Plan, ledger: DayLedger, screen: Screen, *, day_s: float
) -> list[Till]:
    troubles = Troubles(plan.steps)

    async def stepped() -> None:
        await troubles.step()
        screen.bar("receipts and returns", troubles.passed, troubles.total)

    return [
        Till(shop, api, plan.buyers, ledger, lambda: datetime.now(UTC), stepped, day_s=day_s)
        for shop in plan.shops
    ]


def _plan(wish: TillWish) -> Plan:
    """Return a plan that spends nothing, and whose ids are of this moment."""
    plan = make_plan(replace(wish.day, spending=0.0))
    mark = f"{datetime.now(UTC):%m%d%H%M%S}"
    shops = tuple(
        Shop(
            shop.name,
            tuple(
                replace(one, id=f"{mark}-{one.id}", spend=ZERO, given_up=False)
                if isinstance(one, Ring)
                else replace(one, id=f"{mark}-{one.id}", sale=f"{mark}-{one.sale}")
                for one in shop.entries
            ),
        )
        for shop in plan.shops
    )
    return Plan(plan.buyers, shops)


async def _register(api: TillApi, plan: Plan) -> None:
    for buyer in plan.buyers:
        body = {"phone": buyer.phone, "name": {"first": buyer.first, "last": buyer.last}}
        call = Call("register", "/register", body, f"till-day.{buyer.phone.lstrip('+')}")
        with contextlib.suppress(NoAnswer):
            await api.ask(call)


async def _settled(api: TillApi, ledger: DayLedger, tills: list[Till]) -> None:
    ends = time.monotonic() + _SETTLE_S
    while time.monotonic() < ends:
        caught = [await till.caught_up() for till in tills]
        for name in list(ledger.unsettled):
            with contextlib.suppress(NoAnswer):
                reply = await replace(api, meter=Meter()).ask(bodies.deal(name))
                ledger.settle(name, reply.stage, str(reply.body.get("cause") or ""))
        if all(caught) and not ledger.unsettled:
            return
        await asyncio.sleep(_LOOK_S)
    for till in tills:
        if till.waiting:
            ledger.find("lost", f"{till.shop.name} could not hand in", len(till.waiting))
