"""What 1C holds of an order that it fetches: the law of ``held``, and that it can be written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.onec.config_exchange import Exchange
from connectors.onec.exchange_held import FetchedOrders
from gateway.canonical import (
    Address,
    Delivery,
    Discount,
    DiscountReason,
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
from gateway.canonical.paths import known, spoken
from gateway.contract import ContractViolated

SETTINGS = Exchange.model_validate(
    {
        "username": "u",
        "password": "p",
        "statuses": {"N": "new", "P": "assembling"},
        "order_attributes": {"number_1c": "Номер1С"},
        "card_requisite": "Номер дисконтной карты",
    }
)
WRITER = FetchedOrders(SETTINGS.mapping(ZoneInfo("Europe/Moscow"), "RUB"))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.none() | st.sampled_from(["Ёжикова", "А-1025", "Не звонить", "сайт"])
money = st.none() | st.integers(0, 10**7).map(lambda kopecks: Money.of(Decimal(kopecks) / 100))


def some(model: type[Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return entities of which any part may be unsaid, but for an id."""
    needed = {name: part for name, part in parts.items() if name == "id"}
    may = {name: part for name, part in parts.items() if name != "id"}
    return st.fixed_dictionaries(needed, optional=may).map(lambda told: model(**told))


def several(items: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a few items with different ids."""
    return st.lists(items, max_size=3, unique_by=lambda item: item.id).map(tuple)


ids = st.sampled_from(["a", "b", "c"])
discounts = st.lists(
    st.builds(Discount, id=ids, reason=st.sampled_from(DiscountReason), code=texts, amount=money),
    max_size=2, unique_by=lambda one: one.id,
).map(tuple)  # fmt: skip
lines = several(
    some(
        OrderLine, id=ids, sort=st.integers(0, 9), price=money, base_price=money,
        quantity=st.none() | st.integers(0, 99).map(Decimal), discounts=discounts,
        product=some(ProductRef, sku=texts, external_id=texts, name=texts, barcode=texts),
    )
)  # fmt: skip
payments = several(
    some(Payment, id=ids, method=texts, amount=money, state=st.sampled_from(PaymentState))
)
address = some(Address, text=texts, city=texts)
orders = some(
    Order, number=texts, channel=texts, shop=texts, customer_id=texts,
    status=st.none() | st.sampled_from(OrderStatus), lines=lines, discounts=discounts,
    payments=payments, delivery=some(Delivery, method=texts, cost=money, address=address),
    contact=some(OrderContact, name=some(PersonName, first=texts, last=texts), phone=texts),
    card_number=texts, promo_codes=st.just(("ЛЕТО",)), edit_mark=texts, cancel_reason=texts,
    attributes=st.dictionaries(st.sampled_from(["number_1c", "other"]), texts),
)  # fmt: skip


@QUICK
@given(orders, st.none() | orders)
def test_held_is_what_held_holds(entity: Order, before: Order | None) -> None:
    """An order is due for ever, because what 1C holds of it never equals what it shall hold."""
    held = WRITER.held(entity, before)
    assert WRITER.held(held, before) == held
    assert WRITER.held(held, held) == held


@QUICK
@given(orders)
def test_held_adds_nothing(entity: Order) -> None:
    """1C is told what nobody said."""
    held, said = known(spoken(WRITER.held(entity, None))), known(spoken(entity))
    assert {path: said.get(path) for path in held} == held


def test_held_leaves_out_what_a_document_cannot_say() -> None:
    """Secrets of the order's edit, channels and foreign attributes go to 1C."""
    order = Order(
        number="1", channel="app", edit_mark="s3cret", promo_codes=("ЛЕТО",), card_number="299",
        status=OrderStatus.DELIVERY, attributes={"number_1c": "УТ-1", "other": "x"},
        delivery=Delivery(address=Address(city="Казань")),
    )  # fmt: skip
    held = WRITER.held(order, None)
    assert held == Order(
        number="1", card_number="299", attributes={"number_1c": "УТ-1"}, delivery=Delivery()
    )
    assert WRITER.held(Order(status=OrderStatus.CANCELLED), None).status is OrderStatus.CANCELLED


async def test_nothing_is_ever_sent() -> None:
    """An account that is fetched from gets a call that it cannot answer."""
    with pytest.raises(ContractViolated):
        await WRITER.write([])
    assert await WRITER.find(["o-1"]) == {}
