"""Virtual tables of registers (reference, section 1.8) and the rules of points (1.12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = "11111111" + TAIL
OTHER = "11111112" + TAIL
ANONYMOUS = "11111110" + TAIL
PROGRAMME = "bb900001" + TAIL
PRODUCT = "aaaa0001" + TAIL
POINTS = "AccumulationRegister_БонусныеБаллы"
SALES = "AccumulationRegister_ВыручкаИСебестоимостьПродаж"
PRICES = "InformationRegister_ЦеныНоменклатуры_RecordType"
RATES = "InformationRegister_КурсыВалют"
WHO = f"'Партнер_Key eq guid''{PARTNER}'''"


async def test_parameters_may_stand_in_the_query(onec: OneC) -> None:
    """Brackets may be left out; the period's other name is taken too."""
    inside = await onec.get(
        f"{POINTS}/Balance(Period=datetime'2026-02-03T18:04:00',Condition={WHO})"
    )
    outside = await onec.get(
        f"{POINTS}/Balance", Period="datetime'2026-02-03T18:04:00'", Condition=WHO
    )
    assert inside == outside
    start, end = "datetime'2026-01-01T00:00:00'", "datetime'2026-01-31T23:59:59'"
    first = await onec.get(f"{POINTS}/Turnovers()", StartPeriod=start, EndPeriod=end)
    second = await onec.get(f"{POINTS}/Turnovers()", StartDate=start, EndDate=end)
    assert first == second
    assert first["value"][0]["НачисленоReceipt"] == 400


async def test_a_balance_without_a_period_counts_the_future_too(onec: OneC) -> None:
    """The movement that burns in July is in the current totals already."""
    (row,) = await onec.rows(f"{POINTS}/Balance()")
    assert (row["НачисленоBalance"], row["КСписаниюBalance"]) == (350, 350)


async def test_a_period_is_not_included_in_a_balance(onec: OneC) -> None:
    """A balance at the second of a movement is the one before it."""
    at = f"{POINTS}/Balance(Period=datetime'2026-01-10T00:00:00')"
    after = f"{POINTS}/Balance(Period=datetime'2026-01-10T00:00:01')"
    assert (await onec.rows(at), len(await onec.rows(after))) == ([], 1)


async def test_balance_and_turnovers(onec: OneC) -> None:
    """Opening plus turnover is closing."""
    (row,) = await onec.rows(
        f"{POINTS}/BalanceAndTurnovers(StartPeriod=datetime'2026-01-15T00:00:00',"
        f"EndPeriod=datetime'2026-12-31T23:59:59',Condition={WHO})"
    )
    assert row == {
        "БонуснаяПрограммаЛояльности_Key": PROGRAMME,
        "Партнер_Key": PARTNER,
        "НачисленоOpeningBalance": 400,
        "НачисленоTurnover": -50,
        "НачисленоReceipt": 0,
        "НачисленоExpense": 50,
        "НачисленоClosingBalance": 350,
        "КСписаниюOpeningBalance": 0,
        "КСписаниюTurnover": 350,
        "КСписаниюReceipt": 400,
        "КСписаниюExpense": 50,
        "КСписаниюClosingBalance": 350,
    }


async def test_dimensions_group(onec: OneC) -> None:
    """A dimension left out is absent and its rows are summed."""
    await onec.act("points.accrue", partner=OTHER, points=10, date="2026-02-01T10:00:00")
    whole = await onec.rows(f"{POINTS}/Balance()", orderby="НачисленоBalance")
    assert [row["НачисленоBalance"] for row in whole] == [10, 350]
    rows = await onec.rows(f"{POINTS}/Balance(Dimensions='БонуснаяПрограммаЛояльности')")
    assert rows == [
        {
            "БонуснаяПрограммаЛояльности_Key": PROGRAMME,
            "НачисленоBalance": 360,
            "КСписаниюBalance": 350,
        }
    ]


async def test_options_work_on_the_result(onec: OneC) -> None:
    """Filter, select and pages apply to the computed rows."""
    await onec.act("points.accrue", partner=OTHER, points=10)
    rows = await onec.rows(
        f"{POINTS}/Balance()", filter="НачисленоBalance gt 100", select="Партнер_Key"
    )
    assert rows == [{"Партнер_Key": PARTNER}]
    assert len(await onec.rows(f"{POINTS}/Balance()", top="1")) == 1


