"""Prices and stock of goods, by REST and by the exchange of 1C, against the running double."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bitrix.exchange_words import mapping_of
from connectors.bitrix.products_exchange import ExchangeProducts
from connectors.bitrix.products_rest import RestProducts
from gateway.canonical import Kind, Money, Price, Product, Stock
from gateway.canonical.paths import spoken
from gateway.contract import (
    AuthRejected,
    Failed,
    Missing,
    Rejected,
    TranslationFailed,
    Unavailable,
    Written,
)
from tests.connectors.bitrix.world import World, connect, creation, in_process, settings_for
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "p-01jabcdefghjkmnpqrstvw"
REST: dict[str, Any] = {
    "products": "rest",
    "catalog": {"prices": {"retail": 1}, "total_store": "total"},
}


def exchange(site: str, **more: Any) -> dict[str, Any]:
    """Return the settings of an account whose goods go by the exchange."""
    return {
        "products": "exchange",
        "exchange": {
            "site": site,
            "login": "1c",
            "password": "secret",
            "price_types": {"pt-1": "retail"},
            "stores": {"st-1": "main"},
            **more,
        },
    }


def jam(price: str = "710.50", quantity: str = "7", *, store: str = "total") -> Product:
    """Return a product as 1C tells it."""
    return Product(
        code="0a1b-88",
        name="Джем «Клубничный» 0,5 л",
        sku="J-88",
        prices=(
            Price(type="retail", amount=Money.of(price)),
            Price(type="wholesale", amount=Money.of("1")),
        ),
        stock=(
            Stock(store=store, quantity=Decimal(quantity)),
            Stock(store="far", quantity=Decimal(3)),
        ),
    )


@asynccontextmanager
async def selling(**more: Any) -> AsyncIterator[World]:
    """Serve a shop and a connector that tells goods by REST."""
    async with (
        open_shop(change_hold_s=0.0) as shop,
        connect(shop, settings_for(shop.url, **{**REST, **more})) as world,
    ):
        yield world


@asynccontextmanager
async def exchanging(door: dict[str, Any] | None = None, **more: Any) -> AsyncIterator[World]:
    """Serve a shop and a connector that tells goods by the exchange."""
    async with (
        open_shop(change_hold_s=0.0) as shop,
        connect(shop, settings_for(shop.url, **exchange(shop.url, **more))) as world,
    ):
        if door is not None:
            await shop.door("settings", {"exchange": door})
        yield world


async def shown(world: World, product_id: int = 88) -> tuple[list[Any], Any]:
    """Return prices by type and the quantity of a product."""
    prices = await world.shop.result("catalog.price.list", {"filter": {"productId": product_id}})
    product = await world.shop.result("catalog.product.get", {"id": product_id})
    rows = [(row["catalogGroupId"], row["price"], row["currency"]) for row in prices["prices"]]
    return rows, product["product"]["quantity"]


async def test_prices_and_stock_are_set_by_rest() -> None:
    """The shop would sell at yesterday's price, or what is not there."""
    async with selling() as world:
        change = creation(world.connector, KEY, jam())
        assert [price.type for price in change.entity.prices] == ["retail"]
        assert [row.store for row in change.entity.stock] == ["total"]
        written = await world.written(Kind.PRODUCT, change)
        assert written == Written("88")
        assert await shown(world) == ([(1, 710.5, "RUB")], 7)


async def test_what_stands_already_is_not_written_again() -> None:
    """A list of a hundred thousand prices would be written whole each night."""
    async with selling() as world:
        change = creation(world.connector, KEY, jam())
        await world.written(Kind.PRODUCT, change)
        edit = replace(change, external_id="88", changed=frozenset({"prices/retail/amount"}))
        mark = (await world.shop.peek("journal"))["entries"][-1]["n"]
        await world.written(Kind.PRODUCT, edit)
        assert await world.calls_since(mark) == ["catalog.price.list"]


