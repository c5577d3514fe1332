"""Orders, payments and shipments that 1C brings, against a real gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from gateway.canonical import Kind
from tests.connectors.onec.exchange import seen
from tests.connectors.onec.exchange.buyer import GUID, NUMBER, brought, due, handed, in_shop
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.files import document
from tests.gateway.ops.house import eventually, hint

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
    assert [path.name for path in shop.spool.rglob("*.xml")] == [], "it names the buyer"
    assert await onec.bring("from_1c.xml", type_="sale") == "success\n", "1C missed the answer"
    assert await onec.bring("other.xml", type_="sale") != "success\n"
    counts = await seen.happenings(served)
    assert (counts["merged"], counts["unchanged"]) == (1, 1)


async def test_order_born_in_1c_keeps_its_id(shop: Shop) -> None:
    """An order of the back office goes back to 1C under another id, as a second order."""
    served, onec = await shop.open()
    await seen.read_once(served, "crm", Kind.ORDER)
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


def _with_below(order: str, *documents: str) -> str:
    below = "".join(documents).replace("Документ>", "ПодчиненныйДокумент>")
    return order.replace(
        "</Документ>", f"<ПодчиненныеДокументы>{below}</ПодчиненныеДокументы></Документ>"
    )


@pytest.mark.parametrize(
    ("based_on", "form"),
    [
        ("number", "apart"),
        ("id", "apart"),
        ("number", "beside their order"),
        ("id", "beside their order"),
        ("number", "below their order"),
    ],
)
async def test_payment_and_shipment_join_their_order(
    shop_with: Callable[[str], Shop], based_on: str, form: str
) -> None:
    """A payment of 1C is lost, or stands as an order of its own."""
    shop = shop_with('version = "2.10"\nshipped_status = "delivery"')
    served, onec = await shop.open()
    key = await handed(served, onec, "2.10")
    basis = NUMBER if based_on == "number" else key
    documents = [PAYMENT.format(basis), SHIPMENT.format(basis)]
    if form == "beside their order":
        documents.insert(0, document(GUID, NUMBER))
    elif form == "below their order":
        documents = [_with_below(document(GUID, NUMBER), *documents)]
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
