"""Methods ``sale.basketitem.*`` and ``sale.payment.*`` (reference 2.2, 2.3, samples 10.4, 10.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import described, missing, whole, writable
from mocks.bitrix.order_parts import change_item, change_payment, new_item, new_payment
from mocks.bitrix.orders import save
from mocks.bitrix.params import as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.sale_fields import BASKET_ITEM, BASKET_ITEM_ANSWER, PAYMENT
from mocks.bitrix.sale_orders import own_key
from mocks.bitrix.table import Row, Table

_ITEM_MISSING = 200140400001
_PAYMENT_MISSING = 200640400001


def existing(call: Call, table: Table, code: int, text: str) -> Row:
    """Return the row that the parameter ``id`` names, or refuse with the entity's own code."""
    row = table.get(whole(call.required("id")))
    if row is None:
        refuse(code, text)
    return row


def parent_order(
    call: Call, sent: Mapping[str, Any], code: int = ANYTHING_ELSE, text: str = "Order not found"
) -> Row:
    """Return the order that a new part belongs to."""
    order = call.site.orders.get(whole(sent.get("orderId")))
    if order is None:
        refuse(code, text)
    return order


def item_fields(call: Call) -> Answer:
    """Answer ``sale.basketitem.getfields`` (2.2)."""
    call.may_read()
    return Answer({"basketItem": described(BASKET_ITEM)})


def catalogue_fields(call: Call) -> Answer:
    """Answer ``sale.basketitem.getfieldscatalogproduct``: the product's own data is read-only."""
    call.may_read()
    own = {
        name: {**entry, "isReadOnly": entry["isReadOnly"] or name not in _CATALOGUE_ROW}
        for name, entry in described(BASKET_ITEM).items()
    }
    return Answer({"basketItem": own})


def item_get(call: Call) -> Answer:
    """Answer ``sale.basketitem.get``; a cart's row has no order to load and fails (5.1)."""
    call.may_read()
    row = existing(call, call.site.basket_items, _ITEM_MISSING, "basket item is not exists")
    if row["orderId"] is None:
        refuse(200140400009, "Order not found")
    return Answer({"basketItem": _item(row)})


def item_list(call: Call) -> Answer:
    """Answer ``sale.basketitem.list``; rows of carts are in it too (5.1)."""
    call.may_read()
    params = dict(call.params)
    wanted = as_map(params.get("filter"))
    bare = {name for name, value in wanted.items() if _is_no_order(name, value)}
    if bare and call.site.settings.filter_no_order == "none":
        return listed("basketItems", BASKET_ITEM, page([], call.start), params)
    if bare and call.site.settings.filter_no_order == "all":
        params["filter"] = {name: value for name, value in wanted.items() if name not in bare}
    rows = find(call.site.basket_items, BASKET_ITEM, params, call.site.clock)
    return listed("basketItems", BASKET_ITEM, page(rows, call.start), call.params)


def _is_no_order(name: str, value: object) -> bool:
    """Tell whether a condition asks for rows of carts (switch S8)."""
    return name in {"orderId", "=orderId"} and value in (None, "")


def item_add(call: Call) -> Answer:
    """Answer ``sale.basketitem.add``; a sent price makes it custom (10.4, switch S5)."""
    call.may_write()
    sent = call.sent_fields()
    site = call.site
    lacking = missing(BASKET_ITEM, sent, adding=True, skip=["orderId"])
    if not whole(sent.get("productId")) and "productId" not in lacking and not sent.get("name"):
        lacking.append("name")
    if lacking:
        raise required_fields(lacking)
    if sent.get("orderId") in (None, ""):
        refuse(200140400008, "Required fields: fields[ORDER_ID]")
    order = parent_order(call, sent, 200140400009)
    values = writable(BASKET_ITEM, sent, site.clock, adding=True)
    if values["currency"] != order["currency"]:
        refuse(200140400011, "Currency must be the currency of the order")
    row = new_item(site, order, values, custom=_is_custom(call, sent))
    save(site, order, is_recounted=True)
    call.did("created", own_key(row))
    return Answer({"basketItem": _item(row)}, total=1)


# What a catalogue row takes; name, prices before discounts, measure and VAT are the product's own.
_CATALOGUE_ROW = (
    "orderId", "productId", "quantity", "currency", "price", "sort", "xmlId", "subscribe",
    "recommendation",
)  # fmt: skip


def catalogue_only(run: Handler) -> Handler:
    """Make the form of a write that takes the product's data from the catalogue (2.2)."""

    def _handle(call: Call) -> Answer:
        sent = call.sent_fields()
        call.params["fields"] = {name: sent[name] for name in _CATALOGUE_ROW if name in sent}
        return run(call)

    return _handle


