"""Keys, property paths and addresses that are refused (reference, sections 1.2 and 1.11)."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = f"guid'11111111{TAIL}'"
ORDER = "guid'5a100000-2a11-11f0-8c11-00155d0a0b0c'"
CURRENCY = f"0b500001{TAIL}"
RECEIPT = "7e000000-2a11-11f0-8c11-00155d0a0b0c"
PRICES = "0ce00001-2a03-11f0-8c11-00155d0a0b0c"
EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"

INSTANCES = [
    (f"Catalog_Партнеры({PARTNER})", "Code", "00-00000055"),
    (f"Catalog_Партнеры(Ref_Key={PARTNER})", "Code", "00-00000055"),
    (f"Catalog_Партнеры({PARTNER.upper().replace('GUID', 'guid')})", "Code", "00-00000055"),
    (f"Catalog_Партнеры_КонтактнаяИнформация(Ref_Key={PARTNER},LineNumber=2)", "LineNumber", "2"),
    ("InformationRegister_ШтрихкодыНоменклатуры('4600000000017')", "Номенклатура_Key", None),
    ("InformationRegister_ШтрихкодыНоменклатуры(Штрихкод='4600000000017')", "Штрихкод", None),
    (f"InformationRegister_ЦеныНоменклатуры(guid'{PRICES}')", "Recorder_Key", PRICES),
    (f"InformationRegister_ЦеныНоменклатуры(Recorder_Key=guid'{PRICES}')", "RecordSet", None),
    (
        (
            f"AccumulationRegister_БонусныеБаллы(Recorder='{RECEIPT}',"
            " Recorder_Type='StandardODATA.Document_ЧекККМ')"
        ),
        "Recorder",
        RECEIPT,
    ),
    (
        (
            f"AccumulationRegister_БонусныеБаллы_RecordType(Recorder='{RECEIPT}',"
            "Recorder_Type='StandardODATA.Document_ЧекККМ',LineNumber=1)"
        ),
        "Начислено",
        50,
    ),
    (
        (
            "InformationRegister_ЦеныНоменклатуры_RecordType(Period=datetime'2026-01-12T10:00:00',"
            f"Номенклатура_Key=guid'aaaa0001{TAIL}',"
            "Характеристика_Key=guid'00000000-0000-0000-0000-000000000000',"
            f"ВидЦены_Key=guid'ee000001{TAIL}')"
        ),
        "Цена",
        990.5,
    ),
    ("Constant_ЗаголовокСистемы(guid'00000000-0000-0000-0000-000000000000')", "Value", ""),
    (f"Document_ЗаказКлиента({ORDER})/Партнер", "Code", "00-00000056"),
]


@pytest.mark.parametrize(("path", "name", "value"), INSTANCES, ids=[row[0] for row in INSTANCES])
async def test_instances(onec: OneC, path: str, name: str, value: object) -> None:
    """Every documented form of a key leads to its instance."""
    row = await onec.get(path)
    assert name in row
    if value is not None:
        assert row[name] == value


async def test_a_record_set_does_not_repeat_its_recorder(onec: OneC) -> None:
    """Rows of a set hold what a record holds but the recorder."""
    row = await onec.get(f"InformationRegister_ЦеныНоменклатуры(guid'{PRICES}')")
    (record,) = row["RecordSet"]
    assert "Recorder_Key" not in record
    assert (record["LineNumber"], record["Цена"], record["Active"]) == ("1", 990.5, True)


async def test_paths_below_an_instance(onec: OneC) -> None:
    """A section is a set, a property an object, its value a text."""
    order = f"Document_ЗаказКлиента({ORDER})"
    rows = await onec.rows(f"{order}/Товары", select="LineNumber,Количество")
    assert rows == [{"LineNumber": "1", "Количество": 2}]
    assert await onec.get(f"{order}/Партнер/Description") == {"value": "Сомов Илья"}
    text = await onec.call("GET", f"{order}/Posted/$value")
    assert (text.text, text.headers["content-type"][:10]) == ("true", "text/plain")
    xml = await onec.call("GET", f"{order}/Number")
    assert etree.fromstring(xml.content).text == "ШЛЦБ-000001"
    described = await onec.call("GET", f"{order}/Number", {"$format": "json"})
    assert list(described.json()) == ["odata.metadata", "value"]


REFUSED = [
    ("Catalog_Нет", 404, "8"),
    (f"Catalog_Нет({PARTNER})", 404, "8"),
    (f"Document_ЗаказКлиента({PARTNER})", 404, "9"),
    (f"Document_ЗаказКлиента({ORDER})/КартаЛояльности", 404, "9"),
    (f"Document_ЗаказКлиента({ORDER})/ДокументОснование", 404, "9"),
    (f"Document_ЗаказКлиента({ORDER})/Нет", 400, "10"),
    ("Catalog_Партнеры/Нет", 400, "10"),
    ("Catalog_Партнеры/Balance()", 400, "6"),
    (f"Document_ЗаказКлиента({ORDER})/Number/Нет", 400, "6"),
    ("Catalog_Партнеры(guid'1')", 400, "1"),
    ("Catalog_Партнеры('1')", 400, "1"),
    ("Catalog_Партнеры()", 400, "7"),
    ("Catalog_Партнеры(Code='1')", 400, "7"),
    (f"Catalog_Партнеры(Ref_Key={PARTNER},Code='1')", 400, "6"),
    (f"Catalog_Партнеры({PARTNER}", 400, "6"),
    (f"Catalog_Партнеры(Ref_Key={PARTNER},)", 400, "6"),
    ("Catalog_Партнеры_КонтактнаяИнформация(LineNumber=1)", 400, "7"),
    (f"Catalog_Партнеры_КонтактнаяИнформация({PARTNER})", 400, "7"),
    (f"InformationRegister_КурсыВалют(Валюта_Key=guid'{CURRENCY}')", 400, "7"),
    (f"AccumulationRegister_БонусныеБаллы(Recorder='{RECEIPT}')", 400, "7"),
    (f"Document_ЗаказКлиента({ORDER})/Post", 405, "19"),
    ("SelectChanges", 405, "19"),
]


@pytest.mark.parametrize(("path", "status", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refused_addresses(onec: OneC, path: str, status: int, code: str) -> None:
    """An address that leads nowhere is told by the vendor's code."""
    assert await onec.refusal(path) == (status, code)


