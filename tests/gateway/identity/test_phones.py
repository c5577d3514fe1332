"""Phones: what a number is worth as a proof of who somebody is."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import normal_phone
from gateway.identity.normal import (
    PhoneKind,
    Reason,
    Verdict,
    read_phone,
    read_phones,
    reason_text,
)

OK, DOUBTFUL, REFUSED = Verdict.OK, Verdict.DOUBTFUL, Verdict.REFUSED

READINGS = [
    ("8 (912) 345-67-89", "+79123456789", OK, Reason.NONE),
    ("7912345 67 89", "+79123456789", OK, Reason.NONE),
    ("+89123456789", "+79123456789", OK, Reason.NONE),
    ("8-10-7-912-345-67-89", "+79123456789", OK, Reason.NONE),
    ("９１２３４５６７８９", "+79123456789", OK, Reason.NONE),
    ("+79123456789 доб. 12", "+79123456789", OK, Reason.NONE),
    ("+79123456789,123", "+79123456789", OK, Reason.NONE),
    ("8 912 345-67-89 мама", "+79123456789", OK, Reason.NONE),
    ("87051112234", "+77051112234", OK, Reason.NONE),
    ("+375 (29) 111-22-33", "+375291112233", OK, Reason.NONE),
    ("8 029 111-22-33", "+375291112233", OK, Reason.NONE),
    ("+998 90 111-22-33", "+998901112233", OK, Reason.NONE),
    ("+7 (912) З45-б7-89", "+79123456789", DOUBTFUL, Reason.LOOKALIKE),
    ("9I2345678O", "+79123456780", DOUBTFUL, Reason.LOOKALIKE),
    ("8 (495) 111-22-33", "+74951112233", DOUBTFUL, Reason.SHARED_LINE),
    ("+7 600 123-45-66", "+76001234566", DOUBTFUL, Reason.NOT_IN_PLAN),
    ("+375 25 111-22-33", "+375251112233", DOUBTFUL, Reason.NOT_IN_PLAN),
    ("8-800-111-22-33", "+78001112233", REFUSED, Reason.NOT_PERSONAL),
    ("+7 999 999-99-99", "+79999999999", REFUSED, Reason.PLACEHOLDER),
    ("8 911 111-11-11", "+79111111111", REFUSED, Reason.PLACEHOLDER),
    ("+7 999 123-45-67", "+79991234567", REFUSED, Reason.PLACEHOLDER),
    ("8 (495) 000-00-00", "+74950000000", REFUSED, Reason.PLACEHOLDER),
    ("+375 29 777-77-77", "+375297777777", REFUSED, Reason.PLACEHOLDER),
    ("0000000", None, REFUSED, Reason.PLACEHOLDER),
    ("1234567", None, REFUSED, Reason.PLACEHOLDER),
    ("+70000000000", None, REFUSED, Reason.PLACEHOLDER),
    ("+71234567890", None, REFUSED, Reason.NO_AREA),
    ("891234567", None, REFUSED, Reason.TOO_SHORT),
    ("8912345678912", None, REFUSED, Reason.TOO_LONG),
    ("8 912 345-67-89, 8 913 111 22 33", None, REFUSED, Reason.SEVERAL),
    ("нет", None, REFUSED, Reason.NO_DIGITS),
    ("  ", None, REFUSED, Reason.EMPTY),
    (None, None, REFUSED, Reason.EMPTY),
]


@pytest.mark.parametrize(("text", "number", "verdict", "reason"), READINGS)
def test_phone_is_read_and_judged(
    text: str | None, number: str | None, verdict: Verdict, reason: Reason
) -> None:
    """A placeholder would make strangers one person, or a good number would prove nothing."""
    read = read_phone(text)
    assert (read.original, read.normal, read.verdict, read.reason) == (
        text or "", number, verdict, reason,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "8 912 345-67-89, 8 913 111 22 33",
        "89123456789 89131112233",
        "+79123456789+79131112233",
        "8 (912) 345-67-89 / 8 913 111-22-33",
        "8 912 345-67-89 или 8 913 111-22-33",
        "8 912 345-67-89; 12; 8 913 111-22-33",
    ],
)
def test_two_numbers_of_one_field_are_two(text: str) -> None:
    """The second number of a family would be lost, or both be taken for none."""
    assert [one.normal for one in read_phones(text)] == ["+79123456789", "+79131112233"]
    assert normal_phone(text) is None


def test_kinds_tell_who_can_get_a_message() -> None:
    """A code would be sent to a fixed line."""
    kinds = [read_phone(text).kind for text in ("89123456789", "84951112233", "88001112233")]
    assert kinds == [PhoneKind.MOBILE, PhoneKind.FIXED, PhoneKind.FIRM]


def test_a_number_of_seven_digits_is_read_with_its_region_only() -> None:
    """Kazakhstan's numbers would be taken for Russian ones of another person."""
    assert read_phone("8 (029) 111-22-33", region="BY").normal == "+375291112233"
    assert read_phone("111-22-33").verdict is REFUSED


@given(digits=st.from_regex(r"9[0-9]{9}", fullmatch=True))
def test_the_quick_way_agrees_with_the_library(digits: str) -> None:
    """The quick way would take a number that the plan does not have, or call it otherwise."""
    parsed = phonenumbers.parse(digits, "RU")
    read = read_phone(f"8 ({digits[:3]}) {digits[3:]}")
    assert read.normal == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if read.reason is not Reason.PLACEHOLDER:
        assert (read.kind is PhoneKind.MOBILE) == phonenumbers.is_valid_number(parsed)


@given(text=st.text(alphabet="+7890- ()ОЗбдоб#,;/", max_size=30) | st.text(max_size=20))
def test_one_implementation_never_raises_and_keeps_the_original(text: str) -> None:
    """Intake and matching would give one text two numbers, or a strange one would stop a scan."""
    read = read_phone(text)
    assert read.original == text
    if read.verdict is OK:
        assert read.normal == normal_phone(text)
    if read.normal is not None:
        assert normal_phone(read.normal) == read.normal
    assert (read.verdict is OK) == (read.reason is Reason.NONE)
    assert read_phones(text)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    """An operator would read a code, or the other language."""
    russian, english = reason_text(reason, "ru"), reason_text(reason, "en")
    assert any("а" <= char <= "я" for char in russian)
    assert english.isascii()
