"""Values: what a single field of a call may hold, read exactly.

A number is never a float: JSON's own digits are kept, so a value of too many decimals is refused
and not rounded. Each refusal has a code, whose words stand in ``wrong.py``.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainValidator, StringConstraints, WithJsonSchema

from gateway.canonical import normal_email, normal_phone
from gateway.canonical.scan import card_as_typed, card_from_scan
from gateway.ingress.pos.wrong import Why, Wrong

_DIGITS = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T00:00:00)?", re.ASCII)
_SIGNIFICANT = 28
_MOST_CONTACT = 254
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
"""1C's empty date is of the year 1."""
_FIRST_BIRTH_YEAR = 1900


def _decimal(value: object, *, digits: int, places: int) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        number = value
    elif type(value) is int or (isinstance(value, str) and _DIGITS.fullmatch(value)):
        number = Decimal(value)
    else:
        raise Wrong(Why.NUMBER_FORM)
    if number and number.adjusted() >= digits:
        raise Wrong(Why.NUMBER_SIZE)
    exponent = number.as_tuple().exponent
    is_fine = isinstance(exponent, int) and exponent > -_SIGNIFICANT
    if not is_fine or number != number.quantize(Decimal(1).scaleb(-places)):
        raise Wrong(Why.NUMBER_DECIMALS)
    return number


def _amount(value: object) -> Decimal:
    number = _decimal(value, digits=10, places=2)
    if number < 0:
        raise Wrong(Why.NUMBER_NEGATIVE)
    return number


def _points(value: object) -> Decimal:
    number = _decimal(value, digits=10, places=4)
    if number < 0:
        raise Wrong(Why.NUMBER_NEGATIVE)
    return number


def _quantity(value: object) -> Decimal:
    number = _decimal(value, digits=7, places=6)
    if number <= 0:
        raise Wrong(Why.NUMBER_NOT_POSITIVE)
    return number


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise Wrong(Why.MOMENT_FORM)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Wrong(Why.MOMENT_FORM) from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise Wrong(Why.MOMENT_EMPTY)
    return moment


def _day(value: object) -> date:
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        day = date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        day = None
    if day is None or not _FIRST_BIRTH_YEAR <= day.year <= _LAST_YEAR:
        raise Wrong(Why.DAY_FORM)
    return day


def _phone(value: object) -> str:
    fits = isinstance(value, str) and len(value) <= _MOST_CONTACT
    number = normal_phone(value) if isinstance(value, str) and fits else None
    if number is None:
        raise Wrong(Why.PHONE_FORM)
    return number


def _email(value: object) -> str:
    fits = isinstance(value, str) and value.isprintable() and len(value) <= _MOST_CONTACT
    address = normal_email(value) if isinstance(value, str) and fits else None
    if address is None:
        raise Wrong(Why.EMAIL_FORM)
    return address


def _card(value: object) -> str:
    number = card_as_typed(value) if isinstance(value, str) else None
    if number is None:
        raise Wrong(Why.CARD_FORM)
    return number


def _scan(value: object) -> str:
    number = card_from_scan(value) if isinstance(value, str) else None
    if number is None:
        raise Wrong(Why.SCAN_FORM)
    return number


def _number_schema(digits: int, places: int, about: str, least: str = "minimum") -> dict[str, Any]:
    text = rf"^[0-9]{{1,{digits}}}(\.[0-9]{{1,{places}}})?$"
    return {
        "anyOf": [{"type": "number", least: 0}, {"type": "string", "pattern": text}],
        "description": about,
    }


def _text_schema(about: str, most: int = _MOST_CONTACT, example: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "string", "minLength": 1, "maxLength": most, "description": about,
    }  # fmt: skip
    return {**schema, "examples": [example]} if example else schema


Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema(_number_schema(10, 2, "Roubles, exact: a number or a text, at most 2 decimals")),
]
PointsIn = Annotated[
    Decimal,
    PlainValidator(_points),
    WithJsonSchema(_number_schema(10, 4, "Points, exact: a number or a text, at most 4 decimals")),
]
Quantity = Annotated[
    Decimal,
    PlainValidator(_quantity),
    WithJsonSchema(_number_schema(7, 6, "Above 0, at most 6 decimals", "exclusiveMinimum")),
]
Moment = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema(
        _text_schema(
            "ISO 8601; without a zone it is in the caller's (`pos.callers.NAME.zone`)",
            35,
            "2026-11-30T12:00:00+03:00",
        )
    ),
]
Day = Annotated[
    date, PlainValidator(_day), WithJsonSchema(_text_schema("A date", 19, "1990-05-17"))
]
Phone = Annotated[
    str,
    PlainValidator(_phone),
    WithJsonSchema(_text_schema("A phone in any spelling", example="8 (916) 123-45-67")),
]
Email = Annotated[
    str,
    PlainValidator(_email),
    WithJsonSchema(_text_schema("An e-mail address", example="anna@example.ru")),
]
CardNumber = Annotated[
    str,
    PlainValidator(_card),
    WithJsonSchema(_text_schema("A card as typed or read from its stripe", 64, "2100123456789")),
]
Scan = Annotated[
    str,
    PlainValidator(_scan),
    WithJsonSchema(_text_schema("A code as the scanner gave it", 64, "]E02100123456789")),
]
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_PLAIN)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PLAIN)]
Opaque = Annotated[str, StringConstraints(max_length=1024, pattern=_PLAIN)]
"""What an earlier answer told, given back as it was."""
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""A name that the caller gives: it becomes part of keys and addresses."""