async def test_a_price_that_the_product_lacks_is_added_and_others_stay() -> None:
    """Modifying prices deletes those that are not sent: a sale's price would vanish."""
    types = {"pt-1": "retail", "pt-2": "club"}
    club = Product(code="0a1b-89", name="Соус", prices=(Price(type="club", amount=Money.of("90")),))
    async with exchanging(price_types=types) as world:
        await world.written(Kind.PRODUCT, creation(world.connector, KEY, club))
        rows = (await world.shop.result("catalog.priceType.list"))["priceTypes"]
        (group,) = [row["id"] for row in rows if row["xmlId"] == "pt-2"]
        catalog = {"prices": {"retail": 1, "club": group}}
        more = settings_for(world.shop.url, products="rest", catalog=catalog)
        async with connect(world.shop, more) as other:
            entity = club.model_copy(update={"code": "0a1b-88"})
            await other.written(Kind.PRODUCT, creation(other.connector, KEY, entity))
            assert (await shown(other))[0] == [(1, 700, "RUB"), (group, 90, "RUB")]


async def test_goods_that_the_shop_lacks_are_refused_beside_their_neighbours() -> None:
    """One product that is not in the shop yet would hold up all prices."""
    async with selling() as world:
        good = creation(world.connector, KEY, jam())
        absent = replace(good, key="p-2", entity=good.entity.model_copy(update={"code": "none"}))
        strange = replace(good, key="p-3", external_id="0a1b-88")
        outcomes = await world.write(Kind.PRODUCT, absent, good, strange)
    assert isinstance(outcomes[1], Written)
    errors = [one.error for one in (outcomes[0], outcomes[2]) if isinstance(one, Failed)]
    assert [type(error) for error in errors] == [Rejected, Missing]
    assert "let 1C send it" in str(errors[0])


async def test_a_lost_answer_of_prices_may_be_repeated() -> None:
    """Prices of unknown outcome would be held for a human, thousands of them."""
    async with selling(catalog={**REST["catalog"], "iblocks": [4]}) as world:
        change = creation(world.connector, KEY, jam())
        await world.fault({"kind": "cut_after", "path": "batch", "times": 1})
        with pytest.raises(Unavailable):
            await world.write(Kind.PRODUCT, change)
        await world.written(Kind.PRODUCT, change)
        assert await shown(world) == ([(1, 710.5, "RUB")], 7)


@pytest.mark.parametrize(
    ("door", "more"),
    [
        ({}, {}),
        ({"zip": True, "file_limit": 300}, {"encoding": "windows-1251"}),
        ({"file_limit": 100, "is_short_checkauth": True, "sessid": "never"}, {"version": "2.05"}),
        ({"encoding": "utf-8", "import_slice": 1, "sessid": "always"}, {"version": "2.10"}),
        ({}, {"sends_catalogue": True}),
    ],
    ids=["plain", "zip in chunks", "old protocol text", "slices", "with descriptions"],
)
async def test_the_exchange_sets_prices_and_stock(
    door: dict[str, Any], more: dict[str, Any]
) -> None:
    """A site with other options would refuse the file, or read another one."""
    async with exchanging(door, **more) as world:
        change = creation(world.connector, KEY, jam(store="main"))
        assert await world.written(Kind.PRODUCT, change) == Written("0a1b-88", created=True)
        assert await shown(world) == ([(1, 710.5, "RUB")], 7)


async def test_new_goods_come_with_their_description() -> None:
    """A product that is new in 1C could not be sold at the site."""
    async with exchanging(sends_catalogue=True) as world:
        new = jam(store="main").model_copy(update={"code": "0a1b-99", "unit": "шт"})
        await world.written(Kind.PRODUCT, creation(world.connector, KEY, new))
        params = {
            "select": ["id", "iblockId", "name", "xmlId"],
            "filter": {"iblockId": 4, "xmlId": "0a1b-99"},
        }
        (row,) = (await world.shop.result("catalog.product.list", params))["products"]
        assert row["name"] == "Джем «Клубничный» 0,5 л"


