"""Generated customers and orders, in the order of items in which the core puts them together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from gateway.canonical import (
    Address,
    BonusAccount,
    BonusPoints,
    Card,
    CardState,
    Consent,
    Customer,
    Delivery,
    Discount,
    DiscountReason,
    EmailContact,
    Gender,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    PersonName,
    PhoneContact,
    Price,
    Product,
    Stock,
)

KEYS = st.text(alphabet="aяё/%+@ 1-.", max_size=5)
WORDS = st.none() | st.sampled_from(["Ёлкина", "Алёна", "", "a/b", "50 %"])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by Hypothesis' rule
MONEY = st.none() | st.integers(-(10**9), 10**9).map(lambda k: Money.of(k) if k % 2 else None)

POINTS = st.none() | st.decimals(0, 10**6, places=2).map(lambda p: BonusPoints(points=p))
QUANTITIES = st.none() | st.decimals(0, 99, places=3)

_NEEDED = {"reason", "granted"}


def speaking(model: type[Any], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make a model that speaks of some of these fields and is silent about the others."""
    nothing: dict[str, st.SearchStrategy[Any]] = {}
    return st.fixed_dictionaries(nothing, optional=fields).map(lambda spoken: model(**spoken))


def _said(value: Any) -> Any:  # noqa: ANN401 - any model
    """A part that is there says something: a part that says nothing cannot be told from none."""
    return value.model_fields_set != set()


def items(
    item: type[Any], key: str, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Make a collection, each key once, in the core's order."""
    asked: dict[str, st.SearchStrategy[Any]] = {key: KEYS}
    asked.update((name, fields.pop(name)) for name in [*fields] if name in _NEEDED)
    one = st.fixed_dictionaries(asked, optional=fields)
    many = st.lists(one, max_size=3, unique_by=lambda row: row[key])
    return many.map(
        lambda rows: tuple(
            item(**row) for row in sorted(rows, key=lambda r: (r.get("sort") or 0, r[key]))
        )
    )


NAMES = st.none() | speaking(PersonName, last=WORDS, first=WORDS, patronymic=WORDS).filter(_said)
ADDRESSES = st.none() | speaking(Address, city=WORDS, text=WORDS).filter(_said)
DISCOUNTS = items(Discount, "id", reason=st.sampled_from(DiscountReason), amount=MONEY, code=WORDS)
LINES = items(
    OrderLine,
    "id",
    sort=st.none() | st.integers(0, 3),
    quantity=QUANTITIES,
    price=MONEY,
    discounts=DISCOUNTS,
)
CUSTOMERS = speaking(
    Customer,
    name=NAMES,
    gender=st.none() | st.sampled_from(Gender),
    birth_date=st.none() | st.dates(),
    phones=items(PhoneContact, "number", raw=WORDS, rank=st.integers(0, 100)),
    emails=items(EmailContact, "address", rank=st.integers(0, 100)),
    bonuses=items(BonusAccount, "programme", available=POINTS, pending=POINTS, tier=WORDS),
    consents=items(Consent, "id", granted=st.booleans(), at=st.none() | MOMENTS),
    address=ADDRESSES,
    registered_at=st.none() | MOMENTS,
    attributes=st.dictionaries(KEYS, WORDS, min_size=1, max_size=3),
)
ORDERS = speaking(
    Order,
    number=WORDS,
    status=st.none() | st.sampled_from(OrderStatus),
    placed_at=st.none() | MOMENTS,
    lines=LINES,
    promo_codes=st.lists(st.sampled_from(["ЛЕТО", "a/b", ""]), max_size=2).map(tuple),
    delivery=st.none()
    | speaking(Delivery, method=WORDS, cost=MONEY, address=ADDRESSES).filter(_said),
    manager_comment=WORDS,
)
CARDS = speaking(
    Card,
    number=WORDS,
    state=st.none() | st.sampled_from(CardState),
    discount_percent=st.none() | st.decimals(0, 100, places=1),
    activated_at=st.none() | MOMENTS,
    attributes=st.dictionaries(KEYS, WORDS, min_size=1, max_size=3),
)
PRODUCTS = speaking(
    Product,
    code=WORDS,
    name=WORDS,
    barcodes=st.lists(st.sampled_from(["4600000000017", "a/b"]), max_size=2).map(tuple),
    active=st.none() | st.booleans(),
    prices=items(Price, "type", amount=MONEY),
    stock=items(Stock, "store", quantity=QUANTITIES),
)
