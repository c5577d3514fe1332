"""The checkout: a buyer turns goods into an order of the site, with coupon, card and delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.crm_store import CONTACT
from mocks.bitrix.fields import number
from mocks.bitrix.gateway_baskets import put_basket
from mocks.bitrix.gateway_coupons import coupon_by_code, coupon_state, use_coupon
from mocks.bitrix.order_clients import check_contact, put_clients
from mocks.bitrix.order_parts import (
    fuser_of,
    new_item,
    new_payment,
    new_shipment,
    new_shipment_item,
    put_property,
)
from mocks.bitrix.orders import forget_order, new_order, recount, save
from mocks.bitrix.table import Row, Table
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

ITEM_NUMBERS = {
    "quantity": "quantity",
    "price": "price",
    "base_price": "basePrice",
    "discount_price": "discountPrice",
}


def existing(table: Table, sent: Mapping[str, Any], name: str) -> Row:
    """Return the row that ``sent[name]`` names.

    Raises:
        SideDoorRefused: no such row.
    """
    row = table.get(sent.get(name))
    if row is None:
        msg = f"{name}: nothing has this id"
        raise SideDoorRefused(msg)
    return row


def place(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer checks out: order, rows, properties, payments and delivery in one save."""
    user_id = sent.get("customer_id", site.settings.anonymous_user_id)
    if "customer_id" in sent:
        existing(site.users, sent, "customer_id")
    if "contact_id" in sent:
        check_contact(site, sent["contact_id"])
    order = new_order(
        site,
        {
            "lid": sent.get("site_id", "s1"),
            "personTypeId": sent.get("person_type_id", 1),
            "currency": sent.get("currency", site.settings.currency),
            "userId": user_id,
            "statusId": sent.get("status", "N"),
            "userDescription": sent.get("comment", ""),
            "xmlId": sent.get("xml_id", ""),
        },
    )
    fuser = fuser_of(site, user_id)
    coupon, state = _coupon(site, sent, user_id)
    try:
        _fill(site, order, sent, coupon)
    except Exception:
        # A checkout that fails leaves nothing behind; the site runs it in one transaction.
        forget_order(site, order)
        raise
    save(site, order)
    if coupon is not None:
        use_coupon(site, coupon, order)
    if site.baskets.get(fuser) is not None:
        put_basket(site, {"fuserId": fuser, "userId": user_id}, [])
    return {**ids_of(site, order), "coupon_state": state}


def _fill(site: Site, order: Row, sent: Mapping[str, Any], coupon: Row | None) -> None:
    for item in sent["items"]:
        add_item(site, order, item, coupon)
    _fill_properties(site, order, sent)
    if "contact_id" in sent:
        put_clients(site, order, [{"entityTypeId": CONTACT, "entityId": sent["contact_id"]}])
    _deliver(site, order, sent.get("delivery", {}))
    recount(site, order)
    for payment in sent.get("payments", [{}]):
        _add_payment(site, order, payment)


def add_item(site: Site, order: Row, item: Mapping[str, Any], coupon: Row | None) -> Row:
    """Add a row; a site coupon lowers the price by its rule.

    A sent ``price`` is the price after all discounts.
    """
    values: dict[str, Any] = {
        name: number(item[key]) for key, name in ITEM_NUMBERS.items() if key in item
    }
    values |= {"productId": item.get("product_id", 0), "currency": order["currency"]}
    values |= {"quantity": values.get("quantity", 1)}
    for key, name in (
        ("name", "name"),
        ("xml_id", "xmlId"),
        ("vat_rate", "vatRate"),
        ("product_xml_id", "productXmlId"),
    ):
        if key in item:
            values[name] = item[key]
    if coupon is not None and "price" not in values:
        rule = site.discounts[coupon["discountId"]]
        product = existing(site.products, item, "product_id")
        base = values.get("basePrice", product["basePrice"])
        values |= {
            "basePrice": base,
            "price": number(round(base * (100 - rule["percent"]) / 100, 2)),
        }
        values |= {"discountName": rule["name"], "discountCoupon": coupon["code"]}
        values |= {"discountValue": f"{rule['percent']}%"}
    for key, name in (("discount_name", "discountName"), ("coupon", "discountCoupon")):
        if key in item:
            values[name] = item[key]
    return new_item(site, order, values, custom=item.get("custom_price", "N") == "Y")


def put_properties(site: Site, order: Row, values: Mapping[str, Any]) -> None:
    """Set order properties by code; codes that the payer type lacks are passed over."""
    known = {
        row["code"]: row for row in site.properties.where("personTypeId", order["personTypeId"])
    }
    for code, value in values.items():
        if code in known:
            put_property(site, order, known[code], str(value))


def _coupon(site: Site, sent: Mapping[str, Any], user_id: int) -> tuple[Row | None, str | None]:
    code = sent.get("coupon")
    if not code:
        return None, None
    row = coupon_by_code(site, str(code))
    state = coupon_state(site, row, user_id)
    return (row if state == "valid" else None), state


def _fill_properties(site: Site, order: Row, sent: Mapping[str, Any]) -> None:
    """Fill the checkout's form from the buyer's profile, then with what was typed."""
    user = site.users.get(order["userId"]) or {}
    names = [user.get(part) for part in ("lastName", "name", "secondName")]
    typed: dict[str, Any] = {
        "FIO": " ".join(name for name in names if name),
        "EMAIL": user.get("email"),
        "PHONE": user.get("phone"),
        "LOYALTY_CARD": sent.get("card"),
        "PROMO_CODE": sent.get("coupon"),
        "BONUS": sent.get("bonus"),
        **sent.get("properties", {}),
    }
    put_properties(
        site, order, {code: value for code, value in typed.items() if value not in (None, "")}
    )


def _deliver(site: Site, order: Row, delivery: Mapping[str, Any]) -> None:
    values = {
        "deliveryId": delivery.get("id", 3),
        "allowDelivery": "N",
        "deducted": "N",
        "basePriceDelivery": number(delivery.get("price", 0)),
        "xmlId": delivery.get("xml_id", ""),
    }
    shipment = new_shipment(site, order, values)
    for row in site.basket_items.where("orderId", order["id"]):
        new_shipment_item(site, shipment, {"basketId": row["id"], "quantity": row["quantity"]})


def _add_payment(site: Site, order: Row, payment: Mapping[str, Any]) -> None:
    others = sum(row["sum"] for row in site.payments.where("orderId", order["id"]))
    values = {
        "paySystemId": payment.get("pay_system_id", 2),
        "sum": number(payment.get("sum", order["price"] - others)),
        "paid": payment.get("paid", "N"),
        "xmlId": payment.get("xml_id", ""),
    }
    new_payment(site, order, values)


def ids_of(site: Site, order: Row) -> dict[str, Any]:
    """Return what a driver needs to follow an order."""
    key = order["id"]
    return {
        "id": key,
        "account_number": order["accountNumber"],
        "version": order["version"],
        "price": order["price"],
        "basket_ids": [row["id"] for row in site.basket_items.where("orderId", key)],
        "payment_ids": [row["id"] for row in site.payments.where("orderId", key)],
        "shipment_ids": [row["id"] for row in site.shipments.where("orderId", key)],
    }
