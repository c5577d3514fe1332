"""Goods that 1C brings, against a real gateway: in pieces, packed, broken and interrupted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.onec.exchange_spool import Upload
from gateway.canonical import Kind
from gateway.contract import StoreError
from tests.architecture.sources import REPOSITORY
from tests.connectors.onec.exchange import files, seen
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.files import catalogue, good, offer, package, zipped
from tests.connectors.onec.exchange.onec import PATH

SLOW = "import_s = 0.000001"
"""Each call imports one batch and says that there is more to do."""
DONE = "success\nИмпорт успешно завершен.\n"


async def test_catalogue_and_offers_become_one_product(shop: Shop) -> None:
    """Names come in one file and prices in another, and two half products are made of them."""
    served, onec = await shop.open()
    goods = catalogue([good("0a1b-88", "Чайник «Ёлка»"), good("0a1b-89")])
    told = await onec.catalogue(
        ("import.xml", goods),
        ("offers.xml", package([offer("0a1b-88"), offer("0a1b-88#c-1", "1")])),
    )
    assert told == [DONE, DONE]
    found = await seen.products(served, ["0a1b-88", "0a1b-89", "0a1b-88#c-1"])
    assert {
        path: found["0a1b-88"][path]
        for path in ("code", "name", "sku", "prices/retail/amount", "stock/main/quantity")
    } == {
        "code": "0a1b-88",
        "name": "Чайник «Ёлка»",
        "sku": "VEGA-1",
        "prices/retail/amount": {"amount": "990.50", "currency": "RUB"},
        "stock/main/quantity": "12",
    }
    assert found["0a1b-88#c-1"]["parent"] == "0a1b-88"
    assert "prices/retail" not in found["0a1b-89"]


@pytest.mark.parametrize("piece", [7, 100, 204800])
@pytest.mark.parametrize("encoding", ["UTF-8", "windows-1251"])
async def test_file_in_pieces_and_in_either_encoding(shop: Shop, piece: int, encoding: str) -> None:
    """A letter that is cut in two by a piece's end becomes two question marks."""
    served, onec = await shop.open()
    await onec.log_in()
    await onec.said("type=catalog&mode=init")
    content = catalogue([good("1", "Щётка для ёршиков")], encoding=encoding)
    await onec.send("import.xml", content[: piece * 30], piece=piece)
    if piece * 30 < len(content):
        await onec.send("import.xml", content[piece * 30 :])
    assert await onec.bring("import.xml") == DONE
    assert (await seen.products(served, ["1"]))["1"]["name"] == "Щётка для ёршиков"


async def test_archive_is_unpacked_in_a_call_of_its_own(shop_with: Callable[[str], Shop]) -> None:
    """1C packs its files when the site allows it, and asks for the names inside."""
    shop = shop_with("zip = true")
    served, onec = await shop.open()
    await onec.log_in()
    assert await onec.said("type=catalog&mode=init") == "zip=yes\nfile_limit=204800"
    packed = zipped(
        import_xml=catalogue([good("1")]), offers_xml=package([offer("1")]), picture_jpg=b"x"
    )
    await onec.send("goods.zip", packed, piece=300)
    first = await onec.said("type=catalog&mode=import&filename=import.xml")
    assert first == "progress\nРаспаковка архива завершена.\n"
    assert await onec.bring("import.xml") == DONE
    assert await onec.bring("offers.xml") == DONE
    assert (await seen.products(served, ["1"]))["1"]["stock/main/quantity"] == "12"
    assert [path.name for path in shop.spool.rglob("*") if path.suffix in {".jpg", ".zip"}] == []


async def test_broken_record_spares_its_neighbours(shop: Shop) -> None:
    """One price with a letter in it keeps a thousand goods from the shop, or vanishes unseen."""
    served, onec = await shop.open()
    rows = [offer("1"), offer("2", price="дорого"), offer("3")]
    (told,) = await onec.catalogue(("offers.xml", package(rows)))
    assert told.startswith(f"{DONE}Документ с Ид - 2: line 2, ")
    assert "дорого" not in told
    assert set(await seen.products(served, ["1", "2", "3"])) == {"1", "3"}
    (cause,) = (await seen.causes(served)).values()
    assert cause.endswith("Предложение/Цены/Цена/ЦенаЗаЕдиницу: is no number")


async def test_broken_file_fails_after_what_precedes_its_fault(shop: Shop) -> None:
    """1C is told success for a file that was cut in the middle."""
    served, onec = await shop.open()
    whole = catalogue([good("1"), good("2")])
    (told,) = await onec.catalogue(("import.xml", whole[: whole.rindex("Чайник".encode())]))
    assert told.startswith("failure\nline ")
    assert "1" in await seen.products(served, ["1", "2"])
    assert list(await seen.causes(served)) == ["import.xml"]


async def test_import_goes_on_after_a_restart(shop_with: Callable[[str], Shop]) -> None:
    """A restart in the middle loses goods, or the whole file begins anew for ever."""
    shop = shop_with(SLOW)
    _, first = await shop.open()
    await first.log_in()
    await first.said("type=catalog&mode=init")
    await first.send("import.xml", catalogue(good(str(number)) for number in range(1000)))
    query = "type=catalog&mode=import&filename=import.xml"
    for done in (200, 400):
        assert await first.said(query) == f"progress\nОбработано записей: {done}.\n"
    served, onec = await shop.open()
    onec.cookie, onec.sessid = first.cookie, first.sessid
    assert await onec.said(query) == "progress\nОбработано записей: 600.\n"
    assert await onec.bring("import.xml") == DONE
    assert len(await seen.products(served, [str(number) for number in range(1000)])) == 1000
    assert await seen.happenings(served) == {"created": 1000}


