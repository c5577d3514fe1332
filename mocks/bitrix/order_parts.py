"""Parts of an order: basket rows, payments, shipments and property values.

As the site creates and changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import fresh, number
from mocks.bitrix.orders import SYSTEM_USER_ID
from mocks.bitrix.sale_fields import BASKET_ITEM, PAYMENT, PROPERTY_VALUE, SHIPMENT, SHIPMENT_ITEM
from mocks.bitrix.stock import price_of, write_off
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_NO_SIZES = 'a:3:{s:5:"WIDTH";N;s:6:"HEIGHT";N;s:6:"LENGTH";N;}'
_PROVIDER = "\\Bitrix\\Catalog\\Product\\CatalogProvider"


def new_item(site: Site, order: Row, values: Mapping[str, Any], *, custom: bool) -> Row:
    """Add a basket row to an order; its catalogue data come from the product unless sent.

    ``custom`` marks the price as not to be recalculated (a price sent by REST does so by itself,
    reference 2.2).

    Raises:
        RestRefused: 200140400007, the product is unknown or inactive.
    """
    now = site.clock.stamp()
    row = {
        **fresh(BASKET_ITEM),
        "id": site.next_id("basket"),
        "dateInsert": now,
        "dateUpdate": now,
        "lid": order["lid"],
        "dimensions": _NO_SIZES,
        "fuserId": fuser_of(site, order["userId"]),
        **_catalogue_data(site, values),
        **values,
        "orderId": order["id"],
        "customPrice": "Y" if custom else "N",
    }
    row |= balanced(row, values)
    row["xmlId"] = row["xmlId"] or site.auto_xml_id()
    if row["productXmlId"]:
        row["properties"] = [_product_property(site, row)]
    return site.basket_items.add(row)


def change_item(site: Site, row: Row, values: Mapping[str, Any]) -> None:
    """Change a basket row."""
    changes = {**values, **balanced({**row, **values}, values), "dateUpdate": site.clock.stamp()}
    site.basket_items.update(row, **changes)


def balanced(row: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Keep ``basePrice = price + discountPrice`` true after a change (reference 2.2)."""
    price, base, discount = (
        number(row[name] or 0) for name in ("price", "basePrice", "discountPrice")
    )
    if "price" in sent and "basePrice" not in sent and "discountPrice" in sent:
        base = number(price + discount)
    elif "price" in sent and "basePrice" not in sent and base == 0:
        base, discount = price, 0
    elif "price" in sent:
        discount = number(base - price)
    elif "basePrice" in sent or "discountPrice" in sent:
        price = number(base - discount)
    return {"price": price, "basePrice": base, "discountPrice": discount}


def fuser_of(site: Site, user_id: int | None) -> int:
    """Return the visitor number under which a buyer fills carts; a guest gets a new one."""
    if user_id is None:
        return site.next_id("fuser")
    if user_id not in site.fusers:
        site.fusers[user_id] = site.next_id("fuser")
    return site.fusers[user_id]


def new_payment(site: Site, order: Row, values: Mapping[str, Any]) -> Row:
    """Add a payment to an order, numbered ``{order}/{n}``.

    Raises:
        RestRefused: the save failed, the pay system is unknown.
    """
    system = _known(site.pay_systems.get(values.get("paySystemId")))
    count = site.next_id(f"payments of {order['id']}")
    row = {
        **fresh(PAYMENT),
        "id": site.next_id("payment"),
        "currency": order["currency"],
        "dateBill": site.clock.stamp(),
        **{name: value for name, value in values.items() if value is not None},
        "orderId": order["id"],
        "accountNumber": f"{order['accountNumber']}/{count}",
        **_system_names(system),
    }
    row["xmlId"] = row["xmlId"] or site.auto_xml_id()
    _mark_paid(site, row, "N")
    site.announce("ONPAYMENTENTITYSAVED", ID=row["id"])
    return site.payments.add(row)


def change_payment(site: Site, row: Row, values: Mapping[str, Any]) -> None:
    """Change a payment; marking it paid dates it, un-paying clears the date."""
    changes = dict(values)
    if "paySystemId" in changes:
        changes |= _system_names(_known(site.pay_systems.get(changes["paySystemId"])))
    before = row["paid"]
    site.payments.update(row, **changes)
    if "datePaid" not in values:
        _mark_paid(site, row, before)
    site.announce("ONPAYMENTENTITYSAVED", ID=row["id"])


def new_shipment(site: Site, order: Row, values: Mapping[str, Any]) -> Row:
    """Add a shipment to an order; number 1 belongs to the hidden system shipment.

    Raises:
        RestRefused: ``SALE_SHIPMENT_WRONG_DELIVERY_SERVICE``.
    """
    service = site.deliveries.get(values.get("deliveryId"))
    if service is None:
        refuse("SALE_SHIPMENT_WRONG_DELIVERY_SERVICE", "Не найдена служба доставки")
    count = site.next_id(f"shipments of {order['id']}")
    row = {
        **fresh(SHIPMENT),
        "id": site.next_id("shipment"),
        "statusId": "DN",
        "dateInsert": site.clock.stamp(),
        **{name: value for name, value in values.items() if value is not None},
        "currency": order["currency"],
        "orderId": order["id"],
        "accountNumber": f"{order['accountNumber']}/{count + 1}",
        "deliveryName": service["NAME"],
        "deliveryXmlId": service["XML_ID"],
        **_delivery_price(values),
    }
    row["xmlId"] = row["xmlId"] or site.auto_xml_id()
    _mark_shipped(site, row, {"deducted": "N", "allowDelivery": "N"})
    site.announce("ONSHIPMENTENTITYSAVED", ID=row["id"])
    return site.shipments.add(row)


