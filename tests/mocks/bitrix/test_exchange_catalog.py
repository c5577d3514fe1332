"""CommerceML: goods, offers, prices and stock from 1C (reference 3.7, 10.14, 10.16)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mocks.bitrix.onec import OneC

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson, Shop

SAMPLES = Path(__file__).parent / "samples"
GOODS = (SAMPLES / "import.xml").read_text("utf-8")
OFFERS = (SAMPLES / "offers.xml").read_text("utf-8")


async def _onec(shop: Shop) -> OneC:
    onec = OneC(shop.http, kind="catalog")
    await onec.log_in()
    await onec.text("init")
    return onec


async def _product(shop: Shop, key: int = 88) -> AnyJson:
    return (await shop.result("catalog.product.get", {"id": key}))["product"]


async def _price(shop: Shop, key: int = 88) -> float:
    prices = (await shop.result("catalog.price.list", {"filter": {"productId": key}}))["prices"]
    return float(prices[0]["price"])


@pytest.mark.parametrize("name", ["import.xml", "offers.xml"])
async def test_small_file_takes_eleven_calls(shop: Shop, name: str) -> None:
    """Ten times ``progress``, then ``success``: each call is one step of the loader."""
    onec = await _onec(shop)
    body = (SAMPLES / name).read_bytes()
    assert await onec.text("file", body, filename=name) == "success\n"
    words = [(await onec.text("import", filename=name)).split("\n")[0] for _ in range(11)]
    assert words == ["progress"] * 10 + ["success"]


async def test_goods_are_changed_with_section_property_and_picture(shop: Shop) -> None:
    """The golden file must change product 88: section, description, rate, property, picture."""
    onec = await _onec(shop)
    await onec.text("file", b"jpeg", filename="import_files/0a/0a1b-88.jpg")
    await onec.send("import.xml", GOODS.replace("<Наименование>Jam", "<Наименование>Ёж").encode())
    product = await _product(shop)
    assert (product["name"], product["detailText"], product["vatId"]) == ("Ёж", "Клубничный", 2)
    assert product["property50"] == {"value": "Клубника", "valueId": "val-1"}
    assert product["detailPicture"]["url"].endswith("/upload/import_files/0a/0a1b-88.jpg")
    sections = (await shop.result("catalog.section.list"))["sections"]
    assert [(row["xmlId"], row["name"]) for row in sections] == [
        ("grp-1", "Соусы"),
        ("grp-2", "Джемы"),
    ]
    assert sections[1]["iblockSectionId"] == sections[0]["id"]
    assert product["iblockSectionId"] == sections[1]["id"]


async def test_new_product_is_created(shop: Shop) -> None:
    """A key that the shop does not know makes a product; a deleted one is switched off."""
    onec = await _onec(shop)
    await onec.send("import.xml", GOODS.replace("0a1b-88", "new-1").encode())
    product = await _product(shop, 101)
    assert (product["xmlId"], product["active"], product["iblockId"]) == ("new-1", "Y", 4)
    gone = GOODS.replace("0a1b-88", "new-1").replace("<Товар>", '<Товар Статус="Удален">')
    await onec.send("b.xml", gone.encode())
    assert (await _product(shop, 101))["active"] == "N"


async def test_offers_set_price_and_stock(shop: Shop) -> None:
    """Price, quantity and store amounts must be those of the file, and new orders cost it."""
    onec = await _onec(shop)
    body = OFFERS.replace(">700<", ">710,50<").replace(">12<", ">0<").replace('="12"', '="0"')
    await onec.send("offers.xml", body.encode())
    product = await _product(shop)
    assert (product["quantity"], product["available"]) == (0, "N")
    assert await _price(shop) == 710.5
    stock = await shop.result("catalog.storeproduct.list", {"filter": {"productId": 88}})
    assert [(row["storeId"], row["amount"]) for row in stock["storeProducts"]] == [(1, 0)]
    order = await shop.act("order.place", items=[{"product_id": 88}])
    assert order["price"] == 710.5


async def test_prices_and_rests_in_files_of_their_own(shop: Shop) -> None:
    """A file with prices only leaves the stock alone, and the other way round (3.7)."""
    onec = await _onec(shop)
    start, end = OFFERS.index("<Количество>"), OFFERS.index("</Предложение>")
    await onec.send(
        "prices_1.xml", (OFFERS[:start] + OFFERS[end:]).replace(">700<", ">1<").encode()
    )
    assert (await _price(shop), (await _product(shop))["quantity"]) == (1, 12)
    start, end = OFFERS.index("<Цены>"), OFFERS.index("<Количество>")
    await onec.send("rests_1.xml", (OFFERS[:start] + OFFERS[end:]).replace(">12<", ">5<").encode())
    assert (await _price(shop), (await _product(shop))["quantity"]) == (1, 5)


async def test_variant_becomes_an_offer_of_its_product(shop: Shop) -> None:
    """``prod#offer`` makes a variant in the offers' catalogue; its parent becomes type 3."""
    onec = await _onec(shop)
    body = OFFERS.replace("<Ид>0a1b-88</Ид>", "<Ид>0a1b-88#0c2d-01</Ид>")
    await onec.send("offers.xml", body.encode())
    query = {"select": ["id", "iblockId", "xmlId", "parentId"], "filter": {"iblockId": 5}}
    [offer] = (await shop.result("catalog.product.offer.list", query))["offers"]
    assert (offer["xmlId"], offer["parentId"]["value"]) == ("0c2d-01", "88")
    assert (await _product(shop))["type"] == 3
    order = await shop.act("order.place", items=[{"product_id": offer["id"]}])
    sale = OneC(shop.http)
    await sale.log_in()
    [document] = await sale.orders()
    assert document.findtext("Товары/Товар/Ид") == "0a1b-88#0c2d-01"
    assert order["price"] == 700


