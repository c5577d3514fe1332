"""Orders as a buyer places them and as another vendor holds them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    Address,
    Delivery,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
    ProductRef,
)
from tests.connectors.bitrix.world import World

PLACE: dict[str, Any] = {
    "customer_id": 7,
    "items": [{"product_id": 88, "quantity": 2}, {"product_id": 90, "quantity": 1.5}],
    "payments": [{"pay_system_id": 2}],
    "delivery": {"id": 3, "price": 280},
    "card": "2000000000017",
    "properties": {"PHONE": "8 (999) 000-11-22", "ADDRESS": "Москва, ул. Ёлкина, 5"},
    "comment": "Позвонить заранее",
}

BUYER = {
    "id": 7,
    "last_name": "Петрова",
    "name": "Анна",
    "second_name": "Ивановна",
    "phone": "+79990001122",
    "email": "anna@example.ru",
}


async def place(world: World, **more: Any) -> str:
    """Let a buyer place an order and return its id."""
    people = await world.shop.result("gateway.user.list", {"filter": {"ids": [7]}})
    if not people["items"]:
        await world.shop.door("seed", {"users": [BUYER]})
    done = await world.shop.act("order.place", **{**PLACE, **more})
    return str(done["id"])


def paid_by_card() -> Payment:
    """Return the payment of that order."""
    return Payment(
        id="crm-p1",
        method="card",
        amount=Money.of("1651.25"),
        state=PaymentState.PAID,
        paid_at=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
    )


def whole_order() -> Order:
    """Return an order born at another vendor."""
    return Order(
        number="CRM-1",
        status=OrderStatus.ASSEMBLING,
        placed_at=datetime(2026, 3, 1, 9, 30, 15, 500, tzinfo=UTC),
        contact=OrderContact(
            name=PersonName(last="Ёлкин", first="Пётр", patronymic="Ильич"),
            phone="+79161234567",
            email="petr@example.ru",
        ),
        lines=(
            OrderLine(
                id="crm-11",
                product=ProductRef(external_id="88", name="Варенье"),
                quantity=Decimal("2.5"),
                base_price=Money.of("700"),
                price=Money.of("640.50"),
                vat_rate=Decimal(20),
            ),
            OrderLine(
                id="crm-12",
                product=ProductRef(external_id="offer-x", name="Упаковка $result[c0][order][id]"),
                quantity=Decimal(1),
                price=Money.of("50"),
            ),
        ),
        payments=(paid_by_card(),),
        delivery=Delivery(method="pickup", cost=Money.of("100"), address=Address(city="Тула")),
        promo_codes=("ВЕСНА", "ЛЕТО"),
        card_number="2000000000017",
        customer_comment="Сначала позвонить",
        manager_comment="Проверено",
        attributes={"bonus": "150"},
    )
