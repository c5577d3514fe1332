"""Reckoning: what a basket earns, and what points may pay, by the rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import OrderLine
from gateway.config import HouseSection
from gateway.contract import Rejected
from gateway.loyalty.house.reckoning import (
    Reckoned,
    basket_of,
    payable,
    reckon,
    spendable,
    tier_of,
)
from tests.gateway.loyalty.house.shop import D2, E3, PLAIN, line, rules

ZERO = Decimal(0)


def reckoned(
    form: HouseSection, *lines: OrderLine, purchases: str = "0", spent: str = "0"
) -> Reckoned:
    """Reckon lines for somebody with these purchases."""
    tier = tier_of(form, Decimal(purchases))
    return reckon(form, tier, basket_of(form, lines), Decimal(spent))


def most(
    form: HouseSection, *lines: OrderLine, purchases: str = "0", has: str = "99999"
) -> Decimal:
    """What a sale may take at the most."""
    tier = tier_of(form, Decimal(purchases))
    return spendable(form, tier, basket_of(form, lines), Decimal(has))


@pytest.mark.parametrize(
    ("purchases", "earned", "spent"),
    [
        ("9999.99", "0", "0"),  # a participant neither earns nor spends
        ("10000", "30.00", "300.00"),
        ("49999.99", "30.00", "300.00"),
        ("50000", "50.00", "300.00"),
        ("100000", "70.00", "300.00"),
    ],
)
def test_four_tiers_with_a_threshold(purchases: str, earned: str, spent: str) -> None:
    """The franchise's members would earn or spend below 10,000 roubles, or at a wrong percent."""
    form = rules(E3)
    goods = line(price="1000")
    assert reckoned(form, goods, purchases=purchases).earned == Decimal(earned)
    assert most(form, goods, purchases=purchases) == Decimal(spent)


@pytest.mark.parametrize(
    ("price", "earned"), [("99.99", "0"), ("100", "3"), ("199.99", "3"), ("1250.00", "36")]
)
def test_three_points_per_hundred_roubles(price: str, earned: str) -> None:
    """Points would be given for a step that is not whole."""
    assert reckoned(rules(D2), line(price=price)).earned == Decimal(earned)
    assert most(rules(D2), line(price="1250.00")) == Decimal("625.00")


def test_steps_are_counted_over_the_sale_or_by_line() -> None:
    """Two lines of 50 roubles would earn nothing together, or something apart, against the rule."""
    lines = (line("1", "50"), line("2", "50"))
    assert reckoned(rules(D2), *lines).earned == 3
    by_line = rules(D2, rounding={"of": "line"})
    assert reckoned(by_line, *lines).earned == 0


@pytest.mark.parametrize(("mode", "earned"), [("down", "12"), ("half_up", "13")])
def test_points_are_rounded_by_the_rule(mode: str, earned: str) -> None:
    """Whole points would be shown as fractions, or rounded the other way."""
    form = rules(rounding={"unit": 1, "mode": mode})
    assert reckoned(form, line(price="125")).earned == Decimal(earned)


def test_promo_priced_lines_earn_nothing_while_others_do() -> None:
    """A shop would pay twice for a promotion, or a whole order would earn nothing."""
    made = reckoned(rules(), line("1", "100"), line("2", "80", base="100", promo=True))
    assert [one.earned for one in made.lines] == [Decimal("10.00"), ZERO]


@pytest.mark.parametrize(
    ("promo", "goods", "earned"),
    [
        ({"by": "price"}, line(price="80", base="100"), "0"),
        ({"by": "discount"}, line(price="80", base="100"), "8.00"),
        ({"products": ["gift-card"]}, line(product="gift-card"), "0"),
        ({"earns": True}, line(promo=True), "10.00"),
    ],
    ids=["lowered", "lowered for another reason", "listed", "earns all the same"],
)
def test_what_promo_priced_is(promo: dict[str, Any], goods: OrderLine, earned: str) -> None:
    """The shop's own meaning of a promotion would not be the programme's."""
    assert reckoned(rules(promo=promo), goods).earned == Decimal(earned)


def test_points_do_not_earn_points() -> None:
    """Spent points would bring new ones."""
    assert reckoned(rules(), line(price="100"), spent="40").earned == Decimal("6.00")


