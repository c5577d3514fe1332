"""Spreading: exact to the kopeck, and divisible where it can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.loyalty.house.spreading import Spreadable, proportional, spread

lines_of = st.lists(
    st.builds(
        lambda total, kept, pieces: Spreadable(total, max(total - kept, 0), pieces),
        st.integers(0, 100_000),
        st.integers(0, 3),
        st.integers(1, 12),
    ),
    min_size=1,
    max_size=8,
)


@given(lines_of, st.data())
def test_shares_sum_up_and_fit(lines: list[Spreadable], data: st.DataObject) -> None:
    """A kopeck would be lost or made, or a line would be paid beyond what it allows."""
    amount = data.draw(st.integers(0, sum(line.cap for line in lines)))
    shares = spread(amount, lines)
    assert sum(shares) == amount
    assert all(0 <= share <= line.cap for share, line in zip(shares, lines, strict=True))


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(2, 12)), max_size=5),
    st.integers(10_000, 50_000),
    st.data(),
)
def test_a_single_piece_takes_what_does_not_divide(
    priced: list[tuple[int, int]], single: int, data: st.DataObject
) -> None:
    """A till would print a unit price that does not multiply to the line, though it need not."""
    lines = [
        Spreadable(price * pieces, price * pieces - pieces, pieces) for price, pieces in priced
    ]
    lines.append(Spreadable(single, single - 1))
    amount = data.draw(st.integers(0, single // 2))
    shares = spread(amount, lines)
    left = [line.total - share for line, share in zip(lines, shares, strict=True)]
    assert all(rest % line.pieces == 0 for rest, line in zip(left, lines, strict=True))


def test_a_share_is_proportional() -> None:
    """Points would fall on one line, and its return would take all of them."""
    assert spread(300, [Spreadable(1000, 999), Spreadable(2000, 1999)]) == [100, 200]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.data())
def test_proportions_are_kept_to_a_unit(weights: list[int], data: st.DataObject) -> None:
    """Rounding would shift more than one unit from line to line."""
    amount = data.draw(st.integers(0, sum(weights)))
    shares = proportional(amount, weights, weights)
    whole = sum(weights) or 1
    assert sum(shares) == amount
    assert all(
        abs(share * whole - amount * weight) <= whole
        for share, weight in zip(shares, weights, strict=True)
    )


def test_what_does_not_fit_is_refused() -> None:
    """More would be taken off than there is."""
    with pytest.raises(ValueError, match="does not fit"):
        spread(11, [Spreadable(10, 10)])
