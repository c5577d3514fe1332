"""Sales and members in the words of LoyaltyExchange: laws of references, shares and codes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.onec.config_services import Codes
from connectors.onec.translator_loyalty import Spending, code_for, quote_of
from gateway.canonical import Money, OrderLine
from gateway.contract import Missing, Sale

AMOUNTS = st.integers(0, 10**9).map(lambda it: Decimal(it) / 100)
IDS = st.uuids().map(str)


@given(spent=st.builds(Spending, IDS, IDS, AMOUNTS, AMOUNTS))
def test_a_reference_comes_back_as_it_went(spent: Spending) -> None:
    """A hold would be committed for other points, or given back to another card."""
    assert Spending.of(str(spent), "test") == spent


@pytest.mark.parametrize("reference", ["", "T-1", "a/b/1", "a/b/c/d", "a/b/1/x", "a/b/1/2/3"])
def test_a_foreign_reference_is_missing(reference: str) -> None:
    """Points of a sale that was told elsewhere would be made up."""
    with pytest.raises(Missing):
        Spending.of(reference, "test")


@given(parts=st.lists(AMOUNTS, min_size=1, max_size=6), points=AMOUNTS)
def test_parts_give_back_no_more_than_was_spent(parts: list[Decimal], points: Decimal) -> None:
    """Goods that return one by one would bring more points than the whole sale took."""
    spent = Spending("h", "c", points, sum(parts, Decimal(0)))
    shares = [spent.share(part) for part in parts if part < spent.total]
    assert sum(shares, Decimal(0)) <= points
    assert all(share >= 0 and share == share.quantize(Decimal("0.01")) for share in shares)
    assert spent.share(spent.total) == points


@given(
    amounts=st.tuples(
        AMOUNTS, AMOUNTS, st.integers(0, 100), st.sampled_from(["0", "0.5", "1", "10"])
    )
)
def test_a_sale_takes_no_more_than_there_is_and_than_the_programme_lets(
    amounts: tuple[Decimal, Decimal, int, str],
) -> None:
    """A till would offer points that 1C refuses when the buyer has paid the rest."""
    available, price, percent, worth = amounts
    line = OrderLine(id="1", quantity=Decimal(1), price=Money.of(price))
    sale = Sale("s", [line], datetime(2026, 2, 3, tzinfo=UTC))
    told = {"Available": str(available), "MaxPaymentPercent": percent, "Rate": worth}
    quote = quote_of(sale, told)
    assert quote.spendable is not None
    assert 0 <= quote.spendable.points <= available
    assert quote.spendable.points * Decimal(worth) <= price * percent / 100
    assert quote.total == Money.of(price)


@given(key=st.text(max_size=30), bounds=st.tuples(*[st.integers(0, 10**9)] * 2))
def test_a_code_is_of_the_range_and_the_same_at_every_try(
    key: str, bounds: tuple[int, int]
) -> None:
    """A repeat would issue another card, or one of another shop's numbers."""
    first, last = sorted(bounds)
    codes = Codes(first=f"{first:012d}", last=f"{last + 1:012d}")
    code = code_for(key, codes)
    assert codes.first <= code <= codes.last
    assert len(code) == len(codes.first)
    assert code_for(key, codes) == code


@pytest.mark.parametrize(("first", "last"), [("299500", "2995000"), ("299501", "299500")])
def test_a_range_that_is_none_is_refused(first: str, last: str) -> None:
    """A typing error would be found by the first buyer who joins."""
    with pytest.raises(ValidationError):
        Codes(first=first, last=last)