async def test_crash_between_storing_and_noting_loses_nothing(
    shop_with: Callable[[str], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goods that were stored are passed over, or made twice, after a crash at the wrong moment."""
    shop = shop_with(SLOW)
    _, first = await shop.open()
    await first.log_in()
    await first.said("type=catalog&mode=init")
    await first.send("import.xml", catalogue(good(str(number)) for number in range(500)))
    query = "type=catalog&mode=import&filename=import.xml"
    assert await first.said(query) == "progress\nОбработано записей: 200.\n"

    def full(*_: object) -> None:
        message = "no space left on device"
        raise OSError(message)

    with monkeypatch.context() as broken:
        broken.setattr(Upload, "save", full)
        proof = {"Cookie": first.cookie}
        address = f"{PATH}?{query}&sessid={first.sessid}"
        answer = await first.http.get(address, headers=proof, timeout=60)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    served, onec = await shop.open()
    onec.cookie, onec.sessid = first.cookie, first.sessid
    assert await onec.bring("import.xml") == DONE
    assert len(await seen.products(served, [str(number) for number in range(500)])) == 500
    assert await seen.happenings(served) == {"created": 500, "unchanged": 200}


async def test_full_store_puts_the_import_off(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """1C is told success for goods that were stored nowhere, or they are passed over later."""
    served, onec = await shop.open()
    await onec.log_in()
    await onec.send("import.xml", catalogue(good(str(number)) for number in range(300)))
    desk = served.gateway.desks["erp"]
    whole = type(desk).receive
    calls = 0

    async def full(_: object, *words: object, kind: Kind) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            message = "no space left on device"
            raise StoreError(message)
        await whole(desk, *words, kind=kind)  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk), "receive", full)
    query = "type=catalog&mode=import&filename=import.xml"
    headers = {"Cookie": onec.cookie}
    answer = await onec.http.get(
        f"{PATH}?{query}&sessid={onec.sessid}", headers=headers, timeout=60
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert await onec.bring("import.xml") == DONE
    assert await seen.happenings(served) == {"created": 300}


async def test_words_of_the_catalogue_are_known_after_a_restart(
    shop_with: Callable[[str], Shop],
) -> None:
    """Offers refer to the properties of the catalogue, which another process has read."""
    shop = shop_with('product_attributes = { taste = "Вкус" }')
    _, first = await shop.open()
    words = (
        "<Классификатор><Ид>c</Ид><Наименование>К</Наименование><Свойства><Свойство>"
        "<Ид>prop-1</Ид><Наименование>Вкус</Наименование><ВариантыЗначений><Справочник>"
        "<ИдЗначения>val-1</ИдЗначения><Значение>Клубника</Значение></Справочник>"
        "</ВариантыЗначений></Свойство></Свойства></Классификатор>"
        f"<Каталог><Ид>cat</Ид><Товары>{good('1')}</Товары></Каталог>"
    )
    said = (
        "<Предложение><Ид>1</Ид><ЗначенияСвойств><ЗначенияСвойства><Ид>prop-1</Ид>"
        "<Значение>val-1</Значение></ЗначенияСвойства></ЗначенияСвойств></Предложение>"
    )
    await first.catalogue(("import.xml", files.written(words)))
    await first.send("offers.xml", package([said]))
    served, onec = await shop.open()
    onec.cookie, onec.sessid = first.cookie, first.sessid
    assert await onec.bring("offers.xml") == DONE
    assert (await seen.products(served, ["1"]))["1"]["attributes/taste"] == "Клубника"


async def test_kind_that_is_not_brought_is_not_taken(shop_with: Callable[[str], Shop]) -> None:
    """Test data of a second 1C base overwrite the catalogue of the shop."""
    shop = shop_with('brings = ["order"]')
    served, onec = await shop.open()
    assert await onec.catalogue(("import.xml", catalogue([good("1")]))) == [DONE]
    assert await seen.products(served, ["1"]) == {}


def _real(name: str) -> bytes:
    folder = Path(os.environ.get("GATEWAY_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / "commerceml" / name
    if not path.is_file():
        pytest.skip(f"no real file {name}: set GATEWAY_SHARED_DATA to the folder that has it")
    return path.read_bytes()


async def test_real_files_of_a_shop(shop_with: Callable[[str], Shop]) -> None:
    """Files that were made for the tests hide what 1C really writes."""
    shop = shop_with("")
    shop.house.edit_config('stores = { "st-1" = "main" }\n', "")
    shop.house.edit_config('price_types = { "pt-1" = "retail" }\n', "")
    served, onec = await shop.open()
    told = await onec.catalogue(
        ("import.xml", _real("import.xml")), ("offers.xml", _real("offers.xml"))
    )
    assert told == [DONE, DONE]
    assert await seen.causes(served) == {}
    counts = await seen.happenings(served)
    assert counts == {"created": 7}