async def test_a_composite_dimension_opens_beside_itself(onec: OneC) -> None:
    """The order of a balance opens after its type name under another name."""
    (row,) = await onec.rows(
        "AccumulationRegister_ЗаказыКлиентов/Balance(Dimensions='ЗаказКлиента')",
        expand="ЗаказКлиента/Document_ЗаказКлиента",
    )
    assert row["ЗаказКлиента_Type"] == "StandardODATA.Document_ЗаказКлиента"
    assert row["ЗаказКлиента_Expanded"]["Ref_Key"] == row["ЗаказКлиента"]
    assert row["ЗаказаноBalance"] == 2


async def test_columns_of_a_record_set(onec: OneC) -> None:
    """A set of records is one entity, its columns are selected through the set."""
    rows = await onec.rows(
        POINTS, select="Recorder_Type,RecordSet/LineNumber,RecordSet/Начислено", top="1"
    )
    kind = "StandardODATA.Document_НачислениеИСписаниеБонусныхБаллов"
    records = [{"LineNumber": "1", "Начислено": 400}, {"LineNumber": "2", "Начислено": 0}]
    assert rows == [{"Recorder_Type": kind, "RecordSet": records}]


async def test_a_register_of_turnovers_has_turnovers_only(onec: OneC) -> None:
    """There is no balance of sales, and no receipts and expenses."""
    (row,) = await onec.rows(f"{SALES}/Turnovers(Dimensions='Партнер')")
    assert row == {"Партнер_Key": PARTNER, "КоличествоTurnover": 1, "СуммаВыручкиTurnover": 940.5}
    assert await onec.refusal(f"{SALES}/Balance()") == (400, "6")


async def test_slices(onec: OneC) -> None:
    """The last record up to a moment, the first from it on, by dimensions."""
    await onec.act("price.set", product=PRODUCT, price=1100, date="2026-02-10T09:00:00")
    await onec.act("price.set", product=PRODUCT, price=1200, date="2026-02-20T09:00:00")

    async def price(call: str) -> list[float]:
        return [row["Цена"] for row in await onec.rows(f"{PRICES}/{call}")]

    assert await price("SliceLast(Period=datetime'2026-02-09T00:00:00')") == [990.5]
    assert await price("SliceLast(Period=datetime'2026-02-10T09:00:00')") == [1100]
    assert await price("SliceLast()") == [1200]
    assert await price("SliceLast(Condition='Цена lt 1150')") == [1100]
    assert await price("SliceFirst(Period=datetime'2026-01-13T00:00:00')") == [1100]
    assert await price("SliceFirst()") == [990.5]
    assert await price("SliceLast(Period=datetime'2026-01-01T00:00:00')") == []
    unknown = f"Номенклатура_Key eq guid''{PARTNER}''"
    assert await price(f"SliceLast(Condition='{unknown}')") == []
    (row,) = await onec.rows(f"{PRICES}/SliceLast()", expand="Номенклатура", select="Цена")
    assert (row["Цена"], row["Номенклатура"]["Артикул"]) == (1200, "VEGA-1")


async def test_two_prices_of_one_second(onec: OneC) -> None:
    """Each document keeps its own record; the later one wins until it is unposted."""
    at = "2026-02-10T09:00:00"
    await onec.act("price.set", product=PRODUCT, price=1100, date=at)
    second = await onec.act("price.set", product=PRODUCT, price=1200, date=at)
    name = "Document_УстановкаЦенНоменклатуры"
    for expected in (1200, 1100):
        (row,) = await onec.rows(f"{PRICES}/SliceLast()")
        assert row["Цена"] == expected
        await onec.act("object.unpost", entity=name, key=second["Ref_Key"])


async def test_slice_of_an_independent_register(onec: OneC) -> None:
    """A periodic register without recorders is sliced under its own name."""
    currency = "0b500001" + TAIL
    for day, rate in (("01", 90), ("02", 91)):
        row = {"Период": 0, "Period": f"2026-01-{day}T00:00:00", "Валюта_Key": currency}
        await onec.send("POST", RATES, row | {"Курс": rate, "Кратность": 1})
    (last,) = await onec.rows(f"{RATES}/SliceLast(Period=datetime'2026-01-31T00:00:00')")
    assert (last["Period"], last["Курс"]) == ("2026-01-02T00:00:00", 91)


