"""Cards are read however a scanner, a reader or a person spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.scan import card_as_typed, card_from_scan

EAN = "2100123456789"
UPC = "036000291452"


@pytest.mark.parametrize(
    ("scanned", "number"),
    [
        pytest.param(EAN, EAN, id="bare"),
        pytest.param(f"]E0{EAN}\r\n", EAN, id="symbology and line end"),
        pytest.param(f"ъУ0{EAN}", EAN, id="the same with the Russian layout"),
        pytest.param("]C1AB-77\t", "AB-77", id="Code 128"),
        pytest.param(UPC, f"0{UPC}", id="UPC-A whose check digit fits"),
        pytest.param(f"]E0{UPC}", f"0{UPC}", id="UPC-A that the scanner names"),
        pytest.param("036000291453", "036000291453", id="twelve digits that are no UPC-A"),
        pytest.param(f"]C0{UPC}", UPC, id="twelve digits that the scanner calls Code 128"),
        pytest.param(";7777000123456788=2512101?", "7777000123456788", id="track 2"),
        pytest.param(";7777000123456788?0", "7777000123456788", id="track 2 with its check"),
        pytest.param("0000000000000", None, id="nothing but zeros"),
        pytest.param("2100 Анна", None, id="a name"),
        pytest.param("АВ123", None, id="Cyrillic letters that look Latin"),
        pytest.param("٣٤٥", None, id="another script's digits"),
        pytest.param("", None, id="nothing"),
        pytest.param("]E0", None, id="nothing behind the symbology"),
        pytest.param("1" * 33, None, id="too long"),
        pytest.param("1 OR 1=1", None, id="no number at all"),
    ],
)
def test_a_scan_is_the_number_behind_it(scanned: str, number: str | None) -> None:
    """A customer with a card in the hand would be told that there is no such card."""
    assert card_from_scan(scanned) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("7777 0001 2345 6788", "7777000123456788", id="groups"),
        pytest.param("2100-123456-789", EAN, id="dashes between digits"),
        pytest.param("AB-77", "AB-77", id="a dash of the number's own"),
        pytest.param(UPC, UPC, id="twelve digits stay twelve: nobody scanned them"),
    ],
)
def test_a_typed_number_loses_only_its_groups(typed: str, number: str) -> None:
    """A number that was changed belongs to somebody else."""
    assert card_as_typed(typed) == number


@given(st.text())
def test_reading_again_changes_nothing(text: str) -> None:
    """A number that depends on how often it was read is never found again."""
    for read in (card_as_typed, card_from_scan):
        number = read(text)
        assert number is None or (card_as_typed(number) == number and number.isascii())


@given(
    st.from_regex(r"[1-9][0-9]{5,10}|[1-9][0-9]{12,18}", fullmatch=True),
    st.sampled_from(["", "]C1", "]E0", "ъС1"]),
    st.sampled_from(["", "\r", "\r\n", "\t", " "]),
)
def test_a_number_survives_whatever_a_scanner_puts_round_it(
    number: str, before: str, after: str
) -> None:
    """One lost or added digit is another customer's card."""
    assert card_from_scan(f"{before}{number}{after}") == number
