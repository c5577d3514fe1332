"""The same interface over Розница 2.x: other names, points by card (reference, 1.12 and 6.6)."""

from __future__ import annotations

import pytest

from tests.mocks.onec.conftest import OneC, Start

TAIL = "-2222-11ee-8c3a-00155d010203"
CARD = "cccc0001" + TAIL
PERSON = "11111111" + TAIL
PROGRAMME = "bb900001" + TAIL
PRODUCT = "aaaa0001" + TAIL
POINTS = "AccumulationRegister_БонусныеБаллы"
STOCK = "AccumulationRegister_ТоварыНаСкладах/Balance(Dimensions='Номенклатура')"
SALE = [{"product": PRODUCT, "quantity": 2, "price": 990.5}]


@pytest.fixture
async def shop(start: Start) -> OneC:
    """A base of Розница with its demonstration data."""
    return await start(configuration="retail")


async def test_a_card_is_found_with_its_owner(shop: OneC) -> None:
    """The owner is composite: it opens under its type, and equals only a cast reference."""
    (row,) = await shop.rows(
        "Catalog_ИнформационныеКарты",
        filter="КодКарты eq '2990000000417'",
        expand="ВладелецКарты/Catalog_ФизическиеЛица",
        select="Ref_Key,Code,ВладелецКарты,ВладелецКарты_Type",
    )
    opened = row.pop("ВладелецКарты_Expanded")
    assert row == {
        "Ref_Key": CARD,
        "Code": "00-000001",
        "ВладелецКарты": PERSON,
        "ВладелецКарты_Type": "StandardODATA.Catalog_ФизическиеЛица",
    }
    assert opened["Description"] == "Лапина Вера Олеговна"
    condition = f"ВладелецКарты eq cast(guid'{PERSON}','Catalog_ФизическиеЛица')"
    found = await shop.rows("Catalog_ИнформационныеКарты", filter=condition, select="Ref_Key")
    assert found == [{"Ref_Key": CARD}]


async def test_barcodes_of_goods_and_cards_share_a_register(shop: OneC) -> None:
    """The owner's type tells a card from a product."""
    rows = await shop.rows(
        "InformationRegister_Штрихкоды",
        orderby="Штрихкод",
        select="Штрихкод,Владелец,Владелец_Type",
    )
    assert rows == [
        {
            "Штрихкод": "2990000000417",
            "Владелец": CARD,
            "Владелец_Type": "StandardODATA.Catalog_ИнформационныеКарты",
        },
        {
            "Штрихкод": "4600000000017",
            "Владелец": PRODUCT,
            "Владелец_Type": "StandardODATA.Catalog_Номенклатура",
        },
    ]


async def test_points_count_by_card(shop: OneC) -> None:
    """Balance by card; a receipt spends at the start of its day, a return turns it round."""
    made = await shop.act(
        "receipt.close", barcode="2990000000417", rows=SALE, spend=50, date="2026-01-20T12:00:00"
    )
    balance = f"{POINTS}/Balance(Period=datetime'2026-02-03T18:04:00')"
    assert await shop.rows(balance) == [
        {
            "ДисконтнаяКарта_Key": CARD,
            "БонуснаяПрограммаЛояльности_Key": PROGRAMME,
            "НачисленоBalance": 350,
            "КСписаниюBalance": -50,
        }
    ]
    told = await shop.act("points.balance", card=CARD, at="2026-02-03T18:04:00")
    assert told["spendable"] == 350
    back = await shop.act("receipt.return", receipt=made["Ref_Key"])
    assert (back["ВидОперации"], back["ЧекККМПродажа_Key"]) == ("Возврат", made["Ref_Key"])
    told = await shop.act("points.balance", card=CARD, at="2026-02-04T00:00:00")
    assert told["spendable"] == 400
    await shop.act("points.accrue", card=CARD, points=7)
    await shop.act("points.spend", card=CARD, points=3)
    told = await shop.act("points.balance", card=CARD, at="2026-02-04T00:00:00")
    assert told["spendable"] == 404


async def test_a_receipt_has_its_shop_payments_and_card(shop: OneC) -> None:
    """Payments are one section; the card's owner travels with its type."""
    made = await shop.act("receipt.close", barcode="2990000000417", rows=SALE, spend=100)
    row = await shop.get(f"Document_ЧекККМ(guid'{made['Ref_Key']}')")
    assert (row["СтатусЧекаККМ"], row["ВидОперации"], row["Posted"]) == (
        "Пробитый",
        "Продажа",
        True,
    )
    assert (row["СуммаДокумента"], row["ДисконтнаяКарта_Key"]) == (1981, CARD)
    assert row["ВладелецДисконтнойКарты_Type"] == "StandardODATA.Catalog_ФизическиеЛица"
    assert [(one["Сумма"], one["КоличествоБонусов"]) for one in row["Оплата"]] == [
        (1881, 0),
        (100, 100),
    ]
    (left,) = await shop.rows(STOCK)
    assert (left["КоличествоBalance"], left["РезервBalance"]) == (11, 0)
    await shop.act("receipt.archive", receipt=made["Ref_Key"])
    (left,) = await shop.rows(STOCK)
    assert left["КоличествоBalance"] == 13


async def test_numbers_of_receipts_begin_anew_every_day(shop: OneC, start: Start) -> None:
    """In Розница a receipt's number is unique within a day, in УТ within a year."""
    days = ("2026-02-01T10:00:00", "2026-02-01T11:00:00", "2026-02-02T10:00:00")
    numbers = [(await shop.act("receipt.close", rows=SALE, date=day))["Number"] for day in days]
    assert numbers == ["ШЛЦБ-000001", "ШЛЦБ-000002", "ШЛЦБ-000001"]
    trade = await start(demo_data=False)
    days = ("2026-02-01T10:00:00", "2026-02-02T11:00:00", "2027-02-02T10:00:00")
    numbers = [(await trade.act("receipt.close", rows=SALE, date=day))["Number"] for day in days]
    assert numbers == ["ШЛЦБ-000001", "ШЛЦБ-000002", "ШЛЦБ-000001"]


async def test_cards_and_prices_of_the_shop(shop: OneC) -> None:
    """A card without an owner gets one, an annulled one is marked; the currency is a string."""
    issued = await shop.act("card.issue", barcode="299")
    assert issued["ВладелецКарты_Type"] == "StandardODATA.Undefined"
    active = await shop.act("card.activate", barcode="299", owner=PERSON)
    assert active["ВладелецКарты"] == PERSON
    assert (await shop.act("card.annul", barcode="299"))["DeletionMark"] is True
    await shop.act("price.set", product=PRODUCT, price=1100)
    prices = "InformationRegister_ЦеныНоменклатуры_RecordType/SliceLast()"
    (price,) = await shop.rows(prices, select="Цена,Валюта")
    assert price == {"Цена": 1100, "Валюта": "руб"}


@pytest.mark.parametrize("name", ["Catalog_Партнеры", "Document_ЗаказКлиента"])
async def test_names_of_another_configuration_are_unknown(shop: OneC, name: str) -> None:
    """What УТ publishes does not exist here."""
    assert await shop.refusal(name) == (404, "8")
    assert await shop.rows("Document_ЗаказПокупателя") == []
