"""Handlers of a person's attributes (reference, section 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.envelope import Answer, Refused, invalid
from mocks.loymax.wire import paged

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person


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
