"""Methods ``sale.order.modify``, ``tryModify`` and ``import``: the whole order at once (2.1, 10.3).

They stand in the vendor's code and not in its documentation. What the input leaves out is removed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import ANYTHING_ELSE, refuse
from mocks.bitrix.fields import Fields, missing, whole, writable
from mocks.bitrix.order_clients import has_clients, put_clients
from mocks.bitrix.order_parts import (
    change_item,
    change_payment,
    change_shipment,
    new_item,
    new_payment,
    new_shipment,
    new_shipment_item,
    put_property,
)
from mocks.bitrix.orders import (
    change_order,
    forget_order,
    full_order,
    new_order,
    recount,
    remove_shipment,
    save,
)
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.rest import Answer, Call, Handler
from mocks.bitrix.sale_fields import BASKET_ITEM, ORDER, PAYMENT, SHIPMENT, SHIPMENT_ITEM
from mocks.bitrix.sale_orders import ORDER_MISSING, checked_values, own_key
from mocks.bitrix.stock import set_amount
from mocks.bitrix.table import Row, Table

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_STOCK = ("quantity", "available", "timestampX")
_PARTS = ("basket_items", "payments", "shipments", "property_values", "order_clients")


def modify(call: Call) -> Answer:
    """Answer ``sale.order.modify``: every list replaces the order's, an absent one is empty."""
    call.may_write()
    order = _modified(call)
    save(call.site, order, is_recounted=True)
    call.did("changed", own_key(order))
    return Answer({"order": full_order(call.site, order)})


def try_modify(call: Call) -> Answer:
    """Answer ``sale.order.tryModify``: the same calculated and thrown away."""
    call.may_write()
    key = whole(_sent(call).get("id"))
    with _kept(call.site, key):
        order = _modified(call)
        recount(call.site, order)
        answer = copy.deepcopy(full_order(call.site, order))
    return Answer({"order": answer})


def _sent(call: Call) -> dict[str, Any]:
    return as_map(call.sent_fields().get("order"))


def _modified(call: Call) -> Row:
    site = call.site
    sent = _sent(call)
    _demand(sent, "basketItems", BASKET_ITEM)
    _demand(sent, "payments", PAYMENT)
    _demand(sent, "shipments", SHIPMENT)
    is_new = not sent.get("id")
    values = checked_values(call, writable(ORDER, sent, site.clock, adding=is_new))
    if is_new:
        lacking = missing(ORDER, sent, adding=True)
        if lacking:
            refuse(ANYTHING_ELSE, "Required fields: " + ", ".join(lacking))
        order = new_order(site, values)
    else:
        found = site.orders.get(whole(sent["id"]))
        if found is None:
            refuse(ORDER_MISSING, "order is not exists")
        order = found
        change_order(site, order, values)
    keys = _put_items(site, order, _rows(sent, "basketItems"))
    _put_payments(site, order, _rows(sent, "payments"))
    _put_shipments(site, order, _rows(sent, "shipments"), keys)
    _put_values(site, order, _rows(sent, "propertyValues"))
    if has_clients(site):
        put_clients(site, order, _rows(sent, "clients"))
    return order


