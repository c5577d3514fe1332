"""Near spellings: what somebody may have meant who slipped on the keyboard.

What is stored is known by digests only, so a mistyped phone is not compared but tried: each phone
that is one slip away has a digest, and there are a few hundred of them at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.canonical import normal_email, normal_phone
from gateway.sync.lookup import EMAIL, NUMBER, PHONE, Digester

MOST = 400
"""The most digests of near spellings that are looked up for one query."""

_PHONE = re.compile(r"\+?[\d\s().\-‐-―_/]+")
_NOT_DIGITS = re.compile(r"\D")
_HOME = re.compile(r"(?:[3-79]\d|8[0-8])\d{8}")
_HOME_CODE = "7"
_HOME_DIGITS = 10
_DIGITS = "0123456789"
_ABROAD = range(10, 15)
"""How many digits a foreign number may have as it was typed, its country code included."""

_CYRILLIC = "АВЕКМНОРСТУХаеорсух"
_LATIN = "ABEKMHOPCTYXaeopcyx"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
_KEYS_RU = "йцукенгшщзхъфывапролджэячсмитьбюё"
_KEYS_EN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_SHIFTED_RU = 'ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ"'
_SHIFTED_EN = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~@'
_AS_ENGLISH = str.maketrans(_KEYS_RU + _SHIFTED_RU, _KEYS_EN + _SHIFTED_EN)
_AS_RUSSIAN = str.maketrans(_KEYS_EN + _SHIFTED_EN, _KEYS_RU + _SHIFTED_RU)
_ZEROS = str.maketrans("OО", "00")
"""The letter O, Latin and Cyrillic, where a nought was meant."""


def near_phones(text: str) -> list[str]:
    """Return phones in normal form that are one slip away from what was typed, at most ``MOST``.

    A slip is a wrong, a missing, a doubled digit, or two neighbours swapped. Without digits enough
    for a phone, or with letters, there are none.
    """
    typed = text.strip()
    if not _PHONE.fullmatch(typed):
        return []
    digits = _NOT_DIGITS.sub("", typed)
    found = dict.fromkeys(_near_home(digits))
    if typed.startswith("+") and digits[:1] != _HOME_CODE and len(digits) in _ABROAD:
        found.update(dict.fromkeys(_near_abroad(digits)))
    found.pop(normal_phone(typed) or "", None)
    return list(found)[:MOST]


def _near_home(digits: str) -> Iterator[str]:
    bodies = {digits}
    if digits[:1] in {"7", "8"}:
        bodies.add(digits[1:])
    elif digits[1:2] in {"7", "8"} and len(digits) == _HOME_DIGITS + 1:
        yield f"+7{digits[0]}{digits[2:]}"  # the code and the first digit are swapped
    for body in sorted(bodies):
        edits = {
            _HOME_DIGITS - 1: _with_one_more,
            _HOME_DIGITS: _with_one_other,
            _HOME_DIGITS + 1: _with_one_less,
        }.get(len(body))
        if edits is not None:
            yield from (f"+7{one}" for one in edits(body) if _HOME.fullmatch(one))


def _near_abroad(digits: str) -> Iterator[str]:
    head, rest = digits[0], digits[1:]
    for edits in (_with_one_other, _with_one_less, _with_one_more):
        for one in edits(rest):
            if normal_phone(f"+{head}{one}") == f"+{head}{one}":
                yield f"+{head}{one}"


def _with_one_more(body: str) -> Iterator[str]:
    for place in range(len(body) + 1):
        yield from (f"{body[:place]}{digit}{body[place:]}" for digit in _DIGITS)


def _with_one_less(body: str) -> Iterator[str]:
    for place in range(len(body)):
        yield body[:place] + body[place + 1 :]


def _with_one_other(body: str) -> Iterator[str]:
    for place in range(len(body) - 1):
        yield f"{body[:place]}{body[place + 1]}{body[place]}{body[place + 2 :]}"
    for place in range(len(body)):
        yield from (f"{body[:place]}{digit}{body[place + 1 :]}" for digit in _DIGITS)


def near_texts(text: str) -> list[str]:
    """Return the other spellings of a number or an e-mail: alike letters, the other keyboard."""
    typed = text.strip()
    others = [
        typed.translate(_TO_LATIN),
        typed.translate(_TO_CYRILLIC),
        typed.upper().translate(_TO_LATIN),
        typed.upper().translate(_TO_CYRILLIC),
        typed.translate(_AS_ENGLISH),
        typed.translate(_AS_RUSSIAN),
        typed.upper().translate(_ZEROS),
    ]
    others += [one.upper().translate(_TO_CYRILLIC) for one in others[-1:]]
    return [one for one in dict.fromkeys(others) if one != typed]


def near_digests(digester: Digester, text: str) -> list[str]:
    """Return the digests of all that is near to a query, without those of the query itself."""
    found = [digester.digest(PHONE, phone) for phone in near_phones(text)]
    for other in near_texts(text):
        found.append(digester.digest(NUMBER, other.upper()))
        email = normal_email(other)
        if email:
            found.append(digester.digest(EMAIL, email))
    return list(dict.fromkeys(found))[: MOST + 20]
