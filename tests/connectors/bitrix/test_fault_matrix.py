"""The matrix of faults of a shop's REST: each write, each of its calls, one effect at the end."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Canonical, EmailContact, Kind, PhoneContact
from tests.connectors.bitrix.samples import whole_order
from tests.connectors.bitrix.test_customers import whole_customer
from tests.connectors.bitrix.world import World, creation
from tests.connectors.fault_matrix import TROUBLES, cells, written

LIMITED = '{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}'
OWN: dict[str, dict[str, Any]] = {
    **{name: dict(rule) for name, rule in TROUBLES.items()},
    "limit": {"kind": "status", "status": 503, "body": LIMITED},
}


def made(kind: Kind, number: int) -> Canonical:
    """Return an order, or a customer whose contacts nobody else has."""
    if kind is Kind.ORDER:
        return whole_order()
    return whole_customer().model_copy(
        update={
            "phones": (PhoneContact(number=f"+79161230{number:03}", rank=0),),
            "emails": (EmailContact(address=f"anna.{number}@example.ru", rank=0),),
        }
    )


async def there(world: World, kind: Kind, key: str) -> int:
    """Count the shop's records with our key."""
    if kind is Kind.ORDER:
        answer = await world.shop.result("sale.order.list", {"filter": {"xmlId": key}})
        return len(answer["orders"])
    answer = await world.shop.result("gateway.user.list", {"limit": 100})
    return sum(1 for user in answer["items"] if user["xmlId"] == key)


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ORDER])
async def test_a_record_is_made_once_whatever_breaks(world: World, kind: Kind) -> None:
    """A buyer would be there twice, an order be delivered twice, or neither ever come."""
    wrong, met = [], 0
    for name, rules, number in cells(OWN):
        key = f"{kind[0]}-01jabcdefghjkmnp{number:04}"
        change = creation(world.connector, key, made(kind, number))
        await world.fault(*rules)
        met += await written(world.connector, kind, change)
        await world.fault()
        if await there(world, kind, key) != 1:
            wrong.append(name)
    assert wrong == []
    assert met >= len(OWN)
