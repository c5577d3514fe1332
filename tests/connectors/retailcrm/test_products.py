"""Products over the wire: prices and stock of offers that the catalogue has."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Kind, Money, Price, Product, Stock
from gateway.canonical.paths import known, spoken
from gateway.contract import Change, Failed, Missing, Rejected, TranslationFailed, Written

from .conftest import Bench, Copy, OpenBench, failures

OWN: dict[str, Any] = {
    "store": {"price_types": {"retail": "base", "club": "club"}, "stores": {"main": "main"}}
}


def product(code: str | None = "sku-1", **fields: Any) -> Product:
    """Return a product; ``fields`` replace parts."""
    whole: dict[str, Any] = {
        "code": code,
        "sku": "MUG",
        "name": "Кружка «Ёлка»",
        "prices": (Price(type="retail", amount=Money.of("810.50")),),
        "stock": (Stock(store="main", quantity=Decimal("7.5")),),
    }
    return Product(**{**whole, **fields})


async def _shop(open_bench: OpenBench, own: dict[str, Any] | None = None, **switches: Any) -> Bench:
    bench = await open_bench({**OWN, **(own or {})}, **switches)
    await bench.seed(
        offers=[
            {
                "id": 400 + n,
                "externalId": f"sku-{n}",
                "xmlId": f"xml-{n}",
                "name": "Чашка",
                "price": 900,
            }
            for n in range(2, 260)
        ],
        references={"price-types": [{"code": "club", "name": "Club", "active": True}]},
    )
    return bench


async def _held(bench: Bench, name: str = "sku-1") -> tuple[dict[str, float], float]:
    """Return what the auditor sees: prices by type and the stock of the main store."""
    offers = (await bench.api("store/offers", **{"filter[externalIds][]": name}))["offers"]
    stores = await bench.api(
        "store/inventories", **{"filter[offerExternalId][]": name, "filter[details]": 1}
    )
    prices = {one["priceType"]: one["price"] for one in offers[0]["prices"]}
    (row,) = stores["offers"]
    (main,) = [one for one in row["stores"] if one["store"] == "main"]
    return prices, main["quantity"]


def _new(bench: Bench, number: int, entity: Product) -> Change[Any]:
    return bench.change(Kind.PRODUCT, Copy(f"p-01jd7fhq3v9m{number:04}"), entity)


async def test_prices_and_stock_are_held(open_bench: OpenBench) -> None:
    """The CRM would sell at last week's price what is not there."""
    bench = await _shop(open_bench)
    copy = Copy("p-01jd7fhq3v9m2x4k")
    written = await bench.tell(Kind.PRODUCT, copy, product())
    assert written.external_id == "sku-1"
    assert await _held(bench) == ({"base": 810.5}, 7.5)
    before = len(await bench.calls())
    await bench.tell(Kind.PRODUCT, copy, product(name="Другое имя"))
    assert len(await bench.calls()) == before
    prices = (Price(type="club", amount=Money.of(700)),)
    await bench.tell(Kind.PRODUCT, copy, product(prices=prices))
    assert await _held(bench) == ({"club": 700}, 7.5)
    assert [op for op, _ in (await bench.calls())[before:]].count("store/inventories/upload") == 0


async def test_stock_of_zero_is_told_and_silence_is_not(open_bench: OpenBench) -> None:
    """What is sold out would be sold on; what nobody counts would be called sold out."""
    bench = await _shop(open_bench)
    copy = Copy("p-01jd7fhq3v9m2x4k")
    await bench.tell(Kind.PRODUCT, copy, product())
    await bench.tell(Kind.PRODUCT, copy, product(stock=()))
    assert (await _held(bench))[1] == 7.5
    await bench.tell(Kind.PRODUCT, copy, product(stock=(Stock(store="main", quantity=Decimal(0)),)))
    assert (await _held(bench))[1] == 0


@pytest.mark.parametrize("not_found_offers", ["list", "absent_when_empty", "object"])
async def test_an_offer_that_is_not_there_fails_alone(
    open_bench: OpenBench, not_found_offers: str
) -> None:
    """One product that the catalogue lacks would stop the prices of all."""
    bench = await _shop(open_bench, not_found_offers=not_found_offers)
    changes = [_new(bench, n, product(f"sku-{n}")) for n in (1, 2, 999)]
    outcomes = await bench.write(Kind.PRODUCT, *changes)
    assert [type(one) for one in outcomes] == [Written, Written, Failed]
    assert isinstance(outcomes[2].error, Missing)
    assert await _held(bench, "sku-2") == ({"base": 810.5}, 7.5)


