"""System API: cards, call centre, counters, one-call registration (reference, 7.2 to 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.actions import set_all_consents
from mocks.loymax.attributes import store_attribute
from mocks.loymax.call import Call
from mocks.loymax.card_calls import (
    confirm_attach,
    emit_for,
    resend_attach,
    start_attach,
    swap,
    take_free,
)
from mocks.loymax.codes import LENGTH
from mocks.loymax.contacts import checked_phone
from mocks.loymax.envelope import Answer, HttpRefused, Refused, required
from mocks.loymax.people import Contact
from mocks.loymax.questionnaire import store_answers
from mocks.loymax.system_registration import change_email
from mocks.loymax.views import compact, system_card
from mocks.loymax.wire import child, children, date_of, needed, paged, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Card

RANGE_LIMIT = 500


def by_number(call: Call) -> Answer:
    """GET Cards/ByCardNumber?cardNumber= and the old Cards?cardNumber=."""
    number = call.query.text("cardNumber")
    if number is None:
        raise required(name="cardNumber")
    card = call.installation.card(number)
    if card is None:
        raise Refused(text="Не найдена карта.")
    return Answer(system_card(call.installation, card), key=card.id)


def of_named(call: Call) -> Answer:
    """GET Users/{id}/Cards?cardShowMode=."""
    person, installation = call.member_named(), call.installation
    mode = (call.query.text("cardShowMode") or "Active").lower()
    if mode == "deleted":
        cards = [one for one in installation.cards_of(person, with_gone=True) if one.is_deleted]
    elif mode == "allfromgroup":
        cards = [one for each in installation.group(person) for one in installation.cards_of(each)]
    else:
        cards = installation.cards_of(person)
    return Answer([system_card(installation, one) for one in cards], key=person.id)


def emit(call: Call) -> Answer:
    """PUT users/{id}/EmitVirtual: no data; there is one already: state ``Error``."""
    person = call.member_named()
    emit_for(call, person)
    return Answer(key=person.id, effect="created")


def set_card(call: Call) -> Answer:
    """POST users/{id}/SetCard."""
    person = call.member_named()
    return Answer(compact(take_free(call, person)), key=person.id, effect="changed")


def attach(call: Call) -> Answer:
    """POST users/{id}/cards/Attach: the owner gets a code."""
    person = call.member_named()
    start_attach(call, person)
    return Answer({"confirmCodeLength": LENGTH}, key=person.id, effect="changed")


def attach_step(call: Call) -> Answer:
    """POST users/{id}/cards/Attach/Confirm, SendConfirmCode, Cancel."""
    person, step = call.member_named(), call.path["step"].lower()
    if step == "confirm":
        confirm_attach(call, person, text_of(call.body, "confirmCode"))
    elif step == "sendconfirmcode":
        resend_attach(call, person)
    elif step == "cancel":
        person.attach = None
    else:
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    return Answer(key=person.id, effect="changed")


def card_named(call: Call, ident: str | None) -> Card:
    """Return a card by its id.

    Raises:
        Refused: there is none.
    """
    card = call.installation.cards.get(int(ident)) if ident and ident.isdecimal() else None
    if card is None:
        raise Refused(text="Не найдена карта.")
    return card


def change(call: Call) -> Answer:
    """POST Cards/{cardId}/Replace, Issue, ExpiryDate, Pack."""
    card, what = card_named(call, call.path["cardId"]), call.path["what"].lower()
    if what == "issue":
        card.state = "Issued"
    elif what == "pack":
        card.state = "Packed"
    elif what == "expirydate":
        card.expiry = date_of(call.body, "expiryDate")
    elif what == "replace":
        new = call.installation.card(needed(call.body, "cardNumber"))
        replace(call, card, new, text_of(call.body, "cvcCode"))
    else:
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    return Answer(key=card.id, effect="changed")


def replace(call: Call, old: Card, new: Card | None, cvc: str | None) -> None:
    """Put a free card in the place of another.

    Raises:
        Refused: the new card is unknown, taken, or its CVC is wrong.
    """
    if new is None or new.owner is not None or (new.cvc is not None and new.cvc != cvc):
        raise Refused(text="Не удалось привязать карту.", code=None)
    if old.owner is not None:
        call.installation.give_card(new, call.installation.persons[old.owner])
    new.state = "Activated"
    swap(call.installation, old, new)


def by_params(call: Call) -> Answer:
    """GET Cards/byParams."""
    query = call.query

    def fits(name: str, *, is_so: bool) -> bool:
        value = query.text(name)
        return value is None or (value.lower() == "true") is is_so

    state = query.text("state")
    rows = [
        system_card(call.installation, one)
        for one in call.installation.cards.values()
        if state in {None, one.state}
        and fits("hasPerson", is_so=one.owner is not None)
        and fits("isBlocked", is_so=one.is_blocked)
        and fits("isDeleted", is_so=one.is_deleted)
        and fits("isGift", is_so=False)
    ]
    return Answer(paged(query, rows))


def chain(call: Call) -> Answer:
    """GET Cards/{cardId}/ReplacementChain: oldest first."""
    card = card_named(call, call.path["cardId"])
    before = {one.replaced_by: one for one in call.installation.cards.values() if one.replaced_by}
    while card.id in before:
        card = before[card.id]
    rows = [card]
    while rows[-1].replaced_by is not None:
        rows.append(call.installation.cards[rows[-1].replaced_by])
    return Answer([system_card(call.installation, one) for one in rows])


def card_range(call: Call) -> Answer:
    """GET Cards/Range/{begin}/{end}: at most 500 cards."""
    begin, end = call.path["begin"], call.path["end"]
    rows = sorted(
        (one for one in call.installation.cards.values() if begin <= one.number <= end),
        key=lambda one: one.number,
    )
    if len(rows) > RANGE_LIMIT:
        raise Refused(text=f"Диапазон содержит более {RANGE_LIMIT} карт.")
    return Answer([system_card(call.installation, one) for one in rows])


def counter(call: Call) -> Answer:
    """GET counters/{counterId}/values?filter.personId=."""
    number, person = call.path["counterId"], call.query.text("filter.personId") or ""
    values = call.installation.programme.counters.get(int(number) if number.isdecimal() else -1)
    if values is None:
        raise Refused(text="Счетчик не найден.")
    rows = [
        {"targetsValues": {"Person": ident}, "value": float(value)}
        for ident, value in values.items()
        if person in {"", str(ident)}
    ]
    return Answer(rows, key=number)


def register_at_once(call: Call) -> Answer:
    """POST or PUT Registration: the one-call form, behind a switch (7.2, unconfirmed)."""
    installation, body = call.installation, call.body
    if installation.settings.one_call_registration == "off":
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    phone = checked_phone(needed(child(body, "phone"), "phoneNumber"))
    if installation.by_phone(phone) is not None:
        raise Refused(text="Пользователь уже зарегистрирован.")
    person = installation.add_person()
    now = installation.clock.now()
    installation.set_phone(person, Contact(phone, now, "Operator"))
    email = text_of(child(body, "email"), "emailAddress")
    if email is not None:
        change_email(call, person, email, "Operator")
    if body.get("accepttenderoffer"):
        person.tender_at = now
    if body.get("acceptpersonaldataprocessing"):
        person.data_processing_at = now
    answers = children(child(body, "questionsAnswer"), "answers")
    store_answers(installation, person, answers)
    for one in children(body, "commonAttributes"):
        name, value = needed(one, "logicalName"), text_of(one, "value") or ""
        store_attribute(installation, person, name, value)
    if child(body, "subscriptionsConfirm").get("acceptsubscribetoall"):
        set_all_consents(installation, person, is_on=True)
    person.state, person.registered_at = "Registered", now
    virtual = compact(emit_for(call, person)) if body.get("emitvirtual") else None
    shown: dict[str, Any] = {
        "personId": person.id,
        "personUID": person.uid,
        "mainCard": None,
        "virtualCard": virtual,
    }
    return Answer(shown, key=person.id, effect="created")


def emit_state(call: Call) -> Answer:
    """GET users/{id}/EmitVirtual."""
    person = call.member_named()
    count = sum(one.category == "VirtualCard" for one in call.installation.cards_of(person))
    is_allowed = (
        call.installation.settings.virtual_cards == "on_demand"
        and count < call.installation.settings.virtual_card_limit
    )
    return Answer(
        {"currentCountOfVirtualCards": count, "isVirtualCardEmissionAllowed": is_allowed},
        key=person.id,
    )