def _rows(sent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [as_map(row) for row in as_list(sent.get(name))]


def _is_old(row: Mapping[str, Any]) -> bool:
    """Tell a row of the order from a new one, which has no id or one like ``n1``."""
    return str(row.get("id", "")).isdigit()


def _demand(sent: Mapping[str, Any], name: str, fields: Fields) -> None:
    for index, row in enumerate(_rows(sent, name)):
        lacking = missing(fields, row, adding=not _is_old(row), skip=["orderId"])
        if lacking:
            refuse(ANYTHING_ELSE, f"Required fields: [{name}][{index}] - {', '.join(lacking)}.")


def _split(table: Table, order: Row, rows: list[dict[str, Any]]) -> dict[int, Row]:
    """Return the order's rows by id; a listed id that it does not have is refused."""
    own = {row["id"]: row for row in table.where("orderId", order["id"])}
    for row in rows:
        if _is_old(row) and whole(row["id"]) not in own:
            refuse(200550000001, "unknow error")
    return own


def _put_items(site: Site, order: Row, rows: list[dict[str, Any]]) -> dict[str, int]:
    """Replace the basket; return the ids of its rows by the ids that the input gave them."""
    own = _split(site.basket_items, order, rows)
    keys: dict[str, int] = {}
    for sent in rows:
        values = writable(BASKET_ITEM, sent, site.clock, adding=not _is_old(sent))
        custom = "price" in sent
        if _is_old(sent):
            row = own.pop(whole(sent["id"]))
            change_item(site, row, {**values, **({"customPrice": "Y"} if custom else {})})
        else:
            row = new_item(site, order, values, custom=custom)
        keys[str(sent.get("id", ""))] = row["id"]
    for key in own:
        for part in site.shipment_items.where("basketId", key):
            site.shipment_items.remove(part["id"])
        site.basket_items.remove(key)
    return keys


def _put_payments(site: Site, order: Row, rows: list[dict[str, Any]]) -> None:
    own = _split(site.payments, order, rows)
    for sent in rows:
        values = writable(PAYMENT, sent, site.clock, adding=not _is_old(sent))
        if _is_old(sent):
            change_payment(site, own.pop(whole(sent["id"])), values)
        else:
            new_payment(site, order, values)
    for key in own:
        site.payments.remove(key)


def _put_shipments(
    site: Site, order: Row, rows: list[dict[str, Any]], keys: Mapping[str, int]
) -> None:
    own = _split(site.shipments, order, rows)
    for sent in rows:
        values = writable(SHIPMENT, sent, site.clock, adding=not _is_old(sent))
        if _is_old(sent):
            row = own.pop(whole(sent["id"]))
            change_shipment(site, row, values)
        else:
            row = new_shipment(site, order, values)
        _put_contents(site, row, _rows(sent, "shipmentItems"), keys)
    for row in own.values():
        remove_shipment(site, row)


def _put_contents(
    site: Site, shipment: Row, rows: list[dict[str, Any]], keys: Mapping[str, int]
) -> None:
    own = {row["id"]: row for row in site.shipment_items.where("orderDeliveryId", shipment["id"])}
    for sent in rows:
        basket = keys.get(str(sent.get("basketId", "")), whole(sent.get("basketId", 0)))
        values = writable(SHIPMENT_ITEM, sent, site.clock, adding=True)
        values["basketId"] = basket
        row = own.pop(whole(sent.get("id", 0)), None)
        if row is not None:
            site.shipment_items.update(row, **values)
        else:
            new_shipment_item(site, shipment, values)
    for key in own:
        site.shipment_items.remove(key)


def _put_values(site: Site, order: Row, rows: list[dict[str, Any]]) -> None:
    wanted = {whole(row.get("orderPropsId", 0)): row.get("value") for row in rows}
    for row in site.property_values.where("orderId", order["id"]):
        if row["orderPropsId"] not in wanted:
            site.property_values.remove(row["id"])
    for row in site.properties.where("personTypeId", order["personTypeId"]):
        if row["id"] in wanted:
            put_property(site, order, row, wanted[row["id"]])


@contextmanager
def _kept(site: Site, key: int) -> Iterator[None]:
    """Put an order and its parts back as they were, also when the block fails."""
    order = copy.deepcopy(site.orders.get(key))
    parts = {name: copy.deepcopy(getattr(site, name).where("orderId", key)) for name in _PARTS}
    contents = [
        copy.deepcopy(item)
        for row in parts["shipments"]
        for item in site.shipment_items.where("orderDeliveryId", row["id"])
    ]
    before = set(site.orders.rows)
    stock = {row["id"]: {name: row[name] for name in _STOCK} for row in site.products}
    with site.silence():
        try:
            yield
        finally:
            for new in [site.orders.rows[i] for i in set(site.orders.rows) - before]:
                forget_order(site, new)
            if order is not None:
                forget_order(site, site.orders.rows[key])
                site.orders.add(order)
                for name, rows in parts.items():
                    for row in rows:
                        getattr(site, name).add(row)
                for item in contents:
                    site.shipment_items.add(item)
            for product in list(site.products):
                if any(product[name] != value for name, value in stock[product["id"]].items()):
                    site.products.update(product, **stock[product["id"]])
                    set_amount(site, product, product["quantity"])


def import_order(call: Call) -> Answer:
    """Answer ``sale.order.import``: everything by XML ids, no ``ONSALEORDERSAVED`` (2.1)."""
    call.may_write()
    site = call.site
    sent = _sent(call)
    names = ("currency", "lid", "canceled", "reasonCanceled", "comments", "xmlId")
    values = {name: sent[name] for name in names if name in sent}
    status = _by_xml(site.statuses, sent.get("statusXmlId"))
    if status is not None:
        values["statusId"] = status["id"]
    known = site.orders.where("xmlId", sent.get("xmlId")) if sent.get("xmlId") else []
    if known:
        order = known[0]
        fixed = {name: value for name, value in values.items() if name not in {"lid", "currency"}}
        change_order(site, order, fixed)
    else:
        person = _by_xml(site.person_types, sent.get("personTypeXmlId"))
        base = {"lid": "s1", "currency": site.settings.currency}
        person_id = person["id"] if person is not None else 1
        order = new_order(site, {**base, **values, "personTypeId": person_id})
    _import_parts(site, order, sent)
    recount(site, order)
    with site.silence("ONSALEORDERSAVED"):
        save(site, order)
    call.did("changed" if known else "created", own_key(order))
    return Answer({"order": full_order(site, order)})


def _import_parts(site: Site, order: Row, sent: Mapping[str, Any]) -> None:
    """Replace rows, payments, shipments and values; unknown references take the defaults."""
    items = _rows(sent, "basketItems")
    for item in items:
        product = next(iter(site.products.where("xmlId", item.get("productXmlId"))), None)
        item["productId"] = product["id"] if product is not None else 0
    keys = _put_items(site, order, [{**item, "id": f"n{n}"} for n, item in enumerate(items)])
    payments = _rows(sent, "payments")
    for payment in payments:
        system = _by_xml(site.pay_systems, payment.get("paySystemXmlId"), "XML_ID")
        payment["paySystemId"] = (system or next(iter(site.pay_systems)))["ID"]
        payment.pop("id", None)
    _put_payments(site, order, payments)
    shipments = _rows(sent, "shipments")
    for shipment in shipments:
        service = _by_xml(site.deliveries, shipment.get("deliveryXmlId"), "XML_ID")
        shipment["deliveryId"] = (service or next(iter(site.deliveries)))["ID"]
        shipment.pop("id", None)
    _put_shipments(site, order, shipments, keys)
    for value in _rows(sent, "propertyValues"):
        for row in site.properties.where("personTypeId", order["personTypeId"]):
            if row["xmlId"] and row["xmlId"] == value.get("orderPropsXmlId"):
                put_property(site, order, row, value.get("value"))


def _by_xml(table: Table, key: object, name: str = "xmlId") -> Row | None:
    return next((row for row in table if key and row[name] == key), None)


METHODS: Mapping[str, Handler] = {
    "sale.order.modify": modify,
    "sale.order.tryModify": try_modify,
    "sale.order.import": import_order,
}
