"""Orders between the shop and a 1C that comes for them, against a real gateway."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from gateway.canonical import Kind
from tests.connectors.onec.exchange import seen
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.files import document, written
from tests.connectors.onec.exchange.onec import OneC
from tests.gateway.ingress.test_door import Served
from tests.gateway.ops.house import eventually, hint

GUID = "9f1c2d3e-0000-4000-8000-000000000051"
NUMBER = "А-1025"
ORDER: dict[str, Any] = {
    "number": NUMBER,
    "status": "new",
    "contact/phone": "+79161234567",
    "contact/name/first": "Алёна",
    "contact/name/last": "Ёжикова",
    "customer_comment": "Не звонить",
    "lines/b-1": True,
    "lines/b-1/quantity": "2",
    "lines/b-1/base_price": {"amount": "990.50", "currency": "RUB"},
    "lines/b-1/price": {"amount": "940.50", "currency": "RUB"},
    "lines/b-1/product/external_id": "0a1b-88",
    "lines/b-1/product/name": "Чайник",
    "lines/b-1/discounts/d": True,
    "lines/b-1/discounts/d/reason": "promo_code",
    "lines/b-1/discounts/d/code": "ЛЕТО",
    "lines/b-1/discounts/d/amount": {"amount": "100.00", "currency": "RUB"},
    "payments/pay-7": True,
    "payments/pay-7/method": "card",
    "payments/pay-7/state": "pending",
    "payments/pay-7/amount": {"amount": "1881.00", "currency": "RUB"},
    "delivery/method": "courier",
    "delivery/cost": {"amount": "0.00", "currency": "RUB"},
}


async def ordered(served: Served, **more: Any) -> None:
    """Let a buyer order, and the gateway hear of it."""
    served.house.vendor("shop").change(order={"1": {**ORDER, **more}})
    await hint(served.gateway, "order", "1")


async def due(served: Served, count: int = 1) -> None:
    """Wait until as many orders wait for 1C."""

    async def waiting() -> int:
        store = served.gateway.foundation.store
        found = await store.read(lambda tx: tx.count_deliveries())
        return found.get(("erp", "due"), 0)

    await eventually(waiting, lambda found: found == count)


async def handed(served: Served, onec: OneC, version: str | None = "2.09") -> str:
    """Let 1C have the order; return the id under which it got it."""
    await ordered(served)
    await due(served)
    await onec.start_sale(version)
    found = await onec.fetched()
    assert await onec.confirmed() == "success\n"
    return found[0]["Ид"]


async def brought(onec: OneC, *documents: str, version: str | None = "2.09") -> str:
    """Let 1C bring documents; return the last answer."""
    await onec.start_sale(version)
    content = written("".join(documents))
    if version is None:
        answer = await onec.call("POST", "type=sale&mode=file&filename=from_1c.xml", content)
        return answer.content.decode("windows-1251")
    await onec.send("from_1c.xml", content, type_="sale")
    return await onec.bring("from_1c.xml", type_="sale")


async def in_shop(served: Served, **expected: Any) -> dict[str, Any]:
    """Wait until the shop's order has these fields; return all of them."""

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = served.house.vendor("shop").read()["order"]["1"]
        return found

    wanted = {name.replace("__", "/"): value for name, value in expected.items()}
    return await eventually(
        look, lambda found: {name: found.get(name) for name in wanted} == wanted
    )


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


async def seen_order(served: Served, key: str) -> dict[str, Any]:
    """Return the fields of an order of ours."""
    rows = await served.gateway.foundation.store.read(lambda tx: tx.entities([key]))
    return dict(rows[key].fields)


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


BACK = [pytest.param("{}", NUMBER, id="our id"), pytest.param(GUID, NUMBER, id="its own id")]


@pytest.mark.parametrize(("id_", "number"), BACK)
async def test_status_and_payment_come_back(shop: Shop, id_: str, number: str) -> None:
    """1C names our order by its own id, and a second order appears beside it."""
    served, onec = await shop.open()
    key = await handed(served, onec)
    rows = (
        "<Товары><Товар><Ид>0a1b-88</Ид><Наименование>Чайник 1С</Наименование>"
        "<ЦенаЗаЕдиницу>990.50</ЦенаЗаЕдиницу><Количество>3</Количество><Сумма>2821.50</Сумма>"
        "<Скидки><Скидка><Наименование>Скидка</Наименование><Сумма>150</Сумма>"
        "<УчтеноВСумме>true</УчтеноВСумме></Скидка></Скидки></Товар></Товары>"
    )
    requisites = {
        "Статуса заказа ИД": "P",
        "Отменен": "false",
        "Дата оплаты по 1С": "2025-03-03T15:00:00",
        "Номер оплаты по 1С": "A-17",
    }
    back = document(id_.format(key), number, rows, requisites=requisites)
    assert await brought(onec, back) == "success\n"
    found = await in_shop(served, **{"lines__b-1__quantity": "3"})
    assert {path: value for path, value in found.items() if path.startswith("payments")} == {
        "payments/pay-7": True,
        "payments/pay-7/method": "card",
        "payments/pay-7/state": "paid",
        "payments/pay-7/paid_at": "2025-03-03T12:00:00Z",
        "payments/pay-7/amount": {"amount": "1881.00", "currency": "RUB"},
    }
    assert found["lines/b-1/product/name"] == "Чайник"
    assert found["lines/b-1/discounts/d/code"] == "ЛЕТО"
    assert found["contact/phone"] == "+79161234567"
    assert len(served.house.vendor("shop").read()["order"]) == 1


