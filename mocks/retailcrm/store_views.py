"""How the store methods show products, offers, stock and groups (reference, section 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.retailcrm.catalogue import OFFER_EXTRA, PIECE, PRODUCT_EXTRA, Good, Product

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account


def offer_view(account: Account, good: Good) -> dict[str, Any]:
    """Return an offer (sample T1)."""
    values = good.values
    view: dict[str, Any] = {
        "name": good.offer.name,
        "price": good.offer.price,
        "images": values.get("images") or [],
        "id": good.id,
        "externalId": good.offer.external_id,
        "xmlId": good.xml_id,
        "article": values.get("article"),
        "prices": _prices(account, good),
        "purchasePrice": good.purchase(),
        "properties": values.get("properties") or [],
        "quantity": good.quantity(),
        "active": values.get("active", True),
        "unit": values.get("unit") or PIECE,
        **{name: values.get(name) for name in OFFER_EXTRA},
    }
    return {name: value for name, value in view.items() if value is not None}


def _prices(account: Account, good: Good) -> list[dict[str, Any]]:
    rows = []
    for code, price in good.prices.items():
        kind = account.references["price-types"].get(code, {})
        row = {
            "priceType": code,
            "price": price,
            "ordering": kind.get("ordering", 990),
            "currency": kind.get("currency", "RUB"),
        }
        rows.append(row)
    return rows


def product_view(account: Account, product: Product, *, offers: bool = True) -> dict[str, Any]:
    """Return a product (sample T1), with its offers unless it stands inside one."""
    values, prices = product.values, product.prices()
    groups = account.catalogue.groups
    view: dict[str, Any] = {
        "minPrice": min(prices, default=None),
        "maxPrice": max(prices, default=None),
        "id": product.id,
        "catalogId": account.shops[product.site].id,
        "type": values.get("type", "product"),
        "name": product.name,
        "groups": [_group_stub(groups[number]) for number in product.groups],
        "externalId": product.external_id,
        **{name: values.get(name) for name in PRODUCT_EXTRA},
        "active": values.get("active", True),
        "quantity": product.quantity(),
        "markable": values.get("markable", False),
    }
    if offers:
        view["offers"] = [offer_view(account, good) for good in product.goods]
    return {name: value for name, value in view.items() if value is not None}


def _group_stub(group: dict[str, Any]) -> dict[str, Any]:
    return {name: group[name] for name in ("id", "externalId") if group.get(name) is not None}


def inventory_view(account: Account, good: Good, site: str, *, details: bool) -> dict[str, Any]:
    """Return an offer's stock for one shop; the stores only when asked for."""
    held = {store: one for (shop, store), one in good.stock.items() if shop == site}
    view: dict[str, Any] = {
        "id": good.id,
        "externalId": good.offer.external_id,
        "xmlId": good.xml_id,
        "site": site,
        "quantity": good.quantity(site),
        "purchasePrice": good.purchase(),
    }
    if details:
        stores = sorted(held) if held else sorted(account.references["stores"])
        view["stores"] = [
            {
                "store": store,
                "quantity": held[store].available if store in held else 0,
                "purchasePrice": held[store].purchase if store in held else None,
            }
            for store in stores
        ]
        for row in view["stores"]:
            if row["purchasePrice"] is None:
                del row["purchasePrice"]
    return {name: value for name, value in view.items() if value is not None}
