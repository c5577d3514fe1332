"""Handlers of files (reference, section 17): the upload is the one body that is no form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.refusals import Refused, entity_errors, missing, not_found
from mocks.retailcrm.shapes import Invalid, Rows, Shape
from mocks.retailcrm.wire import values

_PARTY = Shape({"id": shapes.whole, "externalId": shapes.text, "site": shapes.text})
_FILE = Shape(
    {
        "filename": shapes.text,
        "attachment": Rows(Shape({"customer": _PARTY, "order": _PARTY})),
    },
    frozenset({"id", "type", "size", "createdAt"}),
)


@dataclass(slots=True)
class File:
    """A stored file and what it is attached to: ids of orders and customers."""

    id: int
    content: bytes
    created_at: str
    filename: str
    orders: list[int] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)

    @property
    def type(self) -> str:
        """What follows the last dot of the name."""
        return self.filename.rpartition(".")[2] if "." in self.filename else ""

    def view(self) -> dict[str, Any]:
        """Return the file as the API shows it."""
        return {
            "id": self.id,
            "filename": self.filename,
            "type": self.type,
            "createdAt": self.created_at,
            "size": len(self.content),
            "attachment": [
                *({"order": {"id": one}} for one in self.orders),
                *({"customer": {"id": one}} for one in self.customers),
            ],
        }


def upload(call: Call) -> Answer:
    """POST files/upload: raw bytes; without money nothing is kept."""
    if call.account.settings.file_money == "none":
        raise Refused(400, "Your account doesn't have enough money to upload files.")
    if not call.body:
        raise missing(parameter="file")
    number = call.account.next_id("file")
    call.account.files[number] = File(number, call.body, call.account.now(), str(number))
    return call.created({"file": {"id": number}}, key=number, status=200)


def _file(call: Call) -> File:
    number = call.path["id"]
    held = call.account.files.get(int(number)) if number.isdecimal() else None
    if held is None:
        raise not_found()
    return held


def get(call: Call) -> Answer:
    """GET files/{id}."""
    held = _file(call)
    return Answer({"success": True, "file": held.view()}, key=held.id)


def download(call: Call) -> Answer:
    """GET files/{id}/download: the bytes as they came."""
    held = _file(call)
    return Answer(raw=held.content, key=held.id)


def edit(call: Call) -> Answer:
    """POST files/{id}/edit: name and attachment."""
    held = _file(call)
    try:
        given = _FILE.read(call.structure("file"), strict=True)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    before = held.view()
    if "attachment" in given:
        rows = given["attachment"] or []
        held.orders = [_id(call, "order", row["order"]) for row in rows if row.get("order")]
        held.customers = [
            _id(call, "customer", row["customer"]) for row in rows if row.get("customer")
        ]
    held.filename = given.get("filename") or held.filename
    effect = "unchanged" if before == held.view() else "changed"
    return Answer({"success": True, "file": held.view()}, key=held.id, effect=effect)


def _id(call: Call, kind: str, party: Mapping[str, Any]) -> int:
    shelf: Any = call.account.orders if kind == "order" else call.account.customers
    if party.get("id") is not None:
        found = shelf.by_id.get(party["id"])
        rows = [found] if found is not None else []
    else:
        sites = [party["site"]] if party.get("site") else call.sites
        rows = shelf.external(party.get("externalId") or "", sites)
    if not rows:
        raise entity_errors({f"attachment.{kind}": f"{kind.capitalize()} not found."})
    return int(rows[0].id)


def delete(call: Call) -> Answer:
    """POST files/{id}/delete."""
    held = _file(call)
    del call.account.files[held.id]
    return Answer({"success": True}, key=held.id, effect="changed")


def _attached(kind: str) -> Maker:
    return lambda _call, value: _crossing(lambda row: map(str, getattr(row, kind)), value)


def _crossing(get_all: Any, value: Any) -> filters.Test:
    wanted = set(values(value))
    return lambda row: bool(wanted & set(get_all(row)))


def _by_external_id(kind: str) -> Maker:
    def _make(call: Call, value: Any) -> filters.Test:
        shelf: Any = call.account.orders if kind == "orders" else call.account.customers
        names = values(value)
        ids = {row.id for name in names for row in shelf.external(name, call.sites)}
        return lambda row: bool(ids & set(getattr(row, kind)))

    return _make


_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(lambda row: row.id, value),
    "orderIds": _attached("orders"),
    "customerIds": _attached("customers"),
    "orderExternalIds": _by_external_id("orders"),
    "customerExternalIds": _by_external_id("customers"),
    "createdAtFrom": lambda _call, value: filters.at_least(
        lambda row: row.created_at[:10], shapes.day, value
    ),
    "createdAtTo": lambda _call, value: filters.at_most(
        lambda row: row.created_at[:10], shapes.day, value
    ),
    "sizeFrom": lambda _call, value: filters.at_least(
        lambda row: len(row.content), shapes.whole, value
    ),
    "sizeTo": lambda _call, value: filters.at_most(
        lambda row: len(row.content), shapes.whole, value
    ),
    "type": lambda _call, value: filters.within(lambda row: row.type, value),
    "filename": lambda _call, value: filters.contains(lambda row: row.filename, value),
    "isAttached": lambda _call, value: filters.equals(
        lambda row: bool(row.orders or row.customers), shapes.flag, value
    ),
    "sites": filters.refused,
}


def listed(call: Call) -> Answer:
    """GET files, id descending."""
    rows = sift(call, reversed(call.account.files.values()), tests=_TESTS)
    return paged(call, "files", rows, File.view)
