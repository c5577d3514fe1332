"""What stands around an order: payments, shipments, containers, customers."""

from __future__ import annotations

import io

from gateway.commerceml import Attached, CommerceMlReader, Sender
from gateway.contract import RejectedRecord

from .files import MAPPING, commerce, documents_of, requisites, said
from .samples import BUYER, FROM_ONEC, FROM_SITE, order_of, rubles


def test_an_empty_date_of_payment_says_nothing() -> None:
    """1C sends the requisite empty for every unpaid order: that is no word about payments."""
    inside = FROM_ONEC.replace("2025-03-03T15:00:00", "")
    assert "payments" not in said(order_of(inside, Sender.ONEC))


def test_a_payment_of_its_own_from_210_on() -> None:
    """From 2.10 on the order no longer speaks of payments; a document of its own does."""
    payment = (
        "<Документ><Ид>9f1c2d3e-0000-4000-8000-000000000061</Ид><Номер>61</Номер>"
        "<Основание>51</Основание><Дата>2025-03-03</Дата><Время>15:00:00</Время>"
        "<ХозОперация>Эквайринговая операция</ХозОперация><Валюта>RUB</Валюта><Сумма>2840</Сумма>"
        + requisites(
            Метод_оплаты_ИД="2",
            Оплачен="true",
            ПризнакВозврата="false",
            Дата_оплаты_по_1С="2025-03-03T15:00:00",
        )
        + "</Документ>"
    )
    order, attached = documents_of(commerce(FROM_SITE + payment, "2.1"))
    assert "payments" not in said(order)
    assert isinstance(attached, Attached)
    assert (attached.order, attached.number, attached.deleted) == ("51", "61", False)
    assert attached.payment is not None
    assert attached.payment.model_dump(mode="json", exclude_unset=True) == {
        "id": "61",
        "method": "card",
        "amount": rubles("2840.00"),
        "state": "paid",
        "paid_at": "2025-03-03T12:00:00Z",
    }


def test_a_shipment_of_its_own() -> None:
    """A shipment tells whether it left and under which number; a deletion is not lost."""
    shipment = (
        "<Документ><Ид>s</Ид><Номер>9</Номер><Основание>51</Основание>"
        "<ХозОперация>Отпуск товара</ХозОперация>"
        + requisites(Отгружено="true", Идентификатор_отправления="RA1", Метод_доставки_ИД="3")
        + "</Документ><Документ><Ид>t</Ид><ХозОперация>Отпуск товара</ХозОперация>"
        "<ПометкаУдаления>true</ПометкаУдаления></Документ>"
    )
    sent, gone = documents_of(commerce(shipment, "2.1"))
    assert (sent.shipped, sent.delivery.tracking_number, sent.delivery.method) == (
        True,
        "RA1",
        "courier",
    )
    assert (gone.shipped, gone.deleted) == (None, True)


def test_a_shipment_below_its_order() -> None:
    """The schema of 2.10 puts it there; without an id it is refused with its place, unlike others.

    It would be passed over, and the buyer would not learn that his goods have left.
    """
    one = "<ПодчиненныйДокумент>{}<ХозОперация>{}</ХозОперация>{}</ПодчиненныйДокумент>"
    left = requisites(Отгружен="true", Идентификатор_отправления="RA1")
    rows = [one.format("<Ид>s-1</Ид>", "Отпуск товара", left)]
    rows.append(one.format("<Ид>r-1</Ид>", "Возврат товара", ""))
    box = "<ПодчиненныеДокументы>{}</ПодчиненныеДокументы>"
    inside = FROM_ONEC.replace("<Товары>", box.format("".join(rows)) + "<Товары>")
    order, shipment = documents_of(commerce(inside, "2.10"), Sender.ONEC)
    assert (shipment.external_id, shipment.order) == ("s-1", order.external_id)
    assert (shipment.shipped, shipment.delivery.tracking_number) == (True, "RA1")
    nameless = box.format(one.format("", "Отпуск товара", left))
    inside = FROM_ONEC.replace("<Товары>", nameless + "<Товары>")
    (refused,) = documents_of(commerce(inside, "2.10"), Sender.ONEC)
    assert isinstance(refused, RejectedRecord)
    assert refused.error.path is not None
    assert refused.error.path.endswith("ПодчиненныеДокументы/ПодчиненныйДокумент")


def test_payments_listed_in_209_and_below_an_order_in_210() -> None:
    """Two more places of payments; both win over the requisites."""
    listed = (
        "<Оплаты><Оплата><НомерДокумента>1</НомерДокумента><НомерТранзакции>tx-9</НомерТранзакции>"
        "<ДатаОплаты>2025-03-03T15:00:00</ДатаОплаты><СуммаОплаты>100,50</СуммаОплаты>"
        "<ИдСпособаОплаты>2</ИдСпособаОплаты></Оплата></Оплаты>"
    )
    below = (
        "<ПодчиненныеДокументы><ПодчиненныйДокумент><Ид>r</Ид><Номер>77</Номер>"
        "<ХозОперация>Возврат наличных денег</ХозОперация><Сумма>10</Сумма>"
        "</ПодчиненныйДокумент></ПодчиненныеДокументы>"
    )
    told = said(order_of(FROM_ONEC.replace("<Товары>", listed + below + "<Товары>"), Sender.ONEC))
    assert told["payments"] == [
        {
            "id": "tx-9",
            "method": "card",
            "amount": rubles("100.50"),
            "state": "paid",
            "paid_at": "2025-03-03T12:00:00Z",
        },
        {"id": "77", "amount": rubles("10.00"), "state": "refunded"},
    ]


def test_documents_in_a_container() -> None:
    """3.1 wraps the documents of an order; they are found all the same."""
    inside = "<Контейнер><Документ><Ид>1</Ид></Документ></Контейнер>"
    assert order_of(inside).external_id == "1"


def test_buyers_and_parties_at_the_root_are_customers() -> None:
    """A nonstandard root section carries the customers of a shop."""
    party = (
        "<Контрагенты><Контрагент><Ид>c-1</Ид><ПолноеНаименование>Иванов Пётр</ПолноеНаименование>"
        "<ДатаРождения>1990-05-24</ДатаРождения><Пол>М</Пол><Адрес><Представление>г. Москва"
        "</Представление><АдресноеПоле><Тип>Город</Тип><Значение>Москва</Значение></АдресноеПоле>"
        "</Адрес></Контрагент><Контрагент><Ид>c-2</Ид><Наименование>Ромашка</Наименование>"
        "<ОфициальноеНаименование>ООО Ромашка</ОфициальноеНаименование></Контрагент></Контрагенты>"
    )
    data = commerce(party + f"<Документ><Ид>1</Ид>{BUYER}</Документ>", encoding="windows-1251")
    first, second = CommerceMlReader(MAPPING).customers(io.BytesIO(data))
    assert said(first) == {
        "name": {"last": "Иванов", "first": "Пётр"},
        "birth_date": "1990-05-24",
        "gender": "male",
        "address": {"city": "Москва", "text": "г. Москва"},
    }
    assert second.external_id == "7#petrova#Петрова Анна"
    assert said(second)["phones"] == [
        {"number": "+79990001122", "raw": "8 (999) 000-11-22", "rank": 0}
    ]
