"""Message translator for contacts of Bitrix24 ↔ canonical customers. Pure (reference 2.8, 10.7).

A contact has any number of phones and e-mails, no gender, no consents. What is there is never
removed: a manager of the portal may have added it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.canonical import (
    Customer,
    EmailContact,
    PersonName,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.contract import Observed

from .config import BitrixSettings
from .held_customer import held_bonuses, held_custom, held_name
from .translator import custom_from_wire, custom_to_wire
from .values import clean, own_key, utc
from .wire import Moment, Text

NAME_LIMIT = 50
_NAMES = {"last": "LAST_NAME", "first": "NAME", "patronymic": "SECOND_NAME"}


def _day(value: object) -> object:
    """Return the date of a birthday as it is spelt: never by way of UTC (2.8)."""
    return str(value)[:10] if value else None


def _rows(value: object) -> object:
    return value if isinstance(value, list) else []


class WireValue(BaseModel):
    """One phone or e-mail."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    value: Text = Field(default=None, alias="VALUE")


Values: TypeAlias = Annotated[list[WireValue], BeforeValidator(_rows)]
Birthday: TypeAlias = Annotated[str | None, BeforeValidator(_day)]


class WireContact(BaseModel):
    """A contact: names in capitals, every value a text; own fields are kept as they come."""

    model_config = ConfigDict(
        extra="allow",
        frozen=True,
        hide_input_in_errors=True,
    )

    id: str = Field(alias="ID", coerce_numbers_to_str=True)
    name: Text = Field(default=None, alias="NAME")
    second_name: Text = Field(default=None, alias="SECOND_NAME")
    last_name: Text = Field(default=None, alias="LAST_NAME")
    birthdate: Birthday = Field(default=None, alias="BIRTHDATE")
    originator_id: Text = Field(default=None, alias="ORIGINATOR_ID")
    origin_id: Text = Field(default=None, alias="ORIGIN_ID")
    date_create: Moment = Field(default=None, alias="DATE_CREATE")
    date_modify: Moment = Field(default=None, alias="DATE_MODIFY")
    phone: Values = Field(default=[], alias="PHONE")
    email: Values = Field(default=[], alias="EMAIL")


def selected(settings: BitrixSettings) -> list[str]:
    """Return the fields to be asked for: lists leave multifields and own fields out (2.8)."""
    own = [*settings.customer_attributes.values(), settings.tier_field]
    fixed = [
        "ID", "NAME", "SECOND_NAME", "LAST_NAME", "BIRTHDATE", "ORIGINATOR_ID", "ORIGIN_ID",
        "DATE_CREATE", "DATE_MODIFY", "PHONE", "EMAIL",
    ]  # fmt: skip
    return [*fixed, *(name for name in own if name is not None)]


def contact_from_wire(contact: WireContact, settings: BitrixSettings) -> Observed[Customer]:
    """Translate a contact. One with the gateway's mark carries our key back."""
    remarks: list[str] = []
    is_ours = contact.originator_id == settings.origin
    key = own_key(contact.origin_id) if is_ours else None
    said: dict[str, Any] = {
        "name": PersonName(
            last=clean(contact.last_name, NAME_LIMIT),
            first=clean(contact.name, NAME_LIMIT),
            patronymic=clean(contact.second_name, NAME_LIMIT),
        ),
        "birth_date": contact.birthdate,
        "phones": _phones(normal_phone(one.value or "") for one in contact.phone),
        "emails": _emails(normal_email(one.value or "") for one in contact.email),
        **custom_from_wire(contact.model_extra or {}, settings, remarks),
    }
    if len(said["phones"]) < len(contact.phone) or len(said["emails"]) < len(contact.email):
        remarks.append("phones, emails: some cannot be read, or stand there twice")
    if key is None:
        said["registered_at"] = utc(contact.date_create, settings.zone())
    return Observed(
        external_id=contact.id,
        entity=Customer(**said),
        key=key,
        changed_at=utc(contact.date_modify, settings.zone()),
        remarks=tuple(remarks),
    )


def held_contact(entity: Customer, known: Customer | None, settings: BitrixSettings) -> Customer:
    """Reduce a customer to what the portal holds after writing it over ``known``."""
    held: dict[str, Any] = {}
    name = held_name(entity, known)
    if name is not None:
        parts = {part: clean(getattr(name, part), NAME_LIMIT) for part in _NAMES}
        given = {part: value for part, value in parts.items() if value is not None}
        if given:
            held["name"] = PersonName(**given)
    for field_name in ("birth_date", "registered_at"):
        before = getattr(known, field_name) if known else None
        wanted = before if field_name == "registered_at" else getattr(entity, field_name) or before
        if wanted is not None:
            held[field_name] = wanted
    both = [*([known] if known else []), entity]
    numbers = [normal_phone(one.number) for source in both for one in source.phones]
    addresses = [normal_email(one.address) for source in both for one in source.emails]
    if phones := _phones(numbers):
        held["phones"] = phones
    if emails := _emails(addresses):
        held["emails"] = emails
    if bonuses := held_bonuses(entity, known, settings):
        held["bonuses"] = bonuses
    return Customer(**held, **held_custom(entity, known, settings))


def contact_fields(
    held: Customer,
    known: Customer | None,
    changed: Iterable[str] | None,
    settings: BitrixSettings,
) -> dict[str, Any]:
    """Return the ``fields`` of a write: all, or what lies on the ``changed`` paths.

    A phone or e-mail without its ``ID`` is added, so only those that are new are sent.
    """
    wanted = None if changed is None else {path.partition("/")[0] for path in changed}

    def speaks(name: str) -> bool:
        return wanted is None or name in wanted

    fields: dict[str, Any] = {}
    if speaks("name") and held.name is not None:
        for part, name in _NAMES.items():
            value = getattr(held.name, part)
            if value is not None:
                fields[name] = value
    if speaks("birth_date") and held.birth_date is not None:
        fields["BIRTHDATE"] = held.birth_date.isoformat()
    there = known or Customer()
    if speaks("phones"):
        known_numbers = {one.number for one in there.phones}
        new = [one.number for one in held.phones if one.number not in known_numbers]
        fields |= _added("PHONE", new, "MOBILE")
    if speaks("emails"):
        known_addresses = {one.address for one in there.emails}
        new = [one.address for one in held.emails if one.address not in known_addresses]
        fields |= _added("EMAIL", new, "HOME")
    return {**fields, **custom_to_wire(held, wanted, settings)}


def _added(name: str, values: list[str], kind: str) -> Mapping[str, Any]:
    return {name: [{"VALUE": value, "VALUE_TYPE": kind} for value in values]} if values else {}


def _phones(numbers: Iterable[str | None]) -> tuple[PhoneContact, ...]:
    return tuple(PhoneContact(number=one) for one in dict.fromkeys(numbers) if one)


def _emails(addresses: Iterable[str | None]) -> tuple[EmailContact, ...]:
    return tuple(EmailContact(address=one) for one in dict.fromkeys(addresses) if one)
