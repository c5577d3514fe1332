"""Selling: what a buyer and an operator do, and where it is looked for afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.e2e.world import Row, World, until

EMAIL = "semyonova@example.ru"
CARD = "2000000000077"
COUPON = "ЁЛКА-2026"
FORM: dict[str, Any] = {
    "last_name": "Семёнова",
    "name": "Алёна",
    "second_name": "Артёмовна",
    "gender": "F",
    "birthday": "1988-02-29",
    "phone": "8 (916) 123-45-67",
    "email": EMAIL,
}
CRM_FORM: dict[str, Any] = {
    "lastName": "Семёнова",
    "firstName": "Алёна",
    "patronymic": "Артёмовна",
    "sex": "female",
    "phones": [{"number": "+7 916 1234567"}],
    "email": EMAIL,
}


@dataclass(frozen=True, slots=True)
class Sale:
    """An order as the site placed it."""

    id: int
    number: str
    basket_ids: tuple[int, ...]


async def register(world: World, **values: Any) -> int:
    """Let a buyer register at the site."""
    answer = await world.site.act("customer.register", **{**FORM, **values})
    return int(answer["id"])


async def place(world: World, user: int, **values: Any) -> Sale:
    """Let a buyer order two jars of honey and one tea."""
    form = {
        "customer_id": user,
        "items": [
            {"product_id": 501, "name": "Мёд липовый", "quantity": 2, "base_price": "450.00",
             "price": "405.00", "discount_price": "45.00"},
            {"product_id": 502, "name": "Чай чёрный", "quantity": 1, "base_price": "320.50",
             "price": "288.45", "discount_price": "32.05"},
        ],
        "payments": [{"pay_system_id": 2, "paid": "N"}],
        **values,
    }  # fmt: skip
    answer = await world.site.act("order.place", **form)
    return Sale(answer["id"], str(answer["account_number"]), tuple(answer["basket_ids"]))


async def in_crm(world: World, sale: Sale) -> Row:
    """Wait until the CRM holds an order."""
    return await until(lambda: world.crm_order(sale.number), what="the order is in the CRM")


async def sold(world: World) -> Sale:
    """Return an order that both systems hold, with all at rest."""
    sale = await place(world, await register(world))
    await in_crm(world, sale)
    await world.quiet(for_s=0.7)
    return sale


def payments_of(order: Row) -> list[Row]:
    """Return an order's payments in the CRM."""
    rows = order.get("payments") or {}
    return list(rows.values()) if isinstance(rows, dict) else list(rows)
