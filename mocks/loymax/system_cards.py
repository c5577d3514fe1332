"""System API: cards, call centre, counters, one-call registration (reference, 7.2 to 7.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax import profile
from mocks.loymax.actions import set_all_consents
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
from mocks.loymax.passwords import deregister
from mocks.loymax.people import Contact
from mocks.loymax.system_users import change_email
from mocks.loymax.views import compact, system_card
from mocks.loymax.wire import date_of, needed, paged, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Card, Person

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
        cards = [one for one in installation.all_cards_of(person) if one.is_deleted]
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


def _card(call: Call, ident: str | None) -> Card:
    card = call.installation.cards.get(int(ident)) if ident and ident.isdecimal() else None
    if card is None:
        raise Refused(text="Не найдена карта.")
    return card


def change(call: Call) -> Answer:
    """POST Cards/{cardId}/Replace, Issue, ExpiryDate, Pack."""
    card, what = _card(call, call.path["cardId"]), call.path["what"].lower()
    if what == "issue":
        card.state = "Issued"
    elif what == "pack":
        card.state = "Packed"
    elif what == "expirydate":
        card.expiry = date_of(call.body, "expiryDate")
    elif what == "replace":
        new = call.installation.card(needed(call.body, "cardNumber"))
        _replace(call, card, new, text_of(call.body, "cvcCode"))
    else:
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    return Answer(key=card.id, effect="changed")


def _replace(call: Call, old: Card, new: Card | None, cvc: str | None) -> None:
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
    card = _card(call, call.path["cardId"])
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


def call_centre(call: Call) -> Answer:
    """POST CallCenter/{what}: an operator's action; no data."""
    action = _ACTIONS.get(call.path["what"].lower())
    if action is None:
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    return Answer(key=action(call), effect="changed")


def _person(call: Call) -> Person:
    number = needed(call.body, "personId")
    person = call.installation.persons.get(int(number)) if number.isdecimal() else None
    if person is None:
        raise Refused(text="Пользователь не найден.")
    return person


def _set_block(call: Call, *, is_blocked: bool) -> int:
    card = _card(call, text_of(call.body, "cardId"))
    card.is_blocked = is_blocked
    return card.id


def _set_deleted(call: Call, *, is_deleted: bool) -> int:
    card = _card(call, text_of(call.body, "cardId"))
    card.is_deleted = is_deleted
    return card.id


def _replace_by_operator(call: Call) -> int:
    old = _card(call, text_of(call.body, "oldCardId"))
    if not old.is_blocked:
        raise Refused(text="Карта должна быть заблокирована.")
    new = _card(call, text_of(call.body, "newCardId"))
    _replace(call, old, new, text_of(call.body, "cvcCode"))
    return new.id


def _change_category(call: Call) -> int:
    card = _card(call, text_of(call.body, "cardId"))
    names = {"1": "VirtualCard", "2": "PlasticCard"}
    name = names.get(needed(call.body, "cardCategoryId"))
    if name is None:
        raise Refused(text="Категория карты не найдена.")
    card.category = name
    return card.id


def _change_phone(call: Call) -> int:
    person, phone = _person(call), checked_phone(needed(call.body, "newPhone"), "newPhone")
    holder = call.installation.by_phone(phone)
    if holder is not None and holder is not person:
        raise Refused(text="Номер телефона уже используется.")
    call.installation.set_phone(person, Contact(phone, call.installation.clock.now(), "Operator"))
    return person.id


def _change_email(call: Call) -> int:
    person = _person(call)
    change_email(call, person, needed(call.body, "newEmail"), "Operator")
    return person.id


def _block_account(call: Call, *, is_blocked: bool) -> int:
    person = _person(call)
    person.account.is_blocked = is_blocked
    return person.id


def _leave(call: Call) -> int:
    person = _person(call)
    deregister(call, person, text_of(call.body, "reason"))
    return person.id


def _new_password(call: Call) -> int:
    person = _person(call)
    person.password = f"P{call.installation.count.code(8)}"
    return person.id


def _subscriptions(call: Call) -> int:
    person = _person(call)
    profile.store_consents(call.installation, person, call.body.get("values") or [])
    return person.id


_ACTIONS = {
    "blockcard": lambda call: _set_block(call, is_blocked=True),
    "unblockcard": lambda call: _set_block(call, is_blocked=False),
    "deletecard": lambda call: _set_deleted(call, is_deleted=True),
    "recovercard": lambda call: _set_deleted(call, is_deleted=False),
    "replacecard": _replace_by_operator,
    "changecardcategory": _change_category,
    "changephone": _change_phone,
    "changeemail": _change_email,
    "blockaccount": lambda call: _block_account(call, is_blocked=True),
    "unblockaccount": lambda call: _block_account(call, is_blocked=False),
    "deregisterperson": _leave,
    "sendnewpasswordtophone": _new_password,
    "sendnewpasswordtoemail": _new_password,
    "updatesubscriptions": _subscriptions,
}


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
    phone = checked_phone(needed(body.get("phone") or {}, "phoneNumber"))
    if installation.by_phone(phone) is not None:
        raise Refused(text="Пользователь уже зарегистрирован.")
    person = installation.add_person()
    now = installation.clock.now()
    installation.set_phone(person, Contact(phone, now, "Operator"))
    email = text_of(body.get("email") or {}, "emailAddress")
    if email is not None:
        change_email(call, person, email, "Operator")
    if body.get("accepttenderoffer"):
        person.tender_at = now
    if body.get("acceptpersonaldataprocessing"):
        person.data_processing_at = now
    answers = (body.get("questionsanswer") or {}).get("answers") or []
    profile.store_answers(installation, person, answers)
    for one in body.get("commonattributes") or ():
        name, value = needed(one, "logicalName"), text_of(one, "value") or ""
        profile.store_attribute(installation, person, name, value)
    if (body.get("subscriptionsconfirm") or {}).get("acceptsubscribetoall"):
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
