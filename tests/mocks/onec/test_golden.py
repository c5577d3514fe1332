"""The documented samples, replayed against the demonstration data (reference, section 1.13)."""

from __future__ import annotations

import json

import pytest

from tests.mocks.onec.conftest import NOMETADATA, ROOT, OneC
from tests.mocks.onec.samples import GOLDEN, ORDER, create_order, within

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + TAIL
CARD = "cccc0001" + TAIL
POINTS = "AccumulationRegister_БонусныеБаллы"
WHO = f"Condition='Партнер_Key eq guid''{PARTNER}'''"


READS = [
    (
        "partners",
        "Catalog_Партнеры",
        {
            "filter": "IsFolder eq false and DeletionMark eq false and Клиент eq true",
            "select": "Ref_Key,DataVersion,DeletionMark,Code,Description,НаименованиеПолное,"
            "ЮрФизЛицо,Пол,ДатаРождения,КонтактнаяИнформация",
            "orderby": "Code",
            "top": "2",
            "skip": "0",
        },
    ),
    (
        "partner_by_phone",
        "Catalog_Партнеры_КонтактнаяИнформация",
        {
            "filter": "Тип eq 'Телефон' and (НомерТелефона eq '79991234567' or НомерТелефона eq"
            " '89991234567' or НомерТелефона eq '9991234567')",
            "select": "Ref_Key,LineNumber",
        },
    ),
    ("balance", f"{POINTS}/Balance(Period=datetime'2026-02-03T18:04:00',{WHO})", {}),
    (
        "turnovers",
        (
            f"{POINTS}/Turnovers(StartPeriod=datetime'2026-01-01T00:00:00',"
            f"EndPeriod=datetime'2026-01-31T23:59:59',{WHO})"
        ),
        {},
    ),
    (
        "history",
        f"{POINTS}_RecordType",
        {
            "filter": f"Партнер_Key eq guid'{PARTNER}' and Active eq true",
            "orderby": "Period",
            "top": "100",
        },
    ),
    ("nodes", "ExchangePlan_Шлюз", {}),
]


@pytest.mark.parametrize(("sample", "path", "query"), READS, ids=[row[0] for row in READS])
async def test_reads(onec: OneC, sample: str, path: str, query: dict[str, str]) -> None:
    """A read that answers otherwise than the documented sample would mislead a connector."""
    assert await onec.get(path, **query) == GOLDEN[sample]


GOODS = [
    (
        "Catalog_Номенклатура",
        {"filter": "IsFolder eq false", "select": "Ref_Key,Code,Артикул,Description,Parent_Key"},
    ),
    ("InformationRegister_ШтрихкодыНоменклатуры", {"filter": "Штрихкод eq '4600000000017'"}),
    (
        (
            "InformationRegister_ЦеныНоменклатуры_RecordType/SliceLast("
            "Period=datetime'2026-02-03T18:00:00',"
            f"Condition='ВидЦены_Key eq guid''ee000001{TAIL}''')"
        ),
        {},
    ),
    (
        (
            "AccumulationRegister_ТоварыНаСкладах/Balance("
            f"Condition='Склад_Key eq guid''dd000001{TAIL}''',Dimensions='Номенклатура,Склад')"
        ),
        {},
    ),
]


@pytest.mark.parametrize("index", range(4), ids=["product", "barcode", "price", "stock"])
async def test_product_barcode_price_stock(onec: OneC, index: int) -> None:
    """The four reads of goods must agree with their documented answers to the field."""
    path, query = GOODS[index]
    assert await onec.get(path, **query) == GOLDEN["goods"][index]


async def test_card_create_find_annul(onec: OneC) -> None:
    """A card is created with 201 and Location, found with its owner, and annulled by PATCH."""
    await onec.seed(next={"guids": [CARD]})
    made = await onec.send("POST", "Catalog_КартыЛояльности", GOLDEN["card_create"])
    assert (made.status_code, made.json()) == (201, GOLDEN["card_created"])
    assert made.headers["location"] == (
        ROOT + "Catalog_%D0%9A%D0%B0%D1%80%D1%82%D1%8B%D0%9B%D0%BE%D1%8F%D0%BB%D1%8C%D0%BD%D0%BE"
        f"%D1%81%D1%82%D0%B8(guid'{CARD}')"
    )
    assert made.headers["content-type"] == "application/json;charset=utf-8"
    assert made.headers["dataserviceversion"] == "3.0"
    found = await onec.get(
        "Catalog_КартыЛояльности",
        filter="Штрихкод eq '2990000000417' and DeletionMark eq false",
        expand="Партнер",
        select="Ref_Key,DataVersion,Owner_Key,Description,Штрихкод,МагнитныйКод,Статус,"
        "Партнер_Key,Партнер/Description",
        top="2",
    )
    assert found == GOLDEN["card_by_barcode"]
    path = f"Catalog_КартыЛояльности(guid'{CARD}')"
    annulled = await onec.send("PATCH", path, {"Статус": "Аннулирована"})
    changes = {"Статус": "Аннулирована", "DataVersion": "AAAAAAAAA6I="}
    assert (annulled.status_code, annulled.json()) == (200, GOLDEN["card_created"] | changes)
    nothing = await onec.get("Catalog_КартыЛояльности", filter="Штрихкод eq '2990000000418'")
    assert nothing == {"value": []}


BALANCES = [
    ("2026-01-15T00:00:00", 400, 0, 400),
    ("2026-02-03T18:04:00", 350, -50, 350),
    ("2026-07-11T00:00:00", 350, 350, 0),
]


