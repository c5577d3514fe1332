"""System API: register on behalf of a customer, step by step (reference, section 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.loymax import questionnaire
from mocks.loymax.actions import actions, finish
from mocks.loymax.call import Call
from mocks.loymax.codes import LENGTH
from mocks.loymax.contacts import checked_email, checked_phone
from mocks.loymax.envelope import Answer, Refused, required
from mocks.loymax.people import Contact
from mocks.loymax.wire import needed, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Person


def required_actions(call: Call) -> Answer:
    """GET users/{id}/RegistrationActions, the old name RequiredActions."""
    person = call.member_named()
    return Answer({"actions": actions(call.installation, person)}, key=person.id)


def accept_offer(call: Call) -> Answer:
    """POST Users/{id}/AcceptTenderOffer."""
    person = call.member_named()
    person.tender_at = person.tender_at or call.installation.clock.now()
    return Answer(key=person.id, effect="changed")


def set_phone(call: Call) -> Answer:
    """POST Users/{id}/SetPhone: ``withoutCall`` attaches at once, else a code goes out."""
    person = call.member_named()
    phone = checked_phone(needed(call.body, "phone"), "phone")
    holder = call.installation.by_phone(phone)
    if holder is not None and holder is not person:
        raise Refused(text="Номер телефона уже используется.")
    if text_of(call.body, "withoutCall") == "true":
        contact = Contact(phone, call.installation.clock.now(), "Operator")
        call.installation.set_phone(person, contact)
        person.new_phone = None
        return Answer({"codeLength": 0}, key=person.id, effect="changed")
    call.services.codes.send_enveloped("phone", person.id, "sms", phone)
    person.new_phone = phone
    return Answer({"codeLength": LENGTH}, key=person.id, effect="changed")


def resend_phone_code(call: Call) -> Answer:
    """POST users/{id}/SendConfirmPhoneCode."""
    person = call.member_named()
    if person.new_phone is None:
        raise Refused(text="Процесс по смене номера телефона не начат")
    call.services.codes.send_enveloped("phone", person.id, "sms", person.new_phone)
    return Answer(key=person.id)


def confirm_phone(call: Call) -> Answer:
    """POST users/{id}/PostConfirmPhoneCode."""
    person = call.member_named()
    if person.new_phone is None:
        raise Refused(text="Процесс по смене номера телефона не начат")
    call.services.codes.check("phone", person.id, text_of(call.body, "confirmCode"))
    contact = Contact(person.new_phone, call.installation.clock.now(), "Operator")
    call.installation.set_phone(person, contact)
    person.new_phone = None
    return Answer(key=person.id, effect="changed")


def cancel_phone(call: Call) -> Answer:
    """POST users/{id}/CancelConfirmPhone."""
    person = call.member_named()
    person.new_phone = None
    return Answer(key=person.id, effect="changed")


def set_email(call: Call) -> Answer:
    """POST users/{id}/SetEmail?attachType=: no code; the type is required."""
    person = call.member_named()
    source = call.query.text("attachType")
    if source not in _SOURCES:
        raise required(name="attachType")
    change_email(call, person, needed(call.body, "email"), source)
    return Answer(key=person.id, effect="changed")


def change_email(call: Call, person: Person, email: str, source: str) -> None:
    """Give a person an e-mail.

    Raises:
        Refused: it is malformed or another person's.
    """
    holder = call.installation.by_email(checked_email(email))
    if holder is not None and holder is not person:
        raise Refused(text="Адрес электронной почты уже используется.")
    contact = Contact(email, call.installation.clock.now(), source)
    call.installation.set_email(person, contact)


def set_random_password(call: Call) -> Answer:
    """POST Users/{id}/SetRandomPassword?needNotify=."""
    person = call.member_named()
    person.password = f"P{call.installation.count.code(8)}"
    if call.query.flag("needNotify", default=True) and person.phone is not None:
        call.services.codes.send_enveloped("password", person.id, "sms", person.phone.value)
    return Answer(key=person.id, effect="changed")


def questions(call: Call) -> Answer:
    """GET users/{id}/Questions."""
    return questionnaire.question_groups(call, call.member_named())


def update_answers(call: Call) -> Answer:
    """POST users/{id}/UpdateAnswers."""
    person = call.member_named()
    questionnaire.store_answers(call.installation, person, call.rows)
    return Answer(key=person.id, effect="changed")


def try_finish(call: Call) -> Answer:
    """POST Registration/TryFinishRegistrationCustomer (form or JSON), old TryFinishRegistration."""
    number = needed(call.body, "personId")
    person = call.installation.persons.get(int(number)) if number.isdecimal() else None
    if person is None:
        raise Refused(text="Пользователь не найден.")
    is_done = finish(call.installation, person)
    session = call.services.tokens.member(person)
    body = {
        "registrationCompleted": is_done,
        **session.as_result(),
        "uncompletedActions": None if is_done else actions(call.installation, person),
        "authToken": session.access,
    }
    return Answer(body, key=person.id, effect="changed" if is_done else "unchanged")


_SOURCES = ("Site", "Sms", "Operator", "MobileApplication", "Import", "Paper")
