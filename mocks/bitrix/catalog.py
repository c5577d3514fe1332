"""Methods ``catalog.product.*`` and what is needed to find the goods (reference 2.11.

Samples 10.6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog_fields import PRODUCT
from mocks.bitrix.dictionaries import OFFERS_IBLOCK, add_product
from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import described, missing, table, whole, writable
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.stock import availability, set_amount, set_price
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

PARENT_TYPE, OFFER, ORPHAN = 3, 4, 5
PARENT = table("parentId list ro null")


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
    _refuse_unselective(call)
    rows = find(call.site.products, PRODUCT, call.params, call.site.clock)
    answer = listed("products", PRODUCT, page(rows, call.start), call.params)
    return _with_properties(call, answer)


def _with_properties(call: Call, answer: Answer) -> Answer:
    """Add the selected ``property{N}`` of the goods to a list (2.11)."""
    asked = [
        str(name)
        for name in as_list(call.params.get("select"))
        if re.fullmatch(r"property\d+", str(name))
    ]
    for row in answer.result["products"] if asked else ():
        known = call.site.products.rows[row["id"]].get("properties", {})
        row.update({name: known.get(name) for name in asked})
    return answer


def product_add(call: Call) -> Answer:
    """Answer ``catalog.product.add`` (2.11)."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(PRODUCT, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(PRODUCT, sent, call.site.clock, adding=True)
    if call.site.catalogs.get(values["iblockId"]) is None:
        refuse(200040300000, "iblock does not exist")
    if values["iblockId"] == OFFERS_IBLOCK:
        values["type"] = ORPHAN
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
    if "basePrice" in values:
        set_price(site, row, values["basePrice"])
    if "quantity" in values:
        set_amount(site, row, values["quantity"] or 0)
    site.announce("CATALOG.PRODUCT.ON.UPDATE", ID=row["id"], TYPE=row["type"])


def product_delete(call: Call) -> Answer:
    """Answer ``catalog.product.delete`` (2.11)."""
    call.may_write()
    row = _product(call)
    site = call.site
    for held in (site.prices, site.store_products):
        for part in held.where("productId", row["id"]):
            held.remove(part["id"])
    site.products.remove(row["id"])
    site.announce("CATALOG.PRODUCT.ON.DELETE", ID=row["id"], TYPE=row["type"])
    call.did("changed", row["id"])
    return Answer(result=True)


def _kind_list(plural: str, *kinds: int) -> Handler:
    """Make the list of one kind of product: variants, parents or services."""

    def _list(call: Call) -> Answer:
        call.may_read()
        _refuse_unselective(call)
        rows = [
            _with_parent(row) if OFFER in kinds else row
            for row in find(call.site.products, PRODUCT, call.params, call.site.clock)
            if row["type"] in kinds
        ]
        fields = {**PRODUCT, **PARENT} if OFFER in kinds else PRODUCT
        return listed(plural, fields, page(rows, call.start), call.params)

    return _list


def _with_parent(row: Row) -> Row:
    parent = row["parentId"]
    value = {"value": str(parent), "valueId": str(row["id"])} if parent is not None else None
    return {**row, "parentId": value}


def _refuse_unselective(call: Call) -> None:
    names = {str(name) for name in as_list(call.params.get("select"))}
    filtered = {str(name).lstrip("=@!") for name in as_map(call.params.get("filter"))}
    if not {"id", "iblockId"} <= names or "iblockId" not in filtered:
        refuse("0", "Required select fields: id, iblockId")


def _product(call: Call) -> Row:
    row = call.site.products.get(whole(call.required("id")))
    if row is None:
        refuse(ANYTHING_ELSE, "product does not exist")
    return row


def _shown(row: Row) -> dict[str, Any]:
    """Return a product as ``get`` shows it: the purchase price is a text there (2.11)."""
    shown = {**{name: row[name] for name in PRODUCT}, **row.get("properties", {})}
    if shown["purchasingPrice"] is not None:
        shown["purchasingPrice"] = f"{shown['purchasingPrice']:.6f}"
    return shown


METHODS: Mapping[str, Handler] = {
    "catalog.product.getfields": product_fields,
    "catalog.product.get": product_get,
    "catalog.product.list": product_list,
    "catalog.product.add": product_add,
    "catalog.product.update": product_update,
    "catalog.product.delete": product_delete,
    "catalog.product.offer.list": _kind_list("offers", OFFER, ORPHAN),
    "catalog.product.sku.list": _kind_list("units", PARENT_TYPE, 6),
    "catalog.product.service.list": _kind_list("services", 7),
}
