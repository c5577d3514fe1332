"""The services over the demonstration data of УТ and of Розница (vendor reference, 6.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.mocks.onec.hs.pos import LINES, Target, sale, serving
from tests.mocks.onec.hs.services import BARCODE, CARD, KIND, PARTNER, open_demo
from tests.mocks.onec.soap.envelopes import loyalty
from tests.mocks.onec.soap.peer import get, numbers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.mocks.onec.hs.services import Services

Found: TypeAlias = Any
REQUEST = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"
ROOT = "/ut/hs/loyaltyservice"


@pytest.fixture
async def shop() -> AsyncIterator[Services]:
    """Розница 2.x: points count by card, owners are persons."""
    async with open_demo(configuration="retail") as running:
        yield running


async def balance(services: Services) -> Found:
    """The balance without blocking it."""
    answer = await services.http.get(f"{ROOT}/findclientcard/", params={"ClientCardID": BARCODE})
    (row,) = answer.json()["LoyaltyCardsList"]
    return row["BonusData"]["BonusCount"]


async def test_trade_demo_has_the_balance_of_the_reference() -> None:
    """The golden movements of the demonstration data give the golden answer."""
    async with open_demo() as services:
        card = await services.act("card.issue", barcode=BARCODE, partner=PARTNER)
        at = "2026-02-03T18:04:00"
        answer = await loyalty(services, "GetBalance", CardID=card["Ref_Key"], AtDate=at)
        values = [answer.text("return", name) for name in ("Available", "Currency", "Rate")]
        assert values == ["350", "RUB", "1"]


async def test_trade_demo_has_a_node_for_the_exchange() -> None:
    """The first message to it is the sample's: 17 after 16."""
    async with open_demo() as services:
        root, _ = await get(services)
        assert numbers(root) == ("GW", "УТ", "17", "16")


async def test_card_of_a_person(shop: Services) -> None:
    """The owner is found in another catalog, by his phone too."""
    found = await shop.http.get(f"{ROOT}/findclientcard/", params={"Phone": "89991234567"})
    (row,) = found.json()["LoyaltyCardsList"]
    assert (row["CardGUID"], row["ClientName"]) == (CARD, "Лапина Вера Олеговна")
    assert (row["DateOfBirth"], row["BonusData"]["BonusCount"]) == ("1990-04-12T00:00:00", 400)


async def test_accrual_and_spending_by_card(shop: Services) -> None:
    """Documents of Розница carry the card, and the register counts by it."""
    values = {"CardID": CARD, "Amount": 50, "AccrueDate": None, "ExpireDate": None}
    await loyalty(shop, "AccrueBonuses", RequestID=REQUEST, **values, Comment="x")
    assert await balance(shop) == 450
    hold = {"CardID": CARD, "Amount": 100, "ReceiptID": "r-1"}
    held = await loyalty(shop, "HoldBonuses", RequestID=REQUEST[:-1] + "1", **hold)
    commit = {"HoldID": held.text("HoldID"), "Amount": 100}
    await loyalty(shop, "CommitHold", RequestID=REQUEST[:-1] + "2", **commit)
    assert await balance(shop) == 350


async def test_card_without_a_status(shop: Services) -> None:
    """Annulling marks the card for deletion; it can be used again after the mark is taken off."""
    states = []
    for number, status in enumerate(("Аннулирована", "Действует")):
        values = {"RequestID": f"{REQUEST[:-1]}{number}", "CardID": CARD, "Status": status}
        await loyalty(shop, "SetCardStatus", **values)
        found = await shop.act("inspect", entity="Catalog_ИнформационныеКарты", key=CARD)
        states.append(found["rows"][0]["DeletionMark"])
    assert states == [True, False]


async def test_issued_card_names_the_catalog_of_its_owner(shop: Services) -> None:
    """The owner is composite here."""
    query = {
        "ClientCardID": "77",
        "ClientCardTypeUID": KIND,
        "Client": "Ёлкин",
        "Phone": "1234567890",
    }
    card = (await shop.http.post(f"{ROOT}/issueclientcard/", params=query)).json()
    found = await shop.act("inspect", entity="Catalog_ИнформационныеКарты", key=card["CardGUID"])
    assert found["rows"][0]["ВладелецКарты_Type"] == "StandardODATA.Catalog_ФизическиеЛица"
    assert found["rows"][0]["ВладелецКарты"] == card["ClientGUID"]


async def test_sale_at_a_till_of_the_shop(shop: Services) -> None:
    """The receipt has the fields of Розница, points are among its payments."""
    async with serving(Target()) as (_, url):
        told = await sale(shop, url)
    found = await shop.act("inspect", entity="Document_ЧекККМ", key=told["document"])
    (receipt,) = found["rows"]
    assert (receipt["СтатусЧекаККМ"], receipt["ВидОперации"]) == ("Пробитый", "Продажа")
    assert receipt["Товары"][0]["СуммаСкидкиОплатыБонусом"] == 100
    assert receipt["Оплата"][0]["КоличествоБонусов"] == 100
    assert len(receipt["Товары"]) == len(LINES)
    assert await balance(shop) == 300


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/ut/ws/DiscountService.1cws?wsdl", 200, id="discount server"),
        pytest.param("/ut/ws/EnterpriseDataExchange_1_0_1_1.1cws?wsdl", 404, id="exchange"),
        pytest.param("/ut/hs/exchange_dsl_1_0_0_1/version", 404, id="exchange over http"),
    ],
)
async def test_services_of_the_shop(shop: Services, path: str, status: int) -> None:
    """The exchange has rules for the objects of УТ only, so it is not published here."""
    assert (await shop.http.get(path)).status_code == status
