"""An order of the shop, on its way to 1C and back."""

from __future__ import annotations

from typing import Any

from tests.connectors.onec.exchange.files import written
from tests.connectors.onec.exchange.onec import OneC
from tests.gateway.ingress.test_door import Served
from tests.gateway.ops.house import eventually, hint

GUID = "9f1c2d3e-0000-4000-8000-000000000051"
NUMBER = "А-1025"
ORDER: dict[str, Any] = {
    "number": NUMBER,
    "status": "new",
    "contact/phone": "+79161234567",
    "contact/name/first": "Алёна",
    "contact/name/last": "Ёжикова",
    "customer_comment": "Не звонить",
    "lines/b-1": True,
    "lines/b-1/quantity": "2",
    "lines/b-1/base_price": {"amount": "990.50", "currency": "RUB"},
    "lines/b-1/price": {"amount": "940.50", "currency": "RUB"},
    "lines/b-1/product/external_id": "0a1b-88",
    "lines/b-1/product/name": "Чайник",
    "lines/b-1/discounts/d": True,
    "lines/b-1/discounts/d/reason": "promo_code",
    "lines/b-1/discounts/d/code": "ЛЕТО",
    "lines/b-1/discounts/d/amount": {"amount": "100.00", "currency": "RUB"},
    "payments/pay-7": True,
    "payments/pay-7/method": "card",
    "payments/pay-7/state": "pending",
    "payments/pay-7/amount": {"amount": "1881.00", "currency": "RUB"},
    "delivery/method": "courier",
    "delivery/cost": {"amount": "0.00", "currency": "RUB"},
}


async def ordered(served: Served, **more: Any) -> None:
    """Let a buyer order, and the gateway hear of it."""
    served.house.vendor("shop").change(order={"1": {**ORDER, **more}})
    await hint(served.gateway, "order", "1")


async def due(served: Served, count: int = 1) -> None:
    """Wait until as many orders wait for 1C."""

    async def waiting() -> int:
        store = served.gateway.foundation.store
        found = await store.read(lambda tx: tx.count_deliveries())
        return found.get(("erp", "due"), 0)

    await eventually(waiting, lambda found: found == count)


async def handed(served: Served, onec: OneC, version: str | None = "2.09") -> str:
    """Let 1C have the order; return the id under which it got it."""
    await ordered(served)
    await due(served)
    await onec.start_sale(version)
    found = await onec.fetched()
    assert await onec.confirmed() == "success\n"
    return found[0]["Ид"]


async def brought(onec: OneC, *documents: str, version: str | None = "2.09") -> str:
    """Let 1C bring documents; return the last answer."""
    await onec.start_sale(version)
    content = written("".join(documents))
    if version is None:
        answer = await onec.call("POST", "type=sale&mode=file&filename=from_1c.xml", content)
        return answer.content.decode("windows-1251")
    await onec.send("from_1c.xml", content, type_="sale")
    return await onec.bring("from_1c.xml", type_="sale")


async def in_shop(served: Served, **expected: Any) -> dict[str, Any]:
    """Wait until the shop's order has these fields; return all of them."""

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = served.house.vendor("shop").read()["order"]["1"]
        return found

    wanted = {name.replace("__", "/"): value for name, value in expected.items()}
    return await eventually(
        look, lambda found: {name: found.get(name) for name in wanted} == wanted
    )


async def seen_order(served: Served, key: str) -> dict[str, Any]:
    """Return the fields of an order of ours."""
    rows = await served.gateway.foundation.store.read(lambda tx: tx.entities([key]))
    return dict(rows[key].fields)
