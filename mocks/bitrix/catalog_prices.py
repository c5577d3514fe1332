"""Methods of prices, stores, sections and the other dictionaries of the catalogue (2.11, 10.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.catalog_fields import (
    CATALOG,
    MEASURE,
    PRICE,
    PRICE_TYPE,
    SECTION,
    STORE,
    STORE_PRODUCT,
    VAT,
)
from mocks.bitrix.errors import ANYTHING_ELSE, refuse, required_fields
from mocks.bitrix.fields import Fields, described, fresh, missing, whole, writable
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.stock import drop_price, price_of, set_price
from mocks.bitrix.table import Row, Table

_NO_GROUP = "Validate price error. Catalog price group is wrong"


def price_add(call: Call) -> Answer:
    """Answer ``catalog.price.add``: one price of a product and a type."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(PRICE, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(PRICE, sent, call.site.clock, adding=True)
    product = _product(call, values["productId"])
    _group(call, values["catalogGroupId"])
    if price_of(call.site, product["id"], values["catalogGroupId"]) is not None:
        refuse(ANYTHING_ELSE, "Price already exists")
    row = _set(call, product, values)
    call.did("created", row["id"])
    return Answer({"price": row})


def price_update(call: Call) -> Answer:
    """Answer ``catalog.price.update``: price and currency of one row."""
    call.may_write()
    row = _existing(call, call.site.prices, "price is not exists")
    sent = call.sent_fields()
    values = writable(PRICE, sent, call.site.clock, adding=False)
    is_same = all(row[name] == value for name, value in values.items())
    product = _product(call, row["productId"])
    _set(call, product, {**row, **values})
    call.did("unchanged" if is_same else "changed", row["id"])
    return Answer({"price": row})


def price_delete(call: Call) -> Answer:
    """Answer ``catalog.price.delete``."""
    call.may_write()
    row = _existing(call, call.site.prices, "price is not exists")
    drop_price(call.site, row)
    call.did("changed", row["id"])
    return Answer(result=True)


def price_modify(call: Call) -> Answer:
    """Answer ``catalog.price.modify``: the whole set; prices whose id is not sent go (10.6)."""
    call.may_write()
    sent = as_map(call.sent_fields().get("product"))
    rows = [as_map(row) for row in as_list(sent.get("prices"))]
    for row in rows:
        lacking = [
            name for name in ("catalogGroupId", "price", "currency") if row.get(name) in (None, "")
        ]
        if lacking:
            raise required_fields(lacking)
        _group(call, whole(row["catalogGroupId"]))
    product = _product(call, whole(sent.get("id")))
    kept = {whole(row["id"]) for row in rows if row.get("id")}
    for known in call.site.prices.where("productId", product["id"]):
        if known["id"] not in kept:
            drop_price(call.site, known)
    for row in rows:
        _set(call, product, row)
    call.did("changed", product["id"])
    found = call.site.prices.where("productId", product["id"])
    return Answer({"prices": found})


def _set(call: Call, product: Row, values: Mapping[str, Any]) -> Row:
    return set_price(
        call.site,
        product,
        float(values["price"] or 0),
        type_id=whole(values["catalogGroupId"]),
        currency=str(values["currency"]),
    )


def section_add(call: Call) -> Answer:
    """Answer ``catalog.section.add``."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(SECTION, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = writable(SECTION, sent, call.site.clock, adding=True)
    if call.site.catalogs.get(values["iblockId"]) is None:
        refuse(200040300000, "iblock does not exist")
    row = call.site.sections.add({**fresh(SECTION), **values, "id": call.site.next_id("section")})
    call.did("created", row["id"])
    return Answer({"section": row})


def section_update(call: Call) -> Answer:
    """Answer ``catalog.section.update``."""
    call.may_write()
    row = _existing(call, call.site.sections, "section is not exists")
    values = writable(SECTION, call.sent_fields(), call.site.clock, adding=False)
    call.site.sections.update(row, **values)
    call.did("changed", row["id"])
    return Answer({"section": row})


def section_delete(call: Call) -> Answer:
    """Answer ``catalog.section.delete``."""
    call.may_write()
    row = _existing(call, call.site.sections, "section is not exists")
    call.site.sections.remove(row["id"])
    call.did("changed", row["id"])
    return Answer(result=True)


def _existing(call: Call, table: Table, text: str) -> Row:
    row = table.get(whole(call.required("id")))
    if row is None:
        refuse(ANYTHING_ELSE, text)
    return row


def _product(call: Call, key: int) -> Row:
    row = call.site.products.get(key)
    if row is None:
        refuse(ANYTHING_ELSE, "product does not exist")
    return row


def _group(call: Call, key: int) -> None:
    if call.site.price_types.get(key) is None:
        refuse(ANYTHING_ELSE, _NO_GROUP)


def _readers(method: str, table: str, fields: Fields, one: str, many: str) -> dict[str, Handler]:
    """Make ``get``, ``list`` and ``getfields`` of an entity."""

    def _get(call: Call) -> Answer:
        call.may_read()
        return Answer({one: _existing(call, getattr(call.site, table), f"{one} is not exists")})

    def _list(call: Call) -> Answer:
        call.may_read()
        rows = find(getattr(call.site, table), fields, call.params, call.site.clock)
        return listed(many, fields, page(rows, call.start), call.params)

    def _fields(call: Call) -> Answer:
        call.may_read()
        return Answer({one: described(fields)})

    return {f"{method}.get": _get, f"{method}.list": _list, f"{method}.getfields": _fields}


METHODS: Mapping[str, Handler] = {
    **_readers("catalog.catalog", "catalogs", CATALOG, "catalog", "catalogs"),
    **_readers("catalog.price", "prices", PRICE, "price", "prices"),
    **_readers("catalog.priceType", "price_types", PRICE_TYPE, "priceType", "priceTypes"),
    **_readers("catalog.store", "stores", STORE, "store", "stores"),
    **_readers(
        "catalog.storeproduct", "store_products", STORE_PRODUCT, "storeProduct", "storeProducts"
    ),
    **_readers("catalog.section", "sections", SECTION, "section", "sections"),
    **_readers("catalog.measure", "measures", MEASURE, "measure", "measures"),
    **_readers("catalog.vat", "vats", VAT, "vat", "vats"),
    "catalog.price.add": price_add,
    "catalog.price.update": price_update,
    "catalog.price.delete": price_delete,
    "catalog.price.modify": price_modify,
    "catalog.section.add": section_add,
    "catalog.section.update": section_update,
    "catalog.section.delete": section_delete,
}
