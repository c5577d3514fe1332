"""Handlers that read the store: products, offers, stock, groups (reference, section 16)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.catalogue import Good, Product
from mocks.retailcrm.filters import Maker, refused, sift
from mocks.retailcrm.store_views import inventory_view, offer_view, product_view
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.filters import Test


def _within(get: Any) -> Maker:
    return lambda _call, value: filters.within(get, value)


def _equals(get: Any) -> Maker:
    return lambda _call, value: filters.equals(get, shapes.text, value)


def _contains(get: Any) -> Maker:
    return lambda _call, value: filters.contains(get, value)


def _flag(get: Any) -> Maker:
    return lambda _call, value: filters.equals(get, shapes.flag, value)


def _range(name: str, get: Any) -> dict[str, Maker]:
    return {
        f"min{name}": lambda _call, value: filters.at_least(get, shapes.number, value),
        f"max{name}": lambda _call, value: filters.at_most(get, shapes.number, value),
    }


def _goods(test: Any) -> Maker:
    """Build a test of a product: one of its offers has the value."""

    def _make(call: Call, value: Any) -> Test:
        del call
        wanted = set(values(value))
        return lambda row: any(test(good) in wanted for good in row.goods)

    return _make


def _catalogs(call: Call, value: Any) -> Test:
    shops, wanted = call.account.shops, set(values(value))
    return lambda row: str(shops[_site(call, row)].id) in wanted


def _site(call: Call, row: Product | Good) -> str:
    return (
        row.site if isinstance(row, Product) else call.account.catalogue.products[row.product].site
    )


def _sites(call: Call, value: Any) -> Test:
    wanted = set(values(value))
    return lambda row: _site(call, row) in wanted


def _groups(call: Call, value: Any) -> Test:
    del call
    wanted = set(values(value))
    return lambda row: bool({str(one) for one in row.groups} & wanted)


def _group_names(call: Call, value: Any) -> Test:
    groups = call.account.catalogue.groups
    return lambda row: any(groups[one].get("externalId") == value for one in row.groups)


def _properties(row: Good) -> dict[str, Any]:
    held = row.values.get("properties") or {}
    return {
        code: one.get("value") if isinstance(one, dict) else one
        for code, one in (held.items() if isinstance(held, dict) else ())
    }


def _with_properties(call: Call, value: Any) -> Test:
    del call
    return filters.custom(_properties, value)


def _since(call: Call, value: Any) -> Test:
    del call
    bound = filters.one(shapes.whole, value)
    return lambda row: bool(row.id > bound)


def _product(name: str) -> Any:
    return lambda row: row.values.get(name)


_PRODUCT_TESTS: dict[str, Maker] = {
    "ids": _within(lambda row: row.id),
    "offerIds": _goods(lambda good: str(good.id)),
    "externalId": _equals(lambda row: row.external_id),
    "xmlId": _goods(lambda good: good.xml_id),
    "offerExternalId": _goods(lambda good: good.offer.external_id),
    "offerXmlId": _goods(lambda good: good.xml_id),
    "name": _contains(lambda row: row.name),
    "groups": _groups,
    "groupExternalId": _group_names,
    "sites": _sites,
    "catalogs": _catalogs,
    "active": _flag(lambda row: row.values.get("active", True)),
    "manufacturer": _equals(_product("manufacturer")),
    "url": _equals(_product("url")),
    "urlLike": _contains(_product("url")),
    "priceType": lambda _call, value: lambda row: any(value in good.prices for good in row.goods),
    "minPrice": lambda _call, value: filters.at_least(
        lambda row: max(row.prices(), default=None), shapes.number, value
    ),
    "maxPrice": lambda _call, value: filters.at_most(
        lambda row: min(row.prices(), default=None), shapes.number, value
    ),
    **_range("PurchasePrice", lambda row: max((g.purchase() or 0 for g in row.goods), default=0)),
    **_range("Quantity", lambda row: row.quantity()),
    "properties": lambda call, value: (
        lambda row: any(_with_properties(call, value)(good) for good in row.goods)
    ),
    "sinceId": _since,
    "sinceUpdatedAt": lambda _call, value: filters.at_least(
        lambda row: row.updated_at, shapes.moment, value
    ),
    **dict.fromkeys(("popular", "stock", "novelty", "recommended", "classSegment"), refused),
}


def _ordered(call: Call, rows: Iterable[Any]) -> list[Any]:
    """Order rows id descending; the incremental readers run upwards."""
    upwards = {"sinceId", "sinceUpdatedAt"} & set(call.filters())
    return sorted(rows, key=lambda row: int(row.id), reverse=not upwards)


def products(call: Call) -> Answer:
    """GET store/products (sample T1)."""
    rows = [row for row in call.account.catalogue.products.values() if call.sees(row.site)]
    rows = sift(call, _ordered(call, rows), tests=_PRODUCT_TESTS)
    return paged(call, "products", rows, lambda row: product_view(call.account, row))


_OFFER_TESTS: dict[str, Maker] = {
    "ids": _within(lambda row: row.id),
    "name": _contains(lambda row: row.offer.name),
    "externalIds": _within(lambda row: row.offer.external_id),
    "xmlIds": _within(lambda row: row.xml_id),
    "properties": _with_properties,
    "sites": _sites,
    "catalogs": _catalogs,
    "active": _flag(lambda row: row.values.get("active", True)),
    "sinceId": _since,
    "groups": lambda call, value: (
        lambda row: _groups(call, value)(call.account.catalogue.products[row.product])
    ),
    "priceType": lambda _call, value: lambda row: value in row.prices,
    **_range("Price", lambda row: row.offer.price),
    **_range("Quantity", lambda row: row.quantity()),
}


def _seen_goods(call: Call) -> list[Good]:
    goods = call.account.catalogue.goods.values()
    return _ordered(call, (good for good in goods if call.sees(_site(call, good))))


def offers(call: Call) -> Answer:
    """GET store/offers: each with its product."""
    rows = sift(call, _seen_goods(call), tests=_OFFER_TESTS)
    held = call.account.catalogue.products

    def shown(good: Good) -> dict[str, Any]:
        product = product_view(call.account, held[good.product], offers=False)
        return {**offer_view(call.account, good), "product": product}

    return paged(call, "offers", rows, shown)


def _of_product(test: Any) -> Maker:
    def _make(call: Call, value: Any) -> Test:
        wanted, held = set(values(value)), call.account.catalogue.products
        return lambda row: str(test(held[row.product])) in wanted

    return _make


_INVENTORY_TESTS: dict[str, Maker] = {
    "ids": _within(lambda row: row.id),
    "offerExternalId": _within(lambda row: row.offer.external_id),
    "offerXmlId": _within(lambda row: row.xml_id),
    "offerArticle": _within(lambda row: row.values.get("article")),
    "productExternalId": _of_product(lambda product: product.external_id),
    "productArticle": _of_product(lambda product: product.values.get("article")),
    "productActive": _of_product(lambda product: int(product.values.get("active", True))),
    "offerActive": _flag(lambda row: row.values.get("active", True)),
    "catalogs": _catalogs,
    "sites": lambda _call, _value: lambda _row: True,
    "details": lambda _call, _value: lambda _row: True,
}


def inventories(call: Call) -> Answer:
    """GET store/inventories: one row per offer and shop; stores with ``filter[details]=1``."""
    tree = call.filters()
    rows = sift(call, _seen_goods(call), tests=_INVENTORY_TESTS)
    wanted = values(tree["sites"]) if "sites" in tree else list(call.sites)
    pairs = [(good, site) for good in rows for site in wanted if call.sees(site)]
    details = tree.get("details") == "1"
    return paged(
        call,
        "offers",
        pairs,
        lambda pair: inventory_view(call.account, pair[0], pair[1], details=details),
    )


_GROUP_TESTS: dict[str, Maker] = {
    "ids": _within(lambda row: row["id"]),
    "sites": _within(lambda row: row["site"]),
    "catalogs": lambda call, value: filters.within(
        lambda row: call.account.shops[row["site"]].id, value
    ),
    "active": _flag(lambda row: row["active"]),
    "parentGroupId": _equals(lambda row: str(row.get("parentId"))),
    **_range("Level", lambda row: row.get("level", 0)),
}


def groups(call: Call) -> Answer:
    """GET store/product-groups: the key of the rows is singular."""
    rows = [row for row in call.account.catalogue.groups.values() if call.sees(row["site"])]
    return paged(call, "productGroup", sift(call, rows, tests=_GROUP_TESTS), dict)


def properties(call: Call) -> Answer:
    """GET store/products/properties: the codes that offers have."""
    found: dict[str, dict[str, Any]] = {}
    for good in _seen_goods(call):
        held = good.values.get("properties") or {}
        for code, one in held.items() if isinstance(held, dict) else ():
            name = one.get("name", code) if isinstance(one, dict) else code
            found[code] = {"code": code, "name": name, "sites": [_site(call, good)]}
    tests = {"name": _contains(lambda row: row["name"]), "code": _equals(lambda row: row["code"])}
    rows = sift(call, [found[code] for code in sorted(found)], tests=tests)
    return paged(call, "properties", rows, dict)


def property_values(call: Call) -> Answer:
    """GET store/products/properties/values: the values that offers have, by code."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for good in _seen_goods(call):
        for code, value in _properties(good).items():
            found[code, str(value)] = {"propertyCode": code, "value": value}
    tests = {
        "propertyCode": _equals(lambda row: row["propertyCode"]),
        "value": _contains(lambda row: row["value"]),
    }
    rows = sift(call, [found[key] for key in sorted(found)], tests=tests)
    return paged(call, "productPropertyValues", rows, dict)
