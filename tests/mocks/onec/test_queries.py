"""``$filter``, ``$select``, ``$orderby``, ``$expand`` and paging (reference, section 1.4)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.mocks.onec.conftest import OneC, Start
from tests.mocks.onec.three_orders import ORDER_ROWS, ORDERS, PARTNERS, ref


@pytest.fixture
async def onec(start: Start) -> OneC:
    """A base with three partners and three orders."""
    base = await start(demo_data=False)
    await base.seed(rows={"Catalog_Партнеры": PARTNERS, ORDERS: ORDER_ROWS})
    return base


REFUSED_OPTIONS = [
    ({"top": "-1"}, "14"),
    ({"top": "two"}, "14"),
    ({"skip": "1.5"}, "14"),
    ({"inlinecount": "all"}, "14"),
    ({"orderby": "Code up"}, "14"),
    ({"orderby": "Нет"}, "10"),
    ({"select": "Код"}, "10"),
    ({"select": "КонтактнаяИнформация/Нет"}, "10"),
    ({"select": "Parent/Description"}, "10"),
    ({"expand": "Нет"}, "10"),
    ({"expand": "Description"}, "10"),
    ({"expand": "КонтактнаяИнформация/Вид"}, "10"),
    ({"skiptoken": "1"}, "0"),
    ({"search": "a"}, "0"),
]


@pytest.mark.parametrize(
    ("query", "code"), REFUSED_OPTIONS, ids=[str(row[0]) for row in REFUSED_OPTIONS]
)
async def test_refused_options(onec: OneC, query: dict[str, str], code: str) -> None:
    """Unknown options and values are errors, never ignored."""
    assert await onec.refusal("Catalog_Партнеры", **query) == (400, code)


SELECTS = [
    ("Code,Description", {"Code": "00-00000011", "Description": "Ёлкина Анна"}),
    (
        "Code,КонтактнаяИнформация/LineNumber,КонтактнаяИнформация/НомерТелефона",
        {
            "Code": "00-00000011",
            "КонтактнаяИнформация": [{"LineNumber": "1", "НомерТелефона": "79160000001"}],
        },
    ),
    ("Ref____Presentation", {"Ref____Presentation": "Ёлкина Анна"}),
    ("Presentation", {"Presentation": "Ёлкина Анна"}),
    ("Parent____Presentation", {"Parent____Presentation": "Розница"}),
]


@pytest.mark.parametrize(("select", "expected"), SELECTS, ids=[row[0] for row in SELECTS])
async def test_select(onec: OneC, select: str, expected: dict[str, Any]) -> None:
    """Only what is named comes back, in the order named."""
    (row,) = await onec.rows("Catalog_Партнеры", filter="Клиент eq true", select=select)
    assert row == expected
    assert list(row) == list(expected)


async def test_select_of_everything(onec: OneC) -> None:
    """One star is everything, two stars leave the sections out, presentations are extra."""
    whole = await onec.get(f"Catalog_Партнеры(guid'{ref(1)}')")
    star = await onec.get(f"Catalog_Партнеры(guid'{ref(1)}')", select="*")
    bare = await onec.get(f"Catalog_Партнеры(guid'{ref(1)}')", select="**")
    assert star == whole
    assert whole.keys() - bare.keys() == {"КонтактнаяИнформация", "ДополнительныеРеквизиты"}
    shown = await onec.get(f"{ORDERS}(guid'{ref(4)}')", select="*____Presentation")
    assert shown["Партнер____Presentation"] == "О'Генри Илья"
    assert shown["ДокументОснование____Presentation"] == (
        "ЗаказКлиента ШЛЦБ-000001 от 15.01.2026 12:30:00"
    )


async def test_expand(onec: OneC) -> None:
    """A link opens beside its key, also through two links; an empty one is nothing."""
    rows = await onec.rows(ORDERS, expand="Партнер/Parent", orderby="Number")
    assert rows[0]["Партнер_Key"] == ref(1)
    assert rows[0]["Партнер"]["Code"] == "00-00000011"
    assert rows[0]["Партнер"]["Parent"]["Description"] == "Розница"
    assert rows[2]["Партнер"] is None
    (row,) = await onec.rows(
        ORDERS,
        filter="Статус eq 'КОтгрузке'",
        expand="ДокументОснование/Document_ЗаказКлиента/*",
        select="Number",
    )
    opened = row["ДокументОснование_Expanded"]
    assert (row["Number"], opened["Number"]) == ("ШЛЦБ-000002", "ШЛЦБ-000001")
    assert opened["Партнер"]["Description"] == "Ёлкина Анна"


async def test_expand_is_for_sets_only(onec: OneC) -> None:
    """A read of one entity knows no $expand."""
    path = f"{ORDERS}(guid'{ref(3)}')"
    assert await onec.refusal(path, expand="Партнер") == (400, "0")


ORDERINGS = [
    ("Number", [3, 4, 5]),
    ("Date desc,Number", [5, 4, 3]),
    ("СуммаДокумента", [5, 4, 3]),
    ("Партнер/Description", [5, 3, 4]),
    ("Партнер/Description desc,Number", [4, 3, 5]),
    ("Ref_Key", [3, 4, 5]),
]


@pytest.mark.parametrize(("orderby", "expected"), ORDERINGS, ids=[row[0] for row in ORDERINGS])
async def test_orders(onec: OneC, orderby: str, expected: list[int]) -> None:
    """Several keys, directions and paths; nothing sorts before something, ё like е."""
    found = [row["Ref_Key"] for row in await onec.rows(ORDERS, orderby=orderby)]
    assert found == [ref(one) for one in expected]


async def test_pages(onec: OneC) -> None:
    """Skip comes before top, there is no page of the server's own and no next link."""
    whole = await onec.get(ORDERS, orderby="Number")
    assert list(whole) == ["value"]
    page = await onec.rows(ORDERS, orderby="Number", skip="1", top="1", select="Number")
    assert page == [{"Number": "ШЛЦБ-000002"}]
    assert await onec.rows(ORDERS, top="0") == []
    assert await onec.rows(ORDERS, skip="3") == []


