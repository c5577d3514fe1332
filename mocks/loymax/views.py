"""Persons and cards as the APIs show them (reference, sections 5.1, 6.1, 7.1, 7.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.clock import iso
from mocks.loymax.people import CATEGORIES, masked
from mocks.loymax.programme import BONUS, money

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Card, Contact, Person

_CATEGORY_TYPE = "Loymax.Common.Contract.Model.Cards.CardCategoryInfo, Loymax.Common.Contract"
_MOBILE_CARD = "Loymax.Mobile.Contract.Models.Cards.{}, Loymax.Mobile.Contract"


def answer_text(installation: Installation, person: Person, logical_name: str) -> str | None:
    """Return a profile field: the questionnaire's answer by its logical name."""
    for question in installation.programme.questions.values():
        if question.logical_name == logical_name:
            given = person.answers.get(question.id)
            if given is None:
                return None
            chosen = [text for ident, text in question.options if ident in given.fixed]
            return given.value or ", ".join(chosen) or None
    return None


def birth_day(installation: Installation, person: Person) -> str | None:
    """Return the birthday as a date-time."""
    text = answer_text(installation, person, "BirthDay")
    return f"{text[:10]}T00:00:00Z" if text else None


def address(installation: Installation, person: Person) -> dict[str, Any]:
    """Return ``addressInfo``."""
    fields = {"city": "City", "street": "Street", "house": "House", "flat": "Flat"}
    found = {key: answer_text(installation, person, name) for key, name in fields.items()}
    return {
        "city": found["city"],
        "street": found["street"],
        "house": found["house"],
        "building": None,
        "flat": found["flat"],
    }


def category(card: Card) -> dict[str, Any]:
    """Return ``cardCategory``."""
    ident, title = CATEGORIES.get(card.category, (card.category_id or 0, card.category))
    return {
        "$type": _CATEGORY_TYPE,
        "description": None,
        "cardCount": 0,
        "id": ident,
        "title": title,
        "logicalName": card.category,
        "images": [],
    }


def compact(card: Card) -> dict[str, Any]:
    """Return a compact card."""
    return {
        "id": card.id,
        "state": card.state,
        "number": card.number,
        "barCode": card.number,
        "block": card.is_blocked,
        "expiryDate": iso(card.expiry),
        "cardCategory": category(card),
    }


def owner_info(
    installation: Installation, person: Person | None, *, is_masked: bool
) -> dict[str, Any] | None:
    """Return ``cardOwnerInfo``; a free card has none."""
    if person is None:
        return None
    phone = person.phone.value if person.phone is not None else None
    return {
        "phoneNumber": masked(phone) if is_masked else phone,
        "email": person.email.value if person.email is not None else None,
        "firstName": answer_text(installation, person, "FirstName"),
        "lastName": answer_text(installation, person, "LastName"),
        "patronymicName": answer_text(installation, person, "PatronymicName"),
        "id": person.id,
        "personUid": person.uid,
    }


def full_card(installation: Installation, card: Card) -> dict[str, Any]:
    """Return a CardInfo of the Public API."""
    person = None if card.owner is None else installation.persons[card.owner]
    accumulated = paid = money(0, BONUS)
    if person is not None:
        accumulated = money(person.account.accumulated, BONUS)
        paid = money(person.account.paid, BONUS)
    is_virtual = card.category == "VirtualCard"
    return {
        "$type": _MOBILE_CARD.format("VirtualCardInfo" if is_virtual else "CardInfo"),
        "qrContent": f"https://demo.loymax.tech/join/{card.number}",
        "accumulated": accumulated,
        "paid": paid,
        "accumulatedInfo": [accumulated],
        "paidInfo": [paid],
        "cardActionAccessInfo": {"canBlock": True, "canReplace": not is_virtual},
        "cardOwnerInfo": owner_info(installation, person, is_masked=True),
        **compact(card),
    }


def system_card(installation: Installation, card: Card) -> dict[str, Any]:
    """Return a card of the System API."""
    person = None if card.owner is None else installation.persons[card.owner]
    return {
        **compact(card),
        "cardOwnerInfo": owner_info(installation, person, is_masked=False),
        "passwordRequired": card.password is not None,
        "isDeleted": card.is_deleted,
        "replacementDate": iso(card.replaced_at),
        "replacementSource": "CallCenter" if card.replaced_at else None,
        "pinCode": card.pin,
        "strips": None,
        "canUnBlocking": True,
        "isCvcCodeRequired": card.cvc is not None,
    }


def _contact(contact: Contact | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    return {
        "currentValue": contact.value,
        "attachDateTime": iso(contact.attached),
        "attachType": contact.source,
        "isVerified": contact.is_verified,
    }


def person_info(
    installation: Installation, person: Person, *, needs_actions: bool
) -> dict[str, Any]:
    """Return a PersonInfo of the System API."""
    now = installation.clock.now()
    balance = money(person.account.balance(now), BONUS)
    first = answer_text(installation, person, "FirstName")
    last = answer_text(installation, person, "LastName")
    return {
        "id": person.id,
        "uid": person.uid,
        "firstName": first,
        "lastName": last,
        "patronymicName": answer_text(installation, person, "PatronymicName"),
        "phone": _contact(person.phone),
        "email": _contact(person.email),
        "registrationDate": iso(person.registered_at),
        "birthDay": birth_day(installation, person),
        "balance": balance,
        "notActivated": money(person.account.waiting(now), BONUS),
        "isRequiredActions": needs_actions,
        "state": person.state,
        "subscribeToAllAcceptDate": iso(person.subscribed_at),
        "tenderOfferAcceptDate": iso(person.tender_at),
        "personalDataProcessingAcceptDate": iso(person.data_processing_at),
        "groupId": person.group_id,
        "accountGroup": None,
        "timeZone": 3,
        "displayName": " ".join(part for part in (last, first) if part) or None,
        "creationDate": iso(person.created),
        "loyaltyProgramName": "Default",
        "loyaltyProgramId": 1,
        "balances": [
            balance,
            *(
                money(account.balance(now), installation.programme.currencies[ident])
                for ident, account in person.others.items()
            ),
        ],
    }
