"""System API: the actions of the call centre (reference, section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.loymax.call import Call
from mocks.loymax.consents import store_consents
from mocks.loymax.contacts import checked_phone
from mocks.loymax.envelope import Answer, HttpRefused, Refused
from mocks.loymax.passwords import deregister
from mocks.loymax.people import Contact
from mocks.loymax.system_cards import card_named, replace
from mocks.loymax.system_registration import change_email
from mocks.loymax.wire import children, needed, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Person


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
    card = card_named(call, text_of(call.body, "cardId"))
    card.is_blocked = is_blocked
    return card.id


def _set_deleted(call: Call, *, is_deleted: bool) -> int:
    card = card_named(call, text_of(call.body, "cardId"))
    card.is_deleted = is_deleted
    return card.id


def _replace_by_operator(call: Call) -> int:
    old = card_named(call, text_of(call.body, "oldCardId"))
    if not old.is_blocked:
        raise Refused(text="Карта должна быть заблокирована.")
    new = card_named(call, text_of(call.body, "newCardId"))
    replace(call, old, new, text_of(call.body, "cvcCode"))
    return new.id


def _change_category(call: Call) -> int:
    card = card_named(call, text_of(call.body, "cardId"))
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
    store_consents(call.installation, person, children(call.body, "values"))
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
