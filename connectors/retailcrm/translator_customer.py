"""Customer translator: the vendor's customer and the canonical one. Pure.

RetailCRM holds one e-mail, one card and one address; phones can be added and not removed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import (
    CardRef,
    Consent,
    Customer,
    EmailContact,
    Gender,
    PhoneContact,
    main_first,
    normal_email,
    normal_phone,
)
from gateway.canonical.contact import MAIN, OTHER
from gateway.contract import Change, Observed

from .config import RetailCrmSettings
from .touched import WHOLE, touched_items, touches
from .translator import (
    address_of,
    address_to_wire,
    day_of,
    filled,
    held_address,
    held_moment,
    held_name,
    is_empty,
    moment_of,
    moment_text,
    name_of,
    name_to_wire,
    own_key,
    tidy,
    tidy_custom,
)
from .wire import CustomerWire

CORPORATE = "customer_corporate"


@dataclass(frozen=True, slots=True)
class CustomerTranslator:
    """Translates customers of one account."""

    settings: RetailCrmSettings

    def observed(self, wire: CustomerWire) -> Observed[Customer]:
        """Read a customer; what cannot be mapped stays unspoken and is remarked on."""
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "name": name_of(wire),
            "phones": _phones(wire, remarks),
            "address": address_of(wire.address, home=self.settings.home_country),
            "cards": _cards(wire.discount_card_number),
        }
        fields |= self._readable(wire, remarks)
        key = own_key(wire.external_id)
        if key is None:
            # A record of ours was registered elsewhere; its date here may be that of its making.
            fields["registered_at"] = moment_of(wire.created_at, self.settings.zone)
        consent = self._consent(wire)
        if consent is not None:
            fields["consents"] = (consent,)
        if self.settings.customer_attributes:
            fields["attributes"] = {
                name: tidy_custom(wire.custom_fields.get(code))
                for name, code in self.settings.customer_attributes.items()
            }
        return Observed(
            external_id=str(wire.id),
            entity=Customer(**fields),
            key=key,
            remarks=tuple(remarks),
        )

    def _readable(self, wire: CustomerWire, remarks: list[str]) -> dict[str, Any]:
        """Return e-mail, birthday and gender unless they are there and cannot be read."""
        fields: dict[str, Any] = {}
        if wire.sex is None or wire.sex in set(Gender):
            fields["gender"] = Gender(wire.sex) if wire.sex else None
        else:
            remarks.append("sex: unknown value was left out")
        address, birthday = normal_email(wire.email), day_of(wire.birthday)
        if wire.email and address is None:
            remarks.append("email: is no address and was left out")
        else:
            fields["emails"] = _emails(address)
        if wire.birthday and birthday is None:
            remarks.append("birthday: is no date and was left out")
        else:
            fields["birth_date"] = birthday
        return fields

    def _consent(self, wire: CustomerWire) -> Consent | None:
        """Read the e-mail mailing consent; ``None`` when the vendor does not tell."""
        name = self.settings.mailing_consent
        if wire.email_marketing_unsubscribed_at:
            return Consent(id=name, granted=False)
        told = [
            one.subscribed
            for one in wire.customer_subscriptions
            if one.subscription.channel == "email" and one.subscribed is not None
        ]
        return Consent(id=name, granted=told[0]) if told else None

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what the vendor would hold after writing it over ``known``."""
        settings, before = self.settings, known or Customer()
        fields: dict[str, Any] = {
            "birth_date": entity.birth_date,
            "gender": entity.gender,
            "phones": _held_phones(entity, before),
            "emails": _held_emails(entity, before),
            "cards": _held_cards(entity, before),
            "name": held_name(entity.name, before.name),
            "address": held_address(entity.address, before.address, home=settings.home_country),
            "registered_at": before.registered_at
            or held_moment(entity.registered_at, settings.zone),
            "consents": self._held_consents(entity, before),
            # What loyalty says of a customer is read only: a write leaves it as it is.
            "bonuses": before.bonuses,
            "tier": before.tier if before.bonuses else None,
        }
        optional = ("name", "address", "registered_at", "consents", "bonuses", "tier")
        fields = {name: value for name, value in fields.items() if value or name not in optional}
        if settings.customer_attributes:
            fields["attributes"] = {
                name: tidy_custom(entity.attributes.get(name))
                for name in settings.customer_attributes
            }
        return Customer(**fields)

    def _held_consents(self, entity: Customer, known: Customer) -> tuple[Consent, ...]:
        """Keep the mailing consent only; it can be withdrawn and not forgotten."""
        for consent in (*entity.consents, *known.consents):
            if consent.id == self.settings.mailing_consent:
                return (Consent(id=consent.id, granted=consent.granted),)
        return ()

    def creation(self, change: Change[Customer]) -> dict[str, Any]:
        """Return the row that creates the customer."""
        parts = self._wire(change.entity, frozenset(Customer.model_fields))
        if change.entity.registered_at is not None:
            parts["createdAt"] = moment_text(change.entity.registered_at, self.settings.zone)
        if "address" in parts:
            parts["address"] = filled(parts["address"])
        if "customFields" in parts:
            parts["customFields"] = filled(parts["customFields"])
        return {"externalId": change.key, **filled(parts)}

    def patch(self, change: Change[Customer], current: CustomerWire | None) -> dict[str, Any]:
        """Return what changed of the customer; empty when nothing is to be sent.

        Phones are those that the vendor has now, as it spells them, and the new ones: an account
        may add what it is told or replace by it. Another spelling would be another phone.
        """
        row = self._wire(change.entity, change.changed)
        if current is None or "phones" not in row:
            return row
        there = [phone.number for phone in current.phones if phone.number]
        known = {normal_phone(number) for number in there}
        new = touched_items(change.changed, "phones")
        row["phones"] = [{"number": number} for number in there] + [
            {"number": phone.number}
            for phone in main_first(change.entity.phones)
            if WHOLE in new.get(phone.number, ()) and phone.number not in known
        ]
        if len(row["phones"]) == len(there):
            del row["phones"]
        return row

    def _wire(self, entity: Customer, changed: Collection[str]) -> dict[str, Any]:
        row: dict[str, Any] = name_to_wire(entity.name, changed)
        if touches(changed, "birth_date"):
            row["birthday"] = entity.birth_date.isoformat() if entity.birth_date else None
        if touches(changed, "gender"):
            row["sex"] = str(entity.gender) if entity.gender else None
        if touches(changed, "phones"):
            # As the vendor spells them: another spelling would be added as another phone.
            row["phones"] = [
                {"number": phone.raw or phone.number} for phone in main_first(entity.phones)
            ]
        if touches(changed, "emails"):
            row["email"] = entity.emails[0].address if entity.emails else None
        if touches(changed, "cards"):
            row["discountCardNumber"] = entity.cards[0].number if entity.cards else None
        if entity.address and not self._is_blank_creation(entity, changed):
            address = address_to_wire(entity.address, changed, home=self.settings.home_country)
            row |= {"address": address} if address else {}
        if entity.consents and touches(changed, "consents"):
            row["subscribed"] = entity.consents[0].granted
        custom = custom_values(self.settings.customer_attributes, entity.attributes, changed)
        return {**row, "customFields": custom} if custom else row

    def _is_blank_creation(self, entity: Customer, changed: Collection[str]) -> bool:
        whole = frozenset(changed) >= frozenset(Customer.model_fields)
        return whole and (entity.address is None or is_empty(entity.address))


