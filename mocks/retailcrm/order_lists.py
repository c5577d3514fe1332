"""Lists of orders and of their statuses (reference, section 9.4)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.filters import Maker, Selector, Test, select
from mocks.retailcrm.order import Order
from mocks.retailcrm.order_calls import shown
from mocks.retailcrm.refusals import input_errors
from mocks.retailcrm.wire import values

STATUS_ROWS = 500

_DOCUMENTED = frozenset(
    [
        "ids",
        "externalIds",
        "numbers",
        "sites",
        "managers",
        "managerGroups",
        "orderTypes",
        "orderMethods",
        "paymentTypes",
        "paymentStatuses",
        "deliveryTypes",
        "deliveryServices",
        "deliveryStates",
        "shipmentStores",
        "couriers",
        "extendedStatus",
        "contragentTypes",
        "countries",
        "mgChannels",
        "customer",
        "customerId",
        "customerExternalId",
        "customerType",
        "email",
        "city",
        "region",
        "index",
        "metro",
        "product",
        "trackNumber",
        "deliveryExternalId",
        "managerComment",
        "customerComment",
        "companyName",
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
        "receiptFiscalDocumentAttribute",
        "receiptStatus",
        "receiptOperation",
        "receiptOrderStatus",
        "minPrice",
        "maxPrice",
        "minPrepaySumm",
        "maxPrepaySumm",
        "minMarginSumm",
        "maxMarginSumm",
        "minPurchaseSumm",
        "maxPurchaseSumm",
        "minCostSumm",
        "maxCostSumm",
        "minDeliveryCost",
        "maxDeliveryCost",
        "minDeliveryNetCost",
        "maxDeliveryNetCost",
        "createdAtFrom",
        "createdAtTo",
        "paidAtFrom",
        "paidAtTo",
        "fullPaidAtFrom",
        "fullPaidAtTo",
        "statusUpdatedAtFrom",
        "statusUpdatedAtTo",
        "shipmentDateFrom",
        "shipmentDateTo",
        "deliveryDateFrom",
        "deliveryDateTo",
        "firstOrderFrom",
        "firstOrderTo",
        "lastOrderFrom",
        "lastOrderTo",
        "firstWebVisitFrom",
        "firstWebVisitTo",
        "lastWebVisitFrom",
        "lastWebVisitTo",
        "vip",
        "bad",
        "expired",
        "call",
        "online",
        "shipped",
        "tasksCounts",
        "attachments",
        "uploadedToExtStoreSys",
        "customFields",
    ]
)


def _ids(call: Call, value: Any) -> list[Order]:
    known = call.account.orders.by_id
    return [known[int(one)] for one in values(value) if one.isdecimal() and int(one) in known]


def _external_ids(call: Call, value: Any) -> list[Order]:
    return [row for one in values(value) for row in call.account.orders.external(one, call.sites)]


def _numbers(call: Call, value: Any) -> list[Order]:
    return [row for one in values(value) for row in call.account.orders.marked("number", one)]


def _customer_id(call: Call, value: Any) -> Iterable[Order]:
    return call.account.orders.marked("customer", filters.one(shapes.text, value))


def _customer_external_id(call: Call, value: Any) -> Iterable[Order]:
    rows = call.account.customers.external(filters.one(shapes.text, value), call.sites)
    return [order for row in rows for order in call.account.orders.marked("customer", str(row.id))]


def _email(call: Call, value: Any) -> Iterable[Order]:
    return call.account.orders.marked("email", filters.one(shapes.text, value).casefold())


def _value(name: str) -> Any:
    return lambda row: row.values.get(name)


def _listed(name: str) -> Maker:
    return lambda _call, value: filters.within(_value(name), value)


def _held(name: str) -> Maker:
    return lambda _call, value: filters.contains(_value(name), value)


def _extended(call: Call, value: Any) -> Test:
    """Match a status code or a group's code."""
    wanted, book = set(values(value)), call.account.references["statuses"]
    return lambda row: (
        row.values["status"] in wanted or book.get(row.values["status"], {}).get("group") in wanted
    )


def _payments(name: str) -> Maker:
    def _make(call: Call, value: Any) -> Test:
        del call
        wanted = set(values(value))
        return lambda row: any(one.values.get(name) in wanted for one in row.payments.values())

    return _make


