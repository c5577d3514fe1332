"""Orders without processing: told whole, once, and with a total that the vendor can trust."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    Delivery,
    Discount,
    DiscountReason,
    Kind,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    ProductRef,
)
from gateway.contract import Change, Exists, OutcomeUnknown, TranslationFailed, Written
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.mindbox.conftest import OpenProject, inspected, journal

KEY = "o-01hzx0000000000000000001"
SHOES = OrderLine(
    id="b-1",
    product=ProductRef(external_id="SKU-9001"),
    quantity=Decimal(2),
    base_price=Money.of(1500),
    price=Money.of(1350),
)
LACES = OrderLine(
    id="b-2", product=ProductRef(external_id="SKU-9003"), quantity=Decimal(1), price=Money.of(300)
)
ORDER = Order(
    number="SITE-1",
    placed_at=datetime(2026, 2, 28, 15, 4, 55, tzinfo=UTC),
    status=OrderStatus.NEW,
    lines=(SHOES, LACES),
    delivery=Delivery(cost=Money.of(200)),
    payments=(Payment(id="p-1", method="cash", amount=Money.of(3200)),),
    contact=OrderContact(phone="+79260001122", email="olga.demo@example.com"),
    attributes={"delivery_type": "courier"},
)
WORDS: list[tuple[OrderStatus, PaymentState, str, float]] = [
    (OrderStatus.NEW, PaymentState.PENDING, "CheckedOut", 3200),
    (OrderStatus.ASSEMBLING, PaymentState.PAID, "Paid", 3200),
    (OrderStatus.COMPLETE, PaymentState.PAID, "Delivered", 3200),
    (OrderStatus.CANCELLED, PaymentState.PENDING, "Cancelled", 0),
    (OrderStatus.RETURNED, PaymentState.REFUNDED, "Returned", 0),
]


def creation(project: Bench, order: Order = ORDER, **more: Any) -> Change[Any]:
    """Make the change that creates an order."""
    return project.change(Kind.ORDER, Copy(KEY), order, **more)


async def stored(project: Bench) -> dict[str, Any]:
    """Return the one order of the double."""
    (row,) = await inspected(project, "orders", ids={"websiteOrder": KEY})
    found: dict[str, Any] = row
    return found


async def test_order_is_told_whole(project: Bench) -> None:
    """The order stands at Mindbox with another sum, buyer, day or product."""
    change = creation(project, customer_external_id="500123")
    (outcome,) = await project.write(Kind.ORDER, change)

    assert outcome == Written(KEY, created=True)
    row = await stored(project)
    assert (row["totalPrice"], row["deliveryCost"], row["customerId"]) == (3200, 200, 500123)
    assert row["created"] == "2026-02-28 15:04:55.000"
    assert row["payments"] == [{"type": "cash", "amount": 3200}]
    assert [
        (one["lineId"], one["lineNumber"], one["quantity"], one["priceOfLine"])
        for one in row["lines"]
    ] == [("b-1", 1, 2, 2700), ("b-2", 2, 1, 300)]
    assert [one["product"]["ids"]["website"] for one in row["lines"]] == ["SKU-9001", "SKU-9003"]
    assert [one["status"]["ids"]["externalId"] for one in row["lines"]] == ["CheckedOut"] * 2


async def test_order_that_is_there_already_is_met(project: Bench) -> None:
    """A repeat writes over what people corrected at Mindbox, or is given up as refused."""
    await project.write(Kind.ORDER, creation(project))
    (outcome,) = await project.write(Kind.ORDER, creation(project))

    assert outcome == Exists(KEY)
    assert await project.connector.writers[Kind.ORDER].find([KEY, "o-none"]) == {KEY: KEY}
    assert len(await inspected(project, "orders")) == 1


async def test_refusal_for_another_reason_stays_a_refusal(project: Bench) -> None:
    """A wrong customer is taken for an order that exists, and the order is never made."""
    change = creation(project, customer_external_id="999")
    assert failures(await project.write(Kind.ORDER, change)) == ["Rejected"]
    assert await inspected(project, "orders") == []


@pytest.mark.parametrize("kind", ["cut_after", "status"])
async def test_lost_answer_of_a_creation_leaves_one_order(project: Bench, kind: str) -> None:
    """A 503 may come after the effect; the order is made twice, or not at all."""
    await project.faults({"kind": kind, "path": "CreateOrder", "times": 1, "status": 503})
    (outcome,) = await project.write(Kind.ORDER, creation(project))
    assert isinstance(outcome.error, OutcomeUnknown)

    found = await project.connector.writers[Kind.ORDER].find([KEY])
    assert found == ({KEY: KEY} if kind == "cut_after" else {})
    (again,) = await project.write(Kind.ORDER, creation(project))
    assert again == (Exists(KEY) if found else Written(KEY, created=True))
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize(
    ("status", "state", "word", "total"), WORDS, ids=[row[0].value for row in WORDS]
)
async def test_stage_becomes_the_status_of_all_lines(
    project: Bench, status: OrderStatus, state: PaymentState, word: str, total: float
) -> None:
    """A paid order never counts as paid, or a cancelled one counts as turnover."""
    copy = Copy(KEY)
    await project.tell(Kind.ORDER, copy, ORDER)
    paid = (Payment(id="p-1", method="card", amount=Money.of(3200), state=state),)
    later = ORDER.model_copy(update={"status": status, "payments": paid})
    await project.tell(Kind.ORDER, copy, later)

    row = await stored(project)
    assert {one["status"]["ids"]["externalId"] for one in row["lines"]} == {word}
    assert row["totalPrice"] == total
    assert len(await inspected(project, "orders")) == 1


async def test_line_that_was_taken_out_is_gone(project: Bench) -> None:
    """The customer dropped the laces, and Mindbox still counts them."""
    copy = Copy(KEY)
    await project.tell(Kind.ORDER, copy, ORDER)
    await project.tell(Kind.ORDER, copy, ORDER.model_copy(update={"lines": (SHOES,)}))

    row = await stored(project)
    assert [one["lineId"] for one in row["lines"]] == ["b-1"]
    assert row["totalPrice"] == 2900


async def test_edit_repeated_after_a_cut_has_one_effect(project: Bench) -> None:
    """The repeat of an edit makes a second order, or adds to the first."""
    copy = Copy(KEY)
    await project.tell(Kind.ORDER, copy, ORDER)
    later = ORDER.model_copy(update={"status": OrderStatus.COMPLETE})
    await project.faults({"kind": "cut_after", "path": "UpdateOrder", "times": 1})
    change = project.change(Kind.ORDER, copy, later)
    assert failures(await project.write(Kind.ORDER, change)) == ["Unavailable"]
    (outcome,) = await project.write(Kind.ORDER, change)

    assert outcome == Written(KEY)
    assert (await stored(project))["totalPrice"] == 3200
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize(
    ("update", "settings", "wanted"),
    [
        ({}, {}, ("externalPromoAction", "SCR-15", 300)),
        ({}, {"external_promotion": None}, None),
        ({"promo_codes": ("SPRING-0007",)}, {}, ("promoCode", "SPRING-0007", 300)),
        (
            {
                "discounts": (
                    Discount(id="d", reason=DiscountReason.PROMO_CODE, code="SPRING-0007"),
                )
            },
            {},
            ("promoCode", "SPRING-0007", 300),
        ),
    ],
    ids=["external", "none", "code", "code-of-discount"],
)
async def test_discount_is_told_with_its_reason(
    open_project: OpenProject,
    update: dict[str, Any],
    settings: dict[str, Any],
    wanted: tuple[str, str, float] | None,
) -> None:
    """The sale with a promo code counts for no promotion, or for the wrong one."""
    project = await open_project(settings)
    order = ORDER.model_copy(update=update)
    await project.write(Kind.ORDER, creation(project, order))
    row = await stored(project)

    assert row["lines"][0]["priceOfLine"] == 2700
    told = row["lines"][0]["appliedPromotions"]
    if wanted is None:
        assert told == []
        return
    kind, name, amount = wanted
    (one,) = told
    assert one["amount"] == amount
    writer: Any = project.connector.writers[Kind.ORDER]
    (sent,) = writer.translator.body(creation(project, order))["order"]["lines"][0]["discounts"]
    assert sent["type"] == kind
    assert name in sent[kind]["ids"].values()
    assert row["lines"][1]["appliedPromotions"] == []


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (LACES.model_copy(update={"product": None}), "lines/2/product"),
        (LACES.model_copy(update={"product": ProductRef(sku="A-1")}), "lines/2/product"),
        (LACES.model_copy(update={"price": None}), "lines/2/price"),
    ],
    ids=["no-product", "no-id", "no-price"],
)
async def test_line_that_cannot_be_told_names_its_place(
    project: Bench, line: OrderLine, path: str
) -> None:
    """An order without a product's id is sent, refused, and nobody knows which line."""
    broken = ORDER.model_copy(update={"lines": (SHOES, line)})
    fine = project.change(Kind.ORDER, Copy("o-2"), ORDER)
    outcomes = await project.write(Kind.ORDER, creation(project, broken), fine)

    assert isinstance(outcomes[0].error, TranslationFailed)
    assert outcomes[0].error.path == path
    assert outcomes[1] == Written("o-2", created=True)
    assert [one["op"] for one in await journal(project)] == ["Website.CreateOrder"]


async def test_weighed_goods_say_so(project: Bench) -> None:
    """Half a kilogram is refused, because quantities are whole numbers by default."""
    cheese = LACES.model_copy(update={"quantity": Decimal("0.355"), "price": Money.of("999.90")})
    (outcome,) = await project.write(
        Kind.ORDER, creation(project, ORDER.model_copy(update={"lines": (cheese,)}))
    )
    assert outcome == Written(KEY, created=True)
    assert (await stored(project))["lines"][0]["priceOfLine"] == 354.96