async def test_new_price_type_and_store_are_created(shop: Shop) -> None:
    """Types and stores that the shop lacks are created by their keys; the base price stays."""
    onec = await _onec(shop)
    body = OFFERS.replace("pt-1", "pt-2").replace("st-1", "st-2").replace(">700<", ">650<")
    await onec.send("offers.xml", body.encode())
    types = (await shop.result("catalog.priceType.list"))["priceTypes"]
    assert [(row["xmlId"], row["base"]) for row in types] == [("pt-1", "Y"), ("pt-2", "N")]
    prices = await shop.result("catalog.price.list", {"filter": {"productId": 88}})
    assert [row["price"] for row in prices["prices"]] == [700, 650]
    assert len((await shop.result("catalog.store.list"))["stores"]) == 2


async def test_deactivate_hides_what_a_full_load_did_not_bring(shop: Shop) -> None:
    """After a full load old goods are hidden; a file of changes hides nothing (3.2)."""
    await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
    onec = await _onec(shop)
    partial = GOODS.replace('Изменения="false"', 'Изменения="true"')
    await onec.send("a.xml", partial.encode())
    await onec.text("deactivate", timestamp="1741000000")
    assert (await _product(shop, 89))["active"] == "Y"
    await onec.send("b.xml", GOODS.encode())
    answer = await onec.text("deactivate", timestamp="1741000000")
    assert answer == "success\nДеактивировано элементов: 3."
    assert [(await _product(shop, key))["active"] for key in (88, 89)] == ["Y", "N"]


async def test_broken_file_fails_and_stays_at_its_step(shop: Shop) -> None:
    """Broken XML answers ``failure`` again and again until a new ``init`` (3.7)."""
    onec = await _onec(shop)
    await onec.text("file", GOODS.encode()[:500], filename="import.xml")
    for _ in range(2):
        assert (await onec.text("import", filename="import.xml")).startswith("progress\n")
    for _ in range(2):
        assert (await onec.text("import", filename="import.xml")).startswith("failure\n")


async def test_elements_are_loaded_in_slices(shop: Shop) -> None:
    """A big file repeats the element step until nothing is left."""
    await shop.door("settings", {"exchange": {"import_slice": 2}})
    onec = await _onec(shop)
    start, end = GOODS.index("<Товар>"), GOODS.index("</Товары>")
    many = "".join(GOODS[start:end].replace("0a1b-88", f"k-{n}") for n in range(5))
    body = GOODS[:start] + many + GOODS[end:]
    await onec.text("file", body.encode(), filename="import.xml")
    words = [(await onec.text("import", filename="import.xml")).split("\n")[0] for _ in range(13)]
    assert words == ["progress"] * 12 + ["success"]
    query = {"select": ["id", "iblockId"], "filter": {"iblockId": 4, "%xmlId": "k-"}}
    assert (await shop.call("catalog.product.list", query))["total"] == 5
