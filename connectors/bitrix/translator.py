"""Message translator for customers: users of the shop ↔ canonical customers. Pure functions.

A user has one phone and one e-mail. What the shop can hold of a customer says ``held_customer``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any

from gateway.canonical import (
    BonusAccount,
    CardRef,
    Confirmation,
    Consent,
    Customer,
    EmailContact,
    Gender,
    PersonName,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.canonical.contact import MAIN
from gateway.contract import Observed

from .config import BitrixSettings
from .values import clean, own_key, utc
from .wire import WireConsent, WireUser

_GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE}
_GENDER_CODES = {gender: code for code, gender in _GENDERS.items()}
NAME_LIMIT = 100
SHORT_LIMIT = 50

NAME_PARTS = {"last": "lastName", "first": "name", "patronymic": "secondName"}


def customer_from_wire(
    user: WireUser, cards: Sequence[str] | None, settings: BitrixSettings
) -> Observed[Customer]:
    """Translate a user; ``cards`` are the numbers of his cards, ``None`` when nobody asked."""
    remarks: list[str] = []
    zone = settings.zone()
    key = own_key(user.xml_id)
    said: dict[str, Any] = {
        "name": _name_from_wire(user),
        "birth_date": user.birthday,
        "gender": _GENDERS.get(user.gender or ""),
        "consents": _consents_from_wire(user.consents, zone),
        "source": clean(user.source, SHORT_LIMIT),
        **_contacts_from_wire(user, remarks),
        **custom_from_wire(user.fields, settings, remarks),
    }
    if key is None:
        # When the gateway made the record, its registration there is not the person's.
        said["registered_at"] = utc(user.date_register, zone)
    if cards is not None:
        said["cards"] = tuple(CardRef(number=number) for number in sorted(set(cards)))
    return Observed(
        external_id=user.id,
        entity=Customer(**said),
        key=key,
        changed_at=utc(user.updated_at, zone),
        version=user.version,
        deleted=user.merged_into is not None,
        merged_into=user.merged_into,
        remarks=tuple(remarks),
    )


def gone_customer(user_id: str) -> Observed[Customer]:
    """Return the observation of a user who was erased."""
    return Observed(external_id=user_id, entity=Customer(), deleted=True)


def _name_from_wire(user: WireUser) -> PersonName:
    return PersonName(
        last=clean(user.last_name, NAME_LIMIT),
        first=clean(user.name, NAME_LIMIT),
        patronymic=clean(user.second_name, NAME_LIMIT),
    )


def _contacts_from_wire(user: WireUser, remarks: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {"phones": (), "emails": ()}
    if user.phone is not None:
        number = normal_phone(user.phone)
        said["phones"] = (
            (phone_contact(number, is_confirmed=user.phone_confirmed == "Y"),) if number else ()
        )
        if not number:
            del said["phones"]
            remarks.append("phone: no possible number")
    if user.email is not None:
        address = normal_email(user.email)
        said["emails"] = (
            (email_contact(address, is_confirmed=user.email_confirmed == "Y"),) if address else ()
        )
        if not address:
            del said["emails"]
            remarks.append("email: no possible address")
    return said


def _confirmation(*, is_confirmed: bool) -> Confirmation:
    return Confirmation.CONFIRMED if is_confirmed else Confirmation.UNCONFIRMED


def phone_contact(number: str, *, is_confirmed: bool) -> PhoneContact:
    """Return the one phone of a user."""
    return PhoneContact(
        number=number, confirmation=_confirmation(is_confirmed=is_confirmed), rank=MAIN
    )


def email_contact(address: str, *, is_confirmed: bool) -> EmailContact:
    """Return the one e-mail of a user."""
    return EmailContact(
        address=address, confirmation=_confirmation(is_confirmed=is_confirmed), rank=MAIN
    )


def _consents_from_wire(rows: Iterable[WireConsent], zone: tzinfo) -> tuple[Consent, ...]:
    """Return one consent per type: the latest, and of equally late ones the last row."""
    latest: dict[str, Consent] = {}
    for row in rows:
        if row.type is None or row.granted not in {"Y", "N"}:
            continue
        consent = Consent(
            id=row.type,
            granted=row.granted == "Y",
            at=utc(row.at, zone),
            text_version=clean(row.text_version, SHORT_LIMIT),
            source=clean(row.source, SHORT_LIMIT),
        )
        before = latest.get(consent.id)
        if before is None or before.at is None or (consent.at and consent.at >= before.at):
            latest[consent.id] = consent
    return tuple(latest[name] for name in sorted(latest))


def custom_from_wire(
    fields: Mapping[str, Any], settings: BitrixSettings, remarks: list[str]
) -> dict[str, Any]:
    """Read attributes and tier from the shop's or portal's own fields."""
    said: dict[str, Any] = {}
    attributes: dict[str, str | None] = {}
    for code, name in settings.customer_attributes.items():
        value = fields.get(name)
        if isinstance(value, list | dict):
            remarks.append(f"fields.{name}: several values cannot be one attribute")
            continue
        attributes[code] = custom_text(value)
    if settings.customer_attributes:
        said["attributes"] = attributes
    if settings.tier_field is not None:
        said["tier"] = custom_text(fields.get(settings.tier_field))
    return said


def custom_text(value: object) -> str | None:
    """Return the value of a user field as an attribute."""
    return None if value is None else clean(str(value))


def user_fields(
    held: Customer, changed: Iterable[str] | None, settings: BitrixSettings
) -> dict[str, Any]:
    """Return the ``fields`` of a write: all of ``held``, or what lies on the ``changed`` paths."""
    fields: dict[str, Any] = {}
    wanted = None if changed is None else {path.partition("/")[0] for path in changed}

    def speaks(name: str) -> bool:
        return name in held.model_fields_set and (wanted is None or name in wanted)

    if speaks("name") and held.name is not None:
        for part, name in NAME_PARTS.items():
            fields |= _given(name, getattr(held.name, part))
    if speaks("birth_date"):
        fields |= _given("birthday", held.birth_date.isoformat() if held.birth_date else None)
    if speaks("gender"):
        fields |= _given("gender", _GENDER_CODES[held.gender] if held.gender else None)
    if speaks("source"):
        fields |= _given("source", held.source)
    for name, wire_name, key in (("phones", "phone", "number"), ("emails", "email", "address")):
        contacts = getattr(held, name)
        if speaks(name) and contacts:
            fields[wire_name] = getattr(contacts[0], key)
            is_confirmed = contacts[0].confirmation is Confirmation.CONFIRMED
            fields[f"{wire_name}Confirmed"] = "Y" if is_confirmed else "N"
    if speaks("consents") and held.consents:
        fields["consents"] = [consent_to_wire(c, settings.zone()) for c in held.consents if c.at]
    custom = custom_to_wire(held, wanted, settings)
    return {**fields, "fields": custom} if custom else fields


def _given(name: str, value: str | None) -> dict[str, str]:
    return {} if value is None else {name: value}


def consent_to_wire(consent: Consent, zone: tzinfo) -> Mapping[str, str]:
    """Return a consent as the extension takes it; the time stands in the shop's zone."""
    row = {"type": consent.id, "granted": "Y" if consent.granted else "N"}
    if consent.at is not None:
        row["at"] = consent.at.astimezone(zone).isoformat()
    if consent.text_version is not None:
        row["textVersion"] = consent.text_version
    if consent.source is not None:
        row["source"] = consent.source
    return row


def custom_to_wire(
    held: Customer, wanted: set[str] | None, settings: BitrixSettings
) -> dict[str, str]:
    """Return what lies in own fields: attributes, tier, points."""
    custom: dict[str, str] = {}
    if wanted is None or "attributes" in wanted:
        for code, name in settings.customer_attributes.items():
            value = held.attributes.get(code)
            if value is not None:
                custom[name] = value
    if settings.tier_field is not None and held.tier and (wanted is None or "tier" in wanted):
        custom[settings.tier_field] = held.tier
    if wanted is None or "bonuses" in wanted:
        for account in held.bonuses:
            custom |= _balance_to_wire(account, settings)
    return custom


def _balance_to_wire(account: BonusAccount, settings: BitrixSettings) -> dict[str, str]:
    """Return a programme's points as plain decimals, in the fields that show them."""
    fields = settings.balances[account.programme]
    shown = (
        (fields.available, account.available),
        (fields.pending, account.pending),
    )
    custom = {
        name: format(value.points, "f") for name, value in shown if name and value is not None
    }
    if fields.tier and account.tier is not None:
        custom[fields.tier] = account.tier
    return custom
