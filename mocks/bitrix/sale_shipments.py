"""Methods ``sale.shipment.*`` and ``sale.shipmentitem.*`` (reference 2.4, samples 10.5)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.bitrix.errors import refuse, required_fields
from mocks.bitrix.fields import described, missing, whole, writable
from mocks.bitrix.order_parts import change_shipment, new_shipment, new_shipment_item
from mocks.bitrix.orders import remove_shipment, save, with_items
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.sale_fields import SHIPMENT, SHIPMENT_ITEM
from mocks.bitrix.sale_orders import own_key
from mocks.bitrix.sale_parts import existing, parent_order
from mocks.bitrix.table import Row

_MISSING = 201140400001
_TEXT = "shipment is not exists"


def shipment_fields(call: Call) -> Answer:
    """Answer ``sale.shipment.getfields`` (2.4)."""
    call.may_read()
    return Answer({"shipment": described(SHIPMENT)})


def shipment_get(call: Call) -> Answer:
    """Answer ``sale.shipment.get`` with its rows (2.4)."""
    call.may_read()
    return Answer(
        {"shipment": with_items(call.site, existing(call, call.site.shipments, _MISSING, _TEXT))}
    )


def shipment_list(call: Call) -> Answer:
    """Answer ``sale.shipment.list`` with the rows of each shipment (2.4)."""
    call.may_read()
    found = page(find(call.site.shipments, SHIPMENT, call.params, call.site.clock), call.start)
    found.rows[:] = [with_items(call.site, row) for row in found.rows]
    return listed("shipments", SHIPMENT, found, call.params)


def shipment_add(call: Call) -> Answer:
    """Answer ``sale.shipment.add`` (10.5)."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(SHIPMENT, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    order = parent_order(call, sent, text="Не удается загрузить заказ")
    row = new_shipment(call.site, order, writable(SHIPMENT, sent, call.site.clock, adding=True))
    save(call.site, order, is_recounted=True)
    call.did("created", own_key(row))
    return Answer({"shipment": row})


def shipment_update(call: Call) -> Answer:
    """Answer ``sale.shipment.update``.

    Prices not sent become 0, a status not sent goes back to DN (10.5).
    """
    call.may_write()
    row = existing(call, call.site.shipments, _MISSING, _TEXT)
    sent = call.sent_fields()
    lacking = missing(SHIPMENT, sent, adding=False)
    if lacking:
        raise required_fields(lacking)
    change_shipment(call.site, row, writable(SHIPMENT, sent, call.site.clock, adding=False))
    save(call.site, call.site.orders.rows[row["orderId"]], is_recounted=True)
    call.did("changed", own_key(row))
    return Answer({"shipment": with_items(call.site, row)})


def shipment_delete(call: Call) -> Answer:
    """Answer ``sale.shipment.delete``; a shipped one stays (10.5)."""
    call.may_write()
    site = call.site
    row = existing(call, site.shipments, _MISSING, _TEXT)
    if row["deducted"] == "Y":
        refuse("SALE_SHIPMENT_EXIST_SHIPPED", "Отгрузка уже отгружена")
    remove_shipment(site, row)
    site.removed_shipments.append(row)
    site.announce("ONSHIPMENTDELETED", ID=row["id"])
    save(site, site.orders.rows[row["orderId"]], is_recounted=True)
    call.did("changed", own_key(row))
    return Answer(result=True)


def item_list(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.list`` (2.4)."""
    call.may_read()
    rows = find(call.site.shipment_items, SHIPMENT_ITEM, call.params, call.site.clock)
    return listed("shipmentItems", SHIPMENT_ITEM, page(rows, call.start), call.params)


def item_add(call: Call) -> Answer:
    """Answer ``sale.shipmentitem.add``; a basket row is in a shipment once (10.5)."""
    call.may_write()
    site = call.site
    sent = call.sent_fields()
    lacking = missing(SHIPMENT_ITEM, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    shipment = site.shipments.get(whole(sent["orderDeliveryId"]))
    basket_row = site.basket_items.get(whole(sent["basketId"]))
    if shipment is None or basket_row is None or basket_row["orderId"] != shipment["orderId"]:
        refuse(201240400002 if shipment is None else 201240400003, "shipment item is not exists")
    if any(row["orderDeliveryId"] == shipment["id"] for row in _of_basket(call, basket_row)):
        refuse(201250000001, "Duplicate entry for key [basketId, orderDeliveryId]")
    row = new_shipment_item(site, shipment, writable(SHIPMENT_ITEM, sent, site.clock, adding=True))
    save(site, site.orders.rows[shipment["orderId"]])
    call.did("created", own_key(row))
    return Answer({"shipmentItem": row})


def _of_basket(call: Call, basket_row: Row) -> list[Row]:
    return call.site.shipment_items.where("basketId", basket_row["id"])


METHODS: Mapping[str, Handler] = {
    "sale.shipment.getfields": shipment_fields,
    "sale.shipment.get": shipment_get,
    "sale.shipment.list": shipment_list,
    "sale.shipment.add": shipment_add,
    "sale.shipment.update": shipment_update,
    "sale.shipment.delete": shipment_delete,
    "sale.shipmentitem.list": item_list,
    "sale.shipmentitem.add": item_add,
}
