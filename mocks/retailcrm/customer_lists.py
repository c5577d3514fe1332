"""Lists of customers and their notes (reference, section 6)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.customer import SUFFIX_DIGITS, Customer, digits
from mocks.retailcrm.filters import Maker, Selector, Test, select
from mocks.retailcrm.wire import values

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
