"""A small day at each vendor's own contract gives the balances of the reference."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors.loymax import CONNECTOR as LOYMAX
from connectors.mindbox import CONNECTOR as MINDBOX
from connectors.retailcrm import CONNECTOR as RETAILCRM
from gateway.contract import ConnectorFactory, LoyaltyProcessing
from gateway.demo.doubles import Door
from gateway.demo.till.plan import Plan, Wish, make_plan
from gateway.demo.till.processor import ACCOUNT, Processor, Reach
from gateway.demo.till.processors import PROCESSORS
from gateway.demo.till.reference import Rules
from gateway.testing.wired import wire
from mocks.__main__ import DOUBLES
from mocks.serving import serve

from .direct import DirectDay, resolved

FACTORIES: dict[str, ConnectorFactory] = {
    "mindbox": MINDBOX,
    "loymax": LOYMAX,
    "retailcrm": RETAILCRM,
}
SMALL = Wish(shops=2, receipts=60, members=8, seed=5, spending=0.3, returning=0.25)


@asynccontextmanager
async def opened(
    name: str, plan: Plan, rules: Rules
) -> AsyncIterator[tuple[LoyaltyProcessing, Reach, Processor]]:
    """Serve a vendor's double, set it to the programme and open a connector on it."""
    processor = PROCESSORS[name]()
    app, describe = DOUBLES[processor.double].load(1)
    async with serve(app) as url, httpx.AsyncClient(timeout=30.0, trust_env=False) as http:
        section = processor.section(describe(url), plan, rules)
        account = tomllib.loads(section.text)["accounts"][ACCOUNT]
        settings: dict[str, Any] = resolved(account["settings"], section.env)
        reach = Reach(Door(url, http))
        await processor.prepare(reach, plan, rules)
        wired = wire(FACTORIES[name], settings)
        try:
            loyalty = wired.connector.services.loyalty
            assert loyalty is not None
            yield loyalty, reach, processor
        finally:
            await wired.connector.close()


@pytest.mark.parametrize("free", [False, True], ids=["whole", "any kopeck"])
@pytest.mark.parametrize("name", FACTORIES)
async def test_a_day_leaves_the_balances_of_the_reference(name: str, free: bool) -> None:  # noqa: FBT001 - pytest hands it in
    """A shop that changes its processor would change its customers' points."""
    rules = Rules()
    if free:
        rules = replace(rules, rounding=PROCESSORS[name].rounding)
    plan = make_plan(replace(SMALL, free=free), rules)
    async with opened(name, plan, rules) as (loyalty, reach, processor):

        async def settled() -> None:
            if name == "mindbox":
                await reach.side.act("async.drain")

        day = DirectDay.of(loyalty, plan, rules, settled)
        await day.live()
        held = await processor.balances(reach, plan)
        counted = await processor.counted(reach)
    assert held == day.reference.balances()
    assert counted == len(day.reference.sales)
