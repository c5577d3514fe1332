"""What the format can hold survives being written and read, in every form."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import (
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
    Price,
    Product,
    ProductRef,
    Stock,
)
from gateway.commerceml import CommerceMlReader, Encoding, OrderWriter, ProductWriter, Sender
from gateway.contract import Observed

from .files import HEAD, MAPPING, documents_of, options, said

LETTERS = "абвёЁжщЯ abZ0129&<>\"'«»—\u00a0€😀\t\n\r%#[];,."
LINES = st.text(LETTERS, max_size=25).map(str.strip)
TEXTS = LINES.map(lambda it: f"ё{it}")
IDS = st.text('абёabz0129-_.&<>"', min_size=1, max_size=30)
CENTS = st.integers(0, 99_999_999).map(lambda it: Money.of(Decimal(it) / 100))
RESTS = st.integers(-999_999, 99_999_999).map(lambda it: Decimal(it) / 1000)
VERSIONS = st.sampled_from(["2.05", "2.07", "2.08", "2.09", "2.10"])
FORMS = st.fixed_dictionaries(
    {"encoding": st.sampled_from(Encoding), "byte_mark": st.booleans(), "version": VERSIONS}
)


@st.composite
def products(draw: st.DrawFn) -> Observed[Product]:
    """Draw a product of which any field may be silent."""
    parent, part = draw(IDS), draw(st.none() | IDS)
    code = parent if part in {None, parent} else f"{parent}#{part}"
    fields: dict[str, Any] = {"code": code, "name": draw(TEXTS)}
    if code != parent:
        fields["parent"] = parent
    optional = {
        "sku": LINES.map(lambda it: it or None),
        "description": LINES.map(lambda it: it or None),
        "barcodes": st.from_regex(r"[0-9]{8,14}", fullmatch=True).map(lambda it: (it,)),
        "unit": st.sampled_from(["шт", "кг", "пар", "коробка"]),
        "vat_rate": st.sampled_from([None, Decimal(20), Decimal(0), Decimal("16.67")]),
        "category": IDS,
        "active": st.booleans(),
        "prices": st.dictionaries(st.sampled_from(["retail", "wholesale"]), CENTS).map(
            lambda its: tuple(Price(type=kind, amount=it) for kind, it in its.items())
        ),
        "stock": st.dictionaries(st.sampled_from(["main", "depot"]), RESTS, min_size=1).map(
            lambda its: tuple(Stock(store=store, quantity=it) for store, it in its.items())
        ),
        "attributes": st.dictionaries(
            st.sampled_from(["kind", "taste"]), LINES.map(lambda it: it or None), min_size=1
        ),
    }
    fields |= {name: draw(them) for name, them in optional.items() if draw(st.booleans())}
    return Observed(code, Product(**fields), deleted=fields.get("active") is False)


@given(goods=st.lists(products(), max_size=4), form=FORMS)
def test_goods_survive(goods: list[Observed[Product]], form: dict[str, Any]) -> None:
    """A field that comes back changed would travel to every other system of the shop."""
    written = b"".join(ProductWriter(MAPPING, HEAD, options(**form)).offers(goods))
    read = list(CommerceMlReader(MAPPING).products(io.BytesIO(written)))
    assert [said(record) for record in read] == [said(record) for record in goods]
    assert read == goods


@given(goods=st.lists(products(), max_size=4))
def test_rests_alone_survive(goods: list[Observed[Product]]) -> None:
    """The newer form of rests says the same as the classic one."""
    written = b"".join(ProductWriter(MAPPING, HEAD, options("2.08")).rests(goods))
    read = list(CommerceMlReader(MAPPING).products(io.BytesIO(written)))
    assert [said(it).get("stock") for it in read] == [said(it).get("stock") for it in goods]


@st.composite
def lines(draw: st.DrawFn, place: int) -> OrderLine:
    """Draw a line; what its price is lowered by has one reason at most."""
    quantity = Decimal(draw(st.integers(1000, 99_000))) / draw(st.sampled_from([1, 1000]))
    price = draw(CENTS).amount
    lowered = draw(st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("99.90")]))
    discounts: tuple[Discount, ...] = ()
    base = price
    if lowered:
        base = price + lowered
        name, code = "Весна", draw(st.none() | st.sampled_from(["SPRING", "ВЕСНА-5"]))
        if code is None:
            reason = DiscountReason.PROMOTION
            discounts = (Discount(id=f"promotion:{name}", reason=reason, name=name),)
        else:
            reason = DiscountReason.PROMO_CODE
            discounts = (Discount(id=f"promo_code:{code}", reason=reason, code=code, name=name),)
    named = f"p-{place}"
    return OrderLine(
        id=draw(st.sampled_from([named, f"b-{place}"])),
        product=ProductRef(external_id=named, name=draw(TEXTS)),
        quantity=quantity,
        base_price=Money.of(base),
        price=Money.of(price),
        vat_rate=draw(st.sampled_from([None, Decimal(10), Decimal(20)])),
        discounts=discounts,
    )


@st.composite
def orders(draw: st.DrawFn, sender: Sender) -> Observed[Order]:
    """Draw an order of one payment, with whatever both sides can say."""
    count = draw(st.integers(1, 4))
    rows = tuple(draw(lines(place)) for place in range(count))
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**8)))
    fields: dict[str, Any] = {
        "number": draw(IDS),
        "placed_at": at,
        "lines": rows,
        "status": draw(st.sampled_from([OrderStatus.NEW, OrderStatus.COMPLETE])),
        "contact": OrderContact(
            name=PersonName(last="Семёнова", first=draw(TEXTS)),
            phone="+79161234567",
            email="a@example.ru",
        ),
        "manager_comment": draw(LINES) or None,
        "customer_comment": draw(LINES) or None,
        "card_number": draw(st.none() | IDS),
        "delivery": Delivery(method="courier", cost=draw(CENTS)),
    }
    total = Order(**fields).goods_total() + fields["delivery"].cost
    name = "site" if sender is Sender.SITE else "A-17"
    fields["payments"] = (
        Payment(id=name, method="card", amount=total, state=PaymentState.PAID, paid_at=at),
    )
    return Observed(
        "51", Order(**fields), version=draw(st.none() | IDS), customer_external_id=draw(IDS)
    )


def told(record: Observed[Order]) -> dict[str, Any]:
    """Return what an order says, less what the format derives: amounts and codes of discounts."""
    shown = said(record)
    shown.pop("promo_codes", None)
    for line in shown["lines"]:
        for discount in line["discounts"]:
            discount.pop("amount", None)
    return shown


@given(
    data=st.data(),
    version=st.sampled_from(["2.07", "2.09", "2.10"]),
    encoding=st.sampled_from(Encoding),
)
def test_orders_survive_both_ways(data: st.DataObject, version: str, encoding: Encoding) -> None:
    """Money that changes on its way to 1C and back would be found at the month's end.

    In 2.10 payment and shipment stand below the order, and the shipment is read after it.
    """
    for sender in Sender:
        record = data.draw(orders(sender))
        form = options(version, encoding=encoding, below=version == "2.10")
        writer = OrderWriter(MAPPING, form, sender)
        read, *shipments = documents_of(b"".join(writer.orders([record])), sender)
        assert [one.order for one in shipments] == ["51"] * form.below
        assert told(read) == told(record)
        assert (read.external_id, read.version) == (record.external_id, record.version)
        assert read.customer_external_id == record.customer_external_id
        assert read.remarks == ()
