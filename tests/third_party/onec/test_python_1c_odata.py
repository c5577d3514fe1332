"""The unmodified package ``python-1c-odata`` works against the double as against 1C.

It appends ``$format`` to every call, so JSON comes with minimal metadata; ``format="atom"`` makes
it read and write entries of XML.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from python_1c_odata import (
    AccumulationRegister,
    Catalog,
    ConcurrencyError,
    Document,
    EntityNotFound,
    ExchangePlan,
    F,
    Infobase,
    InformationRegister,
    ODataError,
    PostingMode,
    guid,
)

from mocks.onec.app import OneCSettings, build_app
from mocks.onec.demo import CARD_KIND, NODE, ORGANIZATION, PARTNER, PRODUCT, WAREHOUSE
from mocks.serving import serve

SETTINGS = OneCSettings()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Serve a fresh double on a loopback port."""
    async with serve(build_app(SETTINGS)) as address:
        yield address


@pytest.fixture(params=["json", "atom", "auto"])
async def base(url: str, request: pytest.FixtureRequest) -> AsyncIterator[Infobase]:
    """The client in each of its formats, as a user with a Cyrillic name."""
    async with Infobase(url, "ut", "Шлюз", "gateway-secret", format=request.param) as client:
        yield client


@pytest.fixture
async def json_base(url: str) -> AsyncIterator[Infobase]:
    """The client in its default format."""
    async with Infobase(url, "ut", "Шлюз", "gateway-secret") as client:
        yield client


async def test_metadata_is_understood(base: Infobase) -> None:
    """The client's own parser must find sets, keys and types."""
    assert await base.has_entity_set("Catalog_КартыЛояльности")
    info = await base.entity_type_for_set("Document_ЗаказКлиента")
    assert info.keys == ("Ref_Key",)
    types = {one.name: one.type for one in info.properties}
    assert types["СуммаДокумента"] == "Edm.Double"
    assert types["Товары"] == "Collection(StandardODATA.Document_ЗаказКлиента_Товары_RowType)"
    assert "Партнер" in info.navigation_properties


async def test_catalog_there_and_back(base: Infobase) -> None:
    """Create, read, edit and delete in every format of the client."""
    cards = Catalog(base, "КартыЛояльности")
    made = await cards.create({"Owner_Key": CARD_KIND, "Штрихкод": "299", "Статус": "Действует"})
    key = made["Ref_Key"]
    assert (await cards.get(key))["Штрихкод"] == "299"
    changed = await cards.edit(key, {"Статус": "Аннулирована"})
    assert changed["Статус"] == "Аннулирована"
    assert changed["DataVersion"] != made["DataVersion"]
    page = await cards.where((F("Штрихкод") == "299") & (F("DeletionMark") == False)).execute()  # noqa: E712
    assert [row["Ref_Key"] for row in page.value] == [key]
    await cards.delete(key)
    with pytest.raises(EntityNotFound) as refused:
        await cards.get(key)
    assert (refused.value.status, refused.value.internal_code) == (404, "9")


async def test_pages_counts_and_presentations(base: Infobase) -> None:
    """Paging walks every row once; the count needs no rows; presentations come when named."""
    partners = Catalog(base, "Партнеры")
    for number in range(25):
        await partners.create({"Description": f"Покупатель {number:02}", "Клиент": True})
    query = partners.where(F("Description").startswith("Покупатель "))
    names = [row["Description"] async for row in query.orderby("Code").iterate(page_size=10)]
    assert names == [f"Покупатель {number:02}" for number in range(25)]
    assert await query.count() == 25
    page = await partners.query(
        select=["Ref_Key"], presentations=True, odata_filter=F("Code") == "00-00000055"
    )
    assert page.value[0]["Ref____Presentation"] == "Лапина Вера"


