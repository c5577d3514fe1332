"""Handlers of phone and e-mail of the member (reference, sections 5.2 and 5.3)."""

from __future__ import annotations

import re

from mocks.loymax.call import Call
from mocks.loymax.codes import LENGTH
from mocks.loymax.directory import is_phone
from mocks.loymax.envelope import Answer, Refused, invalid
from mocks.loymax.people import Contact, masked
from mocks.loymax.wire import needed, text_of

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NO_EMAIL_CHANGE = "Процесс по смене адреса электронной почты не начат"
_NO_PHONE_CHANGE = "Процесс по смене номера телефона не начат"


def checked_phone(text: str, name: str = "phoneNumber") -> str:
    """Return a phone as digits.

    Raises:
        Refused: not 11 digits with 7 first.
    """
    if not is_phone(text):
        raise invalid(name)
    return text


def checked_email(text: str, name: str = "email") -> str:
    """Return an e-mail.

    Raises:
        Refused: it does not look like one.
    """
    if not _EMAIL.fullmatch(text):
        raise invalid(name)
    return text


def phone_state(call: Call) -> Answer:
    """GET User/PhoneNumber: both numbers masked."""
    person = call.person
    new = person.new_phone
    return Answer(
        {
            "currentPhoneNumber": masked(person.phone.value if person.phone else None),
            "newPhoneNumber": None if new is None else {"phoneNumber": masked(new)},
            "confirmCodeLength": LENGTH,
        },
        key=person.id,
    )


def phone_change(call: Call) -> Answer:
    """POST User/PhoneNumber: start a change and send the code."""
    person = call.person
    phone = checked_phone(needed(call.body, "phoneNumber"))
    holder = call.installation.by_phone(phone)
    if holder is not None and holder is not person:
        raise Refused(text="Номер телефона уже используется.")
    call.services.codes.send_enveloped("phone", person.id, "sms", phone)
    person.new_phone = phone
    return Answer({"codeLength": LENGTH}, key=person.id, effect="changed")


def phone_resend(call: Call) -> Answer:
    """POST User/PhoneNumber/SendConfirmCode; GET is taken too, as a live client sends it."""
    person = call.person
    if person.new_phone is None:
        raise Refused(text=_NO_PHONE_CHANGE)
    call.services.codes.send_enveloped("phone", person.id, "sms", person.new_phone)
    return Answer(key=person.id)


def phone_confirm(call: Call) -> Answer:
    """POST User/PhoneNumber/Confirm: the phone is set and the tokens rotate."""
    person, session = call.person, call.session
    if person.new_phone is None or session is None:
        raise Refused(text=_NO_PHONE_CHANGE)
    call.services.codes.check("phone", person.id, text_of(call.body, "confirmCode"))
    contact = Contact(person.new_phone, call.installation.clock.now())
    call.installation.set_phone(person, contact)
    person.new_phone = None
    session = call.services.tokens.rotate(session, person)
    return Answer(session.as_result(), key=person.id, effect="changed")


def phone_cancel(call: Call) -> Answer:
    """POST User/PhoneNumber/CancelChange."""
    person = call.person
    person.new_phone = None
    call.services.codes.drop("phone", person.id)
    return Answer(key=person.id, effect="changed")


def email_state(call: Call) -> Answer:
    """GET User/Email."""
    return Answer(email_details(call), key=call.person.id)


def email_details(call: Call) -> dict[str, object]:
    """Return the e-mail of the token's person with the change that runs."""
    person = call.person
    contact, new = person.email, person.new_email
    return {
        "currentEmail": contact.value if contact is not None else None,
        "newEmail": None if new is None else {"email": new},
        "confirmCodeLength": LENGTH,
        "currentNotifierStatus": "Verified"
        if contact is not None and contact.is_verified
        else "Unverified",
        "notifierMask": None,
    }


def email_change(call: Call) -> Answer:
    """POST User/Email: start a change and send the code."""
    person = call.person
    email = checked_email(needed(call.body, "email"))
    holder = call.installation.by_email(email)
    if holder is not None and holder is not person:
        raise Refused(text="Адрес электронной почты уже используется.")
    call.services.codes.send_enveloped("email", person.id, "email", email)
    person.new_email = email
    return Answer({"codeLength": LENGTH}, key=person.id, effect="changed")


def email_resend(call: Call) -> Answer:
    """POST User/Email/SendConfirmCode."""
    person = call.person
    if person.new_email is None:
        raise Refused(text=_NO_EMAIL_CHANGE)
    call.services.codes.send_enveloped("email", person.id, "email", person.new_email)
    return Answer(key=person.id)


def email_confirm(call: Call) -> Answer:
    """POST User/Email/Confirm and LinkConfirm: no new tokens."""
    person = call.person
    if person.new_email is None:
        raise Refused(text=_NO_EMAIL_CHANGE)
    call.services.codes.check("email", person.id, text_of(call.body, "confirmCode"))
    contact = Contact(person.new_email, call.installation.clock.now())
    call.installation.set_email(person, contact)
    person.new_email = None
    return Answer(key=person.id, effect="changed")


def email_verify(call: Call) -> Answer:
    """POST User/Email/Verify: send a code to the current address to verify it anew."""
    person = call.person
    value = needed(call.body, "notifierValue")
    if person.email is None or person.email.value.lower() != value.lower():
        raise Refused(text=_NO_EMAIL_CHANGE)
    call.services.codes.send_enveloped("email", person.id, "email", value)
    person.new_email = value
    return Answer(key=person.id)


def email_cancel(call: Call) -> Answer:
    """POST User/Email/CancelChange."""
    person = call.person
    person.new_email = None
    call.services.codes.drop("email", person.id)
    return Answer(key=person.id, effect="changed")