async def test_metadata(onec: OneC) -> None:
    """The description is XML whatever is asked, and agrees with what the sets return."""
    answer = await onec.call("GET", "$metadata", {"$format": "json"})
    assert answer.headers["content-type"].startswith("application/xml")
    root = etree.fromstring(answer.content)
    types = {one.get("Name"): one for one in root.iter(f"{EDM}EntityType")}
    sets = [one.get("Name") for one in root.iter(f"{EDM}EntitySet")]
    assert set(types) == set(sets)
    partner = types["Catalog_Партнеры"]
    names = [one.get("Name") for one in partner.iter(f"{EDM}Property")]
    assert names == list(await onec.get(f"Catalog_Партнеры({PARTNER})"))
    assert types["AccumulationRegister_БонусныеБаллы"].get("OpenType") == "true"
    calls = {
        (one.get("Name"), one[0].get("Type"), one.get("IsSideEffecting"))
        for one in root.iter(f"{EDM}FunctionImport")
    }
    bonus = "Collection(StandardODATA.AccumulationRegister_БонусныеБаллы)"
    sales = "Collection(StandardODATA.AccumulationRegister_ВыручкаИСебестоимостьПродаж)"
    assert ("Post", "StandardODATA.Document_ЗаказКлиента", "true") in calls
    assert ("Balance", bonus, "false") in calls
    assert ("Turnovers", sales, "false") in calls
    assert ("Balance", sales, "false") not in calls
    complex_types = {one.get("Name") for one in root.iter(f"{EDM}ComplexType")}
    assert {
        "Document_ЗаказКлиента_Товары_RowType",
        "AccumulationRegister_БонусныеБаллы_RowType",
        "AccumulationRegister_БонусныеБаллы_Balance",
        "AccumulationRegister_БонусныеБаллы_Turnover",
        "AccumulationRegister_БонусныеБаллы_BalanceAndTurnover",
    } <= complex_types


async def test_enumerations_may_be_missing(onec: OneC) -> None:
    """Members of the configuration's enumerations are listed only in a wide publication."""

    async def listed() -> set[str | None]:
        answer = await onec.call("GET", "$metadata")
        return {one.get("Name") for one in etree.fromstring(answer.content).iter(f"{EDM}EnumType")}

    assert {"СтатусыКартЛояльности", "AccumulationRecordType"} <= await listed()
    await onec.switch(enum_types_in_metadata=False)
    assert await listed() == {"AccumulationRecordType", "AccountType", "AccountingRecordType"}
