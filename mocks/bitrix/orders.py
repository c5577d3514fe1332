"""The order as the site keeps it.

What a save recomputes, moves and announces (reference 2.1, 2.2, 1.10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import fresh, number
from mocks.bitrix.order_clients import clients_of, forget_clients, has_clients
from mocks.bitrix.sale_fields import ORDER
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

SYSTEM_USER_ID = 1


def new_order(site: Site, values: dict[str, Any]) -> Row:
    """Put a bare order on the shelf.

    It is not saved, numbered ``version`` 0, until ``save`` runs.
    """
    key = site.next_id("order")
    now = site.clock.stamp()
    order = {
        **fresh(ORDER),
        "id": key,
        "accountNumber": str(key),
        "dateInsert": now,
        "dateStatus": now,
        "dateUpdate": now,
        "userId": site.settings.anonymous_user_id,
        **{name: value for name, value in values.items() if value is not None},
    }
    order["xmlId"] = order["xmlId"] or site.auto_xml_id()
    return site.orders.add(order)


def change_order(
    site: Site, order: Row, values: dict[str, Any], *, by: int | None = SYSTEM_USER_ID
) -> None:
    """Apply changed fields with what follows from them.

    Status and cancellation carry their own marks.

    Raises:
        RestRefused: the order cannot be cancelled while a payment is active or a shipment is
        shipped.
    """
    if values.get("canceled") == "Y" and order["canceled"] != "Y":
        refuse_active_payments(site, order)
        _refuse_shipped(site, order)
    values = dict(values)
    now = site.clock.stamp()
    if "statusId" in values and values["statusId"] != order["statusId"]:
        values |= {"dateStatus": now, "empStatusId": by}
    if "canceled" in values and values["canceled"] != order["canceled"]:
        is_canceled = values["canceled"] == "Y"
        values |= {
            "dateCanceled": now if is_canceled else None,
            "empCanceledId": by if is_canceled else None,
        }
    if "xmlId" in values and not values["xmlId"]:
        values["xmlId"] = site.auto_xml_id()
    site.orders.update(order, **values)


def save(site: Site, order: Row, *, is_recounted: bool = False, keeps_mark: bool = False) -> None:
    """Save an order, recompute its flags, move ``version`` and ``dateUpdate`` and announce it.

    The mark that 1C has this state falls with every save of the site (3.6) unless it was written
    with ``keeps_mark``.

    ``is_recounted`` says that rows or deliveries changed, so that the price follows them. A sole
    open payment of the old sum then follows the price; any other payment stays as it is.
    """
    if is_recounted:
        recount(site, order)
    changes: dict[str, Any] = {"version": order["version"] + 1, "dateUpdate": site.clock.stamp()}
    if not keeps_mark:
        changes["updated1c"] = "N"
    payed = _is_paid(site, order)
    changes["payed"] = "Y" if payed else "N"
    if (
        payed
        and order["payed"] == "N"
        and site.settings.paid_moves_to_p
        and order["statusId"] == "N"
    ):
        changes |= {"statusId": "P", "dateStatus": site.clock.stamp()}
    shipments = site.shipments.where("orderId", order["id"])
    changes["deducted"] = (
        "Y" if shipments and all(row["deducted"] == "Y" for row in shipments) else "N"
    )
    site.orders.update(order, **changes)
    announce_saved(site, order)


def announce_saved(site: Site, order: Row) -> None:
    """Announce a save to the handler and to the change log."""
    site.announce("ONSALEORDERSAVED", ID=order["id"], XML_ID=order["xmlId"], ACTION="save")
    site.announce("ONORDERENTITYSAVED", ID=order["id"])
    if site.settings.order_deleted_event == "save":
        site.announce("ONORDERDELETED", ID=order["id"])
    site.log("order", order["id"], "save", order["version"])


def delete_order(site: Site, order: Row) -> None:
    """Delete an order with all its parts.

    Raises:
        RestRefused: a payment is still active.
    """
    refuse_active_payments(site, order)
    key = order["id"]
    site.announce("ONSALEBEFOREORDERDELETE", ID=key, XML_ID=order["xmlId"], ACTION="delete")
    forget_order(site, order)
    if site.settings.order_deleted_event == "delete":
        site.announce("ONORDERDELETED", ID=key)
    site.log("order", key, "delete", order["version"])


def forget_order(site: Site, order: Row) -> None:
    """Drop an order and all its parts without a word."""
    key = order["id"]
    for shipment in site.shipments.where("orderId", key):
        remove_shipment(site, shipment)
    for table in (site.basket_items, site.payments, site.property_values):
        for row in table.where("orderId", key):
            table.remove(row["id"])
    forget_clients(site, order)
    site.orders.remove(key)


def remove_shipment(site: Site, shipment: Row) -> None:
    """Forget a shipment and its rows."""
    for item in site.shipment_items.where("orderDeliveryId", shipment["id"]):
        site.shipment_items.remove(item["id"])
    site.shipments.remove(shipment["id"])


def refuse_active_payments(site: Site, order: Row) -> None:
    """Refuse while any payment is paid and not returned (reference 2.1)."""
    if any(
        row["paid"] == "Y" and row["isReturn"] != "Y"
        for row in site.payments.where("orderId", order["id"])
    ):
        refuse("SALE_ORDER_CANCEL_PAYMENT_EXIST_ACTIVE", "У заказа есть активные оплаты")


def _refuse_shipped(site: Site, order: Row) -> None:
    """Refuse to cancel what is shipped already (switch S14)."""
    shipped = any(row["deducted"] == "Y" for row in site.shipments.where("orderId", order["id"]))
    if shipped and site.settings.cancel_shipped_refused:
        refuse("SALE_ORDER_CANCEL_SHIPMENT_EXIST_SHIPPED", "У заказа есть отгруженные отгрузки")


def recount(site: Site, order: Row) -> None:
    """Compute price and tax from the rows and deliveries, and let a sole open payment follow."""
    goods = tax = added_tax = 0.0
    for row in site.basket_items.where("orderId", order["id"]):
        amount = row["price"] * row["quantity"]
        goods += amount
        if row["vatRate"]:
            rate = row["vatRate"]
            inside = row["vatIncluded"] == "Y"
            part = amount * rate / (1 + rate) if inside else amount * rate
            tax += part
            added_tax += 0.0 if inside else part
    delivery = sum(row["priceDelivery"] for row in site.shipments.where("orderId", order["id"]))
    old = order["price"]
    price = number(round(goods + delivery + added_tax, 2))
    site.orders.update(order, price=price, taxValue=number(round(tax, 2)))
    payments = site.payments.where("orderId", order["id"])
    if price != old and len(payments) == 1:
        sole = payments[0]
        if sole["paid"] == "N" and sole["isReturn"] == "N" and sole["sum"] == old:
            sole["sum"] = price


def _is_paid(site: Site, order: Row) -> bool:
    """Tell whether what was paid and not returned covers the price."""
    paid = [
        row["sum"]
        for row in site.payments.where("orderId", order["id"])
        if row["paid"] == "Y" and row["isReturn"] != "Y"
    ]
    return bool(paid) and sum(paid) + 0.005 > order["price"]


def full_order(site: Site, order: Row) -> dict[str, Any]:
    """Return an order as ``sale.order.get`` shows it; empty collections are absent (10.3)."""
    key = order["id"]
    parts: dict[str, list[Row]] = {
        "basketItems": [_nested_item(row) for row in site.basket_items.where("orderId", key)],
        "propertyValues": [
            _without_order(row) for row in site.property_values.where("orderId", key)
        ],
        "payments": site.payments.where("orderId", key),
        "shipments": [with_items(site, row) for row in site.shipments.where("orderId", key)],
    }
    whole = {**order, **{name: rows for name, rows in parts.items() if rows}}
    if has_clients(site):
        whole |= {"clients": clients_of(site, order), "requisiteLink": []}
    return whole


def with_items(site: Site, shipment: Row) -> Row:
    """Return a shipment with its rows."""
    return {
        **shipment,
        "shipmentItems": site.shipment_items.where("orderDeliveryId", shipment["id"]),
    }


def _nested_item(row: Row) -> Row:
    """Return a basket row inside an order, where its ids are strings."""
    return {**row, "id": str(row["id"]), "orderId": str(row["orderId"])}


def _without_order(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "orderId"}
