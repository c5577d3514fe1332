"""Handlers of the member's registration (reference, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.actions import actions, finish
from mocks.loymax.call import Call
from mocks.loymax.directory import is_phone
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.wire import needed, text_of

if TYPE_CHECKING:
    from mocks.loymax.people import Card, Person

_WRONG_LOGIN = "Неверный логин или пароль"


def begin(call: Call) -> Answer:
    """POST Registration/BeginRegistration: a token for the steps, or the reason of a refusal."""
    address = f"ip {call.address}"
    if call.services.guard.is_blocked(address):
        raise _refused(state="RegistrationBlocked", text="Регистрация временно заблокирована")
    person = _found_or_made(call, needed(call.body, "login"))
    if person.phone is None and person.new_phone is not None:
        call.services.codes.send_enveloped("phone", person.id, "sms", person.new_phone)
    return Answer(_begun(call, person), key=person.id, effect="created")


def begin_by_operator(call: Call) -> Answer:
    """POST Registration/BeginRegistration of the System API: no code is sent (7.2)."""
    person = _found_or_made(call, needed(call.body, "login"))
    return Answer(_begun(call, person), key=person.id, effect="created")


def _begun(call: Call, person: Person) -> dict[str, Any]:
    session = call.services.tokens.member(person)
    return {
        "state": "Success",
        "errorMessage": None,
        "authToken": session.access,
        "authResult": session.as_result(),
        "personId": person.id,
    }


def _found_or_made(call: Call, login: str) -> Person:
    installation = call.installation
    if is_phone(login):
        person = installation.by_phone(login) or _unfinished(call, login)
        if person is None:
            person = installation.add_person()
            person.new_phone = login
            installation.begun[login] = person
    else:
        person = _by_card(call, login)
    if person.is_registration_blocked:
        raise _refused(state="RegistrationBlocked", text=_same_text(login))
    if person.state == "Registered":
        raise _refused(state="RegistrationAlreadyCompleted", text=_same_text(login))
    person.state = "Normal"
    return person


def _unfinished(call: Call, phone: str) -> Person | None:
    """Return the person who began with this phone and has not confirmed it."""
    person = call.installation.begun.get(phone)
    is_open = person is not None and person.new_phone == phone and person.phone is None
    return person if is_open else None


def _by_card(call: Call, number: str) -> Person:
    card = call.installation.card(number)
    if card is None:
        call.services.guard.wrong(f"begin {number}", call.address)
        raise _refused(state="InvalidLoginPassword", text=_WRONG_LOGIN)
    if card.owner is not None:
        return call.installation.persons[card.owner]
    _check_card(call, card)
    person = call.installation.add_person()
    call.installation.give_card(card, person)
    return person


def _check_card(call: Call, card: Card) -> None:
    password = text_of(call.body, "password")
    if card.password is not None and password is None:
        raise _refused(state="PasswordRequired", text="Требуется пароль карты")
    if card.password is not None and password != card.password:
        raise _refused(state="InvalidLoginPassword", text=_WRONG_LOGIN)
    if card.cvc is not None and text_of(call.body, "cvcCode") != card.cvc:
        raise _refused(state="InvalidLoginPassword", text=_WRONG_LOGIN)


def _same_text(login: str) -> str:
    """Return the text that is the same for a member and for a blocked person (4.1)."""
    return f"На номер {login} отправлено SMS-сообщение"


def _refused(*, state: str, text: str) -> Refused:
    data = {
        "personId": None,
        "state": state,
        "errorMessage": text,
        "authToken": None,
        "authResult": None,
    }
    return Refused(text=text, code=None, data=data)


def show_actions(call: Call) -> Answer:
    """GET User/RegistrationActions (v1: User/Actions)."""
    return Answer({"actions": actions(call.installation, call.person)}, key=call.person.id)


def try_finish(call: Call) -> Answer:
    """POST Registration/TryFinishRegistration: Success also when something is missing (4.3)."""
    person, session = call.person, call.session
    is_done = finish(call.installation, person)
    if is_done and session is not None:
        session = call.services.tokens.rotate(session, person)
    return Answer(
        {
            "registrationCompleted": is_done,
            **(session.as_result() if session is not None else {}),
            "uncompletedActions": None if is_done else actions(call.installation, person),
        },
        key=person.id,
        effect="changed" if is_done else "unchanged",
    )


def accept_offer(call: Call) -> Answer:
    """POST User/AcceptTenderOffer."""
    person = call.person
    person.tender_at = person.tender_at or call.installation.clock.now()
    return Answer(key=person.id, effect="changed")


def anonymous(call: Call) -> Answer:
    """POST Registration/RegisterAnonym (4.4)."""
    identifier = needed(call.body, "userIdentifier")
    person = call.installation.by_uid(identifier)
    if person is None:
        person = call.installation.add_person(uid=identifier)
        person.state, person.password = "Anonymous", text_of(call.body, "password")
    elif person.password != text_of(call.body, "password"):
        raise _refused(state="InvalidLoginPassword", text=_WRONG_LOGIN)
    data = _begun(call, person)
    del data["personId"]
    return Answer({**data, "userIdentifier": identifier}, key=person.id, effect="created")
