"""What people do in the base, and the loading of a state, through the side door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + TAIL
KIND = "cc000001" + TAIL
PRODUCT = "aaaa0001" + TAIL
ORDER = "5a100000-2a11-11f0-8c11-00155d0a0b0c"
STOCK = "AccumulationRegister_ТоварыНаСкладах/Balance(Dimensions='Номенклатура')"


async def test_a_manager_edits_a_partner(onec: OneC) -> None:
    """A new phone replaces the phone and leaves the e-mail alone."""
    await onec.act("partner.edit", partner=PARTNER, values={"Пол": ""}, phone="8 (916) 111-22-33")
    row = await onec.get(f"Catalog_Партнеры(guid'{PARTNER}')")
    contacts = {one["Тип"]: one for one in row["КонтактнаяИнформация"]}
    assert contacts["Телефон"]["Представление"] == "8 (916) 111-22-33"
    assert contacts["Телефон"]["НомерТелефона"] == "89161112233"
    assert contacts["Телефон"]["НомерТелефонаБезКодов"] == "1112233"
    assert contacts["АдресЭлектроннойПочты"]["АдресЭП"] == "v.lapina@example.ru"
    assert row["Пол"] == ""


async def test_a_card_lives_at_the_till(onec: OneC) -> None:
    """Issued without an owner, given to one, annulled."""
    issued = await onec.act("card.issue", barcode="2990000000417")
    assert (issued["Description"], issued["Owner_Key"]) == ("Клубная 2990000000417", KIND)
    assert issued["Партнер_Key"] == "00000000-0000-0000-0000-000000000000"
    active = await onec.act("card.activate", barcode="2990000000417", partner=PARTNER)
    assert (active["Партнер_Key"], active["Статус"]) == (PARTNER, "Действует")
    annulled = await onec.act("card.annul", barcode="2990000000417")
    assert annulled["Статус"] == "Аннулирована"
    shown = await onec.act("inspect", entity="Catalog_КартыЛояльности", key=issued["Ref_Key"])
    assert shown["rows"] == [annulled]


async def test_a_receipt_of_the_till(onec: OneC) -> None:
    """Points spent lower the first row; the card names the buyer; stock goes down."""
    await onec.act("clock.freeze", at="2026-02-03T18:12:31")
    await onec.act("card.issue", barcode="299", partner=PARTNER)
    row = {"product": PRODUCT, "quantity": 2, "price": 990.5}
    made = await onec.act("receipt.close", barcode="299", rows=[row], spend=100)
    assert (made["Date"], made["Posted"], made["Статус"]) == ("2026-02-03T18:12:31", True, "Пробит")
    assert (made["СуммаДокумента"], made["Партнер_Key"]) == (1881, PARTNER)
    assert made["ОплатаПлатежнымиКартами"][0]["Сумма"] == 1881
    assert (made["ФормаОплаты"], made["ПолученоНаличными"]) == ("ПлатежнаяКарта", 0)
    cash = await onec.act("receipt.close", rows=[row], cash=True)
    assert (cash["ПолученоНаличными"], cash["ОплатаПлатежнымиКартами"]) == (1981, [])
    (left,) = await onec.rows(STOCK)
    assert left["ВНаличииBalance"] == 8
    await onec.act("receipt.return", receipt=cash["Ref_Key"])
    (left,) = await onec.rows(STOCK)
    assert left["ВНаличииBalance"] == 10
    told = await onec.act("points.balance", partner=PARTNER)
    assert told["spendable"] == 250


async def test_an_order_is_shipped(onec: OneC) -> None:
    """The shipment names its order, takes the goods and closes the order."""
    await onec.act("order.status", order=ORDER, status="КОтгрузке", post=True)
    made = await onec.act("order.ship", order=ORDER)
    assert (made["ЗаказКлиента"], made["Posted"]) == (ORDER, True)
    order = await onec.get(f"Document_ЗаказКлиента(guid'{ORDER}')")
    assert order["Статус"] == "Закрыт"
    (left,) = await onec.rows(STOCK)
    assert (left["ВНаличииBalance"], left["КОтгрузкеBalance"]) == (10, 0)
    assert await onec.rows("AccumulationRegister_ЗаказыКлиентов/Balance()") == []


async def test_points_prices_and_stock_of_the_back_office(onec: OneC) -> None:
    """Points come and go by documents, a price by its document, stock to what is said."""
    await onec.act("points.accrue", partner=PARTNER, points=50, expires="2026-12-31T00:00:00")
    spent = await onec.act("points.spend", partner=PARTNER, points=30)
    assert (spent["ВидПравила"], spent["Списание"][0]["Баллы"]) == ("Списание", 30)
    told = await onec.act("points.balance", partner=PARTNER, at="2026-02-04T00:00:00")
    assert told["spendable"] == 370
    await onec.act("price.set", product=PRODUCT, price=1290)
    (price,) = await onec.rows("InformationRegister_ЦеныНоменклатуры_RecordType/SliceLast()")
    assert price["Цена"] == 1290
    await onec.act("stock.set", product=PRODUCT, quantity=3)
    (left,) = await onec.rows(STOCK)
    assert left["ВНаличииBalance"] == 3


async def test_any_object_may_be_handled(onec: OneC) -> None:
    """Objects without an action of their own are created, changed, marked, posted, deleted."""
    made = await onec.act(
        "object.create", entity="Catalog_Контрагенты", values={"ИНН": "7700000000"}
    )
    key = made["Ref_Key"]
    await onec.act("object.change", entity="Catalog_Контрагенты", key=key, values={"КПП": "1"})
    await onec.act("object.mark", entity="Catalog_Контрагенты", key=key)
    (row,) = (await onec.act("inspect", entity="Catalog_Контрагенты", where={"ИНН": "7700000000"}))[
        "rows"
    ]
    assert (row["КПП"], row["DeletionMark"]) == ("1", True)
    await onec.act("object.delete", entity="Catalog_Контрагенты", key=key)
    assert (await onec.act("inspect", entity="Catalog_Контрагенты"))["rows"] == []
    posted = await onec.act("object.post", entity="Document_ЗаказКлиента", key=ORDER)
    assert posted["Posted"] is True


async def test_the_clock_stands_and_runs(onec: OneC) -> None:
    """A frozen clock stamps what is written; without a time it runs again."""
    assert await onec.act("clock.freeze", at="2027-01-01T00:00:00") == {
        "now": "2027-01-01T00:00:00"
    }
    made = await onec.act("points.accrue", partner=PARTNER, points=1)
    assert made["Date"] == "2027-01-01T00:00:00"
    assert await onec.act("clock.freeze") == {"now": "2026-02-03T18:10:00"}


async def test_seeding(onec: OneC) -> None:
    """Loaded rows are no change unless asked for; ids, versions and numbers can be set."""
    await onec.seed(
        rows={"Catalog_Партнеры": [{"Ref_Key": "aaaaaaaa" + TAIL, "Code": "00-00000100"}]},
        next={"guids": ["bbbbbbbb" + TAIL], "version": 0x7FF},
    )
    made = (await onec.send("POST", "Catalog_Партнеры", {"Description": "Ия"})).json()
    assert (made["Ref_Key"], made["Code"]) == ("bbbbbbbb" + TAIL, "00-00000101")
    assert made["DataVersion"] == "AAAAAAAACAA="
    queue = await onec.act("queue", node="9d000001" + TAIL)
    assert [one["key"] for one in queue["registrations"]] == [["bbbbbbbb" + TAIL]]
    await onec.seed(rows={"Catalog_Партнеры": [{"Ref_Key": "cccccccc" + TAIL}]}, register=True)
    queue = await onec.act("queue", node="9d000001" + TAIL)
    assert len(queue["registrations"]) == 2
    records = [
        {
            "Period": "2026-02-01T00:00:00",
            "RecordType": "Receipt",
            "Начислено": 5,
            "Партнер_Key": PARTNER,
        }
    ]
    kind = "Document_ЧекККМ"
    await onec.seed(
        records={
            "AccumulationRegister_БонусныеБаллы": [
                {"recorder": "dddddddd" + TAIL, "recorder_type": kind, "rows": records}
            ]
        }
    )
    condition = f"Recorder eq cast(guid'dddddddd{TAIL}','{kind}')"
    name = "AccumulationRegister_БонусныеБаллы_RecordType"
    assert [row["Начислено"] for row in await onec.rows(name, filter=condition)] == [5]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("act", {"action": "sing"}, "no action is called sing"),
    ("act", {"action": "card.annul", "barcode": "0"}, "not found or not given: 0"),
    ("act", {"action": "card.issue"}, "not found or not given: magnetic"),
    ("act", {"action": "order.ship", "order": "x"}, "not found or not given: x"),
    ("act", {"action": "inspect", "entity": "Нет"}, "not found or not given: Нет"),
    (
        "act",
        {"action": "object.create", "entity": "Catalog_Партнеры", "values": {"Имя": "Ия"}},
        "Catalog_Партнеры has no property Имя",
    ),
    ("act", {"action": "clock.freeze", "at": "2026-01-01T00:00:00Z"}, "without a zone"),
    ("seed", {"rows": {"Catalog_Нет": [{}]}}, "no entity is called Catalog_Нет"),
    ("seed", {"rows": {"Catalog_Партнеры": [{"Имя": ""}]}}, "Catalog_Партнеры has no property Имя"),
]


@pytest.mark.parametrize(("door", "body", "text"), REFUSED, ids=range(len(REFUSED)))
async def test_refusals(onec: OneC, door: str, body: dict[str, Any], text: str) -> None:
    """A request that makes no sense says what is wrong with it."""
    answer = await onec.client.post(f"/__mock__/{door}", json=body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


async def test_refused_postings_reach_the_act(onec: OneC) -> None:
    """A shipment of more than there is fails at the side door too."""
    await onec.act("stock.set", product=PRODUCT, quantity=1)
    body = {"action": "order.ship", "order": ORDER}
    answer = await onec.client.post("/__mock__/act", json=body)
    assert answer.json() == {"error": "Недостаточно товара на складе: не хватает 1 шт"}
