"""``$filter``: what is supported and what is refused (reference, section 1.4)."""

from __future__ import annotations

import pytest

from tests.mocks.onec.conftest import OneC, Start
from tests.mocks.onec.three_orders import EMPTY, GROUP, ORDER_ROWS, ORDERS, PARTNERS, ref


@pytest.fixture
async def onec(start: Start) -> OneC:
    """A base with three partners and three orders."""
    base = await start(demo_data=False)
    await base.seed(rows={"Catalog_Партнеры": PARTNERS, ORDERS: ORDER_ROWS})
    return base


FILTERS = [
    ("Catalog_Партнеры", "Description eq 'О''Генри Илья'", [2]),
    ("Catalog_Партнеры", "Description ne 'О''Генри Илья' and not IsFolder", [1]),
    ("Catalog_Партнеры", "not (IsFolder eq true) and Клиент eq true", [1]),
    ("Catalog_Партнеры", f"Parent_Key eq guid'{GROUP.upper()}'", [1]),
    ("Catalog_Партнеры", "Parent/Description eq 'Розница'", [1]),
    ("Catalog_Партнеры", "startswith(Description,'Ёл')", [1]),
    ("Catalog_Партнеры", "endswith(Description,'Илья')", [2]),
    ("Catalog_Партнеры", "substringof('Анна',Description)", [1]),
    ("Catalog_Партнеры", "like(Description,'%Генри%')", [2]),
    ("Catalog_Партнеры", "substring(Code,10,2) eq '11'", [1]),
    ("Catalog_Партнеры", "concat(Code,Description) eq '00-00000011Ёлкина Анна'", [1]),
    ("Catalog_Партнеры", "year(ДатаРождения) eq 1990 and month(ДатаРождения) eq 4", [1]),
    ("Catalog_Партнеры", "quarter(ДатаРождения) eq 4 and day(ДатаРождения) eq 31", [2]),
    ("Catalog_Партнеры", "dayofweek(ДатаРождения) eq 7", [2]),
    ("Catalog_Партнеры", "dayofyear(ДатаРождения) eq 366", [2]),
    ("Catalog_Партнеры", "ДатаРождения lt datetime'1990-04-13T00:00:00' and not IsFolder", [1]),
    ("Catalog_Партнеры", "КонтактнаяИнформация/any(c: c/НомерТелефона eq '89160000002')", [2]),
    ("Catalog_Партнеры", "КонтактнаяИнформация/any() and Клиент eq false", [2]),
    ("Catalog_Партнеры", "КонтактнаяИнформация/all(c: c/Тип eq 'Телефон') and Клиент eq true", [1]),
    (ORDERS, "Партнер/Description eq 'Ёлкина Анна'", [3]),
    (ORDERS, "Партнер/Description ne 'Ёлкина Анна'", [4]),
    (ORDERS, f"Партнер_Key eq guid'{EMPTY}'", [5]),
    (ORDERS, "Товары/any(d: d/Цена gt 1000)", [3]),
    (ORDERS, "Товары/all(d: d/Цена le 100) and Товары/any()", [4]),
    (ORDERS, "СуммаДокумента add 1 eq 8", [4]),
    (ORDERS, "СуммаДокумента mul 2 eq 201 or СуммаДокумента div 7 eq 1", [3, 4]),
    (ORDERS, "СуммаДокумента gt 6.5 and СуммаДокумента sub 0.5 eq 100", [3]),
    (ORDERS, "round(СуммаДокумента,0) eq 100", [3]),
    (ORDERS, "hour(Date) eq 23 and minute(Date) eq 59 and second(Date) eq 59", [4]),
    (
        ORDERS,
        "Date ge datetime'2026-01-15T12:30:00' and Date lt datetime'2026-02-21T00:00:00'",
        [3, 4],
    ),
    (ORDERS, "dateadd(Date,'month',1) eq datetime'2026-04-01T08:00:00'", [5]),
    (ORDERS, "datedifference(Date,datetime'2026-03-02T00:00:00','day') eq 1", [5]),
    (ORDERS, f"ДокументОснование eq cast(guid'{ref(3)}','Document_ЗаказКлиента')", [4]),
    (ORDERS, f"ДокументОснование eq guid'{ref(3)}'", []),
    (
        ORDERS,
        f"ДокументОснование eq cast(guid'{ref(3)}','Document_КоммерческоеПредложениеКлиенту')",
        [],
    ),
    (ORDERS, "isof(ДокументОснование,'Document_ЗаказКлиента')", [4]),
    (ORDERS, "Статус eq 'КОтгрузке'", [4]),
    (f"{ORDERS}_ДополнительныеРеквизиты", "cast(Значение,'Number') le 12", [4]),
    (f"{ORDERS}_ДополнительныеРеквизиты", "isof(Значение,'String')", []),
    (f"{ORDERS}_Товары", "Цена ge 100 and LineNumber eq 2", [3]),
]


