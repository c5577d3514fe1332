"""A till in front of a 1C that keeps the points."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    BonusPoints,
    Money,
    OrderLine,
)
from gateway.contract import (
    LoyaltyProcessing,
    MemberKey,
    Sale,
)
from mocks.onec import demo
from tests.connectors.bench import Bench
from tests.connectors.onec.services.conftest import BARCODE, OpenBase, http, soap

NOON = "2026-02-03T12:00:00"
each_way = pytest.mark.parametrize("sections", [soap(), http()], ids=["soap", "http"])
SALE = Sale(
    id="T-1",
    lines=[
        OrderLine(id="1", quantity=Decimal(2), price=Money.of(100)),
        OrderLine(id="2", quantity=Decimal(1), base_price=Money.of(100)),
    ],
    at=datetime(2026, 2, 3, 9, tzinfo=UTC),
    member=MemberKey(card=BARCODE),
    points=BonusPoints(points=Decimal(50)),
)


async def till(open_base: OpenBase, sections: Mapping[str, Any]) -> tuple[Bench, LoyaltyProcessing]:
    """Open a base at noon, when its customer has 350 points."""
    base = await open_base(sections)
    await base.act("clock.freeze", at=NOON)
    loyalty = base.connector.services.loyalty
    assert loyalty is not None
    return base, loyalty


async def left(base: Bench) -> Decimal:
    """Return the points of the customer of the demonstration data, held ones among them."""
    told = await base.act("points.balance", partner=demo.PARTNER, at="2026-02-04T00:00:00")
    return Decimal(str(told["spendable"]))
