"""Translator: persons of Loymax and canonical customers. Pure.

Names and birth date are read off the person and written as answers to questions. A phone is told by
the operator and counts as attached; what the vendor has verified is spoken, what it has not is left
to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    CardRef,
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
from gateway.canonical.contact import MAIN
from gateway.contract import Observed

from .config import LoymaxSettings
from .questionnaire import Questionnaire
from .values import day_of, moment_of
from .wire import (
    AttributeValueWire,
    BalanceWire,
    CardWire,
    NotifierWire,
    PersonWire,
    QuestionGroupWire,
    SubscriptionWire,
)

MEMBER = "Registered"
_GONE = frozenset({"Deleted", "Deregistered"})
_OUT_OF_USE = frozenset({"Replaced", "Expired"})


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person with what other calls tell; ``None`` for what was not asked."""

    person: PersonWire
    balances: Sequence[BalanceWire] | None = None
    cards: Sequence[CardWire] | None = None
    questions: Sequence[QuestionGroupWire] | None = None
    subscriptions: Sequence[SubscriptionWire] | None = None
    attributes: Sequence[AttributeValueWire] = field(default=())


@dataclass(frozen=True, slots=True)
class CustomerTranslator:
    """Translates persons of one installation."""

    settings: LoymaxSettings

    @property
    def questionnaire(self) -> Questionnaire:
        """What is told and read as answers to questions."""
        return Questionnaire(self.settings)

    def observed(self, dossier: Dossier) -> Observed[Customer]:
        """Read a person; somebody who left the programme is told as deleted."""
        person = dossier.person
        remarks: list[str] = []
        fields: dict[str, Any] = {
            "name": PersonName(
                last=person.last_name or None,
                first=person.first_name or None,
                patronymic=person.patronymic_name or None,
            ),
            "birth_date": day_of(person.birth_day),
            "phones": _phones(person.phone, remarks),
            "emails": _emails(person.email, remarks),
            "registered_at": moment_of(person.registration_date),
        }
        if dossier.questions is not None and self.settings.questions.gender:
            fields["gender"] = self.questionnaire.gender(dossier.questions)
        if dossier.cards is not None:
            fields["cards"] = _cards(dossier.cards)
        if dossier.balances is not None:
            fields["bonuses"] = self.bonuses(dossier.balances)
        if dossier.subscriptions is not None:
            fields["consents"] = self._consents(dossier.subscriptions)
        attributes = self._attributes(dossier, remarks)
        if attributes:
            fields["attributes"] = attributes
        return Observed(
            external_id=str(person.id),
            entity=Customer(**fields),
            deleted=person.state in _GONE,
            remarks=tuple(remarks),
        )

    def bonuses(self, balances: Sequence[BalanceWire]) -> tuple[BonusAccount, ...]:
        """Return the account in the configured currency; currencies are never summed (6.2)."""
        code = self.settings.currency_code
        ours = [one for one in balances if code is None or one.currency.code == code]
        return tuple(
            BonusAccount(
                programme=self.settings.programme,
                available=BonusPoints(points=one.balance),
                pending=BonusPoints(points=one.not_activated),
            )
            for one in ours[:1]
        )

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what Loymax would hold after writing it over ``known``."""
        before, questions = known or Customer(), self.settings.questions
        name, old = entity.name or PersonName(), before.name or PersonName()
        fields: dict[str, Any] = {
            "name": PersonName(
                last=_answered(name.last, old.last, questions.last_name),
                first=_answered(name.first, old.first, questions.first_name),
                patronymic=_answered(name.patronymic, old.patronymic, questions.patronymic),
            ),
            "phones": _main_phone(entity) or _main_phone(before),
            "emails": _main_email(entity) or _main_email(before),
            "cards": _united(before.cards, entity.cards),
            "consents": _united(self._told(before), self._told(entity)),
        }
        if questions.birth_date:
            fields["birth_date"] = entity.birth_date or before.birth_date
        if questions.gender:
            fields["gender"] = entity.gender or before.gender
        attributes = {
            code: entity.attributes.get(code) or None for code in self.settings.customer_attributes
        }
        attributes |= self.questionnaire.held(entity, before)
        if attributes:
            fields["attributes"] = attributes
        return Customer(**fields)

    def fixed(self, rows: Sequence[SubscriptionWire]) -> dict[str, bool]:
        """Return the consents that only the vendor changes, with what it says of them (5.7)."""
        found = {}
        for name, place in self.settings.consents.items():
            for row in rows:
                channel = row.channel(place.channel)
                if row.external_id == place.external_id and channel is not None:
                    if channel.read_only:
                        found[name] = bool(channel.selected)
                    break
        return found

    def _attributes(self, dossier: Dossier, remarks: list[str]) -> dict[str, str | None]:
        told = {one.attribute.logical_name: one.value for one in dossier.attributes}
        words = self.settings.customer_attributes
        found = {name: _text(told.get(word)) for name, word in words.items()}
        if dossier.questions is not None:
            found |= self.questionnaire.attributes(dossier.questions, remarks)
        return found

    def _told(self, entity: Customer) -> tuple[Consent, ...]:
        return tuple(
            Consent(id=one.id, granted=one.granted)
            for one in entity.consents
            if one.id in self.settings.consents
        )

    def _consents(self, rows: Sequence[SubscriptionWire]) -> tuple[Consent, ...]:
        found = []
        for name, place in self.settings.consents.items():
            for row in rows:
                channel = row.channel(place.channel)
                if row.external_id == place.external_id and channel is not None:
                    if channel.selected is not None:
                        found.append(Consent(id=name, granted=channel.selected))
                    break
        return tuple(sorted(found, key=lambda one: one.id))


def _answered(now: str | None, before: str | None, question: str | None) -> str | None:
    """Return what a question holds: an answer cannot be taken back, only replaced."""
    return ((now if question else None) or before) or None


def _proof(told: NotifierWire) -> Mapping[str, Any]:
    return {"confirmation": Confirmation.CONFIRMED} if told.is_verified else {}


def _phones(told: NotifierWire | None, remarks: list[str]) -> tuple[PhoneContact, ...]:
    if told is None or not told.current_value:
        return ()
    number = normal_phone(f"+{told.current_value.lstrip('+')}")
    if number is None:
        remarks.append("phone: is no possible number and was left out")
        return ()
    return (PhoneContact(number=number, rank=MAIN, **_proof(told)),)


def _emails(told: NotifierWire | None, remarks: list[str]) -> tuple[EmailContact, ...]:
    if told is None or not told.current_value:
        return ()
    address = normal_email(told.current_value)
    if address is None:
        remarks.append("email: is no address and was left out")
        return ()
    return (EmailContact(address=address, rank=MAIN, **_proof(told)),)


def _cards(cards: Sequence[CardWire]) -> tuple[CardRef, ...]:
    numbers = {one.number for one in cards if one.number and one.state not in _OUT_OF_USE}
    return tuple(CardRef(number=number) for number in sorted(numbers))


def _main_phone(entity: Customer) -> tuple[PhoneContact, ...]:
    return tuple(
        PhoneContact(number=one.number, rank=MAIN) for one in main_first(entity.phones)[:1]
    )


def _main_email(entity: Customer) -> tuple[EmailContact, ...]:
    return tuple(
        EmailContact(address=one.address, rank=MAIN) for one in main_first(entity.emails)[:1]
    )


def _united(before: Sequence[Any], now: Sequence[Any]) -> tuple[Any, ...]:
    found = {str(getattr(one, one.KEY)): one for one in (*before, *now)}
    return tuple(found[key] for key in sorted(found))


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return str(value)
