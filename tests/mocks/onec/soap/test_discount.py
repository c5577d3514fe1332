"""ДисконтныйСервер of Розница 2.x (vendor reference, 3.8)."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import CARD, PARTNER, PROGRAMME, Services
from tests.mocks.onec.soap.envelopes import NIL, Answer, call

NAMESPACE = "http://localhost/rt2discountservice"
RECEIPT = "7e000001-2b3d-11f0-8c11-00155d0a0b0c"
OTHER = "7e000002-2b3d-11f0-8c11-00155d0a0b0c"
NOBODY = "cccc0009-2222-11ee-8c3a-00155d010203"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


async def ask(services: Services, operation: str, **values: object) -> Answer:
    """Call the service."""
    return await call(services, "DiscountService", NAMESPACE, operation, **values)


def rows(answer: Answer) -> list[list[str | None]]:
    """The texts of the answer's rows."""
    return [[one.text for one in row] for row in answer.body[0]]


async def receipts(services: Services) -> None:
    """Two receipts of the card: one counted, one not punched."""
    base = {"Posted": True, "КартаЛояльности_Key": CARD, "Партнер_Key": PARTNER}
    goods = [{"Количество": 2, "Цена": 990.5, "Сумма": 1981}]
    done = {"Ref_Key": RECEIPT, "Date": "2026-02-03T12:00:00", "Статус": "Пробит"}
    open_one = {"Ref_Key": OTHER, "Date": "2026-02-03T13:00:00", "Статус": "Отложен"}
    amount = {"СуммаДокумента": 1981, "Товары": goods}
    documents = [base | amount | done, base | amount | open_one]
    await services.door("seed", rows={"Document_ЧекККМ": documents})


async def test_balance_comes_in_another_type_than_declared(services: Services) -> None:
    """The WSDL says accumulations, the rows are points: a client must read by local names."""
    when = "2026-02-03T18:04:00"
    answer = await ask(
        services, "ПолучитьОстатокБонусов", ИдентификаторКарты=CARD, ДатаЗапроса=when
    )
    assert rows(answer) == [[when, "350"]]
    row = answer.body[0][0]
    assert [etree.QName(one).localname for one in row] == ["ДатаОперации", "КоличествоБаллов"]
    assert answer.body[0].get(TYPE) is None


async def test_sent_type_is_a_switch(services: Services) -> None:
    """The wire form is unconfirmed: it may carry the real type."""
    await services.door("settings", soap_sent_type=True)
    when = "2026-02-03T18:04:00"
    answer = await ask(
        services, "ПолучитьОстатокБонусов", ИдентификаторКарты=CARD, ДатаЗапроса=when
    )
    assert answer.body[0].get(TYPE) == "m:РезультатЗапросаОБонусах"


async def test_unknown_card_is_nil(services: Services) -> None:
    """Strings carry GUIDs; a card that is not there gives nil."""
    values = {"ИдентификаторКарты": NOBODY, "ДатаЗапроса": "2026-02-03T18:04:00"}
    answer = await ask(services, "ПолучитьОстатокБонусов", **values)
    assert answer.body[0].get(NIL) == "true"


async def test_long_balance_tells_of_the_burning(services: Services) -> None:
    """The present balance, then each later change."""
    values = {"ИдентификаторКарты": CARD, "ДатаЗапроса": "2026-02-03T18:04:00"}
    answer = await ask(services, "ПолучитьОстатокБонусовРасширенный", **values)
    assert [row[1:] for row in rows(answer)] == [["350", "0", "true"], ["0", "-350", "false"]]


@pytest.mark.parametrize(
    ("excluded", "wanted"),
    [pytest.param("", ["1981", "2"], id="all"), pytest.param(RECEIPT, ["0", "0"], id="but one")],
)
async def test_accumulations(services: Services, excluded: str, wanted: list[str]) -> None:
    """Only posted and punched receipts count."""
    await receipts(services)
    answer = await ask(
        services,
        "ПолучитьСуммуНакопления",
        ИдентификаторКарты=CARD,
        ДатаНачала="2026-01-01T00:00:00",
        ДатаОкончания="2026-12-31T23:59:59",
        ИдентификаторСегмента="",
        ИдентификаторИсключаемогоДокументта=excluded,
    )
    assert rows(answer) == [wanted]


async def test_last_purchase(services: Services) -> None:
    """Declared as a string, sent as rows; none before the first purchase."""
    await receipts(services)
    found = [
        rows(
            await ask(
                services,
                "ПолучитьДанныеПоследнейПокупки",
                ИдентификаторКарты=CARD,
                ДатаРасчета=when,
                ИдентификаторСегмента="",
                ИдентификаторИсключаемогоДокументта="",
            )
        )
        for when in ("2026-02-04T00:00:00", "2026-02-01T00:00:00")
    ]
    assert found == [[["2026-02-03T12:00:00", "1981", "2"]], []]


def table(points: int, kind: int = 0) -> str:
    """One row of the table of movements."""
    return (
        "<СтрокиТаблицы><Период>2026-02-03T00:00:00</Период>"
        f"<ВидДвижения>{kind}</ВидДвижения>"
        f"<ИдентификаторБонуснойПрограммы>{PROGRAMME}</ИдентификаторБонуснойПрограммы>"
        f"<ИдентификаторКарты>{CARD}</ИдентификаторКарты><Начислено>{points}</Начислено>"
        f"<КСписанию>{points if kind else 0}</КСписанию></СтрокиТаблицы>"
    )


async def update(services: Services, content: str, document: str = RECEIPT) -> str | None:
    """Send the movements of a receipt."""
    answer = await ask(
        services,
        "ОбновитьДанныеОБонусах",
        ТипДокумента="ЧекККМ",
        ИдентификаторДокумента=document,
        ТаблицаБонусов=content,
    )
    return answer.text("return")


async def test_update_replaces_the_movements_of_a_document(services: Services) -> None:
    """The same table again changes nothing, another one takes its place, an empty one clears."""
    await receipts(services)
    balances = []
    for content in (table(60), table(60), table(100, kind=1), ""):
        assert await update(services, content) == "true"
        values = {"ИдентификаторКарты": CARD, "ДатаЗапроса": "2026-02-03T18:04:00"}
        balances.append(rows(await ask(services, "ПолучитьОстатокБонусов", **values))[0][1])
    assert balances == ["410", "410", "250", "350"]


async def test_update_of_an_unknown_document(services: Services) -> None:
    """False, no fault."""
    assert await update(services, table(60), NOBODY) == "false"
