"""What is wrong with a body, in words: the field, the problem, and what to do about it.

Nothing of the call is repeated. Even the name of a field that is not known is told only when it
looks like a name: where a program mixes up names and values, it is somebody's phone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from gateway.ingress.pos.answers_refused import WrongAnswer

MOST_ERRORS = 20


class Why(StrEnum):
    """Refusals of our own; pydantic brings others."""

    BASE_BELOW_PRICE = "base_below_price"
    CARD_FORM = "card_form"
    CONSENT_TWICE = "consent_twice"
    CONTACT_MISSING = "contact_missing"
    DAY_AHEAD = "day_ahead"
    DAY_FORM = "day_form"
    EMAIL_FORM = "email_form"
    LINE_TWICE = "line_twice"
    MEMBER_ONE = "member_one"
    MOMENT_AHEAD = "moment_ahead"
    MOMENT_EMPTY = "moment_empty"
    MOMENT_FORM = "moment_form"
    NUMBER_DECIMALS = "number_decimals"
    NUMBER_FORM = "number_form"
    NUMBER_NEGATIVE = "number_negative"
    NUMBER_NOT_POSITIVE = "number_not_positive"
    NUMBER_SIZE = "number_size"
    PHONE_FORM = "phone_form"
    POINTS_OF_NOBODY = "points_of_nobody"
    PRODUCT_UNNAMED = "product_unnamed"
    SCAN_FORM = "scan_form"
    TOTAL_DIFFERS = "total_differs"


class Wrong(PydanticCustomError):
    """A value that is refused. ``at`` names a field in it; the value itself is not held."""

    def __new__(cls, why: Why, at: str = "") -> Wrong:  # noqa: PYI034 - Self would be the base's
        """Make the error that pydantic collects."""
        return super().__new__(cls, why.value, "see the code", {"at": at})


_ANY = ("is not what is expected here", "compare it with the body's description in /openapi.json")
_NUMBER = "send a number such as 12.50, or the same as a text, with a point and without blanks"
_MOMENT = "send it as 2026-11-30T12:00:00+03:00; without a zone it is in the till's"

_WORDS: Mapping[str, tuple[str, str]] = {
    Why.BASE_BELOW_PRICE: ("is below `price`", "leave it out where nothing was lowered"),
    Why.CARD_FORM: (
        "is no card number",
        "send 1-32 Latin letters and digits; blanks between groups of digits are allowed",
    ),
    Why.CONSENT_TWICE: ("names a consent twice", "send each `id` once, as it stands now"),
    Why.CONTACT_MISSING: ("is missing, and so is `email`", "send a phone or an e-mail address"),
    Why.DAY_AHEAD: ("lies in the future", "send the day of birth, or leave it out"),
    Why.DAY_FORM: ("is no date", "send it as 1990-05-17, or leave it out when it is not known"),
    Why.EMAIL_FORM: ("is no e-mail address", "send one address, such as anna@example.ru"),
    Why.LINE_TWICE: ("repeats the id of an earlier line", "number the lines: 1, 2, 3"),
    Why.MEMBER_ONE: (
        "names nobody, or somebody twice",
        "send exactly one of phone, card, barcode, wallet, email, member_id",
    ),
    Why.MOMENT_AHEAD: (
        "lies too far in the future",
        "set the till's clock and zone right (`pos.future_s`, `pos.callers.NAME.zone`)",
    ),
    Why.MOMENT_EMPTY: ("is outside the years 2000-2199", "fill it in: an empty date was sent"),
    Why.MOMENT_FORM: ("is no moment", _MOMENT),
    Why.NUMBER_DECIMALS: ("has too many decimals", "round it: money 2, points 4, quantity 6"),
    Why.NUMBER_FORM: ("is no exact number", _NUMBER),
    Why.NUMBER_NEGATIVE: ("is negative", "send 0 or more; what comes back is a return"),
    Why.NUMBER_NOT_POSITIVE: ("is not above 0", "leave the line out; what comes back is a return"),
    Why.NUMBER_SIZE: ("is too large", "check whether two numbers ran together"),
    Why.PHONE_FORM: ("is no phone number", "send one number with its code, such as 8 916 1234567"),
    Why.POINTS_OF_NOBODY: ("are to be spent by nobody", "send `member`, or no points"),
    Why.PRODUCT_UNNAMED: (
        "is missing, and so are `product_id` and `barcode`",
        "name the product by one of them",
    ),
    Why.SCAN_FORM: (
        "is no code of a card",
        "send what the scanner read, its keyboard layout set to Latin",
    ),
    Why.TOTAL_DIFFERS: (
        "is not the sum of price by quantity of the lines",
        "send it before loyalty discounts, or leave it out",
    ),
    "bool_type": ("is neither true nor false", "send true or false without quotes"),
    "dict_type": ("is no object", "send an object in braces"),
    "enum": ("is none of the known words", "see the words in /openapi.json"),
    "extra_forbidden": ("is not known here", "leave it out, or check its spelling"),
    "literal_error": ("is none of the known words", "see the words in /openapi.json"),
    "missing": ("is missing", "send it"),
    "model_type": ("is no object", "send an object in braces"),
    "string_pattern_mismatch": (
        "has characters that are not allowed, or too many of them",
        "use Latin letters, digits, `_`, `.` and `-` in ids, and no line ends in texts",
    ),
    "string_too_long": ("is too long", "shorten it"),
    "string_too_short": ("is empty", "fill it in, or leave it out"),
    "string_type": ("is no text", "send it in quotes"),
    "string_unicode": ("is no whole Unicode text", "send whole characters in UTF-8"),
    "too_long": ("has too many items", "split the call"),
    "too_short": ("has no items", "send at least one"),
    "tuple_type": ("is no list", "send a list in brackets"),
}

_NAME = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}")
_UNNAMED = "(unknown field)"
_BODY = "(body)"


def wrongs(error: ValidationError, *, within: str = "") -> list[WrongAnswer]:
    """Return what is wrong, at most 20 things, each with its path and remedy."""
    details = error.errors(include_url=False, include_input=False)
    return [_wrong(one, within) for one in details[:MOST_ERRORS]]


def one_wrong(path: str, why: Why) -> WrongAnswer:
    """Return one thing that is wrong."""
    return WrongAnswer(path, *_WORDS[why])


def shown(name: str) -> str:
    """Return the name of a field of a call, if it looks like one."""
    return name if _NAME.fullmatch(name) else _UNNAMED


def _wrong(one: ErrorDetails, within: str) -> WrongAnswer:
    inside = one["ctx"].get("at", "") if "ctx" in one else ""
    path = _joined(within, _path(one["loc"]), str(inside))
    return WrongAnswer(path or _BODY, *_WORDS.get(one["type"], _ANY))


def _path(places: Sequence[int | str]) -> str:
    path = ""
    for place in places:
        if isinstance(place, int):
            path += f"[{place}]"
        else:
            path = _joined(path, shown(place))
    return path


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)
