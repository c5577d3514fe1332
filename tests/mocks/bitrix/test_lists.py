"""Lists: paging, prefixes, order, select and what is dropped in silence (reference 1.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Shop


async def _ids(shop: Shop, **params: Any) -> list[int]:
    answer = await shop.result("sale.order.list", {"select": ["id"], **params})
    return [row["id"] for row in answer["orders"]]


async def _three(shop: Shop) -> list[int]:
    """Three orders, saved at three minutes, the first one last."""
    made = []
    for minute, status in ((1, "N"), (2, "P"), (3, "F")):
        await shop.act("clock.freeze", at=f"2025-03-03T14:0{minute}:00+03:00")
        made.append(await shop.order(statusId=status, xmlId=f"gw-{minute}", userId=minute))
    await shop.act("clock.freeze", at="2025-03-03T14:09:00+03:00")
    await shop.result("sale.order.update", {"id": made[0], "fields": {"comments": "Позвонить"}})
    return made


async def test_start_is_rounded_down_to_a_page(shop: Shop) -> None:
    """``start=10`` is the first page again: a client that counts rows must notice in tests."""
    await shop.door("seed", {"orders": [{"items": [{"product_id": 88}]}] * 55})
    first = await _ids(shop)
    assert len(first) == 50
    assert await _ids(shop, start=10) == first
    assert len(await _ids(shop, start=99)) == 5
    assert await _ids(shop, start=100) == []


async def test_keyset_paging_sees_every_order_once(shop: Shop) -> None:
    """``start=-1`` with ``>id`` must walk the whole table."""
    await shop.door("seed", {"orders": [{"items": [{"product_id": 88}]}] * 120})
    seen: list[int] = []
    while page := await _ids(shop, start=-1, filter={">id": seen[-1] if seen else 0}):
        seen += page
    assert seen == list(range(51, 171))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"id": 52}, [1]),
        ({"=statusId": "P"}, [1]),
        ({"!statusId": "P"}, [0, 2]),
        ({"!=statusId": "P"}, [0, 2]),
        ({"@statusId": ["N", "F"]}, [0, 2]),
        ({"!@statusId": ["N", "F"]}, [1]),
        ({"statusId": ["N", "P"]}, [0, 1]),
        ({"%xmlId": "W-3"}, [2]),
        ({"=%xmlId": "gw%2"}, [1]),
        ({"%=xmlId": "w%"}, []),
        ({"!%xmlId": "-3"}, [0, 1]),
        ({"userId": "3"}, [2]),
        ({"xmlId": "gw-2"}, [1]),
        ({"@id": [53, 51, 99]}, [0, 2]),
        ({">id": 51, "<id": 53}, [1]),
        ({"<=id": 52}, [0, 1]),
        ({">=dateUpdate": "2025-03-03T14:03:00+03:00"}, [0, 2]),
        ({">dateUpdate": "2025-03-03T14:03:00+03:00"}, [0]),
        ({">=dateUpdate": "2025-03-03T11:03:00+00:00"}, [0, 2]),
        ({">=dateUpdate": "2025-03-03 14:03:00"}, [0, 2]),
        ({"<dateUpdate": "03.03.2025 14:03:00"}, [1]),
        ({">=dateUpdate": "2999-01-01T00:00:00+03:00"}, []),
        ({">=dateupdate": "2999-01-01T00:00:00+03:00"}, [0, 1, 2]),
        ({">=dateUpdate": "soon"}, [0, 1, 2]),
        ({"noSuchField": 1}, [0, 1, 2]),
        ({"dateCanceled": None}, [0, 1, 2]),
        ([], [0, 1, 2]),
    ],
)
async def test_filters(shop: Shop, wanted: object, found: list[int]) -> None:
    """Every prefix must choose as documented; typos and unreadable dates return everything."""
    made = await _three(shop)
    assert sorted(await _ids(shop, filter=wanted)) == [made[index] for index in found]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"dateUpdate": "ASC", "id": "ASC"}, [1, 2, 0]),
        ({"dateUpdate": "ASC"}, [1, 2, 0]),
        ({"dateUpdate": "DESC"}, [0, 2, 1]),
        ({"id": "DESC"}, [2, 1, 0]),
        ({"statusId": "ASC"}, [2, 0, 1]),
        ({"ID": "DESC"}, [0, 1, 2]),
        ({}, [0, 1, 2]),
    ],
)
async def test_order(shop: Shop, order: dict[str, str], found: list[int]) -> None:
    """Rows must come in the asked order; unknown names fall back to ascending ids."""
    made = await _three(shop)
    assert await _ids(shop, order=order) == [made[index] for index in found]


async def test_equal_stamps_come_by_id(shop: Shop) -> None:
    """Orders saved in one second must not change places between pages."""
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    made = [await shop.order() for _ in range(4)]
    assert await _ids(shop, order={"dateUpdate": "ASC", "id": "ASC"}) == made


async def test_select_gives_the_named_fields(shop: Shop) -> None:
    """A row must hold exactly what was selected; only unknown names select everything."""
    await shop.order()
    answer = await shop.result("sale.order.list", {"select": ["id", "statusId", "nope"]})
    assert answer["orders"] == [{"id": 51, "statusId": "N"}]
    everything = (await shop.result("sale.order.list", {"select": ["nope"]}))["orders"][0]
    assert {"dateUpdate", "version", "price"} <= set(everything)
    assert "basketItems" not in everything


async def test_dictionaries(shop: Shop) -> None:
    """Property ids must differ by payer type, and pay systems speak in capitals."""
    rows = await shop.result("sale.property.list", {"filter": {"code": "PHONE"}})
    assert {row["personTypeId"]: row["id"] for row in rows["properties"]} == {1: 3, 2: 24}
    assert {row["isPhone"] for row in rows["properties"]} == {"Y"}
    types = await shop.result("sale.persontype.list")
    assert [row["id"] for row in types["personTypes"]] == [1, 2]
    names = await shop.result("sale.statuslang.list", {"filter": {"statusId": "N"}})
    assert names["statusLangs"][0]["name"] == "Принят"
    systems = await shop.result("sale.paysystem.list", {"select": ["ID", "NAME"]})
    assert {"ID": 2, "NAME": "Карта"} in systems
    assert {row["ID"] for row in await shop.result("sale.delivery.getlist")} == {2, 3}
