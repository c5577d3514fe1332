"""Handlers of ``/custom-fields`` and their dictionaries (reference, section 15)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.custom_values import TYPES
from mocks.retailcrm.refusals import input_errors, no_method, not_found
from mocks.retailcrm.wire import values

ENTITIES = ("order", "customer", "loyalty_account", "customer_corporate", "company")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_SHAPE: Mapping[str, Any] = {
    "name": "",
    "code": "",
    "required": False,
    "inFilter": False,
    "inList": False,
    "inGroupActions": False,
    "type": "string",
    "entity": "",
    "ordering": 50,
    "displayArea": "main_data",
    "viewMode": "editable",
}
_KNOWN = frozenset({*_SHAPE, "viewModeMobile", "dictionary", "default", "defaultTyped"})


def _view(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**_SHAPE, **row}


def listed(call: Call) -> Answer:
    """GET custom-fields (15)."""
    tree = call.filters()
    rows = [_view(row) for book in call.account.fields.values() for row in book.values()]
    for name in ("entity", "code"):
        if isinstance(tree.get(name), str):
            rows = [row for row in rows if row[name] == tree[name]]
    if isinstance(tree.get("name"), str):
        rows = [row for row in rows if tree["name"].casefold() in row["name"].casefold()]
    for name in ("type", "viewMode", "displayArea"):
        if name in tree:
            rows = [row for row in rows if row[name] in values(tree[name])]
    if "inFilter" in tree:
        rows = [row for row in rows if row["inFilter"] is (tree["inFilter"] == "1")]
    return paged(call, "customFields", rows, _view)


def create(call: Call) -> Answer:
    """POST custom-fields/{entity}/create (15)."""
    entity = call.path["entity"]
    if entity not in ENTITIES:
        raise no_method()
    given = call.structure("customField")
    book = call.account.fields.setdefault(entity, {})
    code = given.get("code")
    sound = isinstance(code, str) and _CODE.fullmatch(code) is not None and code not in book
    if not sound or not given.get("name") or not _fits(call, given):
        raise input_errors()
    book[str(code)] = {**given, "entity": entity}
    return call.created({"code": code}, key=f"{entity}/{code}")


def _fits(call: Call, given: Mapping[str, Any]) -> bool:
    if not set(given) <= _KNOWN or given.get("type", "string") not in TYPES:
        return False
    needs = given.get("type") in {"dictionary", "multiselect_dictionary"}
    return not needs or given.get("dictionary") in call.account.dictionaries


def get(call: Call) -> Answer:
    """GET custom-fields/{entity}/{code} (15)."""
    row = call.account.fields.get(call.path["entity"], {}).get(call.path["code"])
    if row is None:
        raise not_found()
    return Answer(
        {"success": True, "customField": _view(row)},
        key=f"{call.path['entity']}/{call.path['code']}",
    )


def edit(call: Call) -> Answer:
    """POST custom-fields/{entity}/{code}/edit; an unknown code is an unknown method (2, 15)."""
    row = call.account.fields.get(call.path["entity"], {}).get(call.path["code"])
    if row is None:
        raise no_method()
    given = call.structure("customField")
    if not _fits(call, {**row, **given}):
        raise input_errors()
    row.update((name, value) for name, value in given.items() if name not in {"code", "entity"})
    key = f"{call.path['entity']}/{call.path['code']}"
    return Answer({"success": True, "code": row["code"]}, key=key, effect="changed")


def dictionaries(call: Call) -> Answer:
    """GET custom-fields/dictionaries (15)."""
    tree = call.filters()
    rows = list(call.account.dictionaries.values())
    for name in ("name", "code"):
        if isinstance(tree.get(name), str):
            rows = [row for row in rows if tree[name] in row[name]]
    return paged(call, "customDictionaries", rows, dict)


def dictionary(call: Call) -> Answer:
    """GET custom-fields/dictionaries/{code} (15)."""
    row = call.account.dictionaries.get(call.path["code"])
    if row is None:
        raise not_found()
    return Answer({"success": True, "customDictionary": row}, key=row["code"])


def dictionary_create(call: Call) -> Answer:
    """POST custom-fields/dictionaries/create (15)."""
    given = call.structure("customDictionary")
    code = given.get("code")
    taken = (
        not isinstance(code, str)
        or _CODE.fullmatch(code) is None
        or code in call.account.dictionaries
    )
    if taken or not given.get("name") or not _elements(given):
        raise input_errors()
    call.account.dictionaries[str(code)] = {
        name: given[name] for name in ("name", "code", "elements")
    }
    return call.created({"code": code}, key=code)


def _elements(given: Mapping[str, Any]) -> bool:
    rows = given.get("elements")
    return isinstance(rows, list) and all(
        isinstance(row, dict) and row.get("name") and row.get("code") for row in rows
    )


def dictionary_edit(call: Call) -> Answer:
    """POST custom-fields/dictionaries/{code}/edit (15)."""
    row = call.account.dictionaries.get(call.path["code"])
    if row is None:
        raise no_method()
    given = call.structure("customDictionary")
    if "elements" in given and not _elements(given):
        raise input_errors()
    row.update((name, value) for name, value in given.items() if name in {"name", "elements"})
    return Answer({"success": True, "code": row["code"]}, key=row["code"], effect="changed")