def test_money_stays_on_every_line() -> None:
    """A line would be printed for nothing, which a fiscal device refuses."""
    form = rules({"tiers": [{"name": "All", "share": 100}]})
    lines = (line("1", "10"), line("2", "0.01"), line("3", "5"))
    assert most(form, *lines) == Decimal("14.98")
    made = reckoned(form, *lines, spent="14.98")
    assert [one.due for one in made.lines] == [Decimal("0.01")] * 3
    unpaid = rules({"tiers": [{"name": "All", "share": 100}]}, promo={"payable": False})
    assert most(unpaid, line("1", "10"), line("2", "10", promo=True)) == Decimal("9.99")


def test_a_point_may_be_worth_something_else() -> None:
    """Points at two for a rouble would pay, or be earned, as if they were roubles."""
    form = rules(point_value="0.5", spend_unit=1)
    assert most(form, line(price="100")) == 100
    made = reckoned(form, line("1", "60"), line("2", "40"), spent="10")
    assert made.due == 95
    assert sum(one.spent for one in made.lines) == 10
    assert made.earned == 19


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((line(quantity="0"),), "quantity"),
        ((line(quantity="-1"),), "quantity"),
        ((OrderLine(id="1", quantity=Decimal(1)),), "price-missing"),
        ((line("1"), line("1")), "line-repeats"),
    ],
)
def test_bad_lines_are_refused_by_a_code(lines: tuple[OrderLine, ...], code: str) -> None:
    """A wrong receipt would be booked, or refused without a reason."""
    with pytest.raises(Rejected) as caught:
        basket_of(rules(), lines)
    assert caught.value.vendor_code == code


def test_another_currency_is_refused() -> None:
    """Tenge would earn as roubles do."""
    with pytest.raises(Rejected) as caught:
        basket_of(rules(currency="KZT"), (line(),))
    assert caught.value.vendor_code == "currency"


money = st.decimals("0", "9999.99", places=2).map(str)
quantities = st.sampled_from(["1", "2", "3", "7", "0.355", "12"])
goods = st.lists(st.tuples(money, quantities, st.booleans()), min_size=1, max_size=6)


@given(
    goods,
    st.decimals("0", "1", places=3),
    st.sampled_from(["sale", "line"]),
    st.sampled_from(["1", "0.01"]),
)
def test_lines_sum_up_exactly(
    basket: list[tuple[str, str, bool]], part: Decimal, of: str, unit: str
) -> None:
    """Lines would not add up to what was spent and earned, or one would be below its minimum."""
    form = rules(
        {"tiers": [{"name": "All", "percent": 7, "share": 70}]}, rounding={"of": of, "unit": unit}
    )
    lines = [line(str(at), *one[:2], promo=one[2]) for at, one in enumerate(basket)]
    held = basket_of(form, lines)
    tier = form.tiers[0]
    spent = (spendable(form, tier, held, Decimal(10**9)) * part).quantize(Decimal("0.01"))
    made = reckon(form, tier, held, spent)
    assert sum((one.spent for one in made.lines), ZERO) == spent == made.spent
    assert sum((one.paid for one in made.lines), ZERO) == spent
    assert sum((one.earned for one in made.lines), ZERO) == made.earned
    assert made.due == sum((one.total for one in held), ZERO) - spent
    for was, one in zip(held, made.lines, strict=True):
        assert ZERO <= one.paid <= payable(form, was)
        assert one.earned >= 0
        assert not (was.is_promo and one.earned)


@given(goods, st.sampled_from(["sale", "line"]))
def test_more_points_spent_never_earn_more(basket: list[tuple[str, str, bool]], of: str) -> None:
    """Somebody could earn by spending."""
    form = rules(PLAIN, rounding={"of": of})
    held = basket_of(form, [line(str(at), *one[:2]) for at, one in enumerate(basket)])
    most_spent = spendable(form, form.tiers[0], held, Decimal(10**9))
    earned = [reckon(form, form.tiers[0], held, spent).earned for spent in (ZERO, most_spent)]
    assert earned[1] <= earned[0]


@given(st.decimals("0", "1000000", places=2))
def test_the_tier_is_the_highest_that_is_reached(purchases: Decimal) -> None:
    """A member would stand in a tier that the purchases do not lead to."""
    form = rules(E3)
    tier = tier_of(form, purchases)
    higher = [one for one in form.tiers if one.purchases > tier.purchases]
    assert tier.purchases <= purchases
    assert all(one.purchases > purchases for one in higher)