async def test_documents_are_posted_and_unposted(json_base: Infobase) -> None:
    """The client posts by both modes and unposts; a refusal carries the code."""
    orders = Document(json_base, "ЗаказКлиента")
    line = {"LineNumber": "1", "Номенклатура_Key": PRODUCT, "Количество": 2, "Сумма": 1981}
    order = {
        "Date": "2026-02-03T18:04:55",
        "Партнер_Key": PARTNER,
        "Организация_Key": ORGANIZATION,
        "Склад_Key": WAREHOUSE,
        "СуммаДокумента": 1981,
        "Товары": [line],
    }
    key = (await orders.create(order, posting_mode=PostingMode.POST))["Ref_Key"]
    assert (await orders.get(key))["Posted"] is True
    ordered = AccumulationRegister(json_base, "ЗаказыКлиентов")
    condition = f"ЗаказКлиента eq cast({guid(key)},'Document_ЗаказКлиента')".replace("'", "''")
    (row,) = (await ordered.balance(condition=condition))["value"]
    assert row["ЗаказаноBalance"] == 2
    await orders.unpost(key)
    assert (await ordered.balance(condition=condition))["value"] == []
    await orders.post(key, PostingMode.OPER)
    shipments = Document(json_base, "РеализацияТоваровУслуг")
    too_many = order | {"Товары": [line | {"Количество": 1000}]}
    shipment = await shipments.create(too_many)
    with pytest.raises(ODataError) as refused:
        await shipments.post(shipment["Ref_Key"], PostingMode.POST)
    assert (refused.value.status, refused.value.internal_code) == (500, "-1")


async def test_virtual_tables(json_base: Infobase) -> None:
    """Balances, turnovers and slices; the caller doubles the quotes inside a condition."""
    who = f"Партнер_Key eq {guid(PARTNER)}".replace("'", "''")
    points = AccumulationRegister(json_base, "БонусныеБаллы")
    at = datetime(2026, 2, 3, 18, 4)  # noqa: DTZ001 - 1C has no zone
    (row,) = (await points.balance(at, who))["value"]
    assert (row["НачисленоBalance"], row["КСписаниюBalance"]) == (350, -50)
    start, end = datetime(2026, 1, 1), datetime(2026, 1, 31, 23, 59, 59)  # noqa: DTZ001
    (row,) = (await points.turnovers(start, end, who))["value"]
    assert (row["НачисленоReceipt"], row["НачисленоExpense"]) == (400, 50)
    (row,) = (await points.balance_and_turnovers(at, None, who))["value"]
    assert (row["НачисленоOpeningBalance"], row["КСписаниюClosingBalance"]) == (350, 350)
    prices = InformationRegister(json_base, "ЦеныНоменклатуры", record_type=True)
    (row,) = (await prices.slice_last(at, expand="Номенклатура"))["value"]
    assert (row["Цена"], row["Номенклатура"]["Description"]) == (990.5, "Чайник Вега")
    with pytest.raises(ODataError) as refused:
        await points.balance(condition=f"Партнер_Key eq {guid(PARTNER)}")
    assert (refused.value.status, refused.value.internal_code) == (400, "6")


async def test_independent_register_by_its_whole_key(json_base: Infobase) -> None:
    """A row of a periodic register is addressed by period and dimensions."""
    rates = InformationRegister(json_base, "КурсыВалют")
    currency = (await Catalog(json_base, "Валюты").query()).value[0]["Ref_Key"]
    period = "2026-01-15T00:00:00"
    await rates.create({"Period": period, "Валюта_Key": currency, "Курс": 1, "Кратность": 1})
    key = {"Period": f"datetime'{period}'", "Валюта_Key": currency}
    assert (await rates.edit(key, {"Курс": 2}))["Курс"] == 2
    await rates.delete(key)
    with pytest.raises(EntityNotFound):
        await rates.get(key)


async def test_nodes_and_versions(url: str, json_base: Infobase) -> None:
    """The node is readable; a strict base makes the client raise its own concurrency error."""
    node = await ExchangePlan(json_base, "Шлюз").get(NODE)
    assert (node["ReceivedNo"], node["ThisNode"]) == ("16", False)
    partners = Catalog(json_base, "Партнеры")
    await partners.edit(PARTNER, {"Комментарий": "1"}, if_match="AAAAAAAAAAA=")
    async with (
        serve(build_app(OneCSettings(strict_if_match=True))) as strict,
        Infobase(strict, "ut", "Шлюз", "gateway-secret") as client,
    ):
        strict_partners = Catalog(client, "Партнеры")
        with pytest.raises(ConcurrencyError):
            await strict_partners.edit(PARTNER, {"Комментарий": "1"}, if_match="AAAAAAAAAAA=")
    async with Infobase(url, "ut", "Шлюз", "неверный") as stranger:
        with pytest.raises(ODataError) as refused:
            await Catalog(stranger, "Партнеры").query()
        assert refused.value.status == 401
