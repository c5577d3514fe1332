"""Contacts: phones, e-mails and how far each of them was proved.

The original spelling is kept beside the normal form, because the normal form serves comparing and
the original serves people. Finer matching rules live in ``gateway.identity``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar, TypeVar

from gateway.canonical.model import Canonical
from gateway.canonical.phone import parse_phone

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
_BLANKS = "\u00a0\u200b\u200c\u200d\u2060\ufeff \t\r\n"
"""What comes along with an address that was copied from a page, and is seen by nobody."""
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
    """Return the E.164 form of a phone as people type it, ``None`` for no possible number."""
    return parse_phone(text, region=region).number if text else None


def normal_email(text: str | None) -> str | None:
    """Return the e-mail in lower case and trimmed, or ``None`` when it is no address.

    A full stop, comma or semicolon that ends a sentence or a list is no part of an address.
    """
    if not text:
        return None
    address = text.strip(_BLANKS).rstrip(".,;").lower()
    return address if _EMAIL.match(address) else None


def main_first(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Order contacts so that the main one comes first; equal ranks keep a stable order by value."""
    return tuple(sorted(contacts, key=lambda c: (c.rank, str(getattr(c, c.KEY)))))
