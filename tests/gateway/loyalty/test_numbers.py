"""Numbers of cards: a wrong one is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.cards import CardsSection, MaskSection
from gateway.loyalty.numbers import Masks, ean, luhn

USUAL = Masks(CardsSection().masks)


@pytest.mark.parametrize(
    "number", ["2100123456789", "2000000000428", "4601234567893", "96385074", "7777000123456788"]
)
def test_good_numbers_fit(number: str) -> None:
    """A customer's card would not exist (numbers: reference 12, and EAN-8 of the standard)."""
    assert USUAL.fit(number)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("2100123456788", id="wrong check digit"),
        pytest.param("0000000000000", id="zeros"),
        pytest.param("7777000123456789", id="wrong Luhn"),
        pytest.param("21001234567890", id="too long"),
        pytest.param("", id="empty"),
        pytest.param("٢١٠٠١٢٣٤٥٦٧٨٩", id="digits of another script"),
        pytest.param("2100123456789\n", id="line end"),
    ],
)
def test_wrong_numbers_do_not(number: str) -> None:
    """A slip of the finger would be looked up, and could be somebody else's card."""
    assert not USUAL.fit(number)


@given(number=st.text("0123456789", min_size=12, max_size=12), place=st.integers(0, 11))
def test_every_single_wrong_digit_is_found(number: str, place: int) -> None:
    """The check digit would be of no use."""
    for check, length in ((ean, 12), (luhn, 12)):
        whole = next(f"{number[:length]}{last}" for last in range(10) if check(f"{number}{last}"))
        other = str((int(whole[place]) + 1) % 10)
        assert not check(whole[:place] + other + whole[place + 1 :])


def test_without_masks_any_number_will_do() -> None:
    """A shop with numbers of its own could not switch the check off."""
    assert Masks(()).fit("Я-7")
    assert Masks([MaskSection(pattern="[A-Z]{2}[0-9]{3}")]).fit("AB123")
