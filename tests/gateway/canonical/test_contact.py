"""Contacts: one normal form for all the ways in which people write a phone or an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import PhoneContact, main_first, normal_email, normal_phone

PHONES = [
    ("+79161234567", "+79161234567"),
    ("8 (916) 123-45-67", "+79161234567"),
    ("+7 916 123 45 67", "+79161234567"),
    ("7 916 1234567", "+79161234567"),
    ("9161234567", "+79161234567"),
    ("  8-916-123-45-67\n", "+79161234567"),
    ("8 (916) 123‑45‑67", "+79161234567"),
    ("+7 916 123-45-67 (Семёнова)", "+79161234567"),
    ("8 (495) 123-45-67", "+74951234567"),
    ("4951234567", "+74951234567"),
    ("8 (495) 123-45-67 доб. 123", "+74951234567"),
    ("8 (495) 123-45-67, вн.12", "+74951234567"),
    ("8 495 1234567 ext 9", "+74951234567"),
    ("8 495 1234567 #9", "+74951234567"),
    ("8-800-555-35-35", "+78005553535"),
    ("8 (701) 123-45-67", "+77011234567"),
    ("+7 701 123 45 67", "+77011234567"),
    ("7011234567", "+77011234567"),
    ("+375 (29) 123-45-67", "+375291234567"),
    ("375291234567", "+375291234567"),
    ("8 029 123-45-67", "+375291234567"),
    ("810 375 29 1234567", "+375291234567"),
    ("+998 90 123 45 67", "+998901234567"),
]
NO_PHONES = [
    "", " ", "+", "нет", "0", "12345", "123-45-67", "00000000000", "+7 000 000-00-00",
    "9161234567123", "8 916 123 45 67, 8 926 765 43 21", "8 916 123-45-6", "mail@example.ru",
    "8" * 300,
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), PHONES)
def test_phone_as_people_write_it(text: str, wanted: str) -> None:
    """One person with two spellings of a phone becomes two customers, or two become one."""
    assert normal_phone(text) == wanted


@pytest.mark.parametrize("text", [None, *NO_PHONES])
def test_what_is_no_phone(text: str | None) -> None:
    """Strangers who both wrote nonsense, or a number without its area, would be one customer."""
    assert normal_phone(text) is None


@given(text=st.text(alphabet="+78903 -()доб#", max_size=20) | st.text(max_size=20))
def test_normal_phone_is_normal_and_never_raises(text: str) -> None:
    """A number would be written back in another form each time, or a strange one stop a feed."""
    phone = normal_phone(text)

    if phone is not None:
        assert phone.startswith("+")
        assert phone[1:].isascii()
        assert phone[1:].isdecimal()
        assert normal_phone(phone) == phone


@given(digits=st.from_regex(r"9[0-9]{9}", fullmatch=True))
def test_all_spellings_of_a_home_mobile_are_one_number(digits: str) -> None:
    """The quick way and the library's way would give one person two numbers."""
    area, rest = digits[:3], digits[3:]
    spellings = [digits, f"8{digits}", f"+7{digits}", f"7 {digits}", f"8 ({area}) {rest}"]

    assert {normal_phone(text) for text in spellings} == {f"+7{digits}"}


EMAILS = [
    (" Anna@Example.RU ", "anna@example.ru"),
    ("анна@почта.рф", "анна@почта.рф"),
    ("a.b+tag@sub.example.com", "a.b+tag@sub.example.com"),
    (None, None),
    ("", None),
    ("нет", None),
    ("a@b", None),
    ("a@@b.ru", None),
    ("a b@c.ru", None),
    ("a@b.", None),
    ("@b.ru", None),
    ("a@b.ru, c@d.ru", None),
]


@pytest.mark.parametrize(("text", "wanted"), EMAILS)
def test_email(text: str | None, wanted: str | None) -> None:
    """One person with two spellings of an address becomes two customers."""
    assert normal_email(text) == wanted


def test_main_contact_comes_first_and_equals_keep_one_order() -> None:
    """A vendor that holds one phone would be told another one each time."""
    phones = tuple(
        PhoneContact(number=number, rank=rank)
        for number, rank in [("+73", 100), ("+72", 0), ("+71", 100)]
    )

    assert [phone.number for phone in main_first(phones)] == ["+72", "+71", "+73"]
    assert main_first(phones[::-1]) == main_first(phones)
