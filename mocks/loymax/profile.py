"""Handlers of profile, questionnaire, attributes, consents (reference, 5.1, 5.5 to 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax import balances
from mocks.loymax.call import Call
from mocks.loymax.contacts import email_details
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.people import masked
from mocks.loymax.views import address, answer_text, birth_day, compact
from mocks.loymax.wire import needed

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person

_VALUE_TYPE = "Loymax.Common.Contract.Model.UserInfo.{}, Loymax.Common.Contract"
_BASE = (
    "firstName",
    "lastName",
    "patronymicName",
    "birthDay",
    "addressInfo",
    "cardShortInfo",
    "phoneNumber",
    "email",
)


def show(call: Call) -> Answer:
    """GET User: with a payload the base parts are null (trap 17)."""
    installation, person = call.installation, call.person
    payload = call.query.many("payload")
    cards = installation.cards_of(person)
    now = installation.clock.now()
    body: dict[str, Any] = {
        "id": person.id,
        "personUid": person.uid,
        "firstName": answer_text(installation, person, "FirstName"),
        "lastName": answer_text(installation, person, "LastName"),
        "patronymicName": answer_text(installation, person, "PatronymicName"),
        "birthDay": birth_day(installation, person),
        "state": person.state,
        "addressInfo": address(installation, person),
        "cardShortInfo": {
            "id": cards[0].id,
            "balance": float(person.account.balance(now)),
            "isBlocked": cards[0].is_blocked,
            "number": cards[0].number,
        }
        if cards
        else None,
        "balanceShortInfo": None,
        "cards": None,
        "phoneNumber": masked(person.phone.value if person.phone else None),
        "email": person.email.value if person.email else None,
        "balanceDetailedInfo": None,
        "emailDetailedInfo": None,
    }
    if payload:
        body.update(dict.fromkeys(_BASE))
        body.update(_payload(call, {one.lower(): one for one in payload}))
    return Answer(body, key=person.id)


def _payload(call: Call, wanted: dict[str, str]) -> dict[str, Any]:
    installation, person = call.installation, call.person
    parts: dict[str, Any] = {}
    if "cards" in wanted:
        parts["cards"] = [compact(card) for card in installation.cards_of(person)]
    if "balanceshortinfo" in wanted:
        parts["balanceShortInfo"] = balances.short(installation, person)
    if "balancedetailedinfo" in wanted:
        parts["balanceDetailedInfo"] = balances.detailed_rows(installation, person)
    if "emaildetailedinfo" in wanted:
        parts["emailDetailedInfo"] = email_details(call)
    names = [one.partition(".")[2] for key, one in wanted.items() if key.startswith("attributes.")]
    if names:
        parts["attributes"] = {name: _attribute(installation, person, name) for name in names}
    return parts


def _attribute(installation: Installation, person: Person, name: str) -> dict[str, Any] | None:
    for question in installation.programme.questions.values():
        given = person.answers.get(question.id)
        if question.logical_name == name and given is not None:
            if question.kind == "Select":
                chosen = [text for ident, text in question.options if ident in given.fixed]
                return {"$type": _VALUE_TYPE.format("FixedAnswersModel"), "answers": chosen}
            if question.kind == "Date":
                kind = _VALUE_TYPE.format("DateValueModel")
                return {"$type": kind, "dateValue": f"{given.value}T00:00:00Z"}
            return {"$type": _VALUE_TYPE.format("StringValueModel"), "stringValue": given.value}
    value = person.attributes.get(name)
    if value is None:
        return None
    return {"$type": _VALUE_TYPE.format("StringValueModel"), "stringValue": value[1]}


def logins(call: Call) -> Answer:
    """GET User/Logins."""
    person = call.person
    values = [person.login_uid, *(card.number for card in call.installation.cards_of(person))]
    values += [one.value for one in (person.phone, person.email) if one is not None]
    rows = [{"identifierType": "Login", "value": value} for value in values]
    return Answer({"identifiers": rows, "socialIdentifiers": []}, key=person.id)


def add_push(call: Call) -> Answer:
    """POST Pushes: only with the headers of a mobile device (6.6)."""
    if not all(call.headers.get(name) for name in ("x-deviceid", "x-platformtype")):
        raise Refused(text="Метод доступен только для мобильных устройств")
    call.person.pushes.append({"token": needed(call.body, "token")})
    return Answer(key=call.person.id, effect="created")
