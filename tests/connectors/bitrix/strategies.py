"""Random canonical customers and orders, with the texts that people really type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from gateway.canonical import (
    Address,
    Confirmation,
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

LETTERS = "АБЁабвгдеёжщъыьэюяXyz -'\"&<>$[]=+%;,\n№«»0129"
texts = st.text(LETTERS, max_size=24)
maybe = st.none() | texts
moments = st.datetimes(
    min_value=datetime(2001, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2037, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
phones = st.integers(0, 9_999_999).map(lambda n: f"+7916{n:07d}")
emails = st.integers(0, 999_999).map(lambda n: f"buyer{n}@example.ru")
confirmations = st.sampled_from(Confirmation)
ranks = st.sampled_from([0, 1, 100])
names = st.builds(PersonName, last=maybe, first=maybe, patronymic=maybe)
amounts = st.integers(0, 10_000_000).map(lambda n: Money(amount=Decimal(n) / 100))


def set_fields(model: type, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Build a model with any subset of fields: an entity speaks of some of them only."""
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: model(**given))


consents = st.builds(
    Consent,
    id=st.sampled_from(["personal_data", "mailing:email", "mailing:sms"]),
    granted=st.booleans(),
    at=st.none() | moments,
    text_version=maybe,
    source=maybe,
)
customers: st.SearchStrategy[Customer] = set_fields(  # type: ignore[assignment]
    Customer,
    name=st.none() | names,
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2015, 1, 1)),
    gender=st.none() | st.sampled_from(Gender),
    phones=st.lists(
        st.builds(PhoneContact, number=phones, confirmation=confirmations, rank=ranks),
        max_size=3,
        unique_by=lambda c: c.number,
    ).map(tuple),
    emails=st.lists(
        st.builds(EmailContact, address=emails, confirmation=confirmations, rank=ranks),
        max_size=2,
        unique_by=lambda c: c.address,
    ).map(tuple),
    consents=st.lists(consents, max_size=3, unique_by=lambda c: c.id).map(tuple),
    source=maybe,
    tier=maybe,
    registered_at=st.none() | moments,
    attributes=st.dictionaries(st.sampled_from(["favourite_shop", "unmapped"]), maybe),
)

lines = st.builds(
    OrderLine,
    id=st.integers(1, 9).map(lambda n: f"crm-{n}"),
    product=st.builds(
        ProductRef,
        external_id=st.sampled_from([None, "88", "89", "90", "offer-x", "00-77"]),
        name=maybe,
    ),
    quantity=st.none() | st.integers(1, 100_000).map(lambda n: Decimal(n) / 1000),
    base_price=st.none() | amounts,
    price=amounts,
    vat_rate=st.sampled_from([None, Decimal(0), Decimal(10), Decimal(20)]),
)
payments = st.builds(
    Payment,
    id=st.integers(1, 4).map(lambda n: f"crm-p{n}"),
    method=st.sampled_from([None, "cash", "card", "bonuses", "sbp"]),
    amount=amounts,
    state=st.sampled_from(PaymentState),
    paid_at=moments,
)
orders: st.SearchStrategy[Order] = set_fields(  # type: ignore[assignment]
    Order,
    number=maybe,
    shop=st.sampled_from(["s1", "tverskaya", None]),
    status=st.sampled_from(OrderStatus),
    contact=st.builds(
        OrderContact, name=st.none() | names, phone=st.none() | phones, email=st.none() | emails
    ),
    lines=st.lists(lines, max_size=4, unique_by=lambda line: line.id).map(tuple),
    payments=st.lists(payments, max_size=3, unique_by=lambda p: p.id).map(tuple),
    delivery=st.builds(
        Delivery,
        method=st.sampled_from([None, "pickup", "courier", "post"]),
        cost=st.none() | amounts,
        address=st.none() | st.builds(Address, city=maybe, text=maybe, street=maybe),
        tracking_number=maybe,
    ),
    promo_codes=st.lists(st.text("АЁABC0-9 ,", max_size=9), max_size=3).map(tuple),
    card_number=maybe,
    customer_comment=maybe,
    manager_comment=maybe,
    cancel_reason=maybe,
    attributes=st.dictionaries(st.sampled_from(["bonus", "unmapped"]), maybe),
)
