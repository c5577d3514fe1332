"""Product lists and views (section 19, 31.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import DEVICE, OLGA

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

SITE = {"ids": {"websiteId": "70014"}}
TWO: list[Json] = [
    {"product": {"ids": {"website": "SKU-9001"}}, "count": 3, "pricePerItem": 1500},
    {"product": {"ids": {"website": "SKU-9002"}}, "count": 2, "pricePerItem": 800},
]


async def shown(demo: Project, name: str) -> list[tuple[str, int, float]]:
    """Return product, count and sum of each element of a list."""
    found: AnyJson = await demo.call(name, {"customer": OLGA})
    return [
        (row["product"]["ids"]["website"], row["count"], row["priceOfLine"])
        for row in found["productList"]
    ]


@pytest.mark.parametrize(
    ("write", "read"),
    [
        pytest.param("Website.SetCart", "Website.GetCart", id="cart"),
        pytest.param("Website.SetWishList", "Website.GetWishList", id="wish list"),
        pytest.param(
            "Website.SetTovarNeVNalichiiItemList",
            "Website.GetTovarNeVNalichiiItemList",
            id="back in stock",
        ),
    ],
)
async def test_setting_replaces_the_whole_list(demo: Project, write: str, read: str) -> None:
    """Two elements, then one; other lists stay empty (19.1)."""
    await demo.queue(write, {"customer": SITE, "productList": TWO}, deviceUUID=DEVICE)
    assert await shown(demo, read) == [("SKU-9001", 3, 4500), ("SKU-9002", 2, 1600)]
    await demo.queue(write, {"customer": SITE, "productList": TWO[1:]}, deviceUUID=DEVICE)
    assert await shown(demo, read) == [("SKU-9002", 2, 1600)]
    assert len(await demo.inspect("lists")) == 1


async def test_elements_are_added_counted_and_removed(demo: Project) -> None:
    """The four single steps and the clear of 31.6 (19.1)."""
    product = {"product": {"ids": {"website": "SKU-9001"}}, "pricePerItem": 1500}
    await demo.queue("Website.AddToCart", {"customer": SITE, "addProductToList": product})
    await demo.queue("Website.AddToCart", {"customer": SITE, "addProductToList": product})
    assert await shown(demo, "Website.GetCart") == [("SKU-9001", 2, 3000)]
    counted = {**product, "count": 5, "priceOfLine": 7500, "pricePerItem": None}
    await demo.queue(
        "Website.SetProductCount", {"customer": SITE, "setProductCountInList": counted}
    )
    assert await shown(demo, "Website.GetCart") == [("SKU-9001", 5, 7500)]
    await demo.queue("Website.RemoveProduct", {"customer": SITE, "removeProductFromList": product})
    assert await shown(demo, "Website.GetCart") == []
    await demo.queue("Website.SetCart", {"customer": SITE, "productList": TWO})
    clear = {"customer": SITE, "executionDateTimeUtc": "2026-03-01 10:00:01.000"}
    await demo.queue("Website.ClearCart", clear)
    assert await shown(demo, "Website.GetCart") == []


async def test_an_anonymous_list_belongs_to_the_device(demo: Project) -> None:
    """Without a customer the device owns it; without both the log tells (19.1)."""
    await demo.queue("Website.SetCart", {"productList": TWO}, deviceUUID=DEVICE)
    assert (await demo.inspect("lists"))[0]["owner"] == f"device:{DEVICE}"
    await demo.queue("Website.SetCart", {"productList": TWO})
    assert (await demo.inspect("operationLog"))[-1]["status"] == "ProtocolError"


@pytest.mark.parametrize(
    ("operation", "body", "action"),
    [
        pytest.param(
            "Website.ViewProduct",
            {"viewProduct": {"product": {"ids": {"website": "SKU-9001"}}, "price": 1500}},
            "ProsmotrTovara",
            id="product",
        ),
        pytest.param(
            "Website.ViewProduct",
            {"product": {"ids": {"website": "SKU-9001"}}},
            "ProsmotrTovara",
            id="product at the root",
        ),
        pytest.param(
            "Website.ViewProduct",
            {"viewProduct": {"productGroup": {"ids": {"website": "G-1"}}}},
            "ProsmotrTovara",
            id="group",
        ),
        pytest.param(
            "Website.ViewCategory",
            {"viewProductCategory": {"productCategory": {"ids": {"website": "CAT-12"}}}},
            "ProsmotrKategorii",
            id="category",
        ),
    ],
)
async def test_views_become_actions(demo: Project, operation: str, body: Json, action: str) -> None:
    """Each form of a view leaves an action of the customer (19.2)."""
    await demo.queue(operation, {"customer": SITE, **body}, deviceUUID=DEVICE)
    (row,) = await demo.inspect("customers")
    assert row["actions"] == [action]
