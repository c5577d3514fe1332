"""Samples: customers and orders as retailers here have them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    Address,
    CardRef,
    Consent,
    Customer,
    Delivery,
    EmailContact,
    Gender,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
    PhoneContact,
    ProductRef,
)

CUSTOMER_KEY = "c-01jd7fhq3v9m2x4k"
ORDER_KEY = "o-01jd7fj0r5t8w1yz"


def customer(**fields: Any) -> Customer:
    """Return a whole customer; ``fields`` replace parts."""
    whole: dict[str, Any] = {
        "name": PersonName(last="Фёдорова", first="Алёна", patronymic="Ильинична"),
        "birth_date": date(1990, 5, 17),
        "gender": Gender.FEMALE,
        "phones": (
            PhoneContact(number="+79161234567", raw="8 (916) 123-45-67", rank=0),
            PhoneContact(number="+79051112233"),
        ),
        "emails": (EmailContact(address="alena@example.ru", rank=0),),
        "address": Address(
            country="RU", postcode="125009", city="Москва", street="Тверская", house="7", flat="12"
        ),
        "cards": (CardRef(number="2900000000017"),),
        "consents": (Consent(id="mailing:email", granted=True, source="shop"),),
        "registered_at": datetime(2024, 2, 29, 20, 59, 59, 5, tzinfo=UTC),
        "tier": "silver",
    }
    return Customer(**{**whole, **fields})


def line(name: str = "bitrix-17", **fields: Any) -> OrderLine:
    """Return a line of the double's only catalogue offer."""
    whole: dict[str, Any] = {
        "id": name,
        "sort": 1,
        "product": ProductRef(external_id="sku-1", name="Кружка «Ёлка»"),
        "quantity": Decimal(2),
        "base_price": Money.of("900.00"),
        "price": Money.of("810.50"),
        "vat_rate": Decimal(20),
    }
    return OrderLine(**{**whole, **fields})


def order(**fields: Any) -> Order:
    """Return a whole order; ``fields`` replace parts."""
    whole: dict[str, Any] = {
        "number": "Б-1205",
        "contact": OrderContact(
            name=PersonName(last="Фёдорова", first="Алёна"),
            phone="+79161234567",
            email="alena@example.ru",
        ),
        "status": OrderStatus.NEW,
        "placed_at": datetime(2026, 3, 9, 7, 10, 3, tzinfo=UTC),
        "lines": (line(),),
        "promo_codes": ("ВЕСНА", "SPRING10"),
        "card_number": "2900000000017",
        "payments": (
            Payment(
                id="bitrix-55",
                method="card",
                amount=Money.of("1621.00"),
                state=PaymentState.PENDING,
            ),
        ),
        "delivery": Delivery(
            method="courier",
            cost=Money.of("300.00"),
            address=Address(country="RU", city="Москва", street="Тверская", house="7"),
        ),
        "customer_comment": "Позвоните за час",
        "cancel_reason": None,
    }
    return Order(**{**whole, **fields})