def item_update(call: Call) -> Answer:
    """Answer ``sale.basketitem.update``; ``quantity`` is demanded (10.4, switch S6)."""
    call.may_write()
    site = call.site
    row = existing(call, site.basket_items, _ITEM_MISSING, "basket item is not exists")
    sent = call.sent_fields()
    lacking = missing(BASKET_ITEM, sent, adding=False)
    if lacking and site.settings.basket_update_needs_quantity:
        raise required_fields(lacking)
    values = writable(BASKET_ITEM, sent, site.clock, adding=False)
    if _is_custom(call, sent):
        values["customPrice"] = "Y"
    change_item(site, row, values)
    save(site, _order_of(call, row), is_recounted=True)
    call.did("changed", own_key(row))
    return Answer({"basketItem": _item(row)}, total=1)


def item_delete(call: Call) -> Answer:
    """Answer ``sale.basketitem.delete`` (2.2)."""
    call.may_write()
    site = call.site
    row = existing(call, site.basket_items, _ITEM_MISSING, "basket item is not exists")
    order = _order_of(call, row)
    site.basket_items.remove(row["id"])
    for item in site.shipment_items.where("basketId", row["id"]):
        site.shipment_items.remove(item["id"])
    save(site, order, is_recounted=True)
    call.did("changed", own_key(row))
    return Answer(result=True)


def payment_fields(call: Call) -> Answer:
    """Answer ``sale.payment.getfields`` (2.3)."""
    call.may_read()
    return Answer({"payment": described(PAYMENT)})


def payment_get(call: Call) -> Answer:
    """Answer ``sale.payment.get`` (10.5)."""
    call.may_read()
    return Answer(
        {"payment": existing(call, call.site.payments, _PAYMENT_MISSING, "payment is not exists")}
    )


def payment_list(call: Call) -> Answer:
    """Answer ``sale.payment.list`` (10.5)."""
    call.may_read()
    rows = find(call.site.payments, PAYMENT, call.params, call.site.clock)
    return listed("payments", PAYMENT, page(rows, call.start), call.params)


def payment_add(call: Call) -> Answer:
    """Answer ``sale.payment.add`` (10.5)."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(PAYMENT, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    order = parent_order(call, sent)
    row = new_payment(call.site, order, writable(PAYMENT, sent, call.site.clock, adding=True))
    save(call.site, order)
    call.did("created", own_key(row))
    return Answer({"payment": row})


def payment_update(call: Call) -> Answer:
    """Answer ``sale.payment.update``; ``paySystemId`` is demanded every time (10.5)."""
    call.may_write()
    row = existing(call, call.site.payments, _PAYMENT_MISSING, "payment is not exists")
    sent = call.sent_fields()
    lacking = missing(PAYMENT, sent, adding=False)
    if lacking:
        raise required_fields(lacking)
    values = writable(PAYMENT, sent, call.site.clock, adding=False)
    is_same = all(row[name] == value for name, value in values.items())
    change_payment(call.site, row, values)
    save(call.site, _order_of(call, row))
    call.did("unchanged" if is_same else "changed", own_key(row))
    return Answer({"payment": row})


def payment_delete(call: Call) -> Answer:
    """Answer ``sale.payment.delete`` (10.5)."""
    call.may_write()
    site = call.site
    row = existing(call, site.payments, _PAYMENT_MISSING, "payment is not exists")
    site.payments.remove(row["id"])
    site.announce("ONPAYMENTDELETED", ID=row["id"])
    save(site, _order_of(call, row))
    call.did("changed", own_key(row))
    return Answer(result=True)


def _order_of(call: Call, row: Row) -> Row:
    order = call.site.orders.get(row["orderId"])
    if order is None:
        refuse(200140400009, "Order not found")
    return order


def _is_custom(call: Call, sent: Mapping[str, Any]) -> bool:
    if not call.site.settings.price_sets_custom:
        return sent.get("customPrice") == "Y"
    return "price" in sent


def _item(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in BASKET_ITEM_ANSWER}


METHODS: Mapping[str, Handler] = {
    "sale.basketitem.getfields": item_fields,
    "sale.basketitem.get": item_get,
    "sale.basketitem.list": item_list,
    "sale.basketitem.add": item_add,
    "sale.basketitem.update": item_update,
    "sale.basketitem.delete": item_delete,
    "sale.basketitem.getfieldscatalogproduct": catalogue_fields,
    "sale.basketitem.addcatalogproduct": catalogue_only(item_add),
    "sale.basketitem.updatecatalogproduct": catalogue_only(item_update),
    "sale.payment.getfields": payment_fields,
    "sale.payment.get": payment_get,
    "sale.payment.list": payment_list,
    "sale.payment.add": payment_add,
    "sale.payment.update": payment_update,
    "sale.payment.delete": payment_delete,
}
