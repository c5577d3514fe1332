"""The store: stock and prices written in parts, products and groups, incremental reading."""

from __future__ import annotations

from typing import Any

import pytest

from mocks.retailcrm.settings import Offer
from tests.mocks.retailcrm.conftest import TWO_SHOPS, Crm, Start

OFFERS = tuple(Offer(n, f"sku-{n}", f"Товар {n}", 100 * n, f"xml-{n}") for n in (1, 2, 3))


@pytest.fixture
async def shop(start: Start) -> Crm:
    """A double with three offers in three products, 210 to 212."""
    return await start(offers=OFFERS)


async def _stock(crm: Crm, *, key: str = "k3y", details: str = "0") -> Any:  # noqa: ANN401 - JSON
    asked = {"filter[ids][]": "1", "filter[details]": details}
    return (await crm.get("store/inventories", asked, key=key)).json()["offers"]


async def _upload(crm: Crm, rows: Any, **form: Any) -> Any:  # noqa: ANN401 - JSON
    answer = await crm.post("store/inventories/upload", offers=rows, **form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_stock_is_absolute_and_found_by_any_name(shop: Crm) -> None:
    """A repeat is harmless; id, externalId and xmlId name the same offer."""
    for locator in ({"id": 1}, {"externalId": "sku-1"}, {"xmlId": "xml-1"}):
        rows = [{**locator, "stores": [{"code": "main", "available": 2.5, "purchasePrice": 40}]}]
        body = await _upload(shop, rows)
        assert (body["processedOffersCount"], body["notFoundOffers"]) == (1, [])
    (row,) = await _stock(shop)
    assert (row["quantity"], row["purchasePrice"], "stores" in row) == (2.5, 40, False)
    (detailed,) = await _stock(shop, details="1")
    assert detailed["stores"] == [{"store": "main", "quantity": 2.5, "purchasePrice": 40}]


async def test_stock_is_written_per_shop(start: Start) -> None:
    """Stock of one shop says nothing about the other: repeat per shop."""
    crm = await start(offers=OFFERS, shops=TWO_SHOPS)
    rows = [{"id": 1, "stores": [{"code": "main", "available": 7}]}]
    await crm.post("store/inventories/upload", key="b0th", site="shop-msk", offers=rows)
    held = {row["site"]: row["quantity"] for row in await _stock(crm, key="b0th")}
    assert held == {"shop-ru": 0, "shop-msk": 7}
    missing = await crm.post("store/inventories/upload", key="b0th", offers=rows)
    assert missing.json()["errorMsg"] == "Parameter 'site' is missing"


@pytest.mark.parametrize(
    ("rule", "found", "lost"),
    [
        ("list", [], [{"externalId": "нет"}]),
        ("absent_when_empty", None, [{"externalId": "нет"}]),
        ("object", [], {"externalId": "нет"}),
    ],
)
async def test_not_found_offers_come_in_three_shapes(
    shop: Crm,
    rule: str,
    found: Any,  # noqa: ANN401 - a shape of the answer
    lost: Any,  # noqa: ANN401 - a shape of the answer
) -> None:
    """A reader that expects a list must survive no key and one object."""
    await shop.switch(not_found_offers=rule)
    good = await _upload(shop, [{"id": 1, "stores": []}])
    assert good.get("notFoundOffers") == found
    bad = await _upload(shop, [{"externalId": "нет", "stores": []}])
    assert (bad["processedOffersCount"], bad["notFoundOffers"]) == (0, lost)


async def test_an_unknown_store_saves_nothing(shop: Crm) -> None:
    """A slip in a store's code must not write half of the stock."""
    rows = [
        {"id": 1, "stores": [{"code": "main", "available": 1}]},
        {"id": 2, "stores": [{"code": "склад", "available": 1}]},
    ]
    answer = await shop.post("store/inventories/upload", offers=rows)
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        ["Store with code склад not found."],
    )
    assert (await _stock(shop))[0]["quantity"] == 0


async def test_no_more_than_250_rows_are_taken(shop: Crm) -> None:
    """A batch above the believed maximum is refused whole."""
    row = {"id": 1, "stores": [{"code": "main", "available": 1}]}
    assert (await _upload(shop, [row] * 250))["processedOffersCount"] == 250
    answer = await shop.post("store/inventories/upload", offers=[row] * 251)
    assert answer.status_code == 400


async def test_prices_by_type_and_their_removal(shop: Crm) -> None:
    """The base price is the one that orders take; another type stands beside it."""
    kind = {"name": "Опт", "currency": "RUB"}
    await shop.post("reference/price-types/opt/edit", priceType=kind)
    prices = [{"code": "base", "price": 150.5}, {"code": "opt", "price": 90}]
    body = [{"externalId": "sku-1", "prices": prices}]
    answer = await shop.post("store/prices/upload", prices=body)
    assert answer.json()["processedOffersCount"] == 1
    (offer,) = (await shop.get("store/offers", {"filter[ids][]": 1})).json()["offers"]
    assert [(row["priceType"], row["price"]) for row in offer["prices"]] == [
        ("base", 150.5),
        ("opt", 90),
    ]
    assert (offer["price"], offer["product"]["minPrice"]) == (150.5, 150.5)
    line = {"items": [{"offer": {"externalId": "sku-1"}, "quantity": 2}]}
    made = await shop.post("orders/create", order={"externalId": "o-1", **line})
    assert made.json()["order"]["totalSumm"] == 301
    gone = [{"externalId": "sku-1", "prices": [{"code": "opt", "remove": True}]}]
    await shop.post("store/prices/upload", prices=gone)
    (offer,) = (await shop.get("store/offers", {"filter[ids][]": 1})).json()["offers"]
    assert [row["priceType"] for row in offer["prices"]] == ["base"]
    wrong = [{"externalId": "sku-1", "prices": [{"code": "нет", "price": 1}]}]
    refused = await shop.post("store/prices/upload", prices=wrong)
    assert refused.json()["errors"] == ["PriceType with code нет not found."]


