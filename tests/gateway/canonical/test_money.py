"""Money and points: exact, and written in one way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.canonical import BonusPoints, Money, Order, OrderLine
from gateway.canonical.paths import spoken

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)


def written(money: Money) -> object:
    """How an amount is stored."""
    return money.model_dump(mode="json")["amount"]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("10", "10.00"), ("10.005", "10.01"), ("-10.005", "-10.01"), ("10.004", "10.00"),
        ("1E+3", "1000.00"), ("-0.001", "0.00"), ("-0", "0.00"),
    ],
)  # fmt: skip
def test_amount_is_written_in_one_way(value: str, wanted: str) -> None:
    """Equal amounts look different, and a vendor is told for ever."""
    assert written(Money.of(value)) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("10.50", "10.5"), ("1E+3", "1000"), ("-0", "0"), ("0.00005", "0.0001"), ("100", "100")],
)
def test_points_are_written_in_one_way(value: str, wanted: str) -> None:
    """Equal points look different, and a vendor is told for ever."""
    assert BonusPoints(points=Decimal(value)).model_dump(mode="json")["points"] == wanted


@pytest.mark.parametrize(("value", "wanted"), [("2.000", "2"), ("1E+1", "10"), ("0.125", "0.125")])
def test_quantity_is_written_in_one_way(value: str, wanted: str) -> None:
    """Two pieces of one vendor and 2.000 pieces of the other are told back and forth."""
    assert spoken(OrderLine(id="a", quantity=Decimal(value)))["quantity"] == wanted


@pytest.mark.parametrize("value", ["1E+40", "NaN", "Infinity"])
def test_what_is_no_exact_number_is_refused_as_any_wrong_value(value: str) -> None:
    """A monstrous number in one record raises what nobody expects, and stops the whole feed."""
    for refused in (
        lambda: Money.of(value),
        lambda: BonusPoints(points=Decimal(value)),
        lambda: OrderLine(id="a", quantity=Decimal(value)),
    ):
        with pytest.raises(ValidationError):
            refused()


@given(one=AMOUNTS, other=AMOUNTS)
def test_adding_and_taking_away(one: Decimal, other: Decimal) -> None:
    """Kopecks get lost in sums."""
    assert Money.of(one) + Money.of(other) - Money.of(other) == Money.of(one)


@given(price=AMOUNTS, pieces=st.integers(0, 1000))
def test_whole_pieces_cost_their_sum(price: Decimal, pieces: int) -> None:
    """Rounding once per line differs from the exact product."""
    assert Money.of(price).times(Decimal(pieces)).amount == price * pieces


def test_currencies_are_not_mixed() -> None:
    """Roubles and tenge would be added as if they were one currency."""
    with pytest.raises(ValueError, match="cannot combine RUB with KZT"):
        Money.of(1) + Money.of(1, "KZT")


def test_goods_total_counts_priced_lines() -> None:
    """An order's total is wrong, or breaks on a line whose price a vendor does not tell."""
    order = Order(
        lines=(
            OrderLine(id="a", price=Money.of("10.10"), quantity=Decimal("1.5")),
            OrderLine(id="b", price=Money.of(5)),
            OrderLine(id="c", quantity=Decimal(3)),
            OrderLine(id="d", price=Money.of("0.35"), quantity=Decimal(1)),
        )
    )

    assert order.goods_total() == Money.of("15.50")
