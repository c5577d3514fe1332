"""Sums of a till and prices of a sale: no kopeck is lost or won between them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.loymax.till_cheque import (
    Reckoned,
    as_sent,
    order_lines,
    paid,
    reckoned,
)
from connectors.loymax.till_wire import ChequeLine
from gateway.canonical import BonusPoints, Discount, DiscountReason, Money
from gateway.canonical.money import KOPECK
from gateway.contract import LineQuote, Quote
from gateway.testing.till_recorder import price_of

ZERO = BonusPoints(points=Decimal(0))
kopecks = st.integers(0, 100_000_00).map(lambda one: one * KOPECK)
quantities = st.integers(1, 100_000).map(lambda one: Decimal(one) / 1000) | st.integers(1, 99).map(
    Decimal
)
cheque_lines = st.lists(
    st.builds(
        ChequeLine,
        position=st.integers(1, 99),
        quantity=quantities,
        amount=kopecks,
        price=st.none() | kopecks,
        goods=st.just("A-17"),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.position,
)


def sold(lines: list[ChequeLine]) -> tuple[tuple[str, Decimal], ...]:
    """Return the sum of each place as the service counts it."""
    sums: dict[str, Decimal] = {}
    for one in order_lines(lines, currency="RUB", goods_id="external_id"):
        amount = price_of(one).times(one.quantity or Decimal(1)).amount
        place = one.id.partition(".")[0]
        sums[place] = sums.get(place, Decimal(0)) + amount
    return tuple(sums.items())


@given(cheque_lines)
def test_a_sale_s_lines_make_the_till_s_sums(lines: list[ChequeLine]) -> None:
    """A receipt would be counted for another sum than the customer paid."""
    assert sold(lines) == tuple((str(one.position), one.amount) for one in lines)


@given(cheque_lines)
def test_quantities_are_kept(lines: list[ChequeLine]) -> None:
    """A rule that counts pieces would count others."""
    made = order_lines(lines, currency="RUB", goods_id="sku")
    assert sum((one.quantity or Decimal(0) for one in made), Decimal(0)) == sum(
        (one.quantity for one in lines), Decimal(0)
    )
    assert len({one.id for one in made}) == len(made)


@given(cheque_lines)
def test_prices_that_nobody_lowered_come_back_as_sent(lines: list[ChequeLine]) -> None:
    """A till would print a discount of a kopeck that nobody gave."""
    made = order_lines(lines, currency="RUB", goods_id="external_id")
    quote = Quote([LineQuote(one.id, price_of(one)) for one in made], Money.of(0), ZERO)
    assert [one.amount for one in reckoned(lines, made, quote)] == [one.amount for one in lines]


@given(cheque_lines, st.data())
def test_a_told_discount_is_exact(lines: list[ChequeLine], data: st.DataObject) -> None:
    """A price per unit is rounded: a sum made of it would be a kopeck off."""
    made = order_lines(lines, currency="RUB", goods_id="external_id")
    firsts = {one.position: one for one in lines}
    told, expected = [], []
    for line in lines:
        off = data.draw(st.integers(0, int(line.amount / KOPECK))) * KOPECK
        expected.append(line.amount - off)
        discount = Discount(id="1", reason=DiscountReason.PROMOTION, amount=Money.of(off))
        told.append(LineQuote(str(line.position), Money.of(0), discounts=[discount] if off else []))
    quote = Quote(
        [one for one in told if one.discounts or firsts[int(one.id)].amount == 0],
        Money.of(0),
        ZERO,
    )
    assert [one.amount for one in reckoned(lines, made, quote)] == expected


@given(st.lists(kopecks, min_size=1, max_size=8), st.integers(0, 10_000_00))
def test_spent_points_are_spread_to_the_last_kopeck(sums: list[Decimal], points: int) -> None:
    """A cheque would pay more or less by points than the member spent."""
    spent = points * KOPECK
    lines = [Reckoned(ChequeLine(place, Decimal(1), one), one) for place, one in enumerate(sums, 1)]
    parts = [one.pay or Decimal(0) for one in paid(lines, spent)]
    assert sum(parts, Decimal(0)) == spent
    assert min(parts) >= 0


@pytest.mark.parametrize(
    ("price", "amount"),
    [(Decimal(90), Decimal("89.99")), (Decimal("33.34"), Decimal(100))],
    ids=["lowered", "raised"],
)
def test_a_processor_never_raises_a_price(price: Decimal, amount: Decimal) -> None:
    """A till would print a sum above its own shelf."""
    line = ChequeLine(1, Decimal(1), amount)
    made = order_lines([line], currency="RUB", goods_id="external_id")
    quote = Quote([LineQuote("1", Money.of(price))], Money.of(0), ZERO)
    (found,) = reckoned([line], made, quote)
    assert found.amount == min(price, amount)
    assert found.discount >= 0


def test_lines_that_nobody_reckoned_have_no_points() -> None:
    """A till would print points of a receipt that was closed without us."""
    (one,) = as_sent([ChequeLine(1, Decimal(1), Decimal(5))])
    assert (one.amount, one.discount, one.cashback) == (Decimal(5), Decimal(0), None)
