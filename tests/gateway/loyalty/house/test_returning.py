"""Returning: the parts of a sale add up to the whole."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import Rejected
from gateway.loyalty.house.reckoning import ReckonedLine
from gateway.loyalty.house.returning import quantities_of, returned
from tests.gateway.loyalty.house.shop import line, rules

CENT = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)
SOLD = st.builds(
    lambda quantity, total, spent, earned: ReckonedLine(
        "1", Decimal(quantity), total + spent, spent, spent, earned
    ),
    st.sampled_from(["1", "3", "7", "0.355", "10"]),
    CENT,
    CENT,
    CENT,
)


@given(st.lists(SOLD, min_size=1, max_size=3), st.lists(st.integers(1, 9), max_size=6))
def test_parts_add_up_to_the_whole(sold: list[ReckonedLine], tenths: list[int]) -> None:
    """Goods returned one by one would give other points than returned at once."""
    named = [
        ReckonedLine(str(at), one.quantity, one.total, one.paid, one.spent, one.earned)
        for at, one in enumerate(sold)
    ]
    before: Counter[str] = Counter()
    sums = [Decimal(0)] * 3
    for at in [*tenths, 0]:
        done = {key: Decimal(quantity) for key, quantity in before.items()}
        left = quantities_of(named, done, None)
        coming = {key: quantity * at / 10 if at else quantity for key, quantity in left.items()}
        part = returned(rules(), named, done, coming)
        assert min(part.earned, part.spent, part.due) >= 0
        sums = [
            old + new for old, new in zip(sums, (part.earned, part.spent, part.due), strict=True)
        ]
        before.update(coming)
    assert sums == [
        sum(one.earned for one in named),
        sum(one.spent for one in named),
        sum(one.due for one in named),
    ]


@pytest.mark.parametrize(
    ("key", "quantity", "code"),
    [("9", "1", "line-unknown"), ("1", "3", "quantity-left"), ("1", "0", "quantity")],
)
def test_what_was_not_sold_does_not_come_back(key: str, quantity: str, code: str) -> None:
    """Points would return for goods that were never bought."""
    sold = [ReckonedLine("1", Decimal(3), Decimal(30))]
    with pytest.raises(Rejected) as caught:
        quantities_of(sold, {"1": Decimal(1)}, [line(key, quantity=quantity)])
    assert caught.value.vendor_code == code