REFUSED = [
    ("InformationRegister_ЦеныНоменклатуры/SliceLast()", "6"),
    ("InformationRegister_ШтрихкодыНоменклатуры/SliceLast()", "6"),
    (f"{POINTS}/SliceLast()", "6"),
    (f"{POINTS}_RecordType/Balance()", "6"),
    (f"{POINTS}/Остатки()", "6"),
    (f"{POINTS}/Balance(Date=datetime'2026-01-01T00:00:00')", "6"),
    (f"{POINTS}/Balance(Period='2026-01-01T00:00:00')", "21"),
    (f"{POINTS}/Balance(Period=datetime'2026-01-01')", "1"),
    (f"{POINTS}/Balance(Condition='Начислено gt 5')", "10"),
    (f"{POINTS}/Balance(Condition='Партнер_Key eq')", "14"),
    (f"{POINTS}/Balance(Condition='Партнер_Key eq guid'{PARTNER}'')", "6"),
    (f"{POINTS}/Balance(Dimensions='Склад')", "10"),
    (f"{POINTS}/Balance()/Нет", "6"),
]


@pytest.mark.parametrize(("path", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refused_tables(onec: OneC, path: str, code: str) -> None:
    """A table that a register has not, or a wrong parameter, is refused."""
    assert await onec.refusal(path) == (400, code)


async def test_records_of_an_unposted_document_are_gone(onec: OneC) -> None:
    """Unposting removes the movements and with them the balance."""
    path = "Document_НачислениеИСписаниеБонусныхБаллов(guid'd0c00000-2a01-11f0-8c11-00155d0a0b0c')"
    await onec.call("POST", f"{path}/Unpost")
    (row,) = await onec.rows(f"{POINTS}/Balance()")
    assert (row["НачисленоBalance"], row["КСписаниюBalance"]) == (-50, -50)
    told = await onec.act("points.balance", partner=PARTNER)
    assert told["spendable"] == 0


async def test_future_points_cannot_be_spent_yet(onec: OneC) -> None:
    """Points of a receipt come on their own date and burn on theirs."""
    await onec.act("card.issue", barcode="299", partner=OTHER)
    rows = [{"product": PRODUCT, "quantity": 1, "price": 500}]
    await onec.act(
        "receipt.close",
        barcode="299",
        rows=rows,
        accrue=56,
        accrue_at="2026-02-17T00:00:00",
        expires="2026-08-17T00:00:00",
    )
    days = ("2026-02-16", "2026-02-18", "2026-08-18")
    found = [
        (await onec.act("points.balance", partner=OTHER, at=f"{day}T12:00:00"))["spendable"]
        for day in days
    ]
    assert found == [0, 56, 0]


MOVEMENTS: list[tuple[dict[str, Any], list[tuple[str, str, float, float]]]] = [
    (
        {"partner": PARTNER, "spend": 100},
        [("Expense", "2026-02-03T00:00:00", 100, 100)],
    ),
    (
        {"partner": PARTNER, "accrue": 10, "expires": "2026-08-17T00:00:00"},
        [
            ("Receipt", "2026-02-03T12:30:00", 10, 0),
            ("Receipt", "2026-08-17T00:00:00", 0, 10),
        ],
    ),
    ({"partner": PARTNER, "accrue": 10}, [("Receipt", "2026-02-03T12:30:00", 10, 0)]),
    ({"partner": ANONYMOUS, "accrue": 10, "spend": 5}, []),
    ({"accrue": 10}, []),
]


@pytest.mark.parametrize(
    ("receipt", "expected"),
    MOVEMENTS,
    ids=["spending", "burning accrual", "accrual for ever", "anonymous", "nobody"],
)
async def test_movements_of_a_receipt_and_its_return(
    onec: OneC, receipt: dict[str, Any], expected: list[tuple[str, str, float, float]]
) -> None:
    """The movements follow the configuration's rules, those of a return with reversed signs."""
    at = "2026-02-03T12:30:00"
    rows = [{"product": PRODUCT, "quantity": 2, "price": 990.5}]
    sold = await onec.act("receipt.close", rows=rows, date=at, **receipt)
    back = await onec.act("receipt.return", receipt=sold["Ref_Key"], date=at)

    async def movements(name: str, ref: str) -> list[tuple[str, str, float, float]]:
        found = await onec.rows(
            f"{POINTS}_RecordType", filter=f"Recorder eq cast(guid'{ref}','Document_{name}')"
        )
        names = ("RecordType", "Period", "Начислено", "КСписанию")
        return [tuple(row[one] for one in names) for row in found]

    assert await movements("ЧекККМ", sold["Ref_Key"]) == expected
    reversed_signs = [(kind, day, -first, -second) for kind, day, first, second in expected]
    assert await movements("ЧекККМВозврат", back["Ref_Key"]) == reversed_signs
    await onec.act("receipt.archive", receipt=sold["Ref_Key"])
    assert await movements("ЧекККМ", sold["Ref_Key"]) == []
