"""Phones: the one reading of a number as people type it. Pure.

A regular expression answers for home mobiles first: the full library costs ten times as much and
agrees there. Whether a number may identify somebody is another question, of ``gateway.identity``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

import phonenumbers

_SPACING = dict.fromkeys(
    map(ord, " \t\r\n().-/\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212")
)
"""What may stand between the digits of one number and means nothing."""
_HOME_MOBILE = re.compile(r"(?:\+?[78])?(9[0-9]{9})")
_NOT_DIGITS = re.compile(r"[^\d+]")
_EXTENSION = re.compile(r"\s*(?:\bдоб|\bвн|\bext|#).*$", re.IGNORECASE | re.DOTALL)
_COMMA_EXTENSION = re.compile(r",\s*[0-9]{1,6}\s*$")
_ABROAD = re.compile(r"(?:80|375)[0-9]{9}")
"""Belarus as it is dialled at home (``8 029 …``) and without the plus; no home number looks so."""
_HOME_DIGITS = 11
_HOME_CODE = 7
_HOME_FORM = re.compile(r"\+7(?:[3-79]|8[0-8])[0-9]{8,9}")
"""Country code 7: a number that begins with 89 is a mobile that lacks its last digit."""


class PhoneFault(StrEnum):
    """Why a text is no phone."""

    EMPTY = "empty"
    NO_DIGITS = "no_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_AREA = "no_area"
    """Neither an area nor an operator has this code, or it was left out."""


class ParsedPhone(NamedTuple):
    """A number in E.164, or why there is none; one of the two is ``None``."""

    number: str | None
    fault: PhoneFault | None = None


def home_mobile(text: str) -> str | None:
    """Return the E.164 form of a Russian mobile, ``None`` for whatever needs a closer look."""
    found = _HOME_MOBILE.fullmatch(text.translate(_SPACING))
    return f"+7{found[1]}" if found else None


def parse_phone(text: str | None, *, region: str = "RU") -> ParsedPhone:
    """Read one phone in any spelling; never raises.

    ``8 (916) 123-45-67``, ``+7 916 1234567`` and ``9161234567`` are one number.
    """
    if not text or not text.strip():
        return ParsedPhone(None, PhoneFault.EMPTY)
    home = home_mobile(text) if region == "RU" else None
    if home:
        return ParsedPhone(home)
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", text))
    if region == "RU":
        digits = home_mobile(digits) or _dialled(digits)
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        return ParsedPhone(None, _FAULTS.get(error.error_type, PhoneFault.NO_DIGITS))
    spelled = _spelled(parsed)
    bare = _COMMA_EXTENSION.sub("", text) if spelled.fault is PhoneFault.TOO_LONG else text
    return spelled if bare == text else parse_phone(bare, region=region)


_FAULTS = {
    phonenumbers.NumberParseException.TOO_SHORT_NSN: PhoneFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: PhoneFault.TOO_SHORT,
    phonenumbers.NumberParseException.TOO_LONG: PhoneFault.TOO_LONG,
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: PhoneFault.NO_AREA,
}
_LENGTHS = {
    phonenumbers.ValidationResult.TOO_LONG: PhoneFault.TOO_LONG,
    phonenumbers.ValidationResult.INVALID_LENGTH: PhoneFault.TOO_LONG,
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: PhoneFault.NO_AREA,
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneFault.NO_AREA,
}


def _dialled(digits: str) -> str:
    """Return digits with the country code that people at home leave out."""
    if _ABROAD.fullmatch(digits):
        return f"+375{digits[-9:]}"
    if len(digits) == _HOME_DIGITS and digits[0] in "78":
        return f"+7{digits[1:]}"
    return digits


def _spelled(parsed: phonenumbers.PhoneNumber) -> ParsedPhone:
    """Return the E.164 form of a number that may exist: not one without its area code."""
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ParsedPhone(None, _LENGTHS.get(reason, PhoneFault.TOO_SHORT))
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.country_code != _HOME_CODE:
        return ParsedPhone(text)
    if len(text) <= _HOME_DIGITS:
        return ParsedPhone(None, PhoneFault.TOO_SHORT)
    fits = len(text) == _HOME_DIGITS + 1 and _HOME_FORM.fullmatch(text)
    return ParsedPhone(text) if fits else ParsedPhone(None, PhoneFault.NO_AREA)