@pytest.mark.parametrize(
    ("at", "accrued", "burning", "spendable"), BALANCES, ids=["accrued", "spent", "burnt"]
)
async def test_points_burn(
    onec: OneC, at: str, accrued: float, burning: float, spendable: float
) -> None:
    """The three answers follow from the same three movements."""
    (row,) = await onec.rows(f"{POINTS}/Balance(Period=datetime'{at}',{WHO})")
    assert (row["НачисленоBalance"], row["КСписаниюBalance"]) == (accrued, burning)
    told = await onec.act("points.balance", partner=PARTNER, at=at)
    assert told["spendable"] == spendable


async def test_points_from_outside_are_a_document(onec: OneC) -> None:
    """Points of a document count only once it is posted, and burn on its date."""
    name = "Document_НачислениеИСписаниеБонусныхБаллов"
    made = await onec.send("POST", name, GOLDEN["points_document"])
    assert (made.status_code, made.json()["Posted"]) == (201, False)
    balance = f"{POINTS}/Balance(Period=datetime'2026-02-04T00:00:00',{WHO})"
    assert [row["НачисленоBalance"] for row in await onec.rows(balance)] == [350]
    path = f"{name}(guid'{made.json()['Ref_Key']}')"
    posted = await onec.call("POST", f"{path}/Post", {"PostingModeOperational": "false"})
    assert (posted.status_code, posted.content) == (200, b"")
    assert [row["НачисленоBalance"] for row in await onec.rows(balance)] == [406]
    burnt = await onec.act("points.balance", partner=PARTNER, at="2026-08-04T00:00:00")
    assert burnt["spendable"] == 0


async def test_order_create_read_change_post(onec: OneC) -> None:
    """An order goes the documented way from creation to an unposted document."""
    made = await create_order(onec)
    read = await onec.get(
        "Document_ЗаказКлиента",
        filter="Date ge datetime'2026-02-01T00:00:00' and НомерПоДаннымКлиента eq 'SITE-90817'",
        select="Ref_Key,DataVersion,DeletionMark,Number,Date,Posted,Статус,НомерПоДаннымКлиента,"
        "Партнер_Key,КартаЛояльности_Key,СуммаДокумента,ДокументОснование,"
        "ДокументОснование_Type,Товары/LineNumber,Товары/Номенклатура_Key,Товары/Количество,"
        "Товары/Цена,Товары/СуммаСНДС",
    )
    assert read == GOLDEN["order_read"]
    assert within(read["value"][0], made)
    path = f"Document_ЗаказКлиента(guid'{ORDER}')"
    comment = {"Комментарий": "Позвонить до доставки"}
    changed = await onec.send("PATCH", path, comment, headers={"If-Match": "AAAAAAAABds="})
    assert changed.status_code == 200
    assert changed.json() == made | comment | {"DataVersion": "AAAAAAAABdw="}
    states = []
    for call in ("Post", "Post()", "Unpost", "Unpost"):
        done = await onec.call("POST", f"{path}/{call}")
        states.append((done.status_code, (await onec.get(path))["Posted"]))
    assert states == [(200, True), (200, True), (200, False), (200, False)]


async def test_receipt(onec: OneC) -> None:
    """A punched receipt is read with its rows, payments and accruals."""
    sample = GOLDEN["receipt"]["value"][0]
    await onec.seed(rows={"Document_ЧекККМ": [sample]})
    found = await onec.get(
        "Document_ЧекККМ",
        filter="Posted eq true and Статус eq 'Пробит' and Date ge datetime'2026-02-03T00:00:00'",
        orderby="Date",
        top="100",
    )
    assert within(GOLDEN["receipt"], found)


async def test_count(onec: OneC) -> None:
    """The count is plain digits, behind a BOM when the base writes one."""
    await create_order(onec)
    for condition, expected in (("Posted eq true", b"1"), ("Posted eq false", b"1")):
        query = {"$filter": condition}
        answer = await onec.call("GET", "Document_ЗаказКлиента/$count", query)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.content == expected
    await onec.switch(bom_on_count=True)
    answer = await onec.call("GET", "Document_ЗаказКлиента/$count")
    assert answer.content == b"\xef\xbb\xbf2"


async def test_errors(onec: OneC) -> None:
    """Status, code and text of the seven documented refusals."""
    unknown = f"guid'{ORDER}'"
    await onec.act("rows.hide", entity="Catalog_Партнеры", key=PARTNER)
    bonus = "Document_НачислениеИСписаниеБонусныхБаллов"
    reads = [
        f"Document_ЗаказКлиента({unknown})",
        "Catalog_Картыы",
        ("Document_ЗаказКлиента", "Posted eq"),
        ("Catalog_Партнеры", "Телефончик eq '1'"),
        "Catalog_Партнеры",
    ]
    answers = []
    for one in reads:
        path, condition = one if isinstance(one, tuple) else (one, "")
        query = {"$format": NOMETADATA} | ({"$filter": condition} if condition else {})
        answers.append(await onec.call("GET", path, query))
    await onec.switch(closed_until="2026-01-11T00:00:00")
    document = f"{bonus}(guid'd0c00000-2a01-11f0-8c11-00155d0a0b0c')"
    answers.append(await onec.send("POST", f"{document}/Unpost"))
    await onec.switch(locked="Ведутся технические работы")
    answers.append(await onec.call("GET", "Catalog_Партнеры"))
    assert [
        {"status": one.status_code, "body": json.loads(one.content.decode("utf-8-sig"))}
        for one in answers
    ] == GOLDEN["errors"]
    assert answers[-1].content.startswith(b"\xef\xbb\xbf")
