"""Handlers of profile, questionnaire, attributes, consents (reference, 5.1, 5.5 to 5.7)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from mocks.loymax import balances
from mocks.loymax.actions import set_all_consents
from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.contacts import email_details
from mocks.loymax.envelope import Answer, Refused, invalid
from mocks.loymax.people import CHANNELS, Given, masked
from mocks.loymax.programme import NAME_RULE
from mocks.loymax.views import address, answer_text, birth_day, compact
from mocks.loymax.wire import needed, paged, text_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person
    from mocks.loymax.programme import Question

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
        parts["balanceDetailedInfo"] = [balances.detailed_row(installation, person)]
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


def question_groups(call: Call, person: Person) -> Answer:
    """Return the questionnaire with the answers of a person."""
    only_required = call.query.flag("filter.onlyRequired", default=False)
    questions = [
        _question(one, number, person.answers.get(one.id))
        for number, one in enumerate(call.installation.programme.questions.values(), start=1)
        if one.is_required or not only_required
    ]
    group = {"type": "QuestionGroup", "id": 1, "name": "Анкета", "order": 0}
    return Answer([{**group, "questions": questions}], key=person.id)


def questions(call: Call) -> Answer:
    """GET User/Questions."""
    return question_groups(call, call.person)


def _question(one: Question, order: int, given: Given | None) -> dict[str, Any]:
    fixed = given.fixed if given is not None else ()
    return {
        "type": "Question",
        "id": one.id,
        "name": one.name,
        "order": order,
        "questionType": one.kind,
        "logicalName": one.logical_name,
        "regexp": one.regexp,
        "regexpErrorMessage": one.regexp_error,
        "isRequired": one.is_required,
        "isReadOnly": one.is_read_only,
        "isMultiSelect": False,
        "isVisibleInRegistration": True,
        "fixedAnswers": [
            {
                "type": "QuestionFixedAnswer",
                "id": ident,
                "name": text,
                "order": place,
                "isCustom": False,
                "isSelected": ident in fixed,
            }
            for place, (ident, text) in enumerate(one.options)
        ],
        "answer": None
        if given is None
        else {
            "questionId": one.id,
            "fixedAnswerIds": list(given.fixed) or None,
            "value": given.value,
            "tag": given.tag,
            "questionGroupId": 1,
        },
    }


def answer(call: Call) -> Answer:
    """POST User/Answers: all or nothing."""
    store_answers(call.installation, call.person, call.rows)
    return Answer(key=call.person.id, effect="changed")


def store_answers(installation: Installation, person: Person, rows: list[dict[str, Any]]) -> None:
    """Check and store answers.

    Raises:
        Refused: one of them is wrong; ``data.errors`` names the question by a string.
    """
    errors, good = [], {}
    for row in rows:
        ident = int(row.get("questionid") or 0)
        question = installation.programme.questions.get(ident)
        text = text_of(row, "value")
        fixed = tuple(int(one) for one in row.get("fixedanswerids") or ())
        trouble = _trouble(question, text, fixed)
        if trouble is not None:
            errors.append({"idQuestion": str(ident), "errors": [trouble]})
        else:
            good[ident] = Given(text, fixed, text_of(row, "tag") or "0")
    if errors:
        raise Refused(text=None, code=None, data={"errors": errors}, is_coded=False)
    person.answers.update(good)


def _trouble(question: Question | None, text: str | None, fixed: tuple[int, ...]) -> str | None:
    if question is None:
        return "Вопрос не найден"
    if question.is_read_only:
        return "Ответ нельзя изменить"
    if question.kind == "Select":
        known = {ident for ident, _ in question.options}
        return None if fixed and set(fixed) <= known else "Недопустимый ответ"
    if text is None:
        return "Не указан ответ" if question.is_required else None
    rule = question.regexp or NAME_RULE.get(question.logical_name)
    if rule is not None and re.fullmatch(rule, text) is None:
        return question.regexp_error or "Недопустимые символы"
    return None if _fits(question.kind, text) else "Неверный формат"


def _fits(kind: str, text: str) -> bool:
    """Tell whether a text is an answer of its kind; dates are ``yyyy-MM-dd`` (unconfirmed)."""
    try:
        if kind == "Date":
            date.fromisoformat(text)
        elif kind == "Int":
            int(text)
        elif kind == "Double":
            float(text)
    except ValueError:
        return False
    return kind != "Boolean" or text in {"true", "false"}


def consents(call: Call) -> Answer:
    """GET User/Subscriptions."""
    wanted = set(call.query.many("subscriptionExternalIds"))
    rows = consent_rows(call.installation, call.person)
    kept = [row for row in rows if not wanted or row["externalId"] in wanted]
    return Answer(kept, key=call.person.id)


def consent_rows(installation: Installation, person: Person) -> list[dict[str, Any]]:
    """Return the rows of 5.7; a consent that nobody touched is off, a read-only one on."""
    rows: list[dict[str, Any]] = []
    for one in installation.programme.subscriptions:
        chosen = person.consents.get(one.id, {})
        row: dict[str, Any] = {
            "typeId": one.id,
            "typeName": one.name,
            "externalId": one.external_id,
        }
        for channel in CHANNELS:
            is_on = chosen.get(channel, one.is_read_only)
            row[channel] = {"readOnly": one.is_read_only, "selected": is_on}
        rows.append(row)
    return rows


def change_consents(call: Call) -> Answer:
    """POST User/Subscriptions: null or absent channels stay."""
    store_consents(call.installation, call.person, call.rows)
    return Answer(key=call.person.id, effect="changed")


def store_consents(installation: Installation, person: Person, rows: list[dict[str, Any]]) -> None:
    """Change consents.

    Raises:
        Refused: an unknown type, or a change of a read-only one.
    """
    known = {one.id: one for one in installation.programme.subscriptions}
    for row in rows:
        one = known.get(int(row.get("typeid") or 0))
        if one is None:
            raise Refused(text="Тип подписки не найден.")
        chosen = person.consents.setdefault(one.id, {})
        for channel in CHANNELS:
            given = row.get(channel.lower())
            if not isinstance(given, dict) or not isinstance(given.get("selected"), bool):
                continue
            if one.is_read_only and given["selected"] is not chosen.get(channel, True):
                raise Refused(text="Подписку нельзя изменить.")
            chosen[channel] = given["selected"]
    person.has_answered_consents = True


def confirm_consents(call: Call) -> Answer:
    """POST User/Subscriptions/Confirm: all on."""
    set_all_consents(call.installation, call.person, is_on=True)
    return Answer(key=call.person.id, effect="changed")


def reject_consents(call: Call) -> Answer:
    """POST User/Subscriptions/Reject: all off."""
    set_all_consents(call.installation, call.person, is_on=False)
    return Answer(key=call.person.id, effect="changed")


def attributes(call: Call) -> Answer:
    """GET User/Attributes: the values that are set."""
    person, known = call.person, call.installation.programme.attributes
    rows = []
    for name, (_, value) in person.attributes.items():
        one = known[name]
        info = {"attributeId": one.id, "name": one.name, "logicalName": name}
        rows.append({"info": info, "value": _typed(one.kind, value)})
    return Answer(rows, key=person.id)


def _typed(kind: str, value: str) -> Any:
    return value == "true" if kind == "Bool" else value


def attribute(call: Call) -> Answer:
    """GET User/Attributes/Common/Values/{logicalName}; unset is a state ``Error``."""
    name = call.path["logicalName"]
    value = call.person.attributes.get(name)
    if value is None:
        raise Refused(text="Не найдено значение атрибута.")
    one = call.installation.programme.attributes[name]
    info = {"attributeId": one.id, "name": one.name, "logicalName": name}
    return Answer({"info": info, "value": _typed(one.kind, value[1])}, key=call.person.id)


def set_attribute(call: Call) -> Answer:
    """POST User/Attributes/Common/Values/{logicalName}."""
    value = call.body.get("value")
    if not isinstance(value, str):
        raise invalid(name="value")
    store_attribute(call.installation, call.person, call.path["logicalName"], value)
    return Answer(key=call.person.id, effect="changed")


def store_attribute(installation: Installation, person: Person, name: str, value: str) -> None:
    """Set an attribute.

    Raises:
        Refused: no such attribute, or a value that its type does not take.
    """
    one = installation.programme.attributes.get(name)
    if one is None:
        raise Refused(text="Атрибут не найден.")
    if one.kind == "Bool" and value.lower() not in {"true", "false"}:
        raise invalid(name="value")
    ident = person.attributes[name][0] if name in person.attributes else None
    number = installation.count.number("value") if ident is None else ident
    person.attributes[name] = (number, value)
    person.attribute_log.append((installation.clock.now(), name, value))


def attribute_history(call: Call) -> Answer:
    """GET User/Attributes/{logicalName}/History."""
    name, person = call.path["logicalName"], call.person
    since, until = (
        call.query.date("filter.createDateFrom"),
        call.query.date("filter.createDateTo"),
    )
    rows = [
        {"createDateTime": iso(at), "value": value}
        for at, one, value in person.attribute_log
        if one == name and (since is None or at >= since) and (until is None or at <= until)
    ]
    if call.query.flag("filter.sortDescendingByCreateDateTime", default=False):
        rows.reverse()
    return Answer(paged(call.query, rows, "filter."), key=person.id)


def drop_answer_set(call: Call) -> Answer:
    """DELETE User/DeleteAnswerSets?tag=."""
    tag = call.query.text("tag") or ""
    person = call.person
    person.answers = {
        key: given for key, given in person.answers.items() if given.tag != tag or tag == "0"
    }
    return Answer(key=person.id, effect="changed")


def add_push(call: Call) -> Answer:
    """POST Pushes: only with the headers of a mobile device (6.6)."""
    if not all(call.headers.get(name) for name in ("x-deviceid", "x-platformtype")):
        raise Refused(text="Метод доступен только для мобильных устройств")
    call.person.pushes.append({"token": needed(call.body, "token")})
    return Answer(key=call.person.id, effect="created")
