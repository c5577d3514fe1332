"""``catalog.*``: prices, stores, sections and variants (reference 2.11, 10.6)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

ROWS = json.loads((Path(__file__).parent / "samples/catalog.json").read_text("utf-8"))
SAMPLES: dict[str, AnyJson] = {row["call"]: row for row in ROWS}


async def test_price_modify_sample(shop: Shop) -> None:
    """A modified price is answered as documented, and the next order costs it."""
    await shop.act("clock.freeze", at="2025-03-03T16:10:00+03:00")
    sample = SAMPLES["catalog.price.modify"]
    assert await shop.result("catalog.price.modify", sample["body"]) == sample["answer"]["result"]
    assert (await shop.act("order.place", items=[{"product_id": 88}]))["price"] == 710.5


async def test_price_modify_deletes_what_is_not_sent(shop: Shop) -> None:
    """Prices whose id is not sent are deleted (trap 4)."""
    fields = {"productId": 88, "catalogGroupId": 1, "price": 5, "currency": "RUB"}
    assert await shop.refused("catalog.price.add", {"fields": fields}) == (400, 0)
    body: Json = {"fields": {"product": {"id": 88, "prices": []}}}
    assert await shop.result("catalog.price.modify", body) == {"prices": []}
    added = await shop.result("catalog.price.add", {"fields": fields})
    assert added["price"]["price"] == 5
    key = added["price"]["id"]
    await shop.result("catalog.price.update", {"id": key, "fields": {"price": 6}})
    assert (await shop.result("catalog.price.get", {"id": key}))["price"]["price"] == 6
    assert await shop.result("catalog.price.delete", {"id": key}) is True
    listed = await shop.call("catalog.price.list", {"filter": {"productId": 88}})
    assert listed["total"] == 0


@pytest.mark.parametrize("position", [0, 1])
async def test_price_modify_refusals(shop: Shop, position: int) -> None:
    """A row without its required keys, or of an unknown type, is refused in full."""
    wanted = SAMPLES["catalog.price.modify"]["errors"][position]
    row: Json = {"catalogGroupId": 1}
    if position == 1:
        row = {"catalogGroupId": 77, "price": 1, "currency": "RUB"}
    body = {"fields": {"product": {"id": 88, "prices": [row]}}}
    assert await shop.ask("catalog.price.modify", body) == (wanted["status"], wanted["answer"])


async def test_store_sample(shop: Shop) -> None:
    """Amounts by store are listed as documented; they follow the product's quantity."""
    sample = SAMPLES["catalog.storeproduct.list"]
    answer = await shop.call("catalog.storeproduct.list", sample["body"])
    assert {key: answer[key] for key in ("result", "total")} == sample["answer"]
    await shop.act("product.edit", id=88, fields={"quantity": 3, "base_price": 9})
    rows = (await shop.result("catalog.storeproduct.list", sample["body"]))["storeProducts"]
    assert rows[0]["amount"] == 3
    prices = await shop.result("catalog.price.list", {"filter": {"productId": 88}})
    assert prices["prices"][0]["price"] == 9


@pytest.mark.parametrize(
    ("method", "key", "count"),
    [
        ("catalog.catalog.list", "catalogs", 2),
        ("catalog.priceType.list", "priceTypes", 1),
        ("catalog.store.list", "stores", 1),
        ("catalog.section.list", "sections", 0),
        ("catalog.measure.list", "measures", 1),
        ("catalog.vat.list", "vats", 3),
    ],
)
async def test_dictionaries(shop: Shop, method: str, key: str, count: int) -> None:
    """Each dictionary is listed under its own plural with a total."""
    answer = await shop.call(method)
    assert (len(answer["result"][key]), answer["total"]) == (count, count)
    await shop.door("settings", {"sale_rights": "D"})
    assert await shop.refused(method) == (400, 200040300010)


async def test_offers_iblock_is_found_by_the_catalogs(shop: Shop) -> None:
    """The offers' catalogue names the goods' one and the property that joins them."""
    goods, offers = (await shop.result("catalog.catalog.list"))["catalogs"]
    assert (goods["iblockId"], goods["productIblockId"]) == (4, None)
    assert (offers["iblockId"], offers["productIblockId"], offers["skuPropertyId"]) == (5, 4, 41)


async def test_section_is_added_changed_and_deleted(shop: Shop) -> None:
    """Sections belong to a catalogue that exists."""
    body = {"fields": {"iblockId": 4, "name": "Мёд"}}
    made = (await shop.result("catalog.section.add", body))["section"]
    edit = {"id": made["id"], "fields": {"name": "Мёд и джемы"}}
    assert (await shop.result("catalog.section.update", edit))["section"]["name"] == "Мёд и джемы"
    assert await shop.result("catalog.section.delete", {"id": made["id"]}) is True
    wrong = {"fields": {"iblockId": 9, "name": "x"}}
    assert await shop.refused("catalog.section.add", wrong) == (400, 200040300000)


async def test_deleted_product_takes_its_prices(shop: Shop) -> None:
    """A deleted product is in no list, neither are its prices."""
    assert await shop.result("catalog.product.delete", {"id": 91}) is True
    assert await shop.refused("catalog.product.get", {"id": 91}) == (400, 0)
    assert (await shop.call("catalog.price.list", {"filter": {"productId": 91}}))["total"] == 0
    assert await shop.refused("catalog.product.offer.list") == (400, "0")


async def test_shipped_goods_leave_the_stock(shop: Shop) -> None:
    """``deducted=Y`` writes off what the shipment holds, ``N`` puts it back (2.4)."""
    goods = [{"product_id": 88, "quantity": 12}]
    await shop.act("order.place", items=goods, delivery={"id": 3})
    fields: Json = {"deliveryId": 3, "allowDelivery": "Y", "deducted": "Y"}
    for deducted, left in (("Y", (0, "N")), ("N", (12, "Y"))):
        body = {"id": 71, "fields": {**fields, "deducted": deducted}}
        await shop.result("sale.shipment.update", body)
        product = (await shop.result("catalog.product.get", {"id": 88}))["product"]
        assert (product["quantity"], product["available"]) == left
    order: Json = {"id": 51, "shipments": [{"id": 71, **fields}]}
    await shop.result("sale.order.tryModify", {"fields": {"order": order}})
    product = (await shop.result("catalog.product.get", {"id": 88}))["product"]
    assert product["quantity"] == 12


async def test_catalogue_row_takes_its_data_from_the_product(shop: Shop) -> None:
    """``addcatalogproduct`` ignores a name and a base price of the caller's (2.2)."""
    order = await shop.order()
    fields: Json = {"orderId": order, "productId": 89, "quantity": 1, "currency": "RUB"}
    body = {"fields": {**fields, "name": "x", "basePrice": 1}}
    row = (await shop.result("sale.basketitem.addcatalogproduct", body))["basketItem"]
    assert (row["name"], row["basePrice"], row["price"]) == ("Мёд липовый", 450, 450)
    known = (await shop.result("sale.basketitem.getfieldscatalogproduct"))["basketItem"]
    assert (known["name"]["isReadOnly"], known["quantity"]["isReadOnly"]) == (True, False)
