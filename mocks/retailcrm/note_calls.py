"""Handlers of the notes of customers and of corporate customers (reference, 6 and 7)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.refusals import Refused, entity_errors, missing
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.account import Shelf

Note = dict[str, Any]


def _shelf(call: Call, kind: str) -> Shelf[Any]:
    shelf: Shelf[Any] = call.account.customers if kind == "customer" else call.account.corporates
    return shelf


def _by_external_id(call: Call, value: Any, kind: str) -> filters.Test:
    shelf = _shelf(call, kind)
    wanted = {row.id for one in values(value) for row in shelf.external(one, call.sites)}
    return lambda note: note["customer"] in wanted


_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(lambda note: note["id"], value),
    "customerIds": lambda _call, value: filters.within(lambda note: note["customer"], value),
    "managerIds": lambda _call, value: filters.within(lambda note: note.get("managerId"), value),
    "text": lambda _call, value: filters.contains(lambda note: note["text"], value),
    "createdAtFrom": lambda _call, value: filters.at_least(
        lambda note: note["createdAt"], shapes.moment, value
    ),
    "createdAtTo": lambda _call, value: filters.at_most(
        lambda note: note["createdAt"], shapes.moment, value
    ),
}


def listed(call: Call, kind: str) -> Answer:
    """GET customers/notes, id ascending (sample K7a)."""
    known = _shelf(call, kind).by_id
    rows = [
        note
        for note in call.account.notes.values()
        if note["kind"] == kind
        and note["customer"] in known
        and call.sees(known[note["customer"]].site)
    ]
    by_name: Maker = partial(_by_external_id, kind=kind)
    tests = {**_TESTS, "customerExternalIds": by_name}
    return paged(call, "notes", sift(call, rows, tests=tests), partial(_view, call, kind))


def _view(call: Call, kind: str, note: Note) -> Note:
    customer = _shelf(call, kind).by_id[note["customer"]]
    shown = {name: value for name, value in note.items() if name != "kind"}
    return {**shown, "customer": {**customer.stub(), "type": kind}}


def create(call: Call, kind: str) -> Answer:
    """POST customers/notes/create (sample K7)."""
    raw = call.structure("note")
    party = raw.get("customer") or {}
    if not isinstance(party, dict) or not (party.get("id") or party.get("externalId")):
        raise entity_errors({"customer": "Set one of the following fields: id, externalId"})
    if not raw.get("text"):
        raise missing(parameter="text")
    shelf = _shelf(call, kind)
    if party.get("id"):
        customer = shelf.by_id.get(party["id"])
    else:
        rows = shelf.external(str(party["externalId"]), [call.writing_site()])
        customer = rows[0] if rows else None
    if customer is None or not call.sees(customer.site):
        raise entity_errors({"customer": "Customer not found."})
    note: Note = {
        "id": call.account.next_id("note"),
        "text": str(raw["text"]),
        "createdAt": call.account.now(),
    }
    if raw.get("managerId") is not None:
        note["managerId"] = raw["managerId"]
    call.account.notes[note["id"]] = {"kind": kind, "customer": customer.id, **note}
    return call.created({"id": note["id"]}, key=customer.external_id or customer.id)


def delete(call: Call, kind: str) -> Answer:
    """POST customers/notes/{id}/delete (sample K7b)."""
    number = int(call.path["id"]) if call.path["id"].isdecimal() else 0
    note = call.account.notes.get(number)
    if note is None or note["kind"] != kind:
        raise Refused(404, "Note not found")
    del call.account.notes[number]
    return Answer({"success": True}, key=number, effect="changed")
