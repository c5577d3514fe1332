"""Handlers of ``/reference``: read whole books, upsert a row by code (reference, section 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.refusals import INVALID, Refused, entity_errors, no_method


@dataclass(frozen=True)
class Book:
    """A book: answer key, edit parameter (empty: none), and the books that its lists name."""

    key: str
    parameter: str = ""
    as_list: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


BOOKS: Mapping[str, Book] = {
    "sites": Book("sites", "site"),
    "statuses": Book("statuses", "status", names={"group": "status-groups"}),
    "status-groups": Book("statusGroups"),
    "order-types": Book("orderTypes", "orderType"),
    "order-methods": Book("orderMethods", "orderMethod"),
    "payment-types": Book(
        "paymentTypes",
        "paymentType",
        names={"deliveryTypes": "delivery-types", "paymentStatuses": "payment-statuses"},
    ),
    "payment-statuses": Book(
        "paymentStatuses", "paymentStatus", names={"paymentTypes": "payment-types"}
    ),
    "delivery-types": Book(
        "deliveryTypes",
        "deliveryType",
        names={"paymentTypes": "payment-types", "deliveryServices": "delivery-services"},
    ),
    "delivery-services": Book("deliveryServices", "deliveryService"),
    "product-statuses": Book("productStatuses", "productStatus"),
    "units": Book("units", "unit"),
    "stores": Book("stores", "store", as_list=True),
    "price-types": Book("priceTypes", "priceType", as_list=True),
    "legal-entities": Book("legalEntities", "legalEntity", as_list=True),
    "currencies": Book("currencies", as_list=True),
    "couriers": Book("couriers", as_list=True),
    "countries": Book("countriesIso", as_list=True),
    "cost-items": Book("costItems", as_list=True),
    "cost-groups": Book("costGroups", as_list=True),
    "mg-channels": Book("mgChannels", as_list=True),
}
_LISTS = frozenset({"deliveryTypes", "paymentStatuses", "paymentTypes", "deliveryServices"})
# Payment types name delivery types and statuses, which name them back: both sides follow an edit.
_MIRRORS = {
    ("payment-types", "deliveryTypes"): ("delivery-types", "paymentTypes"),
    ("payment-types", "paymentStatuses"): ("payment-statuses", "paymentTypes"),
    ("delivery-types", "paymentTypes"): ("payment-types", "deliveryTypes"),
    ("payment-statuses", "paymentTypes"): ("payment-types", "paymentStatuses"),
}


# Books whose rows have ids that the account gives.
_MADE = {"couriers": "courier", "currencies": "currency"}


def read(call: Call) -> Answer:
    """GET reference/<book>: unpaged; a map by code or a list, as the book has it (14)."""
    name = call.path["book"]
    book = BOOKS.get(name)
    if book is None:
        raise no_method()
    rows = call.account.references[name]
    return Answer({"success": True, book.key: list(rows.values()) if book.as_list else rows})


def edit(call: Call) -> Answer:
    """POST reference/<book>/{code}/edit: creates (201) when the code is new, else patches (14)."""
    name, code = call.path["book"], call.path["code"]
    if name in _MADE:
        return _change(call, name)
    book = BOOKS.get(name)
    if (
        book is None
        or not book.parameter
        or (name == "sites" and code not in call.account.references[name])
    ):
        raise no_method()
    given = {key: value for key, value in call.structure(book.parameter).items() if key != "code"}
    rows = call.account.references[name]
    _check(call, book, given, new=code not in rows)
    key = f"{name}/{code}"
    if code in rows:
        changed = any(rows[code].get(one) != value for one, value in given.items())
        _store(call, name, code, given)
        return Answer({"success": True}, key=key, effect="changed" if changed else "unchanged")
    _store(call, name, code, {"active": True, **_flags(name), **given, "code": code})
    return call.created({}, key=key)


def _flags(name: str) -> dict[str, Any]:
    if name in {"order-types", "order-methods", "payment-types", "payment-statuses"}:
        more = {"paymentComplete": False} if name == "payment-statuses" else {}
        return {"defaultForCrm": False, "defaultForApi": False, **more}
    return {"cancelStatus": False} if name == "product-statuses" else {}


def _check(call: Call, book: Book, given: Mapping[str, Any], *, new: bool) -> None:
    errors: dict[str, str] = {}
    if new and not given.get("name"):
        errors["name"] = "This value should not be blank."
    if new and "group" in book.names and not given.get("group"):
        errors["group"] = "This value should not be blank."
    for field_name, other in book.names.items():
        value = given.get(field_name)
        if value is None:
            continue
        if (field_name in _LISTS and not isinstance(value, list)) or any(
            code not in call.account.references[other]
            for code in (value if isinstance(value, list) else [value])
        ):
            errors[field_name] = INVALID
    if errors:
        raise entity_errors(errors)


def _store(call: Call, name: str, code: str, given: Mapping[str, Any]) -> None:
    references = call.account.references
    row = references[name].setdefault(code, {})
    old_group = row.get("group")
    row.update(given)
    for (book, field_name), (other, back) in _MIRRORS.items():
        if book != name or field_name not in given:
            continue
        for key, mirrored in references[other].items():
            codes = [one for one in mirrored.get(back, ()) if one != code]
            mirrored[back] = [*codes, code] if key in given[field_name] else codes
    if name == "statuses" and row["group"] != old_group:
        for group in references["status-groups"].values():
            members = [one for one in group["statuses"] if one != code]
            group["statuses"] = [*members, code] if group["code"] == row["group"] else members


def create(call: Call) -> Answer:
    """POST reference/couriers/create and currencies/create: rows with an id of their own (2)."""
    name = call.path["book"]
    if name not in _MADE:
        raise no_method()
    given, rows = call.structure(_MADE[name]), call.account.references[name]
    needed = "firstName" if name == "couriers" else "code"
    if not given.get(needed):
        raise entity_errors({needed: "This value should not be blank."})
    if any(row.get("code") == given.get("code") for row in rows.values() if given.get("code")):
        raise entity_errors({"code": "This value is already used."})
    number = max((row["id"] for row in rows.values()), default=0) + 1
    rows[str(number)] = {"active": True, **given, "id": number}
    return call.created({"id": number}, key=f"{name}/{number}")


def _change(call: Call, name: str) -> Answer:
    """POST reference/couriers/{id}/edit and currencies/{id}/edit."""
    given, rows = call.structure(_MADE[name]), call.account.references[name]
    row = next((one for one in rows.values() if str(one["id"]) == call.path["code"]), None)
    if row is None:
        raise Refused(404, "An attempt was made to edit a nonexistent record")
    before = dict(row)
    row.update((key, value) for key, value in given.items() if key != "id")
    effect = "unchanged" if before == row else "changed"
    return Answer({"success": True}, key=f"{name}/{row['id']}", effect=effect)