def custom_values(
    codes: Mapping[str, str], attributes: Mapping[str, str | None], changed: Collection[str]
) -> dict[str, str | None]:
    """Return the changed values by custom field code; ``None`` clears one."""
    touched = codes if "attributes" in changed else touched_items(changed, "attributes")
    return {code: attributes.get(name) for name, code in codes.items() if name in touched}


def _emails(address: str | None) -> tuple[EmailContact, ...]:
    return (EmailContact(address=address, rank=MAIN),) if address else ()


def _cards(number: str | None) -> tuple[CardRef, ...]:
    return (CardRef(number=number),) if number else ()


def _ranked(spellings: Mapping[str, str | None]) -> tuple[PhoneContact, ...]:
    """Return phones; the first is the main one, because the vendor has no other mark.

    Shape: number → spelling at the vendor, ``None`` when it is the number itself.
    """
    return tuple(
        PhoneContact(number=number, raw=raw, rank=OTHER if index else MAIN)
        for index, (number, raw) in enumerate(spellings.items())
    )


def _phones(wire: CustomerWire, remarks: list[str]) -> tuple[PhoneContact, ...]:
    typed = [phone.number for phone in wire.phones if phone.number]
    spellings: dict[str, str | None] = {}
    unread = 0
    for one in typed:
        number = normal_phone(one)
        if number is None:
            unread += 1
        else:
            spellings.setdefault(number, None if one == number else one)
    if unread:
        remarks.append(f"phones: {unread} are no phone numbers and were left out")
    return _ranked(spellings)


def _held_phones(entity: Customer, known: Customer) -> tuple[PhoneContact, ...]:
    """Keep all known phones in their order: an edit adds and cannot remove."""
    spellings = {phone.number: phone.raw for phone in main_first(known.phones)}
    for phone in main_first(entity.phones):
        number = normal_phone(phone.number)
        if number:
            spellings.setdefault(number, None)
    return _ranked(spellings)


def _held_emails(entity: Customer, known: Customer) -> tuple[EmailContact, ...]:
    """Choose the one e-mail: the main one, or the known one when it is as good."""
    fitting = [
        (contact.rank, address)
        for contact in main_first(entity.emails)
        if (address := normal_email(contact.address))
    ]
    if not fitting:
        return ()
    best = [address for rank, address in fitting if rank == fitting[0][0]]
    held = known.emails[0].address if known.emails else None
    return _emails(held if held in best else best[0])


def _held_cards(entity: Customer, known: Customer) -> tuple[CardRef, ...]:
    """Choose the one card: the known one as long as the customer still has it, else the first."""
    numbers = [number for card in entity.cards if (number := tidy(card.number))]
    if not numbers:
        return ()
    held = known.cards[0].number if known.cards else None
    return _cards(held if held in numbers else numbers[0])
