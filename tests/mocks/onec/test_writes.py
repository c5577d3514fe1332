"""POST, PATCH, PUT, DELETE and posting (reference, sections 1.6 and 1.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
EMPTY = "00000000-0000-0000-0000-000000000000"
PARTNER = "11111111" + TAIL
PATH = f"Catalog_Партнеры(guid'{PARTNER}')"
PRODUCT = "aaaa0001" + TAIL
ORDER = "5a100000-2a11-11f0-8c11-00155d0a0b0c"


async def test_a_typo_is_lost_in_silence(onec: OneC) -> None:
    """An unknown property is no error and leaves nothing behind."""
    made = await onec.send("POST", "Catalog_Партнеры", {"Description": "Ия", "Почта": "a@b.ru"})
    assert made.status_code == 201
    assert (made.json()["Description"], "Почта" in made.json()) == ("Ия", False)
    changed = await onec.send("PATCH", PATH, {"Телефончик": "1", "odata.type": "x"})
    assert (changed.status_code, changed.json()["Description"]) == (200, "Лапина Вера")


async def test_patch_keeps_what_it_does_not_name_and_replaces_sections(onec: OneC) -> None:
    """Fields not named stay; a section given comes instead of the old one."""
    row = {"Тип": "Телефон", "НомерТелефона": "79160000000", "Лишнее": 1}
    before = await onec.get(PATH)
    changed = (await onec.send("PATCH", PATH, {"КонтактнаяИнформация": [row]})).json()
    assert [one["НомерТелефона"] for one in changed["КонтактнаяИнформация"]] == ["79160000000"]
    assert changed["КонтактнаяИнформация"][0]["LineNumber"] == "1"
    assert "Лишнее" not in changed["КонтактнаяИнформация"][0]
    assert changed["ДатаРождения"] == before["ДатаРождения"]
    assert changed["DataVersion"] != before["DataVersion"]
    found = await onec.rows(
        "Catalog_Партнеры_КонтактнаяИнформация", filter="НомерТелефона eq '79991234567'"
    )
    assert found == []


async def test_a_rewrite_changes_the_version_though_nothing_changed(onec: OneC) -> None:
    """DataVersion is base64 of eight bytes and new after each write."""
    versions = [(await onec.send("PATCH", PATH, {})).json()["DataVersion"] for _ in range(2)]
    assert versions == ["AAAAAAAAA6E=", "AAAAAAAAA6I="]


async def test_put_wants_everything(onec: OneC) -> None:
    """A PUT that leaves a property out is error 5; a link may come as a binding."""
    kept = await onec.get(PATH)
    assert await onec.refusal(PATH, "PUT", {"Description": "Ия"}) == (400, "5")
    whole = {name: value for name, value in kept.items() if name != "Parent_Key"}
    whole["Parent@odata.bind"] = f"Catalog_Партнеры(guid'{EMPTY}')"
    done = await onec.send("PUT", PATH, whole | {"Description": "Ия"})
    assert (done.status_code, done.json()["Description"]) == (200, "Ия")


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"ДатаРождения": "12.04.1990"}, "1"),
    ({"ДатаРождения": "1990-04-12T00:00:00Z"}, "1"),
    ({"ДатаРождения": "1990-04-12T00:00:00.123"}, "1"),
    ({"Parent_Key": "не ссылка"}, "1"),
    ({"Клиент": 1}, "4"),
    ({"Description": 5}, "4"),
    ({"Пол": "Женщина"}, "4"),
    ({"КонтактнаяИнформация": "нет"}, "4"),
    ({"КонтактнаяИнформация": ["нет"]}, "4"),
    ({"Parent@odata.bind": f"Catalog_Контрагенты(guid'{PARTNER}')"}, "16"),
    ({"Parent@odata.bind": "Catalog_Партнеры"}, "7"),
]


@pytest.mark.parametrize(("body", "code"), BAD_VALUES, ids=[str(row[0]) for row in BAD_VALUES])
async def test_bad_values(onec: OneC, body: dict[str, Any], code: str) -> None:
    """A value that does not fit is refused and nothing is written."""
    before = await onec.get(PATH)
    assert await onec.refusal(PATH, "PATCH", body) == (400, code)
    assert await onec.get(PATH) == before


COMPOSITES: list[tuple[dict[str, Any], int]] = [
    ({"ДокументОснование": "не ссылка"}, 400),
    ({"ДокументОснование_Type": "StandardODATA.Catalog_Валюты"}, 400),
    ({"ДокументОснование_Type": "Document_ЗаказКлиента"}, 400),
    ({"ДокументОснование": ORDER.upper()}, 200),
    ({"ДокументОснование": "", "ДокументОснование_Type": "StandardODATA.Undefined"}, 200),
]


@pytest.mark.parametrize(("body", "status"), COMPOSITES, ids=range(5))
async def test_composite_values(onec: OneC, body: dict[str, Any], status: int) -> None:
    """A composite value is a reference to one of its types, or nothing."""
    kind = {"ДокументОснование_Type": "StandardODATA.Document_ЗаказКлиента"}
    answer = await onec.send("PATCH", f"Document_ЗаказКлиента(guid'{ORDER}')", kind | body)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["ДокументОснование"] == body["ДокументОснование"].lower()


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff"], ids=str)
async def test_a_body_that_is_none(onec: OneC, body: bytes) -> None:
    """What is no entity is error 2."""
    headers = {"Content-Type": "application/json"}
    answer = await onec.send("POST", "Catalog_Партнеры", content=body, headers=headers)
    assert (answer.status_code, answer.json()["odata.error"]["code"]) == (400, "2")


async def test_numbers_and_composites_travel(onec: OneC) -> None:
    """Int64 may come as strings, a composite with its type, a null empties."""
    body = {
        "Date": "2026-02-03T10:00:00",
        "СуммаДокумента": "1981.50",
        "ДокументОснование": ORDER,
        "ДокументОснование_Type": "StandardODATA.Document_ЗаказКлиента",
        "Статус": None,
        "Товары@odata.type": "Collection(StandardODATA.Document_ЗаказКлиента_Товары_RowType)",
        "Товары": [{"LineNumber": "7", "КлючСвязи": "12", "Количество": 2, "Цена": 990.0}],
    }
    made = (await onec.send("POST", "Document_ЗаказКлиента", body)).json()
    assert (made["СуммаДокумента"], made["Статус"], made["Number"]) == (1981.5, "", "ШЛЦБ-000002")
    assert made["ДокументОснование"] == ORDER
    (row,) = made["Товары"]
    assert (row["LineNumber"], row["КлючСвязи"], row["Цена"]) == ("1", "12", 990)


async def test_own_key_makes_creation_idempotent(onec: OneC) -> None:
    """A key of the client's is kept; the second POST of it is error 15; the switch ignores it."""
    own = "0b0b0b0b-0000-11f0-8c11-00155d0a0b0c"
    made = await onec.send("POST", "Catalog_Партнеры", {"Ref_Key": own.upper()})
    assert made.json()["Ref_Key"] == own
    assert await onec.refusal("Catalog_Партнеры", "POST", {"Ref_Key": own}) == (400, "15")
    await onec.switch(accept_ref_key_on_create=False)
    other = await onec.send("POST", "Catalog_Партнеры", {"Ref_Key": own})
    assert (other.status_code, other.json()["Ref_Key"] == own) == (201, False)


