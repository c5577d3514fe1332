"""Spreading sums over lines holds for any numbers (12.3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mocks.mindbox.spread import points, proportionally


@given(
    amount=st.integers(0, 10**7),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any),
)
def test_a_spread_sum_leaves_no_rest(amount: int, weights: list[int]) -> None:
    """Shares add up and differ from the exact share by less than one kopeck."""
    shares = proportionally(amount, weights)
    assert sum(shares) == amount
    whole = sum(weights)
    assert all(abs(s * whole - amount * w) < whole for s, w in zip(shares, weights, strict=True))


@given(
    amount=st.integers(0, 10**6),
    lines=st.lists(st.tuples(st.integers(1, 10**5), st.integers(1, 9)), min_size=1, max_size=6),
    tick=st.sampled_from([1, 100]),
)
def test_spread_points_fit_units_and_rooms(
    amount: int, lines: list[tuple[int, int]], tick: int
) -> None:
    """No line gets more than it bears, each a multiple of its units, together at most asked.

    What was spent once can be asked for again.
    """
    totals = [total for total, _ in lines]
    units = [count for _, count in lines]
    shares = points(amount, totals, units=units, rooms=totals, tick=tick)
    assert sum(shares) <= amount
    for share, total, count in zip(shares, totals, units, strict=True):
        assert 0 <= share <= total
        assert share % (count * tick) == 0
    again = points(sum(shares), totals, units=units, rooms=totals, tick=tick)
    assert sum(again) == sum(shares)