@pytest.mark.parametrize(
    ("path", "condition", "expected"), FILTERS, ids=[row[1] for row in FILTERS]
)
async def test_filters(onec: OneC, path: str, condition: str, expected: list[int]) -> None:
    """Each supported form selects the rows that it names."""
    found = [row["Ref_Key"] for row in await onec.rows(path, filter=condition)]
    assert sorted(found) == [ref(one) for one in expected]


REFUSED = [
    ("Description eq", 400, "14"),
    ("Description eq 'a' and", 400, "14"),
    ("Description eq 5", 400, "14"),
    ("Description", 400, "14"),
    ("Description eq 'a' b", 400, "14"),
    ('Description eq "a"', 400, "14"),
    ("tolower(Description) eq 'a'", 400, "21"),
    ("length(Description) gt 3", 400, "21"),
    ("indexof(Description,'a') eq 1", 400, "21"),
    ("trim(Description) eq 'a'", 400, "21"),
    ("startswith(Description,1)", 400, "21"),
    ("startswith(Description)", 400, "21"),
    ("isof(Description,'String')", 400, "21"),
    ("Комментарий eq 'a'", 500, "-1"),
    ("startswith(Комментарий,'a')", 500, "-1"),
    (f"Ref_Key gt guid'{EMPTY}'", 500, "-1"),
    ("Телефон eq '7'", 400, "10"),
    ("Партнер/ИНН eq '7'", 400, "10"),
    ("ГруппаДоступаПартнера/Code eq '7'", 400, "10"),
    ("Parent/Телефон eq '7'", 400, "10"),
    ("КонтактнаяИнформация/any(c: c/Нет eq '7')", 400, "10"),
    ("КонтактнаяИнформация/any(c: Code eq '7')", 400, "10"),
    ("Description____Presentation eq 'a'", 400, "10"),
    ("Parent_Key eq guid'123'", 400, "1"),
    ("ДатаРождения eq datetime'2026-01-15T12:30'", 400, "1"),
    ("ДатаРождения eq datetime'2026-01-15T12:30:00Z'", 400, "1"),
    ("ДатаРождения eq datetime'2026-02-30T12:30:00'", 400, "1"),
]


@pytest.mark.parametrize(("condition", "status", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refused_filters(onec: OneC, condition: str, status: int, code: str) -> None:
    """What 1C does not know must not pass here either."""
    assert await onec.refusal("Catalog_Партнеры", filter=condition) == (status, code)


async def test_a_filter_by_type_is_a_switch(onec: OneC) -> None:
    """The test of X_Type is unconfirmed: refused unless the switch lets it work."""
    condition = "ДокументОснование_Type eq 'StandardODATA.Undefined'"
    assert await onec.refusal(ORDERS, filter=condition) == (400, "10")
    await onec.switch(filter_by_type="works")
    found = await onec.rows(ORDERS, filter=condition, select="Ref_Key")
    assert found == [{"Ref_Key": ref(3)}, {"Ref_Key": ref(5)}]


async def test_case_depends_on_the_database(onec: OneC) -> None:
    """Comparison of strings is exact unless the switch stands otherwise."""
    condition = "Description eq 'ёлкина анна'"
    assert await onec.rows("Catalog_Партнеры", filter=condition) == []
    await onec.switch(string_comparison="ignore_case")
    assert len(await onec.rows("Catalog_Партнеры", filter=condition)) == 1