async def test_the_version_may_be_null_after_creation(onec: OneC) -> None:
    """The switch answers a creation without a version; a read has it."""
    await onec.switch(create_dataversion_null=True)
    made = (await onec.send("POST", "Catalog_Партнеры", {"Description": "Ия"})).json()
    assert made["DataVersion"] is None
    assert (await onec.get(f"Catalog_Партнеры(guid'{made['Ref_Key']}')"))["DataVersion"]


async def test_codes_and_groups(onec: OneC) -> None:
    """A missing code is numbered after the greatest; a group is an ordinary creation."""
    made = (await onec.send("POST", "Catalog_Партнеры", {"IsFolder": True})).json()
    assert (made["Code"], made["IsFolder"]) == ("00-00000057", True)


@pytest.mark.parametrize(("rule", "status"), [("empty", 201), ("500", 500)])
async def test_a_document_without_a_date(onec: OneC, rule: str, status: int) -> None:
    """Whether it gets the empty date or fails is a switch."""
    await onec.switch(date_missing=rule)
    answer = await onec.send("POST", "Document_ЗаказКлиента", {"СуммаДокумента": 1})
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["Date"] == "0001-01-01T00:00:00"


async def test_deletion(onec: OneC) -> None:
    """DELETE is at once and without a check of references; a mark is a PATCH."""
    marked = await onec.send("PATCH", PATH, {"DeletionMark": True})
    assert marked.json()["DeletionMark"] is True
    gone = await onec.send("DELETE", PATH)
    assert (gone.status_code, gone.content) == (204, b"")
    assert await onec.refusal(PATH) == (404, "9")
    assert await onec.refusal(PATH, "DELETE") == (404, "9")
    receipts = await onec.rows("Document_ЧекККМ", select="Партнер_Key")
    assert receipts == [{"Партнер_Key": PARTNER}]


