"""CommerceML: customers, payments, shipments and the remarks about them (reference 3.4-3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from tests.mocks.bitrix.exchange_world import (
    FROM_1C,
    PAYMENT,
    exchange_world,
    order_51,
    pairs,
)
from tests.mocks.bitrix.test_exchange_import import SHIPMENT

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop

UNPAID = FROM_1C.replace("2025-03-03T15:00:00</Значение>", "</Значение>")
CUSTOMERS = """<КоммерческаяИнформация ВерсияСхемы="2.09"><Контрагенты>
<Контрагент><Ид>7#petrova#Петрова Анна</Ид><Наименование>Ёлкина Анна</Наименование>
<Фамилия>Ёлкина</Фамилия><Имя>Анна</Имя></Контрагент>
<Контрагент><Ид>c-8</Ид><Наименование>Ким Олег</Наименование><Контакты>
<Контакт><Тип>Телефон рабочий</Тип><Значение>8 (999) 000-55-66</Значение></Контакт></Контакты>
</Контрагент></Контрагенты></КоммерческаяИнформация>"""


def _flag(text: str, name: str, value: str) -> str:
    """Set a requisite of a sample to another value."""
    start = text.index(f"<Наименование>{name}</Наименование><Значение>")
    start = text.index("<Значение>", start) + len("<Значение>")
    return text[:start] + value + text[text.index("<", start) :]


async def test_customers_at_the_root_are_kept(shop: Shop) -> None:
    """Counterparties outside documents update the known user and register the unknown one."""
    onec = await exchange_world(shop)
    assert await onec.send("c.xml", CUSTOMERS.encode()) == "success\n"
    known = (await shop.result("gateway.user.get", {"id": 7}))["user"]
    assert (known["lastName"], known["email"]) == ("Ёлкина", "anna@example.ru")
    new = (await shop.result("gateway.user.get", {"phone": "+79990005566"}))["user"]
    assert (new["xmlId"], new["lastName"], new["name"]) == ("c-8", "Ким", "Олег")
    assert new["email"].endswith("@shop.example.ru")


async def test_company_is_written_in_its_own_form(shop: Shop) -> None:
    """A buyer of payer type 2 has official name, tax number and a contact person (3.4)."""
    properties = {"COMPANY": "ООО «Ёж»", "INN": "7700000000", "CONTACT_PERSON": "Пётр"}
    onec = await exchange_world(shop, person_type_id=2, properties=properties)
    [document] = await onec.orders()
    party = document.find("Контрагенты/Контрагент")
    assert party is not None
    assert party.findtext("ОфициальноеНаименование") == "ООО «Ёж»"
    assert party.findtext("ИНН") == "7700000000"
    inner = party.find("Представители/Представитель/Контрагент")
    assert inner is not None
    assert inner.findtext("Отношение") == "Контактное лицо"
    assert (inner.findtext("Наименование"), len(inner.findtext("Ид", ""))) == ("Пётр", 32)


async def test_address_is_written_in_parts(shop: Shop) -> None:
    """The actual address comes as a whole and by its typed fields (3.4)."""
    properties = {"ZIP": "101000", "CITY": "Москва", "ADDRESS": "Мясницкая, 1"}
    onec = await exchange_world(shop, properties=properties)
    [document] = await onec.orders()
    address = document.find("Контрагенты/Контрагент/Адрес")
    assert address is not None
    assert address.findtext("Представление") == "101000, Москва, Мясницкая, 1"
    types = [row.text for row in address.iter("Тип")]
    assert types == ["Почтовый индекс", "Город", "Улица"]
    assert pairs(document)["Адрес доставки"] == "Мясницкая, 1"


async def test_own_payment_of_1c_is_taken_back(shop: Shop) -> None:
    """An empty date of payment deletes the payment that 1C itself had added (3.6)."""
    onec = await exchange_world(shop)
    await onec.send("a.xml", FROM_1C.encode())
    assert len((await order_51(shop))["payments"]) == 2
    await onec.send("b.xml", UNPAID.replace("00000012", "00000013").encode())
    order = await order_51(shop)
    assert (len(order["payments"]), order["payed"]) == (1, "N")


async def test_date_of_shipment_marks_the_order(shop: Shop) -> None:
    """On an order the date ships nothing: the order is marked until the documents come."""
    onec = await exchange_world(shop)
    body = UNPAID.replace(
        "<ЗначениеРеквизита><Наименование>Отменен",
        "<ЗначениеРеквизита><Наименование>Дата отгрузки по 1С</Наименование>"
        "<Значение>2025-03-03</Значение></ЗначениеРеквизита>"
        "<ЗначениеРеквизита><Наименование>Отменен",
    )
    await onec.send("a.xml", body.encode())
    order = await order_51(shop)
    assert (order["marked"], order["deducted"]) == ("Y", "N")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("Оплачен", "true", {"paid": "Y", "sum": 2840}, id="paid"),
        pytest.param("Оплачен", "false", {"paid": "N", "sum": 1000}, id="open-takes-the-sum"),
        pytest.param("ПризнакВозврата", "true", {"isReturn": "Y"}, id="returned"),
        pytest.param("Метод оплаты ИД", "1", {"paySystemName": "Наличные"}, id="pay-system"),
    ],
)
async def test_payment_document_fields(shop: Shop, name: str, value: str, expected: Json) -> None:
    """Each requisite of a payment has its own effect; a paid one keeps its sum."""
    onec = await exchange_world(shop, version="2.10")
    body = _flag(_flag(PAYMENT, "Оплачен", "false"), name, value)
    if "sum" in expected and expected["sum"] == 1000:
        body = body.replace("<Сумма>2840", "<Сумма>1000")
    assert await onec.send("p.xml", body.encode()) == "success\n"
    [payment] = (await order_51(shop))["payments"]
    assert {key: payment[key] for key in expected} == expected


async def test_cancelled_payment_is_un_paid_and_a_deleted_one_gone(shop: Shop) -> None:
    """``Отменен`` takes the paid mark off, ``ПометкаУдаления`` the payment itself."""
    onec = await exchange_world(shop, version="2.10")
    await onec.send("a.xml", PAYMENT.encode())
    cancelled = PAYMENT.replace("00000003", "00000004").replace(
        "<Наименование>Оплачен</Наименование>", "<Наименование>Отменен</Наименование>"
    )
    await onec.send("b.xml", cancelled.encode())
    order = await order_51(shop)
    assert (order["payed"], order["payments"][0]["paid"]) == ("N", "N")
    deleted = PAYMENT.replace("00000003", "00000005").replace(
        "<Основание>", "<ПометкаУдаления>true</ПометкаУдаления><Основание>"
    )
    await onec.send("c.xml", deleted.encode())
    assert "payments" not in await order_51(shop)


async def test_unknown_payment_is_created_on_the_inner_account(shop: Shop) -> None:
    """A number that the site does not know makes a payment with the default pay system."""
    onec = await exchange_world(shop, version="2.10")
    body = _flag(PAYMENT, "Метод оплаты ИД", "77").replace("<Номер>61<", "<Номер>900<")
    await onec.send("a.xml", body.encode())
    rows = (await order_51(shop))["payments"]
    assert [(row["paySystemId"], row["paid"]) for row in rows] == [(2, "N"), (9, "Y")]
    stray = body.replace("<Основание>51", "<Основание>999")
    assert "Заказ №999 не найден" in await onec.send("b.xml", stray.encode())


async def test_order_is_found_by_its_number_with_the_prefix(shop: Shop) -> None:
    """1C sends the number back as it got it, prefix included (3.6)."""
    await shop.door("settings", {"exchange": {"number_prefix": "IM-"}})
    onec = await exchange_world(shop)
    await onec.send("a.xml", FROM_1C.replace("<Номер>51<", "<Номер>IM-51<").encode())
    assert (await order_51(shop))["statusId"] == "P"


async def test_status_of_1c_is_a_site_option(shop: Shop) -> None:
    """Without the option the status stays, everything else is taken (S18)."""
    await shop.door("settings", {"exchange": {"change_status": False}})
    onec = await exchange_world(shop)
    await onec.send("a.xml", FROM_1C.encode())
    order = await order_51(shop)
    assert (order["statusId"], order["payed"]) == ("N", "Y")


async def test_shipment_of_an_unknown_order_makes_one(shop: Shop) -> None:
    """The option for such shipments is on by default; the order needs a buyer (3.6)."""
    onec = await exchange_world(shop, version="2.10")
    buyer = (
        "<Контрагенты><Контрагент><Ид>c-9</Ид><Наименование>Ким Олег</Наименование>"
        "<Роль>Покупатель</Роль></Контрагент></Контрагенты>"
    )
    body = SHIPMENT.replace("<Основание>51", "<Основание>900").replace("<Номер>71", "<Номер>901")
    nobody = await onec.send("a.xml", body.encode())
    assert "Не указан покупатель" in nobody
    whole = body.replace("<Товары>", buyer + "<Товары>")
    assert await onec.send("b.xml", whole.encode()) == "success\n"
    rows = (await shop.call("sale.order.list"))["result"]["orders"]
    assert [(row["id"], row["externalOrder"]) for row in rows] == [(51, "N"), (52, "Y")]


async def test_deleted_shipment_is_told_to_1c(shop: Shop) -> None:
    """From 2.1 on a deleted shipment is a short document with the deletion mark (3.5)."""
    onec = await exchange_world(shop, version="2.10")
    await shop.result("sale.shipment.delete", {"id": 71})
    root = etree.fromstring((await onec.ask("query")).content)
    last = list(root.iter("Документ"))[-1]
    assert (last.findtext("Номер"), last.findtext("ПометкаУдаления")) == ("71", "true")


async def test_import_is_in_the_change_log_as_1c(shop: Shop) -> None:
    """What the import changed is logged with its own origin, so that echoes can be told."""
    onec = await exchange_world(shop)
    last = (await shop.result("gateway.info"))["changeLast"]
    await onec.send("a.xml", FROM_1C.encode())
    body = {"after": last, "entities": ["order"]}
    rows = (await shop.result("gateway.change.list", body))["items"]
    assert {(row["id"], row["origin"]) for row in rows} == {(51, "1c")}


async def test_receipt_of_a_payment_is_kept_and_told(shop: Shop) -> None:
    """Check properties of a payment come back in its document after a change at the site."""
    onec = await exchange_world(shop, version="2.10")
    check = (
        "<ИнформацияОЧеках><ИнформацияОЧеке><Ид>PRINT_CHECK</Ид><ЗначенияСвойств>"
        "<ЗначенияСвойства><Ид>FISCAL_SIGN</Ид><Значение>2345678901</Значение></ЗначенияСвойства>"
        "</ЗначенияСвойств></ИнформацияОЧеке></ИнформацияОЧеках><ЗначенияРеквизитов>"
    )
    await onec.send("p.xml", PAYMENT.replace("<ЗначенияРеквизитов>", check, 1).encode())
    assert await onec.orders() == []
    await shop.act("order.status", order_id=51, status="P")
    documents = await onec.orders()
    payment = next(row for row in documents if row.findtext("Номер") == "61")
    value = payment.find("ИнформацияОЧеках/ИнформацияОЧеке/ЗначенияСвойств/ЗначенияСвойства")
    assert value is not None
    assert (value.findtext("Ид"), value.findtext("Значение")) == ("FISCAL_SIGN", "2345678901")
