"""Methods ``crm.contact.*`` and ``crm.lead.*``: the old form in capitals (reference 2.8, 10.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mocks.bitrix.crm_store import (
    CONTACT,
    ITEM,
    LEAD,
    MULTIFIELDS,
    change_item,
    fields_with,
    items_of,
    new_item,
    remove_item,
)
from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import Field, Fields, whole, writable
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.table import Row, Table

_OWN_NAMES = {
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID",
    "stageId": "STATUS_ID",
}
_HIDDEN = {"contactId", "contactIds", "companyIds", "opportunity", "currencyId", "categoryId"}


def capitals(name: str) -> str:
    """Return ``lastName`` as ``LAST_NAME``; a user field keeps its own letters."""
    if name in _OWN_NAMES:
        return _OWN_NAMES[name]
    if name.startswith("ufCrm"):
        return "UF_CRM" + name.removeprefix("ufCrm")
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).upper()


_NAMES = {capitals(name): name for name in ITEM}


def camel(name: str) -> str:
    """Return ``LAST_NAME`` as ``lastName``, empty when no such field exists."""
    if name.startswith("UF_CRM"):
        return "ufCrm" + name.removeprefix("UF_CRM")
    return _NAMES.get(name, "")


def shown(row: Row) -> dict[str, Any]:
    """Return an item in capitals, every value a text, multifields where they exist."""
    found: dict[str, Any] = {
        capitals(name): str(value) if isinstance(value, (int, float)) else value
        for name, value in row.items()
        if name != "fm" and name not in _HIDDEN
    }
    for part in row["fm"]:
        entry = {
            "ID": str(part["id"]),
            "VALUE_TYPE": part["valueType"],
            "VALUE": part["value"],
            "TYPE_ID": part["typeId"],
        }
        found.setdefault(part["typeId"], []).append(entry)
    return found


def read_fields(call: Call) -> dict[str, Any]:
    """Read ``fields`` in capitals.

    Raises:
        RestRefused: the empty code, it is no object.
    """
    sent = call.params.get("fields")
    if not isinstance(sent, dict) and sent != []:
        refuse("", "Parameter 'fields' must be array.")
    named = {camel(name): value for name, value in as_map(sent).items() if camel(name)}
    values = writable(fields_with(named), named, call.site.clock, adding=True)
    values = {name: _day(name, value) for name, value in values.items()}
    parts = [
        {
            "id": part.get("ID"),
            "value": part.get("VALUE", "") if "VALUE" in part or "ID" not in part else None,
            "valueType": part.get("VALUE_TYPE"),
            "delete": part.get("DELETE"),
            "typeId": kind,
        }
        for kind in MULTIFIELDS
        for part in map(as_map, as_list(as_map(sent).get(kind)))
    ]
    for part in parts:
        if part["value"] is None:
            del part["value"]
    return {**values, "fm": parts} if parts else values


def _day(name: str, value: Any) -> Any:
    """Return a birthday as the portal keeps it: three in the morning of its zone (10.7)."""
    return f"{value[:10]}T03:00:00{value[19:]}" if name == "birthdate" and value else value


def _methods(method: str, entity_type: int, absent: str) -> dict[str, Handler]:
    def add(call: Call) -> Answer:
        row = new_item(call.site, entity_type, read_fields(call))
        call.did("created", row["originId"] or row["id"])
        return Answer(row["id"])

    def get(call: Call) -> Answer:
        return Answer(shown(_existing(call, entity_type, "Not found")))

    def update(call: Call) -> Answer:
        row = _existing(call, entity_type, absent)
        is_changed = change_item(call.site, entity_type, row, read_fields(call))
        call.did("changed" if is_changed else "unchanged", row["originId"] or row["id"])
        return Answer(result=True)

    def delete(call: Call) -> Answer:
        row = _existing(call, entity_type, "Not found")
        remove_item(call.site, entity_type, row)
        call.did("changed", row["id"])
        return Answer(result=True)

    def list_rows(call: Call) -> Answer:
        return _listed(call, items_of(call.site, entity_type))

    def fields(call: Call) -> Answer:
        del call
        return Answer({name: _described(name, ITEM[own]) for name, own in _NAMES.items()})

    verbs = {
        "add": add,
        "get": get,
        "update": update,
        "delete": delete,
        "list": list_rows,
        "fields": fields,
    }
    return {f"{method}.{verb}": run for verb, run in verbs.items()}


def _listed(call: Call, held: Table) -> Answer:
    """Answer a list: bare rows of texts; multifields and ``UF_*`` only when named (2.8)."""
    params = call.params
    names = [str(name) for name in as_list(params.get("select"))] or ["*"]
    lower = {
        "filter": _renamed(as_map(params.get("filter"))),
        "order": {
            camel(name): way for name, way in as_map(params.get("order")).items() if camel(name)
        },
    }
    fields: Fields = fields_with({camel(name): None for name in names if name.startswith("UF_")})
    found = page(find(held, fields, lower, call.site.clock), call.start)
    rows = [_chosen(shown(row), names) for row in found.rows]
    is_mixed = call.site.settings.total_uncounted == "mixed"
    total = found.total if found.total is not None or not is_mixed else 0
    return Answer(rows, total=total, next=found.next)


def _renamed(sent: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in sent.items():
        bare = name.lstrip("!=<>@%")
        if camel(bare):
            found[name[: len(name) - len(bare)] + camel(bare)] = value
    return found


def _chosen(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    def is_wanted(name: str) -> bool:
        if name in names or name == "ID":
            return True
        if name in MULTIFIELDS:
            return False
        return "UF_*" in names if name.startswith("UF_") else "*" in names

    return {name: value for name, value in row.items() if is_wanted(name)}


def _existing(call: Call, entity_type: int, text: str) -> Row:
    key = whole(call.params.get("id", call.params.get("ID", 0)))
    row = items_of(call.site, entity_type).get(key)
    if row is None:
        refuse("", text)
    return row


def _described(name: str, field: Field) -> dict[str, Any]:
    return {**field.described(), "isMultiple": False, "isDynamic": False, "title": name}


METHODS: Mapping[str, Handler] = {
    **_methods("crm.contact", CONTACT, "Contact is not found"),
    **_methods("crm.lead", LEAD, "Not found"),
}