async def test_a_deleted_document_takes_its_movements_along(onec: OneC) -> None:
    """No movement outlives its recorder."""
    name = "AccumulationRegister_ЗаказыКлиентов_RecordType"
    assert len(await onec.rows(name)) == 1
    await onec.send("DELETE", f"Document_ЗаказКлиента(guid'{ORDER}')")
    assert await onec.rows(name) == []


VERSIONS = [
    (False, "AAAAAAAAAAA=", "PATCH", 200),
    (True, "AAAAAAAAAAA=", "PATCH", 412),
    (True, "AAAAAAAAA4M=", "PATCH", 200),
    (True, '"AAAAAAAAA4M="', "PATCH", 200),
    (True, "AAAAAAAAAAA=", "DELETE", 412),
    (True, "AAAAAAAAA4M=", "DELETE", 204),
]


@pytest.mark.parametrize(("strict", "sent", "verb", "status"), VERSIONS)
async def test_if_match(onec: OneC, *, strict: bool, sent: str, verb: str, status: int) -> None:
    """If-Match is ignored unless the base is strict; then a stale version does nothing."""
    await onec.switch(strict_if_match=strict)
    body = {"Description": "Ия"} if verb == "PATCH" else None
    answer = await onec.send(verb, PATH, body, headers={"If-Match": sent})
    assert answer.status_code == status
    if status == 412:
        assert answer.content == b""
        assert (await onec.get(PATH))["Description"] == "Лапина Вера"


WRONG_WRITES = [
    ("POST", "Catalog_Партнеры_КонтактнаяИнформация", 400, "13"),
    (
        "PATCH",
        f"Catalog_Партнеры_КонтактнаяИнформация(Ref_Key=guid'{PARTNER}',LineNumber=1)",
        405,
        "19",
    ),
    ("POST", "AccumulationRegister_БонусныеБаллы", 405, "19"),
    ("POST", "AccumulationRegister_БонусныеБаллы_RecordType", 405, "19"),
    ("POST", "Constant_ЗаголовокСистемы", 405, "19"),
    ("POST", PATH, 405, "19"),
    ("PATCH", "Catalog_Партнеры", 405, "19"),
    ("PUT", "Catalog_Партнеры", 405, "19"),
    ("DELETE", "Catalog_Партнеры", 405, "19"),
    ("POST", f"{PATH}/Post", 400, "6"),
    ("POST", f"Document_ЗаказКлиента(guid'{PARTNER}')/Post", 404, "9"),
    ("POST", f"Document_ЗаказКлиента(guid'{ORDER}')/ExecuteTask", 400, "6"),
    ("POST", "InformationRegister_КурсыВалют", 400, "5"),
    ("PATCH", f"Document_ЗаказКлиента(guid'{PARTNER}')", 404, "9"),
]


