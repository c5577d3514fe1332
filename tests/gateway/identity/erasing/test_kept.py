"""Receipts: whatever an order says, its money and goods stay, and nobody is in it."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import Kind, Money, Order, PersonName
from gateway.canonical.customer import Address
from gateway.canonical.order import (
    Delivery,
    Discount,
    DiscountReason,
    OrderContact,
    OrderLine,
    Payment,
)
from gateway.canonical.paths import MODELS, folded, spoken
from gateway.identity.erasing.kept import receipt_of

SECRET = "Жемчужниковская-2200770011223344"


@dataclass(frozen=True, slots=True)
class _Drawn:
    order: Order


def _discounts(count: int, amount: int) -> tuple[Discount, ...]:
    return tuple(
        Discount(
            id=f"card:{SECRET}{number}", reason=DiscountReason.CARD, code=SECRET,
            amount=Money.of(amount + number),
        )
        for number in range(count)
    )  # fmt: skip


@st.composite
def orders(draw: st.DrawFn) -> _Drawn:
    """Draw an order whose every word about a person is one secret."""
    amounts = draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=4))
    count = draw(st.integers(0, 3))
    lines = tuple(
        OrderLine(id=str(n), price=Money.of(one), discounts=_discounts(count, one))
        for n, one in enumerate(amounts)
    )
    maybe = draw(st.booleans())
    contact = OrderContact(name=PersonName(last=SECRET), phone=SECRET, email=SECRET)
    return _Drawn(
        Order(
            number="A-1", customer_id="c-1", lines=lines, discounts=_discounts(count, 7),
            payments=(Payment(id="1", amount=Money.of(amounts[0])),),
            contact=contact if maybe else None, card_number=SECRET, promo_codes=(SECRET,),
            delivery=Delivery(cost=Money.of(5), address=Address(text=SECRET)),
            customer_comment=SECRET, manager_comment=SECRET, cancel_reason=SECRET,
            edit_mark=SECRET, attributes={"gift": SECRET},
        )
    )  # fmt: skip


@given(orders())
def test_money_and_goods_stay_and_nobody_is_in_it(drawn: _Drawn) -> None:
    """P8: a card in the id of a discount names its holder; a lost discount is a wrong receipt."""
    fields = receipt_of(spoken(drawn.order))
    assert "Жемчуж" not in repr(fields)
    assert "2200770011223344" not in repr(fields)
    kept = folded(MODELS[Kind.ORDER], fields)
    assert isinstance(kept, Order)
    assert [line.price for line in kept.lines] == [line.price for line in drawn.order.lines]
    assert sorted(str(one.amount) for one in kept.discounts) == sorted(
        str(one.amount) for one in drawn.order.discounts
    )
    assert [sorted(str(d.amount) for d in line.discounts) for line in kept.lines] == [
        sorted(str(d.amount) for d in line.discounts) for line in drawn.order.lines
    ]
    assert kept.payments == drawn.order.payments
    assert kept.delivery is not None
    assert kept.delivery.cost == Money.of(5)
