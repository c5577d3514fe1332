"""The loyalty service over points that 1C keeps: answers get lost, points do not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.contract import LoyaltyProcessing, MemberKey, Stage, TillBusy
from gateway.loyalty.processor import Processor
from gateway.ports import SaleProgress
from gateway.sync.circuit import Circuit
from mocks.onec import demo
from tests.connectors.onec.services.conftest import BARCODE, OpenBase, http
from tests.gateway.loyalty.world import TILL, World

MOSCOW = ZoneInfo("Europe/Moscow")
OWNER = MemberKey(card=BARCODE)
LOST = ["/holds$", "/commit$", "/accruals$", "/balance$", "/cards$"]


@dataclass
class OneCWorld(World):
    """A service whose processor is the connector; a restart forgets what is in its own memory."""

    onec: LoyaltyProcessing | None = None

    def build(self) -> None:
        """Make a process."""
        super().build()
        assert self.onec is not None
        self.processors["main"] = Processor("main", self.onec, Circuit(self.circuit, self.clock))


async def insisting(call: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - of any step
    """Call as a till does that is told to come again."""
    for _ in range(3):
        try:
            return await call()
        except TillBusy:
            continue
    pytest.fail("the till is never answered")


@pytest.mark.parametrize("lost", LOST)
async def test_a_sale_and_its_return_count_once_whatever_gets_lost(
    open_base: OpenBase, lost: str
) -> None:
    """A buyer would pay twice with his points, or get them back twice, or they stay held."""
    base = await open_base(http())
    world = OneCWorld(onec=base.connector.services.loyalty)
    now = world.clock.now().astimezone(MOSCOW).replace(tzinfo=None, microsecond=0)
    await base.act("clock.freeze", at=now.isoformat())
    await base.act("points.accrue", partner=demo.PARTNER, points=500)

    async def available() -> Decimal:
        assert world.onec is not None
        member = await world.onec.identify(OWNER)
        assert member is not None
        (account,) = member.customer.bonuses
        assert account.available is not None
        return account.available.points

    start = await available()
    rule = {"kind": "cut_after", "path": lost, "times": 1}
    await base.faults(rule)
    held = await insisting(
        lambda: world.service.reserve(TILL, world.sale("s1", spends=50, member=OWNER))
    )
    await world.restart()
    # Without points held the till sells without them; what 1C holds all the same ends by itself.
    spent = 50 if held.stage is Stage.RESERVED else 0
    await base.faults(rule)
    sale = world.sale("s1", spends=spent, member=OWNER)
    await insisting(lambda: world.service.commit(TILL, sale))
    await world.restart()
    await world.settle()
    await base.faults(rule)
    await insisting(lambda: world.service.refund(TILL, world.refund("r1", "s1", 1)))
    await world.restart()
    await world.settle()
    await base.faults()
    await base.act("clock.freeze", at=(now + timedelta(hours=1)).isoformat())
    assert spent == (0 if lost in {"/holds$", "/cards$"} else 50)
    assert world.progress("s1") is world.progress("r1") is SaleProgress.COMMITTED
    assert await available() == start - spent // 2
