"""Customer: one person, whatever number of records vendors keep of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from gateway.canonical.contact import EmailContact, PhoneContact
from gateway.canonical.loyalty import BonusAccount, CardRef
from gateway.canonical.model import Canonical, Moment
from gateway.canonical.reference import ExternalRef


class Gender(StrEnum):
    """Gender as the person gave it."""

    FEMALE = "female"
    MALE = "male"


class PersonName(Canonical):
    """A person's name in its Russian parts. Any part may be unknown."""

    last: str | None = None
    first: str | None = None
    patronymic: str | None = None


class Consent(Canonical):
    """A consent or its withdrawal, with what is needed to prove it.

    Shape: ``id`` is ``purpose`` or ``purpose:channel`` (``personal_data``, ``mailing:email``).
    """

    KEY: ClassVar[str] = "id"

    id: str
    granted: bool
    at: Moment | None = None
    text_version: str | None = None
    source: str | None = None
    proof: str | None = None


class Address(Canonical):
    """A postal address; ``text`` is the one-line form when the parts are unknown."""

    country: str | None = None
    postcode: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = None
    text: str | None = None


class Customer(Canonical):
    """One person.

    Shape: phones by E.164, e-mails by lower-case address, cards by number, bonus accounts by
    programme; each occurs once.
    ``attributes`` are custom fields by their configured canonical code.
    """

    name: PersonName | None = None
    birth_date: date | None = None
    gender: Gender | None = None
    phones: tuple[PhoneContact, ...] = ()
    emails: tuple[EmailContact, ...] = ()
    address: Address | None = None
    consents: tuple[Consent, ...] = ()
    cards: tuple[CardRef, ...] = ()
    bonuses: tuple[BonusAccount, ...] = ()
    tier: str | None = None
    source: str | None = None
    registered_at: Moment | None = None
    references: tuple[ExternalRef, ...] = ()
    attributes: dict[str, str | None] = Field(default_factory=dict)
