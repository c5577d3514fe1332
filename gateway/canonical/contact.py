"""Contacts: phones, e-mails and how far each of them was proved.

The original spelling is kept beside the normal form, because the normal form serves comparing and
the original serves people. Finer matching rules live in ``gateway.identity``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar, TypeVar

import phonenumbers

from gateway.canonical.model import Canonical

_HOME = re.compile(r"^(?:\+?7|8)?(9[0-9]{9})$")
_NOT_DIGITS = re.compile(r"[^\d+]")
_EXTENSION = re.compile(r"\s*(?:\bдоб|\bвн|\bext|#).*$", re.IGNORECASE | re.DOTALL)
_ABROAD = re.compile(r"^(?:80|375)[0-9]{9}$")
"""Belarus as it is dialled at home (``8 029 …``) and without the plus; no home number looks so."""
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
_HOME_DIGITS = 11
_HOME_CODE = 7
_HOME_FORM = re.compile(r"^\+7(?:[3-79]|8[0-8])[0-9]+$")
"""Country code 7: a number that begins with 89 is a mobile that lacks its last digit."""
MAIN = 0
OTHER = 100


class Confirmation(StrEnum):
    """How far a contact was proved to belong to the person."""

    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"


class PhoneContact(Canonical):
    """A phone of a person. Shape: ``number`` is E.164; ``rank`` 0 is the main one."""

    KEY: ClassVar[str] = "number"

    number: str
    raw: str | None = None
    confirmation: Confirmation = Confirmation.UNKNOWN
    rank: int = OTHER


class EmailContact(Canonical):
    """An e-mail of a person. Shape: ``address`` in lower case; ``rank`` 0 is the main one."""

    KEY: ClassVar[str] = "address"

    address: str
    raw: str | None = None
    confirmation: Confirmation = Confirmation.UNKNOWN
    rank: int = OTHER


Contact = TypeVar("Contact", PhoneContact, EmailContact)


def normal_phone(text: str | None, *, region: str = "RU") -> str | None:
    """Return the E.164 form of a phone as people type it, ``None`` for no possible number.

    ``8 (916) 123-45-67``, ``+7 916 1234567`` and ``9161234567`` are one number. A regular
    expression answers for home mobiles first: the full library costs ten times as much and agrees
    there.
    """
    if not text:
        return None
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", text))
    home = _HOME.match(digits) if region == "RU" else None
    if home:
        return f"+7{home.group(1)}"
    if region == "RU":
        digits = _dialled(digits)
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return _spelled(parsed)


def _dialled(digits: str) -> str:
    """Return digits with the country code that people at home leave out."""
    if _ABROAD.match(digits):
        return f"+375{digits[-9:]}"
    if len(digits) == _HOME_DIGITS and digits[0] in "78":
        return f"+7{digits[1:]}"
    return digits


def _spelled(parsed: phonenumbers.PhoneNumber) -> str | None:
    """Return the E.164 form of a number that may exist: not one without its area code."""
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if parsed.country_code != _HOME_CODE:
        return text
    return text if len(text) == _HOME_DIGITS + 1 and _HOME_FORM.match(text) else None


def normal_email(text: str | None) -> str | None:
    """Return the e-mail in lower case and trimmed, or ``None`` when it is no address."""
    if not text:
        return None
    address = text.strip().lower()
    return address if _EMAIL.match(address) else None


def main_first(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Order contacts so that the main one comes first; equal ranks keep a stable order by value."""
    return tuple(sorted(contacts, key=lambda c: (c.rank, str(getattr(c, c.KEY)))))
