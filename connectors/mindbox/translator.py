"""Translator: what customers are at Mindbox and in the canonical model, and values in common. Pure.

Mindbox holds one phone and one e-mail; a changed one waits as *pending* until the person confirms
it, and is what the vendor was told (vendor reference, 8.1). Consents are subscriptions to
channels. What Mindbox has not confirmed may be confirmed elsewhere, so only its yes is spoken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
    main_first,
    normal_email,
    normal_phone,
)
from gateway.canonical.contact import MAIN
from gateway.contract import Observed

from .config import MindboxSettings
from .values import CLEAR, moment_of, phone_text, points
from .wire import BalanceWire, CustomerWire


@dataclass(frozen=True, slots=True)
class CustomerTranslator:
    """Translates customers of one project."""

    settings: MindboxSettings

    def observed(self, wire: CustomerWire, *, exported: bool = False) -> Observed[Customer] | None:
        """Read a customer; ``None`` without the vendor's id.

        Silent of blocks that are not told, and of what cannot be read: unreadable is not empty. An
        answer tells filled fields only (6); an exported row leaves custom fields out altogether
        where the export was set up so (21.2).
        """
        external_id = wire.ids.get("mindboxId")
        if external_id is None:
            return None
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "name": PersonName(
                last=wire.last_name, first=wire.first_name, patronymic=wire.middle_name
            ),
        } | _contacts(wire, remarks)
        fields |= _person(wire, remarks)
        if wire.subscriptions is not None:
            fields["consents"] = self._consents(wire)
        if wire.discount_cards is not None:
            fields["cards"] = _cards(wire)
        bonuses = self.bonuses(wire.balances or ())
        if bonuses:
            fields["bonuses"] = bonuses
        if self.settings.tier_segmentation and wire.segmentations is not None:
            fields["tier"] = self._tier(wire)
        if self.settings.customer_attributes and not (exported and wire.custom_fields is None):
            fields["attributes"] = self._attributes(wire.custom_fields or {})
        return Observed(
            external_id=external_id,
            entity=Customer(**fields),
            key=wire.ids.get(self.settings.customer_key),
            changed_at=moment_of(wire.change_date_time_utc),
            remarks=tuple(remarks),
        )

    def bonuses(self, balances: Sequence[BalanceWire]) -> tuple[BonusAccount, ...]:
        """Return the configured balance as a bonus account; the order of balances means nothing."""
        return tuple(
            BonusAccount(
                programme=self.settings.programme,
                available=points(one.spendable),
                pending=points(one.waiting),
            )
            for one in balances
            if one.name == self.settings.balance
        )

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what Mindbox would hold after writing it over ``known``."""
        before = known or Customer()
        fields: dict[str, Any] = {
            "gender": entity.gender,
            "birth_date": entity.birth_date,
            "phones": _first_phone(entity),
            "emails": _first_email(entity),
            "cards": _united(before.cards, entity.cards),
            "consents": _united(self._told(before), self._told(entity)),
        }
        if entity.name is not None:
            parts = entity.name.model_dump(exclude_unset=True).items()
            fields["name"] = PersonName(**{part: _tidy(text) for part, text in parts})
        if self.settings.customer_attributes:
            fields["attributes"] = {
                name: _tidy(entity.attributes.get(name))
                for name in self.settings.customer_attributes
            }
        return Customer(**fields)

    def to_wire(self, entity: Customer, changed: Collection[str] | None) -> dict[str, Any]:
        """Return the fields of ``customer`` to send: all that have a value, or those that changed.

        Shape: without ids. What changed and is empty now is sent as ``%CLEAR%``.
        """
        name = entity.name or PersonName()
        phone = entity.phones[0].number if entity.phones else None
        values: dict[str, Any] = {
            "name/last": ("lastName", name.last),
            "name/first": ("firstName", name.first),
            "name/patronymic": ("middleName", name.patronymic),
            "phones": ("mobilePhone", phone_text(phone) if phone else None),
            "emails": ("email", entity.emails[0].address if entity.emails else None),
            "gender": ("sex", str(entity.gender) if entity.gender else None),
            "birth_date": ("birthDate", entity.birth_date and entity.birth_date.isoformat()),
        }
        sent: dict[str, Any] = {}
        for path, (word, value) in values.items():
            if changed is None or _touched(changed, path):
                if value is not None:
                    sent[word] = value
                elif changed is not None:
                    sent[word] = CLEAR
        sent |= self._custom_to_wire(entity, changed)
        subscriptions = self._subscriptions(entity, changed)
        if subscriptions:
            sent["subscriptions"] = subscriptions
        return sent

    def _custom_to_wire(self, entity: Customer, changed: Collection[str] | None) -> dict[str, Any]:
        custom: dict[str, Any] = {}
        for name, word in self.settings.customer_attributes.items():
            if changed is None or _touched(changed, f"attributes/{name}"):
                value = entity.attributes.get(name)
                if value:
                    custom[word] = value
                elif changed is not None:
                    custom[word] = CLEAR
        return {"customFields": custom} if custom else {}

    def _subscriptions(
        self, entity: Customer, changed: Collection[str] | None
    ) -> list[dict[str, Any]]:
        told = []
        for consent in entity.consents:
            place = self.settings.subscriptions.get(consent.id)
            if place is None or not (
                changed is None or _touched(changed, f"consents/{consent.id}")
            ):
                continue
            row: dict[str, Any] = {
                "pointOfContact": place.channel,
                "isSubscribed": consent.granted,
            }
            if self.settings.brand:
                row["brand"] = self.settings.brand
            if place.topic:
                row["topic"] = place.topic
            told.append(row)
        return told

    def _told(self, entity: Customer) -> tuple[Consent, ...]:
        return tuple(
            Consent(id=one.id, granted=one.granted)
            for one in entity.consents
            if one.id in self.settings.subscriptions
        )

    def _consents(self, wire: CustomerWire) -> tuple[Consent, ...]:
        found = []
        for name, place in self.settings.subscriptions.items():
            for one in wire.subscriptions or ():
                is_here = (one.point_of_contact or "").lower() == place.channel.lower()
                is_brand = one.brand in (None, self.settings.brand) or not self.settings.brand
                if is_here and is_brand and one.topic == place.topic:
                    found.append(Consent(id=name, granted=one.is_subscribed is not False))
                    break
        return tuple(sorted(found, key=lambda one: one.id))

    def _tier(self, wire: CustomerWire) -> str | None:
        wanted = self.settings.tier_segmentation
        for one in wire.segmentations or ():
            told = one.segmentation.ids if one.segmentation else one.ids
            if wanted and told.get("externalId") == wanted and one.segment:
                return one.segment.ids.get("externalId")
        return None

    def _attributes(self, custom: Mapping[str, Any]) -> dict[str, str | None]:
        """Read custom fields; answers write their names with a small first letter (2.4)."""
        small = {name[:1].lower() + name[1:]: value for name, value in custom.items()}
        return {
            name: _value(small.get(word[:1].lower() + word[1:]))
            for name, word in self.settings.customer_attributes.items()
        }


