"""Orders that 1C comes for, against a real gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.canonical import Kind
from tests.connectors.onec.exchange import seen
from tests.connectors.onec.exchange.buyer import NUMBER, ORDER, due, ordered, seen_order
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.onec import OneC
from tests.gateway.ops.house import eventually, hint


async def test_order_is_handed_out_until_it_is_confirmed(shop: Shop) -> None:
    """1C is cut off before it has read the orders, and they never reach it, or come for ever."""
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    await onec.start_sale()
    (first,) = await onec.fetched()
    assert re.fullmatch(r"o-[0-9a-z]{22}", first["Ид"])
    assert {name: first[name] for name in ("Номер", "ХозОперация", "Сумма", "Комментарий")} == {
        "Номер": NUMBER, "ХозОперация": "Заказ товара", "Сумма": "1881",
        "Комментарий": "Не звонить",
    }  # fmt: skip
    await onec.start_sale()
    assert await onec.fetched() == [first]
    assert await onec.confirmed() == "success\n"
    assert await onec.fetched() == []
    links = await served.gateway.foundation.store.read(
        lambda tx: tx.links("erp", Kind.ORDER, [first["Ид"]])
    )
    assert [link.entity_id for link in links.values()] == [first["Ид"]]


async def test_unconfirmed_order_survives_a_restart(shop: Shop) -> None:
    """What was handed out by a process that died is taken for delivered."""
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    await onec.start_sale()
    first = await onec.fetched()
    served, again = await shop.open()
    again.cookie, again.sessid = onec.cookie, onec.sessid
    assert await again.confirmed() == "success\n"
    assert [one["Ид"] for one in await again.fetched()] == [first[0]["Ид"]]


async def test_session_confirms_only_what_it_was_handed(shop: Shop) -> None:
    """A second 1C confirms orders that only the first one has."""
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    other = OneC(served.http)
    await onec.start_sale()
    assert len(await onec.fetched()) == 1
    await other.start_sale()
    assert await other.confirmed() == "error\n"
    assert len(await onec.fetched()) == 1
    assert await onec.confirmed() == "success\n"


async def test_change_after_the_fetch_is_handed_out_next(shop: Shop) -> None:
    """The cancellation that came while 1C was reading never reaches it."""
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    await onec.start_sale()
    first = await onec.fetched()
    await ordered(served, status="cancelled")

    async def status() -> object:
        return (await seen_order(served, first[0]["Ид"])).get("status")

    await eventually(status, lambda found: found == "cancelled")
    assert await onec.confirmed() == "success\n"
    await due(served)
    answer = await onec.call("GET", "type=sale&mode=query")
    text = answer.content.decode("windows-1251")
    assert "<Наименование>Отменен</Наименование><Значение>true</Значение>" in text


VERSIONS = [
    pytest.param(None, "2.05", 1, id="old"),
    pytest.param("2.08", "2.08", 1, id="older than ours"),
    pytest.param("2.09", "2.09", 1, id="ours"),
    pytest.param("3.1", "2.09", 1, id="newer than ours"),
]


@pytest.mark.parametrize(("asked", "expected", "documents"), VERSIONS)
async def test_form_of_documents_follows_the_version(
    shop: Shop, asked: str | None, expected: str, documents: int
) -> None:
    """1C gets documents in a form that it cannot read."""
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    await onec.start_sale(asked)
    answer = await onec.call("GET", "type=sale&mode=query")
    text = answer.content.decode("windows-1251")
    assert f'ВерсияСхемы="{expected}"' in text
    assert text.count("<Документ>") == documents


async def test_payments_are_documents_from_2_10_on(shop_with: Callable[[str], Shop]) -> None:
    """1C of a new version finds no payment in the order and books none."""
    shop = shop_with('version = "2.10"')
    served, onec = await shop.open()
    await ordered(served)
    await due(served)
    told = await onec.start_sale("2.10")
    assert told == f"zip=no\nfile_limit=204800\nsessid={onec.sessid}\nversion=2.10"
    order, payment, shipment = await onec.fetched()
    assert (payment["Ид"], payment["Основание"]) == ("pay-7", order["Ид"])
    assert shipment["ХозОперация"] == "Отпуск товара"


async def test_order_that_cannot_be_written_is_a_letter(shop: Shop) -> None:
    """One order without a product keeps all the others from 1C."""
    served, onec = await shop.open()
    broken = {**ORDER, "number": "А-7", "lines/b-1/product/external_id": None}
    served.house.vendor("shop").change(order={"1": ORDER, "2": broken})
    for external_id in ("1", "2"):
        await hint(served.gateway, "order", external_id)
    await due(served, 2)
    await onec.start_sale()
    assert [one["Номер"] for one in await onec.fetched()] == [NUMBER]
    assert await onec.confirmed() == "success\n"
    (cause,) = (await seen.causes(served)).values()
    assert cause.startswith("lines/b-1/product: ")