def change_shipment(site: Site, row: Row, values: Mapping[str, Any]) -> None:
    """Change a shipment; without prices both become 0.

    Without ``statusId`` it goes back to DN (reference 2.4).
    """
    service = site.deliveries.get(values.get("deliveryId"))
    if service is None:
        refuse("SALE_SHIPMENT_WRONG_DELIVERY_SERVICE", "Не найдена служба доставки")
    before = dict(row)
    names = {"deliveryName": service["NAME"], "deliveryXmlId": service["XML_ID"]}
    site.shipments.update(row, **{"statusId": "DN", **values, **_delivery_price(values), **names})
    _mark_shipped(site, row, before)
    site.announce("ONSHIPMENTENTITYSAVED", ID=row["id"])


def new_shipment_item(site: Site, shipment: Row, values: Mapping[str, Any]) -> Row:
    """Put a basket row into a shipment."""
    row = {
        **fresh(SHIPMENT_ITEM),
        "id": site.next_id("shipmentItem"),
        "dateInsert": site.clock.stamp(),
        **values,
    }
    row |= {"orderDeliveryId": shipment["id"], "xmlId": row["xmlId"] or site.auto_xml_id()}
    return site.shipment_items.add(row)


def put_property(site: Site, order: Row, definition: Row, value: Any) -> Row:
    """Set the value of an order property."""
    for row in site.property_values.where("orderId", order["id"]):
        if row["orderPropsId"] == definition["id"]:
            row["value"] = value
            site.announce("ONPROPERTYVALUEENTITYSAVED", ID=row["id"])
            return row
    row = {
        **fresh(PROPERTY_VALUE),
        "id": site.next_id("propertyValue"),
        "orderId": order["id"],
        "orderPropsId": definition["id"],
        "orderPropsXmlId": definition["xmlId"],
        "code": definition["code"],
        "name": definition["name"],
        "value": value,
    }
    site.announce("ONPROPERTYVALUEENTITYSAVED", ID=row["id"])
    return site.property_values.add(row)


def _catalogue_data(site: Site, values: Mapping[str, Any]) -> dict[str, Any]:
    product_id = values.get("productId")
    if not product_id:
        return {"productId": 0}
    product = site.products.get(product_id)
    if product is None or product["active"] != "Y":
        refuse(200140400007, "basket item is not saved - bad data")
    price = price_of(site, product["id"])
    return {
        "name": product["name"],
        "price": product["basePrice"],
        "basePrice": product["basePrice"],
        "productXmlId": product["xmlId"],
        "catalogXmlId": product["catalogXmlId"],
        "weight": product["weight"] or 0,
        "measureCode": "796",
        "measureName": "шт",
        "module": "catalog",
        "notes": "BASE",
        "priceTypeId": 1,
        "productPriceId": None if price is None else price["id"],
        "productProviderClass": _PROVIDER,
    }


def _product_property(site: Site, row: Row) -> dict[str, Any]:
    return {
        "basketId": row["id"],
        "code": "PRODUCT.XML_ID",
        "id": site.next_id("basketProperty"),
        "name": "Product XML_ID",
        "sort": 100,
        "value": row["productXmlId"],
        "xmlId": site.auto_xml_id(),
    }


def _known(row: Row | None) -> Row:
    if row is None:
        refuse(200550000001, "unknow error")
    return row


def _system_names(system: Row) -> dict[str, Any]:
    return {
        "paySystemName": system["NAME"],
        "paySystemXmlId": system["XML_ID"],
        "paySystemIsCash": system["IS_CASH"],
    }


def _mark_paid(site: Site, row: Row, before: str) -> None:
    if row["paid"] == "Y" and before != "Y":
        row["datePaid"] = row["datePaid"] or site.clock.stamp()
        row["empPaidId"] = row["empPaidId"] or SYSTEM_USER_ID
    elif row["paid"] != "Y" and before == "Y":
        row["datePaid"] = None


def _delivery_price(values: Mapping[str, Any]) -> dict[str, Any]:
    sent = values.get("basePriceDelivery")
    price = number(sent if sent is not None else values.get("priceDelivery") or 0)
    return {"basePriceDelivery": price, "priceDelivery": price}


def _mark_shipped(site: Site, row: Row, before: Mapping[str, Any]) -> None:
    for flag, stamp, who in (
        ("deducted", "dateDeducted", "empDeductedId"),
        ("allowDelivery", "dateAllowDelivery", "empAllowDeliveryId"),
    ):
        if row[flag] == before[flag]:
            continue
        row[stamp] = site.clock.stamp() if row[flag] == "Y" else None
        row[who] = SYSTEM_USER_ID if row[flag] == "Y" else None
        if flag == "deducted":
            write_off(site, row, -1 if row[flag] == "Y" else 1)
