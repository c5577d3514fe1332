"""Sales of the tests: the receipt of sections 12 to 14 and what is asked of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    BonusPoints,
    Money,
    OrderLine,
    ProductRef,
)
from gateway.contract import (
    Kept,
    LoyaltyProcessing,
    MemberKey,
    Sale,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import inspected

OLGA = MemberKey(external_id="500123")
NOON = datetime(2026, 3, 1, 9, 58, 2, tzinfo=UTC)


def line(number: str, sku: str, quantity: int, base: int, price: int | None = None) -> OrderLine:
    """Return a line of goods."""
    return OrderLine(
        id=number,
        product=ProductRef(external_id=sku),
        quantity=Decimal(quantity),
        base_price=Money.of(base),
        price=Money.of(base if price is None else price),
    )


SALE = Sale(
    id="A-1542",
    at=NOON,
    member=OLGA,
    points=BonusPoints(points=Decimal(594)),
    promo_codes=["SPRING-0007"],
    shop="S-07",
    till="S-07/2",
    lines=[
        line("1", "SKU-9001", 3, 1500),
        line("2", "SKU-9002", 2, 800, 720),
        line("3", "SKU-9003", 1, 300),
    ],
)
PLAIN = replace(SALE, id="A-1600", points=None, promo_codes=[], lines=[SALE.lines[0]])
MINUS = {
    "external_id": "MINUS",
    "name": "Тысяча за три",
    "benefit": "amount",
    "value": 1000,
    "products": ["SKU-9001"],
}


def loyalty(project: Bench) -> LoyaltyProcessing:
    """Return the processing of the connector."""
    found = project.connector.services.loyalty
    assert found is not None
    return found


def points(value: int | str) -> BonusPoints:
    """Return points."""
    return BonusPoints(points=Decimal(value))


async def found(project: Bench) -> Kept:
    """Return the sale as the vendor keeps it."""
    kept = await loyalty(project).find("A-1542")
    assert kept is not None
    return kept


async def stored(project: Bench, number: str = "A-1542") -> dict[str, Any]:
    """Return an order as the double has it."""
    (row,) = await inspected(project, "orders", ids={"websiteOrder": number})
    found: dict[str, Any] = row
    return found


async def statuses(project: Bench, number: str = "A-1542") -> list[str]:
    """Return the statuses of an order's lines."""
    rows = (await stored(project, number))["lines"]
    return [row["status"]["ids"]["externalId"] for row in rows]
