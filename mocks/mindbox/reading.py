"""Reading values of a request: numbers, numeric strings and XML texts are alike (section 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mocks.mindbox.errors import ProtocolRefused, ValidationRefused

Json = dict[str, Any]

CLEAR = "%CLEAR%"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_PHONE_DIGITS = range(10, 16)
_RUSSIAN_DIGITS = 11


def node(body: Mapping[str, Any], *path: str) -> Json:
    """Return the object at ``path``, an empty one when it is absent.

    Raises:
        ProtocolRefused: something else than an object stands there.
    """
    found: Any = body
    for key in path:
        found = found.get(key)
        if found is None or found == "":
            return {}
        if not isinstance(found, dict):
            msg = f"/{'/'.join(path)}: ожидался объект"
            raise ProtocolRefused(msg)
    return dict(found)


def rows(body: Mapping[str, Any], key: str) -> list[Json]:
    """Return the list of objects under ``key``, an empty one when it is absent."""
    found = body.get(key)
    if found is None or found == "":
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        msg = f"/{key}: ожидался массив объектов"
        raise ProtocolRefused(msg)
    return found


def text(value: object) -> str:
    """Return a scalar as a text, the empty one for an absent value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()


def flag(value: object, *, default: bool) -> bool:
    """Return a truth value; ``default`` when absent."""
    found = text(value).lower()
    return default if not found else found in {"true", "1"}


def hundredths(value: object, where: str) -> int:
    """Return a sum as a whole number of hundredths; absent counts as zero.

    Raises:
        ProtocolRefused: no number, or more than two digits after the point.
    """
    if value is None or value == "":
        return 0
    try:
        amount = Decimal(text(value)) * 100
        whole = int(amount)
    except (InvalidOperation, OverflowError, ValueError):
        whole, amount = 0, Decimal(1)
    if whole != amount:
        msg = f"{where}: ожидалось число не более чем с двумя знаками после запятой"
        raise ProtocolRefused(msg)
    return whole


def number(value: object, where: str, default: int) -> int:
    """Return a whole number, ``default`` when absent."""
    if value is None or value == "":
        return default
    try:
        return int(text(value))
    except ValueError:
        msg = f"{where}: ожидалось целое число"
        raise ProtocolRefused(msg) from None


def amount(value: int) -> int | float:
    """Return hundredths as the JSON number of an answer."""
    return value // 100 if value % 100 == 0 else value / 100


def phone(value: object, where: str = "/customer/mobilePhone") -> str:
    """Return a phone as digits with country code.

    Raises:
        ValidationRefused: it is no phone.
    """
    digits = re.sub(r"[\s()+-]", "", text(value))
    # A Russian number in its national writing, 8 (9xx), lacks the country code.
    is_national = len(digits) == _RUSSIAN_DIGITS and digits.startswith("89")
    is_number = digits.isascii() and digits.isdigit() and len(digits) in _PHONE_DIGITS
    if is_national or not is_number:
        msg = "Некорректный номер"
        raise ValidationRefused(msg, where)
    return digits


def email(value: object, where: str = "/customer/email") -> str:
    """Return an e-mail address as it was sent.

    Raises:
        ValidationRefused: it is no address.
    """
    found = text(value)
    if not _EMAIL.fullmatch(found):
        msg = f'"{found}" не является корректным адресом электронной почты.'
        raise ValidationRefused(msg, where)
    return found


def camel(name: str) -> str:
    """Return a system name as the vendor's answers spell it: lower first letter (2.4)."""
    return name[:1].lower() + name[1:]


def camels(fields: Mapping[str, Any]) -> Json:
    """Return custom fields under the names of the vendor's answers."""
    return {camel(name): value for name, value in fields.items()}