def _span(name: str, get: Any, reader: shapes.Reader) -> dict[str, Maker]:
    return {
        f"{name}From": lambda _call, value: filters.at_least(get, reader, value),
        f"{name}To": lambda _call, value: filters.at_most(get, reader, value),
    }


def _range(name: str, get: Any) -> dict[str, Maker]:
    return {
        f"min{name}": lambda _call, value: filters.at_least(get, shapes.number, value),
        f"max{name}": lambda _call, value: filters.at_most(get, shapes.number, value),
    }


def _paid_at(row: Order) -> str | None:
    return max(
        (one.values["paidAt"][:10] for one in row.payments.values() if one.values.get("paidAt")),
        default=None,
    )


def _flag(name: str) -> Maker:
    def _make(call: Call, value: Any) -> Test:
        del call
        wanted = filters.one(shapes.flag, value)
        return lambda row: bool(row.values.get(name)) is wanted

    return _make


_SELECTORS: dict[str, Selector] = {
    "ids": _ids,
    "externalIds": _external_ids,
    "numbers": _numbers,
    "customerId": _customer_id,
    "customerExternalId": _customer_external_id,
    "email": _email,
}
_TESTS: dict[str, Maker] = {
    "sites": lambda _call, value: filters.within(lambda row: row.site, value),
    **{
        name: _listed(field)
        for name, field in (
            ("managers", "managerId"),
            ("orderTypes", "orderType"),
            ("orderMethods", "orderMethod"),
            ("shipmentStores", "shipmentStore"),
            ("countries", "countryIso"),
        )
    },
    "deliveryTypes": lambda _call, value: filters.within(
        lambda row: row.delivery.get("code"), value
    ),
    "customerType": lambda _call, value: filters.equals(
        lambda row: "customer_corporate" if row.firm else "customer", shapes.text, value
    ),
    "paymentTypes": _payments("type"),
    "paymentStatuses": _payments("status"),
    "extendedStatus": _extended,
    **{name: _held(name) for name in ("managerComment", "customerComment")},
    **{name: _flag(name) for name in ("expired", "call", "shipped")},
    **_range("Price", lambda row: row.total),
    **_range("PrepaySumm", lambda row: row.prepaid),
    **_range("DeliveryCost", lambda row: row.delivery.get("cost")),
    **_span("createdAt", lambda row: row.created_at[:10], shapes.day),
    **_span("paidAt", _paid_at, shapes.day),
    **_span("fullPaidAt", lambda row: row.full_paid_at and row.full_paid_at[:10], shapes.day),
    **_span("statusUpdatedAt", lambda row: row.status_updated_at, shapes.moment),
    **_span("shipmentDate", _value("shipmentDate"), shapes.day),
    **_span("deliveryDate", lambda row: row.delivery.get("date"), shapes.day),
    "customFields": lambda _call, value: filters.custom(lambda row: row.custom, value),
}


def listed(call: Call) -> Answer:
    """GET orders (9.4)."""
    shelf = call.account.orders
    rows = select(
        call, shelf.newest_first, selectors=_SELECTORS, tests=_TESTS, documented=_DOCUMENTED
    )
    return paged(call, "orders", rows, partial(shown, call))


def statuses(call: Call) -> Answer:
    """GET orders/statuses: unknown ids are left out (9)."""
    ids, external_ids = (
        values(call.parameters.get("ids")),
        values(call.parameters.get("externalIds")),
    )
    if len(ids) + len(external_ids) > STATUS_ROWS:
        raise input_errors({"ids": f"No more than {STATUS_ROWS} ids are allowed."})
    rows = {row.id: row for row in _external_ids(call, call.parameters.get("externalIds"))}
    rows.update(
        (row.id, row) for row in _ids(call, call.parameters.get("ids")) if call.sees(row.site)
    )
    return Answer({"success": True, "orders": [_status(call, rows[key]) for key in sorted(rows)]})


def _status(call: Call, order: Order) -> dict[str, Any]:
    code = order.values["status"]
    row: dict[str, Any] = {"id": order.id}
    if order.external_id is not None:
        row["externalId"] = order.external_id
    return {
        **row,
        "status": code,
        "group": call.account.references["statuses"].get(code, {}).get("group"),
    }
