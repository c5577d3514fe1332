"""The golden order of the exchange, and how its files are compared (reference 10.15)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.mocks.bitrix.onec import OneC

if TYPE_CHECKING:
    from lxml.etree import _Element

    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

SAMPLES = Path(__file__).parent / "samples"
FROM_1C = (SAMPLES / "order_from_1c.xml").read_text("utf-8")
PAYMENT = (SAMPLES / "payment_from_1c.xml").read_text("utf-8")
BUYER = {
    "id": 7,
    "login": "petrova",
    "last_name": "Петрова",
    "name": "Анна",
    "email": "anna@example.ru",
}
ORDER: Json = {
    "customer_id": 7,
    "items": [
        {
            "product_id": 88,
            "quantity": 4,
            "price": 640,
            "base_price": 700,
            "discount_price": 60,
            "vat_rate": 0.2,
        }
    ],
    "properties": {"FIO": "Анна Петрова", "EMAIL": "anna@example.ru", "PHONE": "+79990001122"},
    "payments": [{"pay_system_id": 2, "sum": 2840}],
    "delivery": {"id": 3, "price": 280},
    "comment": "Call before delivery",
    "version": 3,
}
REFUSED = (
    "success\nДокумент с Ид - 9f1c2d3e-0000-4000-8000-000000000051.Заказ №51 не может быть изменен "
    "(находится в финальном статусе, оплачен или разрешена доставка).\n"
)


async def exchange_world(shop: Shop, *, version: str | None = "2.09", **order: Any) -> OneC:
    """Seed the golden order at its documented time and start a dialogue of a version."""
    await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
    await shop.door("seed", {"users": [BUYER], "orders": [{**ORDER, **order}]})
    await shop.act("clock.freeze", at="2025-03-03T14:30:00+03:00")
    onec = OneC(shop.http)
    await onec.log_in()
    sent: dict[str, str] = {} if version is None else {"version": version}
    await onec.text("init", None, **sent)
    return onec


async def order_51(shop: Shop) -> AnyJson:
    """The golden order as REST shows it."""
    return (await shop.result("sale.order.get", {"id": 51}))["order"]


def shape(element: _Element) -> object:
    """An element as nested pairs, without the blanks between elements."""
    inner = [shape(child) for child in element]
    return (element.tag, inner or (element.text or "").strip())


def pairs(document: _Element) -> dict[str, str]:
    """The requisites of a document."""
    rows = document.findall("ЗначенияРеквизитов/ЗначениеРеквизита")
    return {row.findtext("Наименование", ""): row.findtext("Значение", "") for row in rows}