def _tidy(text: str | None) -> str | None:
    """Trim a text; an empty one leaves a field as it is (6), so it counts as none."""
    return (text or "").strip() or None


def _value(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _touched(changed: Collection[str], path: str) -> bool:
    """Tell whether a change concerns ``path``, a part of it, or the whole that it is in."""
    whole = path.partition("/")[0]
    return any(one in (path, whole) or one.startswith(f"{path}/") for one in changed)


def _person(wire: CustomerWire, remarks: list[str]) -> dict[str, Any]:
    """Read gender and birth date; a word that is not known yet is let pass in silence."""
    fields: dict[str, Any] = {}
    if not wire.sex or wire.sex in set(Gender):
        fields["gender"] = Gender(wire.sex) if wire.sex else None
    else:
        remarks.append("sex: is no known word and was left out")
    try:
        told = wire.birth_date
        fields["birth_date"] = date.fromisoformat(told[:10]) if told else None
    except ValueError:
        remarks.append("birthDate: is no date and was left out")
    return fields


def _proof(*, told: bool | None, pending: str | None) -> dict[str, Any]:
    return {"confirmation": Confirmation.CONFIRMED} if told and not pending else {}


def _contacts(wire: CustomerWire, remarks: list[str]) -> dict[str, Any]:
    """Read the phone and the e-mail; exports may have them hashed (21.2)."""
    fields: dict[str, Any] = {}
    phone = wire.pending_mobile_phone or wire.mobile_phone
    number = normal_phone(f"+{phone.lstrip('+')}") if phone else None
    if phone and number is None:
        remarks.append("mobilePhone: is no possible number and was left out")
    else:
        proof = _proof(told=wire.is_mobile_phone_confirmed, pending=wire.pending_mobile_phone)
        found = (PhoneContact(number=number, rank=MAIN, **proof),) if number else ()
        fields["phones"] = found
    email = wire.pending_email or wire.email
    address = normal_email(email)
    if email and address is None:
        remarks.append("email: is no address and was left out")
    else:
        proof = _proof(told=wire.is_email_confirmed, pending=wire.pending_email)
        fields["emails"] = (EmailContact(address=address, rank=MAIN, **proof),) if address else ()
    return fields


def _cards(wire: CustomerWire) -> tuple[CardRef, ...]:
    numbers = {one.ids.get("number") for one in wire.discount_cards or ()} - {None}
    return tuple(CardRef(number=number) for number in sorted(numbers, key=str) if number)


def _first_phone(entity: Customer) -> tuple[PhoneContact, ...]:
    return tuple(
        PhoneContact(number=one.number, rank=MAIN) for one in main_first(entity.phones)[:1]
    )


def _first_email(entity: Customer) -> tuple[EmailContact, ...]:
    return tuple(
        EmailContact(address=one.address, rank=MAIN) for one in main_first(entity.emails)[:1]
    )


def _united(before: Sequence[Any], now: Sequence[Any]) -> tuple[Any, ...]:
    """Return items of both, the newer of each key: what the vendor was told it cannot untell."""
    found = {str(getattr(one, one.KEY)): one for one in (*before, *now)}
    return tuple(found[key] for key in sorted(found))