async def test_order_comes_twice_and_nothing_happens(shop: Shop) -> None:
    """Each exchange brings all orders again, and each is a change for everybody."""
    served, onec = await shop.open()
    key = await handed(served, onec)
    back = document(key, NUMBER, requisites={"Статуса заказа ИД": "P"})
    assert await brought(onec, back) == "success\n"
    await in_shop(served, status="assembling")
    assert await brought(onec, back) == "success\n"
    counts = await seen.happenings(served)
    assert (counts["merged"], counts["unchanged"]) == (1, 1)


async def test_order_born_in_1c_keeps_its_id(shop: Shop) -> None:
    """An order of the back office goes back to 1C under another id, as a second order."""
    served, onec = await shop.open()
    assert await brought(onec, document(GUID, "УТ-17", requisites={"Статуса заказа ИД": "N"})) == (
        "success\n"
    )
    ((key, fields),) = (await seen.entities(served, Kind.ORDER, [GUID])).items()
    assert (key, fields["number"], fields["status"]) == (GUID, "УТ-17", "new")

    async def in_crm() -> list[str]:
        return list(served.house.vendor("crm").read()["order"])

    (made,) = await eventually(in_crm, lambda found: len(found) == 1)
    orders = served.house.vendor("crm").read()["order"]
    served.house.vendor("crm").change(order={made: {**orders[made], "manager_comment": "Срочно"}})
    await hint(served.gateway, "order", made, account="crm")
    await due(served)
    await onec.start_sale()
    (back,) = await onec.fetched()
    assert (back["Ид"], back["Номер"], back["Комментарий"]) == (GUID, "УТ-17", "Срочно")


PAYMENT = (
    "<Документ><Ид>9f1c2d3e-0000-4000-8000-000000000061</Ид><Номер>pay-7</Номер>"
    "<Основание>{}</Основание><Дата>2025-03-03</Дата><Время>15:00:00</Время>"
    "<ХозОперация>Выплата безналичных денег</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта>"
    "<Курс>1</Курс><Сумма>1881</Сумма><ЗначенияРеквизитов><ЗначениеРеквизита>"
    "<Наименование>Оплачен</Наименование><Значение>true</Значение></ЗначениеРеквизита>"
    "</ЗначенияРеквизитов></Документ>"
)
SHIPMENT = (
    "<Документ><Ид>9f1c2d3e-0000-4000-8000-000000000062</Ид><Номер>s-1</Номер>"
    "<Основание>{}</Основание><Дата>2025-03-03</Дата><ХозОперация>Отпуск товара</ХозОперация>"
    "<Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>1881</Сумма>"
    "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Отгружен</Наименование>"
    "<Значение>true</Значение></ЗначениеРеквизита><ЗначениеРеквизита>"
    "<Наименование>Идентификатор отправления</Наименование><Значение>RR123</Значение>"
    "</ЗначениеРеквизита></ЗначенияРеквизитов></Документ>"
)


@pytest.mark.parametrize("based_on", ["number", "id"])
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "with their order"])
async def test_payment_and_shipment_join_their_order(
    shop_with: Callable[[str], Shop], based_on: str, *, apart: bool
) -> None:
    """A payment of 1C is lost, or stands as an order of its own."""
    shop = shop_with('version = "2.10"\nshipped_status = "delivery"')
    served, onec = await shop.open()
    key = await handed(served, onec, "2.10")
    basis = NUMBER if based_on == "number" else key
    documents = [PAYMENT.format(basis), SHIPMENT.format(basis)]
    if not apart:
        documents.insert(0, document(GUID, NUMBER))
    assert await brought(onec, *documents, version="2.10") == "success\n"
    found = await in_shop(
        served, status="delivery", delivery__tracking_number="RR123", delivery__method="courier"
    )
    assert found["payments/pay-7/state"] == "paid"
    assert [path for path in found if re.fullmatch(r"payments/[^/]+", path)] == ["payments/pay-7"]
    assert len(served.house.vendor("shop").read()["order"]) == 1


async def test_payment_of_an_unknown_order_is_a_letter(shop: Shop) -> None:
    """Money that came for nobody is dropped without a word."""
    served, onec = await shop.open()
    told = await brought(onec, PAYMENT.format("Ч-404"), document(GUID, "УТ-17"))
    assert told == (
        "success\nДокумент с Ид - 9f1c2d3e-0000-4000-8000-000000000061: Документ/Основание: "
        "the order of the document is not known here\n"
    )
    assert list(await seen.causes(served)) == ["9f1c2d3e-0000-4000-8000-000000000061"]
    assert list(await seen.entities(served, Kind.ORDER, [GUID])) == [GUID]


async def test_old_dialogue_imports_at_once(shop: Shop) -> None:
    """An old 1C never asks for an import, and its orders lie in the spool for ever."""
    served, onec = await shop.open()
    key = await handed(served, onec, None)
    back = document(key, NUMBER, requisites={"Статуса заказа ИД": "P"})
    broken = document("x-1", "1", requisites={"Отменен": "может быть"})
    told = await brought(onec, broken, back, version=None)
    assert told.startswith("success\nДокумент с Ид - x-1: line 2, ")
    await in_shop(served, status="assembling")


async def test_deleted_order_is_cancelled(shop: Shop) -> None:
    """1C deletes an order, and the shop goes on packing it."""
    served, onec = await shop.open()
    key = await handed(served, onec)
    back = document(key, NUMBER, requisites={"ПометкаУдаления": "true"})
    assert await brought(onec, back) == "success\n"
    await in_shop(served, status="cancelled")