@pytest.mark.parametrize(("verb", "path", "status", "code"), WRONG_WRITES)
async def test_wrong_writes(onec: OneC, verb: str, path: str, status: int, code: str) -> None:
    """What cannot be written is refused by the vendor's code."""
    assert await onec.refusal(path, verb, {}) == (status, code)


async def test_constants(onec: OneC) -> None:
    """A constant is patched under the empty key."""
    path = f"Constant_ЗаголовокСистемы(guid'{EMPTY}')"
    assert (await onec.send("PATCH", path, {"Value": "База"})).status_code == 200
    assert (await onec.get(path))["Value"] == "База"


async def test_independent_register(onec: OneC) -> None:
    """A row is created, changed by its whole key and deleted."""
    name = "InformationRegister_ШтрихкодыНоменклатуры"
    row = {"Штрихкод": "46", "Номенклатура_Key": PRODUCT}
    assert (await onec.send("POST", name, row)).status_code == 201
    assert await onec.refusal(name, "POST", row) == (400, "15")
    path = f"{name}('46')"
    changed = await onec.send("PATCH", path, {"Номенклатура_Key": EMPTY, "Штрихкод": "47"})
    assert changed.json() == (await onec.get(path))
    assert (changed.json()["Штрихкод"], changed.json()["Номенклатура_Key"]) == ("46", EMPTY)
    assert (await onec.send("DELETE", path)).status_code == 204
    assert await onec.rows(name, filter="Штрихкод eq '46'") == []


async def test_record_set_of_a_recorder(onec: OneC) -> None:
    """PATCH replaces the whole set of a document."""
    path = (
        f"AccumulationRegister_БонусныеБаллы(Recorder='{ORDER}',"
        "Recorder_Type='StandardODATA.Document_НачислениеИСписаниеБонусныхБаллов')"
    )
    rows = [{"Period": "2026-02-01T00:00:00", "RecordType": "Receipt", "Начислено": 5}]
    assert await onec.refusal(path, "PATCH", {"RecordSet": rows}) == (404, "9")
    accrual = "d0c00000-2a01-11f0-8c11-00155d0a0b0c"
    path = path.replace(ORDER, accrual)
    done = await onec.send("PATCH", path, {"RecordSet": rows})
    assert [one["LineNumber"] for one in done.json()["RecordSet"]] == ["1"]
    assert len((await onec.get(path))["RecordSet"]) == 1


async def test_atom_there_and_back(onec: OneC) -> None:
    """An entry of XML is understood, sections and nulls included."""
    services = "http://schemas.microsoft.com/ado/2007/08/dataservices"
    kind = "StandardODATA.Catalog_Партнеры_КонтактнаяИнформация_RowType"
    entry = (
        f'<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="{services}"'
        f' xmlns:m="{services}/metadata"><content type="application/xml"><m:properties>'
        "<d:Description>Ёж &amp; Ко</d:Description><d:Клиент>true</d:Клиент>"
        '<d:ДатаРождения m:null="true"/>'
        f'<d:КонтактнаяИнформация m:type="Collection({kind})"><d:element m:type="{kind}">'
        "<d:LineNumber>1</d:LineNumber><d:НомерТелефона>7916</d:НомерТелефона></d:element>"
        "</d:КонтактнаяИнформация></m:properties></content></entry>"
    )
    made = await onec.call(
        "POST",
        "Catalog_Партнеры",
        {"$format": "json"},
        content=entry.encode(),
        headers={"Content-Type": "application/atom+xml"},
    )
    body = made.json()
    assert (made.status_code, body["Description"], body["Клиент"]) == (201, "Ёж & Ко", True)
    assert body["ДатаРождения"] == "0001-01-01T00:00:00"
    assert [row["НомерТелефона"] for row in body["КонтактнаяИнформация"]] == ["7916"]
