"""Handlers of the member's password and of leaving (reference, sections 5.4 and 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.loymax.call import Call
from mocks.loymax.codes import LENGTH, attempts
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.people import masked
from mocks.loymax.wire import needed, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Person

MIN_LENGTH = 6


def checked(password: str) -> str:
    """Return a password that keeps the rules.

    Raises:
        Refused: it is too short.
    """
    if len(password) < MIN_LENGTH:
        raise Refused(text=f"Пароль должен содержать не менее {MIN_LENGTH} символов.")
    return password


def requirements(call: Call) -> Answer:
    """GET Password/Requirements."""
    del call
    return Answer([{"type": "MinLength", "value": MIN_LENGTH}])


def set_password(call: Call) -> Answer:
    """POST User/Password/Set: the tokens rotate."""
    person, session = call.person, call.session
    person.password = checked(needed(call.body, "password"))
    if session is not None:
        session = call.services.tokens.rotate(session, person)
    return Answer(session.as_result() if session else None, key=person.id, effect="changed")


def verify(call: Call, password: str | None) -> None:
    """Check the member's own password.

    Raises:
        Refused: wrong, with the attempts left, or blocked.
    """
    person, guard = call.person, call.services.guard
    name = f"password {person.id}"
    if guard.is_blocked(name):
        raise Refused(text="Ввод пароля временно заблокирован.")
    if person.password is None or person.password != password:
        raise Refused(text=f"Неправильный пароль. {attempts(guard.wrong(name, call.address))}.")
    guard.right(name)


def change(call: Call) -> Answer:
    """POST User/Password/Change: the tokens rotate."""
    verify(call, text_of(call.body, "oldPassword"))
    person, session = call.person, call.session
    person.password = checked(needed(call.body, "newPassword"))
    if session is not None:
        session = call.services.tokens.rotate(session, person)
    return Answer(session.as_result() if session else None, key=person.id, effect="changed")


def reset(call: Call) -> Answer:
    """POST ResetPassword: where a code could go."""
    person = _found(call, needed(call.body, "identifier"))
    identifiers = []
    if person.phone is not None:
        phone = person.phone.value
        identifiers.append({"identifierType": "Phone", "identifier": phone, "text": masked(phone)})
    if person.email is not None:
        email = person.email.value
        identifiers.append({"identifierType": "Email", "identifier": email, "text": email})
    return Answer({"firstName": None, "lastName": None, "identifiers": identifiers}, key=person.id)


def reset_start(call: Call) -> Answer:
    """POST ResetPassword/Start: send a code."""
    identity = needed(call.body, "notifierIdentity")
    person = _found(call, identity)
    channel = "email" if "@" in identity else "sms"
    call.services.codes.send_enveloped("reset", person.id, channel, identity)
    return Answer({"codeLength": LENGTH}, key=person.id)


def reset_confirm(call: Call) -> Answer:
    """POST ResetPassword/Confirm: a new password, and tokens."""
    person = _found(call, needed(call.body, "notifierIdentity"))
    call.services.codes.check("reset", person.id, text_of(call.body, "confirmCode"))
    person.password = checked(needed(call.body, "newPassword"))
    call.services.tokens.close_all(person)
    session = call.services.tokens.member(person)
    return Answer(session.as_result(), key=person.id, effect="changed")


def reset_cancel(call: Call) -> Answer:
    """POST ResetPassword/Cancel."""
    person = _found(call, needed(call.body, "notifierIdentity"))
    call.services.codes.drop("reset", person.id)
    return Answer(key=person.id)


def _found(call: Call, identity: str) -> Person:
    if call.services.guard.is_blocked(f"ip {call.address}"):
        raise Refused(text="Восстановление пароля временно заблокировано.")
    person = call.installation.by_login(identity)
    if person is None or person.state == "Deregistered":
        call.services.guard.wrong(f"reset {identity}", call.address)
        raise Refused(text="Пользователь не найден.")
    return person


def leave_start(call: Call) -> Answer:
    """POST User/Deregistration/SendConfirmCode."""
    person = call.person
    if person.phone is None:
        raise Refused(text="Не указан номер телефона.")
    call.services.codes.send_enveloped("leave", person.id, "sms", person.phone.value)
    return Answer({"confirmCodeLength": LENGTH}, key=person.id)


def leave(call: Call) -> Answer:
    """POST User/Deregistration/Confirm: leave the programme; all tokens die."""
    person = call.person
    call.services.codes.check("leave", person.id, text_of(call.body, "confirmCode"))
    deregister(call, person, text_of(call.body, "reason"))
    return Answer(key=person.id, effect="changed")


def deregister(call: Call, person: Person, reason: str | None) -> None:
    """Let a person leave the programme."""
    person.state, person.leave_reason = "Deregistered", reason
    call.services.tokens.close_all(person)
