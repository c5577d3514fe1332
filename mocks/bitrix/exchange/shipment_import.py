"""Shipment documents from 1C (reference 3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.exchange.documents import Document, Ware
from mocks.bitrix.exchange.order_import import FINAL, OrderImport, find_order
from mocks.bitrix.exchange.row_export import ware_id
from mocks.bitrix.exchange.texts import about, not_changeable
from mocks.bitrix.fields import number, whole
from mocks.bitrix.order_parts import change_shipment, new_shipment, new_shipment_item
from mocks.bitrix.orders import change_order, remove_shipment, save
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def import_shipment(
    site: Site, document: Document, problems: list[str], orders: OrderImport
) -> bool:
    """Import one shipment; tell whether anything changed."""
    order = find_order(site, document.base)
    if order is None and site.settings.exchange.new_order_from_shipment:
        order = orders.create(document, problems)
    if order is None:
        return False
    if order["statusId"] == FINAL:
        problems.append(not_changeable(document.guid, str(order["accountNumber"])))
        return False
    row = _find(site, order, document)
    if row is not None and document.version and row["version1c"] == document.version:
        return False
    problem = _problem(site, order, row, document)
    if problem:
        problems.append(about(document.guid, problem))
        return False
    if not document.is_deleted:
        _put(site, order, row, document)
    elif row is not None:
        remove_shipment(site, row)
        site.announce("ONSHIPMENTDELETED", ID=row["id"])
    site.orders.update(order, updated1c="Y")
    save(site, order, is_recounted=True, keeps_mark=True)
    _close(site, order)
    return True


def _find(site: Site, order: Row, document: Document) -> Row | None:
    rows = site.shipments.where("orderId", order["id"])
    by_number = [row for row in rows if str(row["id"]) == document.number]
    by_guid = [row for row in rows if row["id1c"] == document.guid]
    return next(iter([*by_number, *by_guid]), None)


def _problem(site: Site, order: Row, row: Row | None, document: Document) -> str:
    """Say why a document is refused: shipped already, or another price."""
    if row is not None and row["deducted"] == "Y":
        return f"Отгрузка №{row['id']} не может быть изменена, она уже отгружена."
    for ware in document.wares or []:
        item = _item(site, order, ware)
        if item is not None and item["price"] != number(ware.price):
            return f"Для продукта изменилась цена: {ware.name}."
    return ""


def _put(site: Site, order: Row, row: Row | None, document: Document) -> None:
    pairs = document.pairs
    asked = whole(pairs.get("Метод доставки ИД", ""))
    services = [key for key in (asked, (row or {}).get("deliveryId")) if key is not None]
    service = next((key for key in services if site.deliveries.get(key) is not None), None)
    service = service if service is not None else site.deliveries.ids()[0]
    row = row or new_shipment(site, order, {"deliveryId": service})
    price = next((w.price for w in document.wares or [] if w.is_delivery), row["priceDelivery"])
    values: dict[str, Any] = {
        "deliveryId": service,
        "statusId": row["statusId"],
        "basePriceDelivery": number(price),
        "id1c": document.guid,
        "version1c": document.version,
        "updated1c": "Y",
    }
    if document.says("Отгружен"):
        values |= {"allowDelivery": "Y", "deducted": "Y", "statusId": "DF"}
    if document.says("Отменен"):
        values["canceled"] = "Y"
    for name, field in (
        ("Идентификатор отправления", "trackingNumber"),
        ("Номер отгрузки по 1С", "deliveryDocNum"),
    ):
        if pairs.get(name):
            values[field] = pairs[name]
    date = site.clock.read(pairs.get("Дата отгрузки по 1С"))
    if date is not None:
        values["deliveryDocDate"] = date
    _put_items(site, order, row, document.wares or [])
    change_shipment(site, row, values)


def _put_items(site: Site, order: Row, row: Row, wares: list[Ware]) -> None:
    for part in site.shipment_items.where("orderDeliveryId", row["id"]):
        site.shipment_items.remove(part["id"])
    for ware in wares:
        item = _item(site, order, ware)
        if item is not None:
            values = {"basketId": item["id"], "quantity": number(ware.quantity)}
            new_shipment_item(site, row, values)


def _item(site: Site, order: Row, ware: Ware) -> Row | None:
    rows = site.basket_items.where("orderId", order["id"])
    return next((row for row in rows if ware_id(site, row) == ware.key), None)


def _close(site: Site, order: Row) -> None:
    """Give an order that is shipped whole its final status."""
    final = site.settings.exchange.final_status
    if order["deducted"] == "Y" and final and order["statusId"] != final:
        change_order(site, order, {"statusId": final})
        site.orders.update(order, updated1c="Y")
        save(site, order, keeps_mark=True)