@pytest.mark.parametrize("mode", ["checkauth", "init", "file", "import", "complete"])
async def test_a_cut_exchange_begins_anew(mode: str) -> None:
    """Goods would be held for a human, or a chunk would stand twice in the file."""
    async with open_shop(change_hold_s=0.0) as shop:
        await shop.door("settings", {"exchange": {"file_limit": 400}})
        settings = settings_for(shop.url, **exchange(shop.url))
        async with connect(shop, settings, cut=f"1c_exchange.catalog.{mode}") as world:
            change = creation(world.connector, KEY, jam(store="main"))
            with pytest.raises(Unavailable):
                await world.write(Kind.PRODUCT, change)
            await world.written(Kind.PRODUCT, change)
            assert await shown(world) == ([(1, 710.5, "RUB")], 7)


@pytest.mark.parametrize(
    ("door", "more", "error"),
    [
        ({}, {"password": "wrong"}, AuthRejected),
        ({"is_allowed": False}, {}, AuthRejected),
        ({"clock_skew_s": 700}, {}, AuthRejected),
        ({"import_slice": 1}, {"most_steps": 11}, Unavailable),
    ],
    ids=["password", "group", "clocks", "no end"],
)
async def test_a_refusal_of_the_exchange_names_who_must_act(
    door: dict[str, Any], more: dict[str, Any], error: type[Exception]
) -> None:
    """A wrong password would be tried for ever, or the prices given up."""
    async with exchanging(door, **more) as world:
        changes = [
            creation(
                world.connector,
                f"p-{code}",
                jam(store="main").model_copy(update={"code": f"0a1b-{code}"}),
            )
            for code in range(88, 92)
        ]
        with pytest.raises(error) as raised:
            await world.connector.writers[Kind.PRODUCT].write(changes)
    assert "wrong" not in str(raised.value).replace("wrong login", "")
    assert "Ошибка" not in str(raised.value)


async def test_goods_without_a_name_do_not_hide_their_neighbours() -> None:
    """One bad record would stop the whole exchange."""
    async with exchanging() as world:
        good = creation(world.connector, KEY, jam(store="main"))
        bad = replace(good, key="p-2", entity=good.entity.model_copy(update={"name": None}))
        outcomes = await world.write(Kind.PRODUCT, bad, good)
    assert isinstance(outcomes[0], Failed)
    assert isinstance(outcomes[0].error, TranslationFailed)
    assert isinstance(outcomes[1], Written)


amounts = st.integers(0, 10**9).map(lambda n: Money(amount=Decimal(n) / 100))
products = st.builds(
    Product,
    code=st.just("0a1b-88"),
    name=st.none() | st.text("Джем «ё» &<", max_size=8),
    sku=st.none() | st.text("J-8", max_size=5),
    prices=st.lists(
        st.builds(Price, type=st.sampled_from(["retail", "other"]), amount=st.none() | amounts),
        max_size=2,
        unique_by=lambda price: price.type,
    ).map(tuple),
    stock=st.lists(
        st.builds(
            Stock,
            store=st.sampled_from(["main", "total"]),
            quantity=st.none() | st.decimals(0, 10**6, places=5),
        ),
        max_size=2,
        unique_by=lambda row: row.store,
    ).map(tuple),
)


@pytest.mark.parametrize("way", ["rest", "exchange"])
@given(entity=products, before=st.none() | products)
def test_holding_a_held_product_changes_nothing(
    way: str, entity: Product, before: Product | None
) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    account = REST if way == "rest" else exchange("https://shop.example.ru")
    connector, _, _ = in_process(**account)
    writer = connector.writers[Kind.PRODUCT]
    assert isinstance(writer, RestProducts | ExchangeProducts)
    base = None if before is None else writer.held(before, None)
    held = writer.held(entity, base)
    assert spoken(writer.held(held, base)) == spoken(held)


def test_the_words_of_the_exchange_are_those_of_rest() -> None:
    """A status told by the exchange would mean another thing than the same one by REST."""
    settings = settings_for(
        "https://s.example.ru",
        statuses={"N": "new", "A": "assembling", "P": "assembling"},
        status_codes={"assembling": "P"},
    )
    words = mapping_of(settings)
    assert list(words.statuses) == ["P", "N", "A"]
    assert words.payment_methods == {"1": "cash", "2": "card", "9": "bonuses"}
