"""Lists of customers and their notes (reference, section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.customer import SUFFIX_DIGITS, Customer, digits
from mocks.retailcrm.filters import Maker, Selector, Test, select
from mocks.retailcrm.refusals import Refused, entity_errors, missing
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

_PHONE_SIGNS = frozenset("0123456789+-() ")
_DOCUMENTED = frozenset(
    [
        "ids",
        "externalIds",
        "sites",
        "managers",
        "managerGroups",
        "contragentTypes",
        "countries",
        "mgChannels",
        "tags",
        "attachedTags",
        "subscriptions",
        "name",
        "email",
        "city",
        "region",
        "notes",
        "commentary",
        "sex",
        "segment",
        "classSegment",
        "browserId",
        "mgCustomerId",
        "discountCardNumber",
        "contragentName",
        "contragentInn",
        "contragentKpp",
        "contragentBik",
        "contragentCorrAccount",
        "contragentBankAccount",
        "sourceName",
        "mediumName",
        "campaignName",
        "keywordName",
        "adContentName",
        "minOrdersCount",
        "maxOrdersCount",
        "minAverageSumm",
        "maxAverageSumm",
        "minTotalSumm",
        "maxTotalSumm",
        "minCostSumm",
        "maxCostSumm",
        "isContact",
        "vip",
        "bad",
        "online",
        "emailMarketingUnsubscribed",
        "attachments",
        "tasksCounts",
        "dateFrom",
        "dateTo",
        "firstOrderFrom",
        "firstOrderTo",
        "lastOrderFrom",
        "lastOrderTo",
        "firstWebVisitFrom",
        "firstWebVisitTo",
        "lastWebVisitFrom",
        "lastWebVisitTo",
        "customFields",
    ]
)


def _ids(call: Call, value: Any) -> list[Customer]:
    known = call.account.customers.by_id
    return [known[int(one)] for one in values(value) if one.isdecimal() and int(one) in known]


def _external_ids(call: Call, value: Any) -> list[Customer]:
    return [
        row for one in values(value) for row in call.account.customers.external(one, call.sites)
    ]


def _mark(kind: str, call: Call, value: Any) -> list[Customer]:
    wanted = filters.one(shapes.text, value)
    return call.account.customers.marked(kind, wanted.casefold() if kind == "email" else wanted)


def _name(call: Call, value: Any) -> Iterable[Customer]:
    """Search names and phones: a phone by its digits, a text anywhere in the name."""
    wanted = filters.one(shapes.text, value)
    if set(wanted) <= _PHONE_SIGNS and digits(wanted):
        sought = digits(wanted)
        rows: Iterable[Customer] = call.account.customers.by_id.values()
        if len(sought) >= SUFFIX_DIGITS:
            rows = call.account.customers.marked("phone", sought[-SUFFIX_DIGITS:])
        return [row for row in rows if any(sought in digits(phone) for phone in row.phones)]
    sought = wanted.casefold()
    return [row for row in call.account.customers.by_id.values() if sought in _full_name(row)]


def _full_name(customer: Customer) -> str:
    parts = (customer.values.get(name) or "" for name in ("lastName", "firstName", "patronymic"))
    return " ".join(part for part in parts if part).casefold()


def _value(name: str) -> Any:
    return lambda row: row.values.get(name)


def _flag(name: str) -> Maker:
    def _make(call: Call, value: Any) -> Test:
        del call
        wanted = filters.one(shapes.flag, value)
        return lambda row: bool(row.values.get(name)) is wanted

    return _make


def _address(name: str) -> Maker:
    return lambda _call, value: filters.contains(lambda row: (row.address or {}).get(name), value)


def _tags(_call: Call, value: Any) -> Test:
    wanted = set(values(value))
    return lambda row: bool(wanted & set(row.tags))


_SELECTORS: dict[str, Selector] = {
    "ids": _ids,
    "externalIds": _external_ids,
    "name": _name,
    **{name: partial(_mark, name) for name in ("email", "discountCardNumber", "browserId")},
}
_TESTS: dict[str, Maker] = {
    **{name: _flag(name) for name in ("isContact", "vip", "bad")},
    "emailMarketingUnsubscribed": _flag("emailMarketingUnsubscribedAt"),
    **{name: _address(name) for name in ("city", "region", "notes")},
    "sites": lambda _call, value: filters.within(lambda row: row.site, value),
    "managers": lambda _call, value: filters.within(_value("managerId"), value),
    "sex": lambda _call, value: filters.equals(_value("sex"), shapes.text, value),
    "tags": _tags,
    "segment": lambda _call, value: lambda row: any(one["code"] == value for one in row.segments),
    "dateFrom": lambda _call, value: filters.at_least(
        lambda row: row.created_at[:10], shapes.day, value
    ),
    "dateTo": lambda _call, value: filters.at_most(
        lambda row: row.created_at[:10], shapes.day, value
    ),
    "customFields": lambda _call, value: filters.custom(lambda row: row.custom, value),
}


def listed(call: Call) -> Answer:
    """GET customers (6.3)."""
    shelf = call.account.customers
    rows = select(
        call, shelf.newest_first, selectors=_SELECTORS, tests=_TESTS, documented=_DOCUMENTED
    )
    return paged(call, "customers", rows, Customer.view)


def notes(call: Call) -> Answer:
    """GET customers/notes, id ascending (6)."""
    tree = call.filters()
    tests: list[Test] = []
    if "ids" in tree:
        tests.append(filters.within(lambda note: note["id"], tree["ids"]))
    if "customerIds" in tree:
        tests.append(filters.within(lambda note: note["customer"], tree["customerIds"]))
    if "customerExternalIds" in tree:
        wanted = {row.id for row in _external_ids(call, tree["customerExternalIds"])}
        tests.append(lambda note: note["customer"] in wanted)
    if "text" in tree:
        tests.append(filters.contains(lambda note: note["text"], tree["text"]))
    known = call.account.customers.by_id
    rows = [
        note
        for note in call.account.notes.values()
        if note["customer"] in known and all(test(note) for test in tests)
    ]
    rows = [note for note in rows if call.sees(known[note["customer"]].site)]
    return paged(call, "notes", rows, partial(_note, call.account))


def _note(account: Account, note: dict[str, Any]) -> dict[str, Any]:
    customer = account.customers.by_id[note["customer"]]
    return {**note, "customer": {**customer.stub(), "type": "customer"}}


def note_create(call: Call) -> Answer:
    """POST customers/notes/create (6)."""
    raw = call.structure("note")
    party = raw.get("customer") or {}
    if not isinstance(party, dict) or not (party.get("id") or party.get("externalId")):
        raise entity_errors({"customer": "Set one of the following fields: id, externalId"})
    if not raw.get("text"):
        raise missing(parameter="text")
    if party.get("id"):
        customer = call.account.customers.by_id.get(party["id"])
    else:
        rows = call.account.customers.external(str(party["externalId"]), [call.writing_site()])
        customer = rows[0] if rows else None
    if customer is None or not call.sees(customer.site):
        raise entity_errors({"customer": "Customer not found."})
    note: dict[str, Any] = {
        "id": call.account.next_id("note"),
        "text": str(raw["text"]),
        "createdAt": call.account.now(),
    }
    if raw.get("managerId") is not None:
        note["managerId"] = raw["managerId"]
    call.account.notes[note["id"]] = {"customer": customer.id, **note}
    return call.created({"id": note["id"]}, key=customer.external_id or customer.id)


def note_delete(call: Call) -> Answer:
    """POST customers/notes/{id}/delete (6)."""
    number = call.path["id"]
    if not number.isdecimal() or call.account.notes.pop(int(number), None) is None:
        raise Refused(404, "Note not found")
    return Answer({"success": True}, key=number, effect="changed")
