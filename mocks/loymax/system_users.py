"""System API: find, register and change a customer (reference, sections 7.1 to 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.actions import needs_actions, set_all_consents
from mocks.loymax.attributes import store_attribute
from mocks.loymax.call import Call
from mocks.loymax.card_calls import merge
from mocks.loymax.consents import consent_rows
from mocks.loymax.envelope import Answer, Refused, required
from mocks.loymax.history import settle
from mocks.loymax.passwords import deregister
from mocks.loymax.views import person_info
from mocks.loymax.wire import child, children, needed, paged, text_of, whole_of

if TYPE_CHECKING:
    from mocks.loymax.people import Person

_ATTRIBUTE_TYPE = "Loymax.SystemApi.Models.Attributes.UserAttributeViewModel, Loymax.SystemApi"


def info(call: Call, person: Person) -> dict[str, Any]:
    """Return the PersonInfo of a person."""
    settle(call.installation, person)
    is_open = needs_actions(call.installation, person)
    return person_info(call.installation, person, needs_actions=is_open)


def find(call: Call) -> Answer:
    """GET Users: by phone exactly, or by any identifier that contains a text."""
    phone = call.query.text("phone")
    if phone is not None:
        person = call.installation.by_phone(phone)
        return Answer([] if person is None else [info(call, person)])
    text = call.query.text("filter.identifierText", "identifierText")
    if text is None:
        raise required(name="filter.identifierText")
    found = [one for one in call.installation.persons.values() if _has(call, one, text.lower())]
    return Answer([info(call, one) for one in paged(call.query, found)])


def _has(call: Call, person: Person, text: str) -> bool:
    values = [person.uid, person.login_uid]
    values += [card.number for card in call.installation.cards_of(person)]
    values += [one.value for one in (person.phone, person.email) if one is not None]
    return any(text in value.lower() for value in values)


def show(call: Call) -> Answer:
    """GET users/{id}."""
    person = call.member_named()
    return Answer(info(call, person), key=person.id)


def search_by_attributes(call: Call) -> Answer:
    """POST UserGroups/SearchByAttributes."""
    body, rows = call.body, []
    wanted = {
        text_of(child(one, "attribute") or one, "logicalName"): text_of(one, "value")
        for one in children(body, "values")
    }
    card, uid, state = (text_of(body, name) for name in ("cardNumber", "personUid", "personState"))
    for person in call.installation.persons.values():
        values = {name: value for name, (_, value) in person.attributes.items()}
        numbers = {one.number for one in call.installation.cards_of(person)}
        if (
            all(values.get(name or "") == value for name, value in wanted.items())
            and (card is None or card in numbers)
            and uid in {None, person.uid}
            and state in {None, person.state}
        ):
            rows.append(info(call, person))
    start, count = whole_of(body, "from"), whole_of(body, "count", 10)
    return Answer(rows[start : start + count])


def attribute_values(call: Call) -> Answer:
    """GET users/{id}/AttributesValues."""
    person, known = call.member_named(), call.installation.programme.attributes
    name = call.query.text("filter.attributeName")
    rows = [
        {
            "id": ident,
            "attribute": {
                "$type": _ATTRIBUTE_TYPE,
                "type": known[key].kind,
                "id": known[key].id,
                "name": known[key].name,
                "order": 0,
                "logicalName": key,
                "historyIsRecorded": False,
            },
            "value": value,
        }
        for key, (ident, value) in person.attributes.items()
        if name in {None, key, known[key].name}
    ]
    return Answer(paged(call.query, rows, "filter."), key=person.id)


def attribute_value(call: Call) -> Answer:
    """GET userAttributeValue/{id}?logicalName=."""
    person = call.member_named()
    found = person.attributes.get(call.query.text("logicalName") or "")
    if found is None:
        raise Refused(text="Не найдено значение атрибута.")
    return Answer(found[1], key=person.id)


def update_attribute(call: Call) -> Answer:
    """POST users/{id}/UpdateAttributeValue: the whole attribute, its ``$type`` first."""
    person = call.member_named()
    attribute = call.body.get("attribute")
    if not isinstance(attribute, dict):
        raise required(name="attribute")
    if next(iter(attribute), "") != "$type" or attribute["$type"] != _ATTRIBUTE_TYPE:
        data = {"messages": ["Неизвестный тип атрибута"]}
        raise Refused(text="Неизвестный тип атрибута", data=data)
    name, value = needed(attribute, "logicalName"), text_of(call.body, "value") or ""
    store_attribute(call.installation, person, name, value)
    return Answer(key=person.id, effect="changed")


def attribute_by_identifier(call: Call) -> Answer:
    """POST users/code/{identifier}/attributes: the simple form for an OAuth application."""
    person = call.identified()
    name = needed(child(call.body, "attribute"), "logicalName")
    value = text_of(call.body, "value") or ""
    store_attribute(call.installation, person, name, value)
    return Answer(key=person.id, effect="changed")


def subscriptions(call: Call) -> Answer:
    """GET users/{id}/Subscriptions."""
    person = call.member_named()
    return Answer(consent_rows(call.installation, person), key=person.id)


def subscribe(call: Call) -> Answer:
    """POST users/{id}/Subscribe."""
    person = call.member_named()
    set_all_consents(call.installation, person, is_on=True)
    return Answer(key=person.id, effect="changed")


def unsubscribe(call: Call) -> Answer:
    """POST users/{id}/Unsubscribe."""
    person = call.member_named()
    set_all_consents(call.installation, person, is_on=False)
    return Answer(key=person.id, effect="changed")


def leave(call: Call) -> Answer:
    """POST Users/{id}/Deregister."""
    person = call.member_named()
    deregister(call, person, text_of(call.body, "reason"))
    return Answer(key=person.id, effect="changed")


def merge_account(call: Call) -> Answer:
    """POST users/{id}/MergeAccount/{sourcePersonId}: without confirmation."""
    target, number = call.member_named(), call.path["sourcePersonId"]
    source = call.installation.persons.get(int(number)) if number.isdecimal() else None
    if source is None:
        raise Refused(text="Пользователь не найден.")
    settle(call.installation, source)
    merge(call.installation, target, source)
    return Answer(key=target.id, effect="changed")


def group(call: Call) -> Answer:
    """GET UserGroups/{groupId}."""
    ident = call.path["groupId"]
    rows = [one for one in call.installation.persons.values() if str(one.group_id) == ident]
    if not rows:
        raise Refused(text="Группа не найдена.")
    return Answer({"id": int(ident), "users": [info(call, one) for one in rows]}, key=ident)


def notifier(call: Call) -> Answer:
    """POST users/{id}/notifiers/Phone|Email: change the flag of confirmation."""
    person, kind = call.member_named(), call.path["kind"].lower()
    contact = person.phone if kind == "phone" else person.email
    if contact is None:
        raise Refused(text="Контакт не найден.")
    contact.is_verified = text_of(call.body, "isVerified") == "true"
    return Answer(key=person.id, effect="changed")


def identifiers(call: Call) -> Answer:
    """GET users/{id}/identifiers; ids are made from the place in the list."""
    person = call.member_named()
    return Answer([row for row, _ in _identifiers(call, person)], key=person.id)


def _identifiers(call: Call, person: Person) -> list[tuple[dict[str, Any], str]]:
    found = [("PersonUID", person.uid)]
    found += [("CardNumber", card.number) for card in call.installation.cards_of(person)]
    found += [("Phone", person.phone.value)] if person.phone is not None else []
    found += [("Email", person.email.value)] if person.email is not None else []
    return [
        (
            {
                "id": person.id * 100 + place,
                "type": kind,
                "text": text,
                "state": "Block" if text in person.blocked_logins else "Normal",
                "isLimited": False,
            },
            text,
        )
        for place, (kind, text) in enumerate(found)
    ]


def block_identifier(call: Call) -> Answer:
    """POST users/{id}/identifiers/{identifierId}/block and /unblock."""
    person = call.member_named()
    for row, text in _identifiers(call, person):
        if str(row["id"]) != call.path["identifierId"]:
            continue
        if call.path["what"].lower() == "block":
            person.blocked_logins.add(text)
        else:
            person.blocked_logins.discard(text)
        return Answer(key=person.id, effect="changed")
    raise Refused(text="Идентификатор не найден.")