COUNTS = [
    ("count_only", "allpages", "3", 1),
    ("ignores_paging", "allpages", "3", 3),
    ("ignores_paging", "none", None, 1),
]


@pytest.mark.parametrize(("rule", "wish", "count", "rows"), COUNTS)
async def test_inlinecount(onec: OneC, rule: str, wish: str, count: str | None, rows: int) -> None:
    """The count is a string of the whole set; whether the page is then whole is a switch."""
    await onec.switch(inlinecount=rule)
    body = await onec.get(ORDERS, top="1", skip="1", inlinecount=wish)
    assert (body.get("odata.count"), len(body["value"])) == (count, rows)


async def test_row_level_security(onec: OneC) -> None:
    """One forbidden row refuses the whole set; allowedOnly skips it."""
    await onec.act("rows.hide", entity="Catalog_Партнеры", key=ref(2))
    assert await onec.refusal("Catalog_Партнеры") == (401, "20")
    assert await onec.refusal(f"Catalog_Партнеры(guid'{ref(2)}')") == (401, "20")
    assert await onec.refusal("Catalog_Партнеры_КонтактнаяИнформация") == (401, "20")
    assert len(await onec.rows("Catalog_Партнеры", filter="Клиент eq true")) == 1
    assert len(await onec.rows("Catalog_Партнеры", allowed="true")) == 2
    await onec.act("rows.hide", entity="Catalog_Партнеры", key=ref(2), hidden=False)
    assert len(await onec.rows("Catalog_Партнеры")) == 3


async def test_atom_counts_and_opens_links(onec: OneC) -> None:
    """In Atom the count is an element of the feed, an opened link holds its entry."""
    services = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
    meta = services.replace("dataservices}", "dataservices/metadata}")
    query = {"$inlinecount": "allpages", "$top": "1", "$expand": "Партнер", "$orderby": "Number"}
    feed = etree.fromstring((await onec.call("GET", ORDERS, query)).content)
    assert feed.findtext(f"{meta}count") == "3"
    (inline,) = feed.iter(f"{meta}inline")
    assert [one.text for one in inline.iter(f"{services}Code")] == ["00-00000011"]
    assert len(list(feed.iter("{http://www.w3.org/2005/Atom}id"))) == 1
