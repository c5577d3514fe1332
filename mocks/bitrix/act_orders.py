"""What people do with orders at the site.

Checkout, payment, status, cancellation, edits in the administration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.act_checkout import (
    ITEM_NUMBERS,
    add_item,
    existing,
    ids_of,
    place,
    put_properties,
)
from mocks.bitrix.fields import number
from mocks.bitrix.order_parts import (
    change_item,
    change_payment,
    change_shipment,
)
from mocks.bitrix.orders import change_order, delete_order, save
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def edit_basket(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager edits rows.

    ``items`` with ``id`` change (quantity 0 removes), without ``id`` are added.
    """
    order = existing(site.orders, sent, "order_id")
    for item in sent.get("items", []):
        if "id" not in item:
            add_item(site, order, item, None)
            continue
        row = existing(site.basket_items, item, "id")
        if number(item.get("quantity", row["quantity"])) == 0:
            _remove_item(site, row)
            continue
        values = {name: number(item[key]) for key, name in ITEM_NUMBERS.items() if key in item}
        change_item(site, row, values)
    for key in sent.get("remove", []):
        _remove_item(site, existing(site.basket_items, {"id": key}, "id"))
    save(site, order, is_recounted=True)
    return ids_of(site, order)


def pay(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The pay system or a manager marks a payment: ``{order_id, payment_id?, paid?}``.

    Without ``payment_id`` every payment is marked, without ``paid`` as paid.
    """
    order = existing(site.orders, sent, "order_id")
    paid = sent.get("paid", "Y")
    for row in _payments(site, order, sent):
        if row["paid"] != paid:
            change_payment(site, row, {"paid": paid})
    save(site, order)
    return ids_of(site, order)


def refund(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager marks a paid payment as returned: ``{order_id, payment_id?, comment?}``."""
    order = existing(site.orders, sent, "order_id")
    today = site.clock.stamp()
    for row in _payments(site, order, sent):
        if row["paid"] == "Y":
            values = {
                "isReturn": "Y",
                "payReturnDate": today,
                "payReturnComment": sent.get("comment", ""),
            }
            change_payment(site, row, values)
    save(site, order)
    return ids_of(site, order)


def status(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager moves the status: ``{order_id, status}``."""
    order = existing(site.orders, sent, "order_id")
    existing(site.statuses, sent, "status")
    change_order(site, order, {"statusId": sent["status"]})
    save(site, order)
    return ids_of(site, order)


def cancel(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer or manager cancels: ``{order_id, reason?, canceled?}``; ``canceled`` N lifts it."""
    order = existing(site.orders, sent, "order_id")
    values = {"canceled": sent.get("canceled", "Y"), "reasonCanceled": sent.get("reason", "")}
    change_order(site, order, values)
    save(site, order)
    return ids_of(site, order)


def ship(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The warehouse ships: ``{order_id, tracking?}``; all deliveries of the order."""
    order = existing(site.orders, sent, "order_id")
    for row in site.shipments.where("orderId", order["id"]):
        values = {
            "deliveryId": row["deliveryId"], "allowDelivery": "Y", "deducted": "Y",
            "statusId": "DF",
            "basePriceDelivery": row["basePriceDelivery"],
            "trackingNumber": sent.get("tracking", row["trackingNumber"]),
        }  # fmt: skip
        change_shipment(site, row, values)
    save(site, order)
    return ids_of(site, order)


def properties(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager edits order properties by code: ``{order_id, properties}``."""
    order = existing(site.orders, sent, "order_id")
    put_properties(site, order, sent["properties"])
    save(site, order)
    return ids_of(site, order)


def delete(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager deletes an order: ``{order_id}``."""
    order = existing(site.orders, sent, "order_id")
    delete_order(site, order)
    return {"id": order["id"]}


def _remove_item(site: Site, row: Row) -> None:
    for item in site.shipment_items.where("basketId", row["id"]):
        site.shipment_items.remove(item["id"])
    site.basket_items.remove(row["id"])


def _payments(site: Site, order: Row, sent: Mapping[str, Any]) -> list[Row]:
    if "payment_id" in sent:
        return [existing(site.payments, sent, "payment_id")]
    return site.payments.where("orderId", order["id"])


ACTIONS: Mapping[str, Callable[[Site, Mapping[str, Any]], dict[str, Any]]] = {
    "order.place": place,
    "order.edit_basket": edit_basket,
    "order.pay": pay,
    "order.refund": refund,
    "order.status": status,
    "order.cancel": cancel,
    "order.ship": ship,
    "order.properties": properties,
    "order.delete": delete,
}
