"""Methods ``sale.basketproperties.*`` and single rows of shipments (reference 2.2, 2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.bitrix.errors import refuse, required_fields
from mocks.bitrix.fields import described, fresh, missing, table, whole, writable
from mocks.bitrix.orders import save
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.sale_fields import SHIPMENT_ITEM
from mocks.bitrix.table import Row, Table

_ITEM_MISSING = 201240400002
_PROPERTY_MISSING = 200240400001

BASKET_PROPERTY = table("""
basketId integer imm,req null
code string - ''
id integer ro null
name string req ''
sort integer - 100
value string req ''
xmlId string - ''
""")


def shipment_item_get(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.get``."""
    call.may_read()
    return Answer({"shipmentItem": _shipment_item(call)})


def shipment_item_update(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.update``; ``quantity`` is demanded."""
    call.may_write()
    row = _shipment_item(call)
    sent = call.sent_fields()
    lacking = missing(SHIPMENT_ITEM, sent, adding=False)
    if lacking:
        raise required_fields(lacking)
    values = writable(SHIPMENT_ITEM, sent, call.site.clock, adding=False)
    call.site.shipment_items.update(row, **values)
    _save_shipment(call, row)
    call.did("changed", row["id"])
    return Answer({"shipmentItem": row})


def shipment_item_delete(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.delete``."""
    call.may_write()
    row = _shipment_item(call)
    call.site.shipment_items.remove(row["id"])
    _save_shipment(call, row)
    call.did("changed", row["id"])
    return Answer(result=True)


def _shipment_item(call: Call) -> Row:
    row = call.site.shipment_items.get(whole(call.required("id")))
    if row is None:
        refuse(_ITEM_MISSING, "shipment item is not exists")
    return row


def _save_shipment(call: Call, row: Row) -> None:
    shipment = call.site.shipments.rows[row["orderDeliveryId"]]
    save(call.site, call.site.orders.rows[shipment["orderId"]])


def _all_properties(call: Call) -> Table:
    """Return the properties of every basket row as one table."""
    held = Table()
    for item in call.site.basket_items:
        for row in item["properties"]:
            held.add(row)
    return held


def property_list(call: Call) -> Answer:
    """Answer ``sale.basketproperties.list``."""
    call.may_read()
    rows = find(_all_properties(call), BASKET_PROPERTY, call.params, call.site.clock)
    found = page(rows, call.start)
    return listed("basketProperties", BASKET_PROPERTY, found, call.params)


def property_get(call: Call) -> Answer:
    """Answer ``sale.basketproperties.get``."""
    call.may_read()
    return Answer({"basketProperty": _property(call)})


def property_add(call: Call) -> Answer:
    """Answer ``sale.basketproperties.add``: the order is saved with its row."""
    call.may_write()
    site = call.site
    sent = call.sent_fields()
    lacking = missing(BASKET_PROPERTY, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(BASKET_PROPERTY, sent, site.clock, adding=True)
    item = site.basket_items.get(values["basketId"])
    if item is None:
        refuse(_PROPERTY_MISSING, "basket item is not exists")
    row = {**fresh(BASKET_PROPERTY), **values, "id": site.next_id("basketProperty")}
    row["xmlId"] = row["xmlId"] or site.auto_xml_id()
    item["properties"] = [*item["properties"], row]
    _save_item(call, row)
    call.did("created", row["id"])
    return Answer({"basketProperty": row})


def property_update(call: Call) -> Answer:
    """Answer ``sale.basketproperties.update``."""
    call.may_write()
    row = _property(call)
    row.update(writable(BASKET_PROPERTY, call.sent_fields(), call.site.clock, adding=False))
    _save_item(call, row)
    call.did("changed", row["id"])
    return Answer({"basketProperty": row})


def property_delete(call: Call) -> Answer:
    """Answer ``sale.basketproperties.delete``."""
    call.may_write()
    row = _property(call)
    item = call.site.basket_items.rows[row["basketId"]]
    item["properties"] = [part for part in item["properties"] if part is not row]
    _save_item(call, row)
    call.did("changed", row["id"])
    return Answer(result=True)


def _property(call: Call) -> Row:
    row = _all_properties(call).get(whole(call.required("id")))
    if row is None:
        refuse(_PROPERTY_MISSING, "basket property is not exists")
    return row


def _save_item(call: Call, row: Row) -> None:
    item = call.site.basket_items.rows[row["basketId"]]
    if item["orderId"] is not None:
        save(call.site, call.site.orders.rows[item["orderId"]])


def property_fields(call: Call) -> Answer:
    """Answer ``sale.basketproperties.getfields``."""
    call.may_read()
    return Answer({"basketProperty": described(BASKET_PROPERTY)})


def shipment_item_fields(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.getfields``."""
    call.may_read()
    return Answer({"shipmentItem": described(SHIPMENT_ITEM)})


METHODS: Mapping[str, Handler] = {
    "sale.shipmentitem.get": shipment_item_get,
    "sale.shipmentitem.update": shipment_item_update,
    "sale.shipmentitem.delete": shipment_item_delete,
    "sale.basketproperties.list": property_list,
    "sale.basketproperties.get": property_get,
    "sale.basketproperties.add": property_add,
    "sale.basketproperties.update": property_update,
    "sale.basketproperties.delete": property_delete,
    "sale.basketproperties.getfields": property_fields,
    "sale.shipmentitem.getfields": shipment_item_fields,
}
