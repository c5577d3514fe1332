"""Methods ``catalog.product.*`` and what is needed to find the goods (reference 2.11.

Samples 10.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog_fields import PRODUCT
from mocks.bitrix.dictionaries import add_product, availability
from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import described, missing, number, whole, writable
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_IBLOCK = 4


def product_fields(call: Call) -> Answer:
    """Answer ``catalog.product.getfields`` (2.11)."""
    call.may_read()
    return Answer({"product": described(PRODUCT)})


def product_get(call: Call) -> Answer:
    """Answer ``catalog.product.get`` (10.6)."""
    call.may_read()
    return Answer({"product": _shown(_product(call))})


def product_list(call: Call) -> Answer:
    """Answer ``catalog.product.list``.

    ``select`` holds id and iblockId, ``filter`` holds iblockId (10.6).
    """
    call.may_read()
    names = {str(name) for name in as_list(call.params.get("select"))}
    filtered = {str(name).lstrip("=@!") for name in as_map(call.params.get("filter"))}
    if not {"id", "iblockId"} <= names or "iblockId" not in filtered:
        refuse("0", "Required select fields: id, iblockId")
    rows = find(call.site.products, PRODUCT, call.params, call.site.clock)
    return listed("products", PRODUCT, page(rows, call.start), call.params)


def product_add(call: Call) -> Answer:
    """Answer ``catalog.product.add`` (2.11)."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(PRODUCT, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(PRODUCT, sent, call.site.clock, adding=True)
    if values["iblockId"] != _IBLOCK:
        refuse(200040300000, "iblock does not exist")
    row = add_product(call.site, values)
    call.site.announce("CATALOG.PRODUCT.ON.ADD", ID=row["id"], TYPE=row["type"])
    call.did("created", row["id"])
    return Answer({"element": _shown(row)})


def product_update(call: Call) -> Answer:
    """Answer ``catalog.product.update`` (10.6)."""
    call.may_write()
    row = _product(call)
    values = writable(PRODUCT, call.sent_fields(), call.site.clock, adding=False)
    is_same = all(row[name] == value for name, value in values.items())
    change_product(call.site, row, values)
    call.did("unchanged" if is_same else "changed", row["id"])
    return Answer({"element": _shown(row)})


def change_product(site: Site, row: Row, values: Mapping[str, Any]) -> None:
    """Change a product and announce it."""
    changes = {**values, "timestampX": site.clock.stamp()}
    site.products.update(row, **changes, available=availability({**row, **values}))
    site.announce("CATALOG.PRODUCT.ON.UPDATE", ID=row["id"], TYPE=row["type"])


def catalogs(call: Call) -> Answer:
    """Answer ``catalog.catalog.list`` (2.11)."""
    call.may_read()
    row = {"iblockId": _IBLOCK, "name": "Каталог", "productIblockId": None, "skuPropertyId": None}
    return Answer({"catalogs": [row]}, total=1)


def prices(call: Call) -> Answer:
    """Answer ``catalog.price.list``: the base price of each product (2.11)."""
    call.may_read()
    wanted = as_map(call.params.get("filter"))
    keys = [
        whole(key)
        for name in ("productId", "=productId", "@productId")
        for key in as_list(wanted.get(name))
    ]
    rows = [row for row in call.site.products if not keys or row["id"] in keys]
    found = page([_price(row) for row in rows], call.start)
    return Answer({"prices": found.rows}, total=found.total, next=found.next)


def _price(product: Row) -> dict[str, Any]:
    price = number(product["basePrice"])
    return {
        "catalogGroupId": 1,
        "currency": "RUB",
        "extraId": None,
        "id": product["id"],
        "price": price,
        "priceScale": price,
        "productId": product["id"],
        "quantityFrom": None,
        "quantityTo": None,
        "timestampX": product["timestampX"],
    }


def _product(call: Call) -> Row:
    row = call.site.products.get(whole(call.required("id")))
    if row is None:
        refuse(ANYTHING_ELSE, "product does not exist")
    return row


def _shown(row: Row) -> dict[str, Any]:
    """Return a product as ``get`` shows it: the purchase price is a text there (2.11)."""
    shown = {name: row[name] for name in PRODUCT}
    if shown["purchasingPrice"] is not None:
        shown["purchasingPrice"] = f"{shown['purchasingPrice']:.6f}"
    return shown


METHODS: Mapping[str, Handler] = {
    "catalog.catalog.list": catalogs,
    "catalog.price.list": prices,
    "catalog.product.getfields": product_fields,
    "catalog.product.get": product_get,
    "catalog.product.list": product_list,
    "catalog.product.add": product_add,
    "catalog.product.update": product_update,
}
