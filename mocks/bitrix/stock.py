"""Prices by type and amounts by store, beside the sums that a product itself carries (2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog_fields import MEASURE, PRICE, PRICE_TYPE, STORE, STORE_PRODUCT, VAT
from mocks.bitrix.fields import fresh, number
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

BASE_TYPE = 1
MAIN_STORE = 1
_VATS = ((1, "Без НДС", None), (2, "НДС 20%", 20), (3, "НДС 10%", 10))


def furnish_stock(site: Site) -> None:
    """Give a fresh shop its base price type, its store, measure and tax rates."""
    site.price_types.add(
        {**fresh(PRICE_TYPE), "id": BASE_TYPE, "name": "BASE", "base": "Y", "xmlId": "pt-1"}
    )
    site.stores.add(
        {
            **fresh(STORE),
            "id": MAIN_STORE,
            "title": "Основной",
            "xmlId": "st-1",
            "address": "Москва",
        }
    )
    site.measures.add(
        {
            **fresh(MEASURE),
            "id": 5,
            "code": 796,
            "measureTitle": "Штука",
            "symbol": "шт",
            "symbolIntl": "pc. 1",
            "isDefault": "Y",
        }
    )
    for key, name, rate in _VATS:
        site.vats.add({**fresh(VAT), "id": key, "name": name, "rate": rate, "sort": key * 100})


def price_of(site: Site, product_id: int, type_id: int = BASE_TYPE) -> Row | None:
    """Return a product's price of a type."""
    rows = site.prices.where("productId", product_id)
    return next((row for row in rows if row["catalogGroupId"] == type_id), None)


def set_price(
    site: Site, product: Row, price: float, *, type_id: int = BASE_TYPE, currency: str = "RUB"
) -> Row:
    """Set a product's price of a type; the base price is the one that orders take."""
    value = number(price)
    row = price_of(site, product["id"], type_id)
    changes: dict[str, Any] = {"price": value, "priceScale": value, "currency": currency}
    if row is None:
        row = site.prices.add(
            {
                **fresh(PRICE),
                "id": site.next_id("price"),
                "productId": product["id"],
                "catalogGroupId": type_id,
                "timestampX": site.clock.stamp(),
                **changes,
            }
        )
        site.announce("CATALOG.PRICE.ON.ADD", ID=row["id"])
    elif any(row[name] != new for name, new in changes.items()):
        site.prices.update(row, **changes, timestampX=site.clock.stamp())
        site.announce("CATALOG.PRICE.ON.UPDATE", ID=row["id"])
    if type_id == BASE_TYPE:
        product["basePrice"] = value
    return row


def drop_price(site: Site, row: Row) -> None:
    """Delete a price; a product without its base price costs nothing."""
    site.prices.remove(row["id"])
    site.announce("CATALOG.PRICE.ON.DELETE", ID=row["id"])
    product = site.products.get(row["productId"])
    if product is not None and row["catalogGroupId"] == BASE_TYPE:
        product["basePrice"] = 0


def set_amount(site: Site, product: Row, amount: float, *, store_id: int = MAIN_STORE) -> Row:
    """Set what lies in a store."""
    rows = site.store_products.where("productId", product["id"])
    row = next((known for known in rows if known["storeId"] == store_id), None)
    if row is None:
        row = site.store_products.add(
            {
                **fresh(STORE_PRODUCT),
                "id": site.next_id("storeProduct"),
                "productId": product["id"],
                "storeId": store_id,
            }
        )
    site.store_products.update(row, amount=number(amount))
    return row


def availability(product: dict[str, Any]) -> str:
    """Return whether a product can be bought now (computed by the site, reference 2.11)."""
    return (
        "Y"
        if product["active"] == "Y"
        and ((product["quantity"] or 0) > 0 or product["canBuyZero"] == "Y")
        else "N"
    )


def write_off(site: Site, shipment: Row, sign: int) -> None:
    """Take what a shipment holds out of the stock (-1), or put it back (1) (2.4)."""
    for part in site.shipment_items.where("orderDeliveryId", shipment["id"]):
        item = site.basket_items.get(part["basketId"])
        product = site.products.get(item["productId"]) if item is not None else None
        if product is None:
            continue
        quantity = number((product["quantity"] or 0) + sign * part["quantity"])
        values = {"quantity": quantity, "timestampX": site.clock.stamp()}
        available = availability({**product, **values})
        site.products.update(product, **values, available=available)
        set_amount(site, product, quantity)
        site.announce("CATALOG.PRODUCT.ON.UPDATE", ID=product["id"], TYPE=product["type"])
