"""CommerceML: orders to 1C (reference 3.3-3.5, 10.15 a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from tests.mocks.bitrix.exchange_world import SAMPLES, exchange_world, pairs, shape
from tests.mocks.bitrix.onec import OneC
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Shop


async def test_export_is_the_documented_file(shop: Shop) -> None:
    """The answer of ``query`` must be the golden file, element by element, in windows-1251."""
    onec = await exchange_world(shop)
    answer = await onec.ask("query")
    assert answer.content.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert "Петрова".encode("cp1251") in answer.content
    wanted = etree.fromstring(
        (SAMPLES / "order_query.xml").read_text("utf-8").encode("cp1251", "xmlcharrefreplace")
    )
    found = etree.fromstring(answer.content)
    assert found.items() == wanted.items()
    assert shape(found) == shape(wanted)


async def test_orders_come_again_until_success(shop: Shop) -> None:
    """Export is at least once: without ``success`` the same orders come at the next run."""
    onec = await exchange_world(shop)
    assert len(await onec.orders()) == 1
    assert len(await onec.orders()) == 1
    stranger = OneC(shop.http)
    await stranger.log_in()
    assert await stranger.text("success") == "error\n"
    assert await onec.text("success") == "success\n"
    assert await onec.orders() == []
    await shop.act("clock.freeze", at="2025-03-03T15:00:00+03:00")
    await shop.act("order.status", order_id=51, status="P")
    assert [pairs(row)["Статуса заказа ИД"] for row in await onec.orders()] == ["P"]


async def test_slices_give_a_few_orders_at_a_time(shop: Shop) -> None:
    """With a slice length 1C repeats ``query`` and ``success`` until no document is left."""
    await shop.door("settings", {"exchange": {"slice_documents": 2}})
    onec = await exchange_world(shop)
    for _ in range(4):
        await shop.order()
    seen: list[str] = []
    while documents := await onec.orders():
        seen += [row.findtext("Ид", "") for row in documents]
        assert await onec.text("success") == "success\n"
    assert seen == ["51", "52", "53", "54", "55"]


@pytest.mark.parametrize(
    ("version", "scheme", "operations"),
    [
        pytest.param(None, "2.05", ["Заказ товара"], id="none"),
        pytest.param("2.08", "2.08", ["Заказ товара"], id="2.08"),
        pytest.param(
            "2.10",
            "2.1",
            ["Заказ товара", "Эквайринговая операция", "Отпуск товара"],
            id="2.10-is-above-2.09",
        ),
        pytest.param(
            "3.1",
            "3.1",
            ["Заказ товара", "Эквайринговая операция", "Отпуск товара"],
            id="3.1",
        ),
    ],
)
async def test_version_decides_the_form(
    shop: Shop, version: str | None, scheme: str, operations: list[str]
) -> None:
    """Versions compare as floats: from 2.1 payments and shipments are documents (3.3)."""
    onec = await exchange_world(shop, version=version)
    root = etree.fromstring((await onec.ask("query")).content)
    assert root.get("ВерсияСхемы") == scheme
    assert [row.findtext("ХозОперация") for row in root.iter("Документ")] == operations
    assert len(root.findall("Контейнер")) == (version == "3.1")
    kinds = [row.text for row in root.iter("Тип")]
    expected = "ТелефонРабочий" if version is None else "Телефон рабочий"
    assert expected in kinds
    assert (root.find(".//НомерВерсии") is None) == (version is None)
    if version == "2.10":
        payment = list(root.iter("Документ"))[1]
        assert pairs(payment)["Оплачено"] == "false"
        assert (payment.findtext("Номер"), payment.findtext("Основание")) == ("61", "51")


async def test_switches_of_the_file() -> None:
    """Delivery first, four decimals, UTF-8: a client must read all of them (S17)."""
    async with open_shop() as shop:
        options = {"is_delivery_first": True, "decimals": 4, "encoding": "utf-8"}
        await shop.door("settings", {"exchange": {**options, "number_prefix": "IM-"}})
        onec = await exchange_world(shop)
        answer = await onec.ask("query")
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        root = etree.fromstring(answer.content)
        assert [row.findtext("Ид") for row in root.iter("Товар")] == ["ORDER_DELIVERY", "0a1b-88"]
        assert root.findtext("Документ/Сумма") == "2840.0000"
        assert root.findtext("Документ/Номер") == "IM-51"


async def test_filters_of_the_site(shop: Shop) -> None:
    """A site may give only paid orders, or those from a status on (3.2)."""
    onec = await exchange_world(shop)
    await shop.door("settings", {"exchange": {"only_paid": True}})
    assert await onec.orders() == []
    await shop.door("settings", {"exchange": {"only_paid": False, "from_status": "P"}})
    assert await onec.orders() == []
    await shop.act("order.status", order_id=51, status="F")
    assert len(await onec.orders()) == 1


async def test_info_lists_the_dictionaries_with_the_latin_letter(shop: Shop) -> None:
    """The first letter of the statuses is Latin in the vendor's file; match both."""
    onec = await exchange_world(shop)
    root = etree.fromstring((await onec.ask("info")).content)
    assert [child.tag for child in root] == ["Cтатусы", "ПлатежныеСистемы", "СлужбыДоставки"]
    assert root[0].tag[0] == "C"
    ids = [row.text for row in root.iter("Ид")]
    assert ids == ["N", "P", "F", "1", "2", "9", "2", "3"]
