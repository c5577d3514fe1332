"""Reduction of customers to what the shop holds (a part of the message translator). Pure functions.

What the gateway wants is laid over what the shop holds: a field of which the gateway knows nothing
is never wiped there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from gateway.canonical import (
    BonusAccount,
    Confirmation,
    Consent,
    Customer,
    EmailContact,
    PersonName,
    PhoneContact,
    main_first,
    normal_email,
    normal_phone,
)

from .config import BitrixSettings
from .translator import (
    NAME_LIMIT,
    NAME_PARTS,
    SHORT_LIMIT,
    custom_text,
    email_contact,
    phone_contact,
)
from .values import clean, utc


def held_customer(entity: Customer, known: Customer | None, settings: BitrixSettings) -> Customer:
    """Reduce a customer to what the shop holds after writing it over ``known``. Pure."""
    held: dict[str, Any] = _kept(known)
    name = held_name(entity, known)
    if name is not None:
        held["name"] = name
    for field_name in ("birth_date", "gender"):
        if getattr(entity, field_name) is not None:
            held[field_name] = getattr(entity, field_name)
    source = clean(entity.source, SHORT_LIMIT)
    if source is not None:
        held["source"] = source
    phone, email = _held_phone(entity, known), _held_email(entity, known)
    if phone is not None:
        held["phones"] = (phone,)
    if email is not None:
        held["emails"] = (email,)
    consents = _held_consents(entity, known, settings.zone())
    if consents:
        held["consents"] = consents
    bonuses = held_bonuses(entity, known, settings)
    if bonuses:
        held["bonuses"] = bonuses
    return Customer(**held, **held_custom(entity, known, settings))


def _kept(known: Customer | None) -> dict[str, Any]:
    """Return what the shop keeps unless it is told otherwise, and what it cannot be told."""
    names = (
        "name", "birth_date", "gender", "phones", "emails", "consents", "cards", "source",
        "registered_at",
    )  # fmt: skip
    if known is None:
        return {}
    return {name: getattr(known, name) for name in names if name in known.model_fields_set}


def held_name(entity: Customer, known: Customer | None) -> PersonName | None:
    """Return the name by parts: a part of which nothing is known stays as it is there."""
    parts: dict[str, str | None] = {}
    for source in (known, entity):
        for part in NAME_PARTS:
            value = (
                clean(getattr(source.name, part), NAME_LIMIT) if source and source.name else None
            )
            if value is not None:
                parts[part] = value
    return PersonName(**parts) if parts else None


def _held_phone(entity: Customer, known: Customer | None) -> PhoneContact | None:
    """Choose the one phone: what the shop has stays while no other is more important."""
    usable = [phone for phone in entity.phones if normal_phone(phone.number) == phone.number]
    chosen = _chosen(usable, known.phones if known else (), "number")
    if not isinstance(chosen, PhoneContact):
        return None
    return phone_contact(chosen.number, is_confirmed=chosen.confirmation is Confirmation.CONFIRMED)


def _held_email(entity: Customer, known: Customer | None) -> EmailContact | None:
    usable = [email for email in entity.emails if normal_email(email.address) == email.address]
    chosen = _chosen(usable, known.emails if known else (), "address")
    if not isinstance(chosen, EmailContact):
        return None
    return email_contact(chosen.address, is_confirmed=chosen.confirmation is Confirmation.CONFIRMED)


def _chosen(usable: Sequence[Any], known: Sequence[Any], key: str) -> object:
    if not usable:
        return None
    best = min(contact.rank for contact in usable)
    for held in known:
        for contact in usable:
            if getattr(contact, key) == getattr(held, key) and contact.rank <= best:
                return contact
    return main_first(tuple(usable))[0]


def _held_consents(entity: Customer, known: Customer | None, zone: tzinfo) -> tuple[Consent, ...]:
    """Return consents by id. The shop demands the time of a consent, so one without is left out."""
    merged = {consent.id: consent for consent in (known.consents if known else ())}
    for consent in entity.consents:
        at = utc(consent.at, zone)
        if at is None or clean(consent.id, SHORT_LIMIT) != consent.id:
            continue
        merged[consent.id] = Consent(
            id=consent.id,
            granted=consent.granted,
            at=at,
            text_version=clean(consent.text_version, SHORT_LIMIT),
            source=clean(consent.source, SHORT_LIMIT),
        )
    return tuple(merged[name] for name in sorted(merged))


def held_bonuses(
    entity: Customer, known: Customer | None, settings: BitrixSettings
) -> tuple[BonusAccount, ...]:
    """Return what the account page shows of each programme; what was shown before stays."""
    merged: dict[str, dict[str, Any]] = {}
    for source in (known, entity):
        for account in source.bonuses if source else ():
            fields = settings.balances.get(account.programme)
            if fields is None:
                continue
            said = {
                "available": account.available if fields.available else None,
                "pending": account.pending if fields.pending else None,
                "tier": custom_text(account.tier) if fields.tier else None,
            }
            given = {name: value for name, value in said.items() if value is not None}
            merged.setdefault(account.programme, {}).update(given)
    return tuple(
        BonusAccount(programme=name, **said) for name, said in sorted(merged.items()) if said
    )


def held_custom(
    entity: Customer, known: Customer | None, settings: BitrixSettings
) -> dict[str, Any]:
    """Return attributes and tier, which are never wiped."""
    held: dict[str, Any] = {}
    attributes: dict[str, str | None] = {}
    for code in settings.customer_attributes:
        for source in (known, entity):
            value = custom_text(source.attributes.get(code)) if source else None
            if value is not None:
                attributes[code] = value
    if attributes:
        held["attributes"] = attributes
    if settings.tier_field is not None:
        tier = custom_text(entity.tier) or (known.tier if known else None)
        if tier is not None:
            held["tier"] = tier
    return held
