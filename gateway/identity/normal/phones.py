"""Phones: may this number identify somebody?

The number itself is read by ``gateway.canonical.phone``; here stands what a number is worth.

Source: reference of services, section 8, and the metadata of the phonenumbers library.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

import phonenumbers

from gateway.canonical import PhoneFault, home_mobile, parse_phone
from gateway.identity.normal.reasons import OF_FAULT, Reason
from gateway.identity.normal.verdict import Verdict

_PLACEHOLDER = re.compile(r"([0-9])\1{6}$|(?:1234567|7654321)$")
"""Seven equal digits, or digits as they stand on the keys: the end of numbers that are invented.

One real number in half a million ends so. Its owner loses a proof; strangers would be made one.
"""
_LOOK_ALIKES = str.maketrans("ОоOoЗзбІIl|", "00003361111")
_LETTER_AMONG_DIGITS = re.compile(r"[0-9+(][\s()-]*[ОоOoЗзбІIl|]|[ОоOoЗзбІIl|][\s()-]*[0-9]")
_BETWEEN = re.compile(r"[,;|\n/]|\s(?:и|или|and|or)\s", re.IGNORECASE)
_TOUCHING = re.compile(r"(?<=[0-9])\s*(?=\+[0-9])|(?<=[0-9])\s+(?=[78][\s(-]*9[0-9]{2})")
_OPERATOR = len("+7900")
_LENGTHS = frozenset({7, 10, 11})
"""Digits of a number without its area, without its country, and with it."""


class PhoneKind(StrEnum):
    """What a number is used for; ``OTHER`` is one of which the plan says nothing of use."""

    NONE = ""
    MOBILE = "mobile"
    FIXED = "fixed"
    FIRM = "firm"
    OTHER = "other"


class PhoneReading(NamedTuple):
    """One phone as typed and as read. Shape: ``normal`` is E.164, there for placeholders too."""

    original: str
    normal: str | None
    verdict: Verdict
    reason: Reason = Reason.NONE
    kind: PhoneKind = PhoneKind.NONE


_KINDS = {
    phonenumbers.PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    phonenumbers.PhoneNumberType.TOLL_FREE: PhoneKind.FIRM,
    phonenumbers.PhoneNumberType.PREMIUM_RATE: PhoneKind.FIRM,
    phonenumbers.PhoneNumberType.SHARED_COST: PhoneKind.FIRM,
    phonenumbers.PhoneNumberType.UAN: PhoneKind.FIRM,
}


def read_phone(text: str | None, *, region: str = "RU") -> PhoneReading:
    """Read one phone; of several in one field none is chosen (``read_phones`` returns each)."""
    if text and region == "RU":
        number = home_mobile(text)
        if number is not None:
            if _PLACEHOLDER.search(number):
                return _placeholder(text, number)
            if _is_planned(number[:_OPERATOR]):
                return PhoneReading(text, number, Verdict.OK, Reason.NONE, PhoneKind.MOBILE)
    return _closely(text or "", region)


def read_phones(text: str | None, *, region: str = "RU") -> tuple[PhoneReading, ...]:
    """Read all phones of a field, in order; one reading at least."""
    whole = read_phone(text, region=region)
    if whole.reason is not Reason.SEVERAL:
        return (whole,)
    return tuple(read_phone(part, region=region) for part in _parts(text or "", region))


@cache
def _is_planned(start: str) -> bool:
    """Ask the library once per operator's code whether even its first number is in the plan.

    In the plan 930 begins late: of its numbers each is asked for.
    """
    return phonenumbers.is_valid_number(phonenumbers.parse(f"{start}0000000"))


def _placeholder(text: str, number: str) -> PhoneReading:
    return PhoneReading(text, number, Verdict.REFUSED, Reason.PLACEHOLDER)


def _closely(text: str, region: str) -> PhoneReading:
    parsed = parse_phone(text, region=region)
    if parsed.number is not None:
        return _judged(text, parsed.number)
    if len(_parts(text, region)) > 1:
        return PhoneReading(text, None, Verdict.REFUSED, Reason.SEVERAL)
    if _LETTER_AMONG_DIGITS.search(text):
        guessed = parse_phone(text.translate(_LOOK_ALIKES), region=region).number
        if guessed is not None:
            judged = _judged(text, guessed)
            if judged.verdict is Verdict.REFUSED:
                return judged
            return judged._replace(verdict=Verdict.DOUBTFUL, reason=Reason.LOOKALIKE)
    digits = "".join(char for char in text if char.isdecimal())
    if len(digits) in _LENGTHS and _PLACEHOLDER.search(digits):
        return PhoneReading(text, None, Verdict.REFUSED, Reason.PLACEHOLDER)
    fault = parsed.fault or PhoneFault.NO_DIGITS
    return PhoneReading(text, None, Verdict.REFUSED, OF_FAULT[fault])


def _parts(text: str, region: str) -> list[str]:
    """Split a field into the parts that are numbers by themselves; extensions are none."""
    parts = [part for one in _BETWEEN.split(text) for part in _TOUCHING.split(one)]
    return [part.strip() for part in parts if parse_phone(part, region=region).number]


def _judged(text: str, number: str) -> PhoneReading:
    if _PLACEHOLDER.search(number):
        return _placeholder(text, number)
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed):
        return PhoneReading(text, number, Verdict.DOUBTFUL, Reason.NOT_IN_PLAN, PhoneKind.OTHER)
    kind = _KINDS.get(phonenumbers.number_type(parsed), PhoneKind.OTHER)
    if kind is PhoneKind.FIRM:
        return PhoneReading(text, number, Verdict.REFUSED, Reason.NOT_PERSONAL, kind)
    if kind is PhoneKind.FIXED:
        return PhoneReading(text, number, Verdict.DOUBTFUL, Reason.SHARED_LINE, kind)
    return PhoneReading(text, number, Verdict.OK, Reason.NONE, kind)