async def test_products_are_made_in_groups_and_edited(shop: Crm) -> None:
    """A group takes a parent; a product named in it is found by the group, with its offer."""
    group = {"externalId": "посуда", "name": "Посуда"}
    made = await shop.post("store/product-groups/create", productGroup=group)
    assert (made.status_code, made.json()) == (201, {"success": True, "id": 12})
    inner = {"externalId": "чашки", "name": "Чашки", "parentId": 12}
    await shop.post("store/product-groups/create", productGroup=inner)
    twice = await shop.post("store/product-groups/create", productGroup=inner)
    assert twice.status_code == 400
    await shop.post("store/product-groups/чашки/edit", productGroup={"name": "Чашки и блюдца"})
    rows = (await shop.get("store/product-groups", {"filter[parentGroupId]": "12"})).json()
    assert [(row["name"], row["level"]) for row in rows["productGroup"]] == [("Чашки и блюдца", 1)]
    products = [{"name": "Блюдце", "externalId": "b-1", "groups": [{"externalId": "чашки"}]}]
    body = (await shop.post("store/products/batch/create", products=products)).json()
    assert (body["processedProductsCount"], body["addedProducts"]) == (1, [213])
    query = {"filter[groupExternalId]": "чашки"}
    (product,) = (await shop.get("store/products", query)).json()["products"]
    assert (product["id"], product["offers"][0]["externalId"]) == (213, "b-1")
    edits = [{"id": 213, "active": False}, {"externalId": "нет", "name": "Х"}]
    body = (await shop.post("store/products/batch/edit", products=edits)).json()
    assert (body["processedProductsCount"], body["notFoundProducts"]) == (
        1,
        [{"externalId": "нет"}],
    )
    query = {"filter[active]": "0"}
    assert [row["id"] for row in (await shop.get("store/products", query)).json()["products"]] == [
        213
    ]


async def test_the_incremental_readers_run_upwards(shop: Crm) -> None:
    """A walk by sinceId must see ascending ids; sinceUpdatedAt sees what stock changed."""
    query: dict[str, Any] = {"filter[sinceId]": "210"}
    rows = (await shop.get("store/products", query)).json()["products"]
    assert [row["id"] for row in rows] == [211, 212]
    shop.clock.set("2026-03-09 12:00:00")
    await _upload(shop, [{"id": 3, "stores": [{"code": "main", "available": 1}]}])
    query = {"filter[sinceUpdatedAt]": "2026-03-09 11:00:00"}
    rows = (await shop.get("store/products", query)).json()["products"]
    assert [row["id"] for row in rows] == [212]


@pytest.mark.parametrize(
    ("path", "query", "ids"),
    [
        ("products", {"filter[offerExternalId][]": "sku-2"}, [211]),
        ("products", {"filter[minPrice]": "200", "filter[maxPrice]": "250"}, [211]),
        ("products", {"filter[name]": "товар 3"}, [212]),
        ("products", {"filter[catalogs][]": "3"}, [212, 211, 210]),
        ("products", {"filter[sites][]": "нет"}, []),
        ("offers", {"filter[externalIds][]": "sku-3"}, [3]),
        ("offers", {"filter[minQuantity]": "1"}, []),
        ("offers", {"filter[priceType]": "base"}, [3, 2, 1]),
        ("inventories", {"filter[offerXmlId][]": "xml-2"}, [2]),
        ("inventories", {"filter[productExternalId][]": "sku-1"}, [1]),
    ],
    ids=str,
)
async def test_the_store_is_filtered(
    shop: Crm, path: str, query: dict[str, str], ids: list[int]
) -> None:
    """Every filter narrows; none is silently ignored."""
    body = (await shop.get(f"store/{path}", query)).json()
    assert [row["id"] for row in body["products" if path == "products" else "offers"]] == ids


async def test_what_is_not_kept_is_said(shop: Crm) -> None:
    """A filter by popularity cannot be answered and must not return everything."""
    assert (await shop.get("store/products", {"filter[popular]": "1"})).status_code == 400


async def test_properties_come_from_the_offers(crm: Crm) -> None:
    """Codes and values are listed once each, sorted."""
    offers = [
        {
            "id": 400 + n,
            "externalId": f"t-{n}",
            "name": "Футболка",
            "price": 1,
            "properties": {"size": {"code": "size", "name": "Размер", "value": size}},
        }
        for n, size in enumerate(("L", "M", "M"))
    ]
    product = {"id": 9, "name": "Футболка", "externalId": "t", "offers": offers}
    await crm.client.post("/__mock__/seed", json={"products": [product]})
    rows = (await crm.get("store/products/properties")).json()["properties"]
    assert [(row["code"], row["name"]) for row in rows] == [("size", "Размер")]
    held = (await crm.get("store/products/properties/values")).json()["productPropertyValues"]
    assert [row["value"] for row in held] == ["L", "M"]
    query = {"filter[properties][size]": "L"}
    assert [row["id"] for row in (await crm.get("store/offers", query)).json()["offers"]] == [400]
