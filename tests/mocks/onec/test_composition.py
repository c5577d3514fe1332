"""What is published and what extensions add (reference, sections 1.1, 1.3 and 6.5)."""

from __future__ import annotations

from tests.mocks.onec.conftest import OneC

TAIL = "-2222-11ee-8c3a-00155d010203"
PARTNER = f"Catalog_Партнеры(guid'11111111{TAIL}')"
ORDER = "Document_ЗаказКлиента(guid'5a100000-2a11-11f0-8c11-00155d0a0b0c')"
FIELD = "ПФ_Канал"


async def test_an_unpublished_entity_does_not_exist(onec: OneC) -> None:
    """Neither its set nor its sections nor links to it are there, keys still are."""
    await onec.act("composition", entities=["Catalog_Партнеры"], published=False)
    assert await onec.refusal("Catalog_Партнеры") == (404, "8")
    assert await onec.refusal("Catalog_Партнеры_КонтактнаяИнформация") == (404, "8")
    assert await onec.refusal("Document_ЗаказКлиента", expand="Партнер") == (400, "10")
    condition = "Партнер/Description eq 'Сомов Илья'"
    assert await onec.refusal("Document_ЗаказКлиента", filter=condition) == (400, "10")
    body = (await onec.call("GET", ORDER, {"$format": "json"})).json()
    assert body["Партнер_Key"] == "11111112" + TAIL
    assert "Партнер@navigationLinkUrl" not in body
    metadata = (await onec.call("GET", "$metadata")).text
    assert 'EntityType Name="Catalog_Партнеры"' not in metadata
    assert 'NavigationProperty Name="Партнер"' not in metadata
    names = [one["name"] for one in (await onec.get(""))["value"]]
    assert not {"Catalog_Партнеры", "Catalog_Партнеры_КонтактнаяИнформация"} & set(names)
    await onec.act("composition", entities=["Catalog_Партнеры"])
    assert (await onec.get(PARTNER))["Code"] == "00-00000055"


async def test_a_value_of_an_unpublished_type_is_unavailable(onec: OneC) -> None:
    """A composite value of a type outside the composition says so instead of its type."""
    name = "Document_ЧекККМ"
    records = "AccumulationRegister_БонусныеБаллы_RecordType"
    query = {"filter": f"isof(Recorder,'{name}')", "select": "Recorder,Recorder_Type"}
    (before,) = await onec.rows(records, **query)
    assert before["Recorder_Type"] == f"StandardODATA.{name}"
    await onec.act("composition", entities=[name], published=False)
    (after,) = await onec.rows(records, **query)
    assert after["Recorder"] == before["Recorder"]
    kind, _, mark = after["Recorder_Type"].rpartition("_")
    assert kind == "UnavailableEntities.UnavailableEntity"
    assert len(mark) == 36
    order = await onec.get(ORDER, select="ДокументОснование_Type")
    assert order == {"ДокументОснование_Type": "StandardODATA.Undefined"}


async def test_an_extension_comes_and_goes(onec: OneC) -> None:
    """A field of an extension is written and read while it is on, and unknown when it is off."""
    assert await onec.refusal(PARTNER, select=FIELD) == (400, "10")
    await onec.act("extension", entity="Catalog_Партнеры", field=f"{FIELD}:s50")
    assert (await onec.get(PARTNER, select=FIELD)) == {FIELD: ""}
    await onec.send("PATCH", PARTNER, {FIELD: "сайт"})
    found = await onec.rows("Catalog_Партнеры", filter=f"{FIELD} eq 'сайт'", select="Code")
    assert found == [{"Code": "00-00000055"}]
    assert f'Name="{FIELD}"' in (await onec.call("GET", "$metadata")).text
    await onec.act("extension", entity="Catalog_Партнеры", field=FIELD, off=True)
    assert await onec.refusal(PARTNER, select=FIELD) == (400, "10")
    assert await onec.refusal("Catalog_Партнеры", filter=f"{FIELD} eq 'сайт'") == (400, "10")
    assert f'Name="{FIELD}"' not in (await onec.call("GET", "$metadata")).text
    assert (await onec.get(PARTNER))["Code"] == "00-00000055"


async def test_data_load_mode_skips_the_checks(onec: OneC) -> None:
    """With the header a document without a date passes where a handler would refuse it."""
    await onec.switch(date_missing="500")
    name = "Document_ЗаказКлиента"
    refused = await onec.send("POST", name, {"СуммаДокумента": 1})
    headers = {"1C_OData-DataLoadMode": "true"}
    loaded = await onec.send("POST", name, {"СуммаДокумента": 1}, headers=headers)
    assert (refused.status_code, loaded.status_code) == (500, 201)