async def test_a_full_batch_is_two_calls(open_bench: OpenBench) -> None:
    """A night's price list one by one would take the account's budget for hours."""
    bench = await _shop(open_bench)
    size = bench.connector.manifest.write_batch[Kind.PRODUCT]
    changes = [_new(bench, n, product(f"sku-{n}")) for n in range(2, size + 2)]
    before = len(await bench.calls())
    outcomes = await bench.write(Kind.PRODUCT, *changes)
    assert not failures(outcomes)
    assert len(await bench.calls()) - before == 2


@pytest.mark.parametrize("own", [{"offer_key": "xmlId"}], ids=["xmlId"])
async def test_offers_are_named_as_the_account_does(
    open_bench: OpenBench, own: dict[str, Any]
) -> None:
    """Accounts that name goods by the id of 1C would find nothing."""
    bench = await _shop(open_bench, own)
    (outcome,) = await bench.write(Kind.PRODUCT, _new(bench, 1, product("xml-2")))
    assert outcome == Written("xml-2")
    assert await _held(bench, "sku-2") == ({"base": 810.5}, 7.5)


async def test_a_product_without_a_name_is_refused(open_bench: OpenBench) -> None:
    """It would be uploaded for nobody and called written."""
    bench = await _shop(open_bench)
    (outcome,) = await bench.write(Kind.PRODUCT, _new(bench, 1, product(None)))
    assert isinstance(outcome.error, TranslationFailed)


async def test_a_refused_row_hides_no_other(open_bench: OpenBench) -> None:
    """The vendor refuses a whole upload for one store that was closed."""
    own = {"store": {"price_types": {}, "stores": {"main": "main", "south": "closed"}}}
    bench = await _shop(open_bench, own)
    bad = product("sku-2", stock=(Stock(store="south", quantity=Decimal(1)),))
    outcomes = await bench.write(
        Kind.PRODUCT,
        _new(bench, 1, product()),
        _new(bench, 2, bad),
        _new(bench, 3, product("sku-3")),
    )
    assert [type(one) for one in outcomes] == [Written, Failed, Written]
    assert isinstance(outcomes[1].error, Rejected)
    assert (await _held(bench, "sku-3"))[1] == 7.5


@pytest.mark.parametrize("path", ["/prices/upload", "/inventories/upload"])
async def test_a_cut_upload_is_repeated_without_harm(open_bench: OpenBench, path: str) -> None:
    """Values are absolute: a repeat is the same, and nothing is held for a person."""
    bench = await _shop(open_bench)
    await bench.faults({"kind": "cut_after", "path": path, "times": 1})
    change = _new(bench, 1, product())
    assert failures(await bench.write(Kind.PRODUCT, change)) == ["Unavailable"]
    assert not failures(await bench.write(Kind.PRODUCT, change))
    assert await _held(bench) == ({"base": 810.5}, 7.5)


async def test_foreign_money_and_unknown_codes_are_not_held(open_bench: OpenBench) -> None:
    """Tenge would be written as roubles."""
    bench = await _shop(open_bench)
    odd = product(
        prices=(
            Price(type="retail", amount=Money.of(5000, "KZT")),
            Price(type="wholesale", amount=Money.of(1)),
        ),
        stock=(Stock(store="moon", quantity=Decimal(1)),),
    )
    held = bench.connector.writers[Kind.PRODUCT].held(odd, None)
    assert known(spoken(held)) == {"code": "sku-1"}


@pytest.mark.parametrize(
    ("own", "word"),
    [
        ({"store": {"price_types": {"retail": "nowhere"}}}, "price_types"),
        ({"store": {"stores": {"main": "nowhere"}}}, "stores"),
    ],
    ids=["price-type", "store"],
)
async def test_the_probe_knows_the_store_s_codes(
    open_bench: OpenBench, own: dict[str, Any], word: str
) -> None:
    """A wrong code would refuse each upload as a whole."""
    bench = await open_bench(own)
    report = await bench.connector.probe()
    assert (report.ok, report.notes) == (False, (f"{word}: the account has no nowhere",))


async def test_nothing_is_looked_for(open_bench: OpenBench) -> None:
    """Offers carry no keys of ours: a found one would be somebody else's."""
    bench = await _shop(open_bench)
    none: Sequence[str] = ["p-01jd7fhq3v9m2x4k"]
    assert await bench.connector.writers[Kind.PRODUCT].find(none) == {}
