"""Strategies: any customer and order that the core may hold, Russian data first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

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

_LETTERS = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="ёЁ «»;,—"
)
texts = st.one_of(
    st.sampled_from(["Ёлкина", "Пётр", " Анна ", "О’Коннор", "", "Салтыкова-Щедрина", "№ 7/2"]),
    st.text(_LETTERS, max_size=30),
)
maybe = st.none() | texts
numbers = st.sampled_from(
    ["+79161234567", "+79051112233", "+74951234567", "+375291234567", "+4915112345678"]
)
moments = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def _some(model: type[Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return models with any subset of the parts spoken about."""
    return st.fixed_dictionaries({}, optional=parts).map(lambda fields: model(**fields))


def _unique(items: st.SearchStrategy[Any], name: str) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=3, unique_by=lambda one: getattr(one, name)).map(tuple)


names = _some(PersonName, last=maybe, first=maybe, patronymic=maybe)
addresses = _some(
    Address,
    country=st.sampled_from([None, "RU", "BY", "Россия"]),
    postcode=maybe,
    region=maybe,
    city=maybe,
    street=maybe,
    house=maybe,
    flat=maybe,
    text=maybe,
)
phones = st.builds(
    PhoneContact,
    number=numbers,
    raw=st.sampled_from([None, "8 (916) 123-45-67"]),
    rank=st.sampled_from([0, 1, 100]),
)
emails = st.builds(
    EmailContact,
    address=st.sampled_from(["a@example.ru", "ё@пример.рф", "alena.f+shop@example.com"]),
    rank=st.sampled_from([0, 100]),
)
consents = st.builds(
    Consent,
    id=st.sampled_from(["mailing:email", "mailing:sms", "personal_data"]),
    granted=st.booleans(),
)
customers = _some(
    Customer,
    name=st.none() | names,
    birth_date=st.none() | st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    gender=st.none() | st.sampled_from(Gender),
    phones=_unique(phones, "number"),
    emails=_unique(emails, "address"),
    address=st.none() | addresses,
    consents=_unique(consents, "id"),
    cards=_unique(
        st.builds(CardRef, number=st.sampled_from(["29017", "29018", " 29019"])), "number"
    ),
    registered_at=st.none() | moments,
    attributes=st.dictionaries(st.sampled_from(["store", "other"]), maybe),
)

kopecks = st.decimals(min_value=0, max_value=100_000, places=2).map(
    lambda amount: Money(amount=amount)
)
products = _some(
    ProductRef,
    external_id=st.sampled_from([None, "sku-1", "sku-1"]),
    name=st.sampled_from([None, "Кружка", "Чайник «Ёж»"]),
    sku=st.sampled_from([None, "A-1"]),
)


def _sellable(line: OrderLine) -> bool:
    """The vendor must be able to find or name the product."""
    product = line.product
    return product is not None and bool(product.external_id or product.name)


lines = st.builds(
    OrderLine,
    id=st.sampled_from(["bitrix-17", "bitrix-18", "till/1#1", "retailcrm-5", "onec-ё"]),
    sort=st.none() | st.integers(0, 5),
    product=products,
    quantity=st.none()
    | st.integers(1, 12).map(Decimal)
    | st.decimals(min_value="0.001", max_value=50, places=3),
    base_price=st.none() | kopecks,
    price=st.none() | kopecks,
    vat_rate=st.sampled_from([None, Decimal(0), Decimal(10), Decimal(20), Decimal("16.67")]),
).filter(_sellable)
payments = st.builds(
    Payment,
    id=st.sampled_from(["bitrix-55", "bitrix-56", "till-9-1"]),
    method=st.sampled_from([None, "card", "cash", "barter"]),
    amount=kopecks,
    state=st.none() | st.sampled_from(PaymentState),
    paid_at=st.none() | moments,
)
deliveries = _some(
    Delivery,
    method=st.sampled_from([None, "courier", "pickup", "owl"]),
    cost=st.none() | kopecks,
    address=st.none() | addresses,
    tracking_number=maybe,
)
contacts = _some(
    OrderContact,
    name=st.none() | names,
    phone=st.none() | numbers,
    email=st.sampled_from([None, "a@example.ru", " B@Example.ru"]),
)
orders = _some(
    Order,
    number=maybe,
    channel=st.sampled_from([None, "till", "site"]),
    contact=st.none() | contacts,
    status=st.none() | st.sampled_from(OrderStatus),
    placed_at=st.none() | moments,
    lines=_unique(lines, "id"),
    promo_codes=st.lists(texts, max_size=3).map(tuple),
    card_number=maybe,
    payments=_unique(payments, "id"),
    delivery=st.none() | deliveries,
    customer_comment=maybe,
    manager_comment=maybe,
    cancel_reason=maybe,
    edit_mark=maybe,
    attributes=st.dictionaries(st.sampled_from(["shift", "other"]), maybe),
)
