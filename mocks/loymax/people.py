"""Persons and cards as the installation keeps them (reference, sections 5 to 7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mocks.loymax.account import Account

CHANNELS = (
    "smsNotification",
    "emailNotification",
    "pushNotification",
    "viberNotification",
    "socialNetworksNotification",
    "chatBotNotification",
)


@dataclass
class Contact:
    """A phone or an e-mail with its mark of confirmation."""

    value: str
    attached: datetime
    source: str = "Site"
    is_verified: bool = True


@dataclass
class Given:
    """An answer of the questionnaire."""

    value: str | None
    fixed: tuple[int, ...] = ()
    tag: str = "0"


@dataclass
class Person:
    """A person: member, or one who has not finished the registration (state ``Normal``)."""

    id: int
    uid: str
    login_uid: str
    created: datetime
    state: str = "Normal"
    phone: Contact | None = None
    email: Contact | None = None
    new_phone: str | None = None
    new_email: str | None = None
    password: str | None = None
    tender_at: datetime | None = None
    data_processing_at: datetime | None = None
    registered_at: datetime | None = None
    subscribed_at: datetime | None = None
    has_answered_consents: bool = False
    group_id: int = 0
    account: Account = field(default_factory=Account)
    others: dict[int, Account] = field(default_factory=dict)
    answers: dict[int, Given] = field(default_factory=dict)
    attributes: dict[str, tuple[int, str]] = field(default_factory=dict)
    attribute_log: list[tuple[datetime, str, str]] = field(default_factory=list)
    consents: dict[int, dict[str, bool]] = field(default_factory=dict)
    blocked_logins: set[str] = field(default_factory=set)
    attach: str | None = None
    is_registration_blocked: bool = False
    leave_reason: str | None = None
    pushes: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Card:
    """A card; blocked is a flag, not a state (6.1)."""

    id: int
    number: str
    category: str = "VirtualCard"
    state: str = "Activated"
    is_blocked: bool = False
    owner: int | None = None
    cvc: str | None = None
    password: str | None = None
    pin: str | None = None
    expiry: datetime | None = None
    is_deleted: bool = False
    replaced_at: datetime | None = None
    replaced_by: int | None = None
    category_id: int | None = None


CATEGORIES = {"VirtualCard": (1, "Виртуальная карта"), "PlasticCard": (2, "Пластиковая карта")}


@dataclass
class Coupon:
    """A promo code."""

    id: int
    code: str
    emission_id: int
    created: datetime
    updated: datetime
    activated: datetime | None = None
    expires: datetime | None = None
    state: str = "Issued"
    owner: int | None = None


@dataclass
class Emission:
    """A coupon emission; ``prefix`` starts the codes that it generates."""

    id: int
    uid: str
    title: str
    description: str | None = None
    prefix: str = "CPN"
    expires: datetime | None = None
    price: int = 0


def masked(phone: str | None) -> str:
    """Return a phone the way the Public API shows it; none is an empty text."""
    return f"***{phone[-4:]}" if phone else ""
