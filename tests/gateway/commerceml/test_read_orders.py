"""Documents in both directions, after the samples of the vendor reference."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import OrderStatus
from gateway.commerceml import Attached, CommerceMlReader, Sender
from gateway.contract import Observed, RejectedRecord

from .files import MAPPING, commerce, documents_of, requisites, said

BUYER = """<Контрагенты><Контрагент><Ид>7#petrova#Петрова Анна</Ид>
<Наименование>Петрова Анна</Наименование><ПолноеНаименование>Петрова Анна</ПолноеНаименование>
<Фамилия>Петрова</Фамилия><Имя>Анна</Имя><Контакты>
<Контакт><Тип>Телефон рабочий</Тип><Значение>8 (999) 000-11-22</Значение></Контакт>
<Контакт><Тип>Электронная почта</Тип><Значение>Anna@Example.ru</Значение></Контакт></Контакты>
<Роль>Покупатель</Роль></Контрагент></Контрагенты>"""

FROM_SITE = f"""<Документ><Ид>51</Ид><Номер>51</Номер><Дата>2025-03-03</Дата>
<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс>
<Сумма>2840</Сумма><НомерВерсии>3</НомерВерсии><Номер1С></Номер1С>{BUYER}
<Время>14:06:40</Время><Комментарий>Позвоните</Комментарий>
<Товары><Товар><Ид>0a1b-88</Ид><Наименование>Джем</Наименование>
<Единица><Код>796</Код><НаименованиеПолное>Штука</НаименованиеПолное></Единица>
<Скидки><Скидка><Наименование>Скидка на товар</Наименование><Сумма>60</Сумма>
<УчтеноВСумме>true</УчтеноВСумме></Скидка></Скидки>
<ЦенаЗаЕдиницу>640.0000</ЦенаЗаЕдиницу><Количество>4</Количество><Сумма>2560</Сумма>
{requisites(ВидНоменклатуры="Товар", НомерПозицииКорзины="310")}
<СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>20</Ставка></СтавкаНалога>
</СтавкиНалогов></Товар>
<Товар><Ид>ORDER_DELIVERY</Ид><Наименование>Доставка заказа</Наименование>
<ЦенаЗаЕдиницу>280</ЦенаЗаЕдиницу><Количество>1</Количество><Сумма>280</Сумма></Товар></Товары>
{
    requisites(
        Метод_оплаты="Карта",
        Метод_оплаты_ИД="2",
        Способ_доставки="Курьер",
        Метод_доставки_ИД="3",
        Заказ_оплачен="false",
        Отменен="false",
        Финальный_статус="false",
        Статус_заказа="[N] Принят",
        Статуса_заказа_ИД="N",
        Сайт="[s1] Лавка",
        Адрес_доставки="Москва, Садовая, 1",
        Номер_дисконтной_карты="200017",
    )
}</Документ>"""

FROM_ONEC = f"""<Документ><Ид>9F1C2D3E-0000-4000-8000-000000000051</Ид><Номер>51</Номер>
<Номер1С>УТ-000123</Номер1С><Дата>2025-03-03</Дата><ХозОперация>Заказ товара</ХозОперация>
<Роль>Продавец</Роль><Валюта>RUB</Валюта><Курс>1</Курс><Сумма>2840</Сумма>
<НомерВерсии>00000012</НомерВерсии>{BUYER}<Время>14:06:40</Время><Комментарий>Собран</Комментарий>
<Товары><Товар><Ид>0a1b-88</Ид><Наименование>Джем</Наименование>
<ЦенаЗаЕдиницу>700</ЦенаЗаЕдиницу><Количество>4</Количество><Сумма>2560</Сумма>
<Скидки><Скидка><Наименование>Скидка</Наименование><Сумма>240</Сумма>
<УчтеноВСумме>true</УчтеноВСумме></Скидка></Скидки></Товар>
<Товар><Ид>ORDER_DELIVERY</Ид><ЦенаЗаЕдиницу>280</ЦенаЗаЕдиницу><Количество>1</Количество>
<Сумма>280</Сумма></Товар></Товары>
{
    requisites(
        Статуса_заказа_ИД="P",
        Отменен="false",
        Дата_оплаты_по_1С="2025-03-03T15:00:00",
        Номер_оплаты_по_1С="A-17",
    )
}</Документ>"""


def rubles(amount: str) -> dict[str, str]:
    """Return roubles as a dump has them."""
    return {"amount": amount, "currency": "RUB"}


def order_of(inside: str, sender: Sender = Sender.SITE, **more: Any) -> Observed[Any]:
    """Read the only order of a file."""
    (found,) = documents_of(commerce(inside), sender, **more)
    assert isinstance(found, Observed), found
    return found


def test_an_order_of_a_site() -> None:
    """Prices come reduced, the discount per unit; delivery is a row; the payment a requisite."""
    found = order_of(FROM_SITE)
    assert (found.external_id, found.version) == ("51", "3")
    assert found.customer_external_id == "7#petrova#Петрова Анна"
    assert said(found) == {
        "number": "51",
        "shop": "shop",
        "status": "new",
        "placed_at": "2025-03-03T11:06:40Z",
        "contact": {
            "name": {"last": "Петрова", "first": "Анна"},
            "phone": "+79990001122",
            "email": "anna@example.ru",
        },
        "customer_comment": "Позвоните",
        "card_number": "200017",
        "lines": [
            {
                "id": "310",
                "product": {"external_id": "0a1b-88", "name": "Джем"},
                "quantity": "4",
                "base_price": rubles("700.00"),
                "price": rubles("640.00"),
                "vat_rate": "20",
                "discounts": [
                    {
                        "id": "promotion:Скидка на товар",
                        "reason": "promotion",
                        "name": "Скидка на товар",
                        "amount": rubles("240.00"),
                    }
                ],
            }
        ],
        "payments": [
            {"id": "site", "method": "card", "amount": rubles("2840.00"), "state": "pending"}
        ],
        "delivery": {
            "method": "courier",
            "cost": rubles("280.00"),
            "address": {"text": "Москва, Садовая, 1"},
        },
        "attributes": {"number_1c": None},
    }
    assert found.remarks == ()


def test_the_same_order_back_from_1c() -> None:
    """Prices come before discounts, and the sum of the row tells the one after them."""
    found = order_of(FROM_ONEC, Sender.ONEC)
    assert found.external_id == "9f1c2d3e-0000-4000-8000-000000000051"
    told = said(found)
    (line,) = told["lines"]
    assert (line["base_price"], line["price"]) == (rubles("700.00"), rubles("640.00"))
    assert line["discounts"][0]["amount"] == rubles("240.00")
    assert told["payments"] == [
        {
            "id": "A-17",
            "amount": rubles("2840.00"),
            "state": "paid",
            "paid_at": "2025-03-03T12:00:00Z",
        }
    ]
    assert told["number"] == "51"
    assert told["status"] == "assembling"
    assert told["manager_comment"] == "Собран"
    assert told["attributes"] == {"number_1c": "УТ-000123"}


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


@pytest.mark.parametrize(
    ("pairs", "status", "remarks"),
    [
        ({"Отменен": "true", "Статуса_заказа_ИД": "P"}, "cancelled", ()),
        ({"ПометкаУдаления": "Да"}, "cancelled", ()),
        ({"Статуса_заказа_ИД": "P", "Статус_заказа": "[N] Принят"}, "assembling", ()),
        ({"Статус_заказа": "[F] Доставлен"}, "complete", ()),
        ({"Статус_заказа": "[Z] Особый"}, None, ("status: [Z] Особый is not mapped",)),
        ({"Отменен": "false"}, None, ()),
    ],
)
def test_status(pairs: dict[str, str], status: str | None, remarks: tuple[str, ...]) -> None:
    """Cancelled wins over all; the id over the text; what is not mapped is told, not guessed."""
    found = order_of(f"<Документ><Ид>1</Ид>{requisites(**pairs)}</Документ>")
    assert said(found).get("status") == status
    assert found.remarks == remarks


def test_status_by_name() -> None:
    """Old exchanges have names only."""
    mapping = replace(MAPPING, statuses={"Доставлен": OrderStatus.COMPLETE})
    inside = f"<Документ><Ид>1</Ид>{requisites(Статус_заказа='[F] Доставлен')}</Документ>"
    assert said(order_of(inside, mapping=mapping))["status"] == "complete"


def test_comments_of_both() -> None:
    """With the buyer's own requisite, the document's comment is the manager's."""
    inside = (
        "<Документ><Ид>1</Ид><Комментарий>Бонусы</Комментарий>"
        f"{requisites(Комментарии_покупателя='Код 12', Причина_отмены='Передумал')}</Документ>"
    )
    assert said(order_of(inside)) == {
        "manager_comment": "Бонусы",
        "customer_comment": "Код 12",
        "cancel_reason": "Передумал",
    }


def test_contacts_may_sit_in_the_representative() -> None:
    """Sites often write the phone there and leave the party's contacts empty."""
    party = (
        "<Контрагенты><Контрагент><Наименование>Семёнова Алёна Игоревна</Наименование><Контакты/>"
        "<Представители><Представитель><Контрагент><Отношение>Контактное лицо</Отношение>"
        "<Контакты><Контакт><Тип>ТелефонРабочий</Тип><Значение>89161234567</Значение></Контакт>"
        "<Контакт><Тип>Почта</Тип><Значение>Москва, а/я 5</Значение></Контакт></Контакты>"
        "</Контрагент></Представитель></Представители></Контрагент></Контрагенты>"
    )
    found = order_of(f"<Документ><Ид>1</Ид>{party}</Документ>")
    assert said(found)["contact"] == {
        "name": {"last": "Семёнова", "first": "Алёна", "patronymic": "Игоревна"},
        "phone": "+79161234567",
    }
    assert found.remarks == ("contact.email: cannot be read",)


def test_rows_of_one_product_keep_apart() -> None:
    """Two rows with one id would overwrite each other, and money would vanish."""
    row = "<Товар><Ид>a</Ид><ЦенаЗаЕдиницу>1</ЦенаЗаЕдиницу><Количество>1</Количество></Товар>"
    found = order_of(f"<Документ><Ид>1</Ид><Товары>{row}{row}</Товары></Документ>")
    assert [line["id"] for line in said(found)["lines"]] == ["a", "a~2"]
    assert said(found)["delivery"] == {"cost": rubles("0.00")}


@pytest.mark.parametrize(
    ("sender", "expected"),
    [(Sender.SITE, ("90.00", "100.00")), (Sender.ONEC, ("90.00", "100.00"))],
)
def test_a_discount_that_is_not_in_the_sum_yet(sender: Sender, expected: tuple[str, str]) -> None:
    """``УчтеноВСумме`` false: the customer pays less than the row says."""
    discount = "10" if sender is Sender.SITE else "20"
    row = (
        "<Товар><Ид>a</Ид><ЦенаЗаЕдиницу>100</ЦенаЗаЕдиницу><Количество>2</Количество>"
        "<Сумма>200</Сумма><Скидки><Скидка><Наименование>Акция</Наименование>"
        f"<Сумма>{discount}</Сумма><УчтеноВСумме>false</УчтеноВСумме></Скидка></Скидки></Товар>"
    )
    (line,) = said(order_of(f"<Документ><Ид>1</Ид><Товары>{row}</Товары></Документ>", sender))[
        "lines"
    ]
    assert (line["price"]["amount"], line["base_price"]["amount"]) == expected
    assert line["discounts"][0]["amount"] == rubles("20.00")


def test_promo_codes_stand_in_comments_of_discounts() -> None:
    """The format has no promo code; the comment of a discount carries it."""
    discount = (
        "<Скидки><Скидка><Наименование>Весна</Наименование><Сумма>50</Сумма>"
        "<Комментарий>SPRING</Комментарий></Скидка></Скидки>"
    )
    told = said(order_of(f"<Документ><Ид>1</Ид>{discount}</Документ>"))
    assert told["promo_codes"] == ["SPRING"]
    assert told["discounts"] == [
        {
            "id": "promo_code:SPRING",
            "reason": "promo_code",
            "code": "SPRING",
            "name": "Весна",
            "amount": rubles("50.00"),
        }
    ]


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ("<Ид>1</Ид><Сумма>10</Сумма><Дата>32.01.2025</Дата>", "Документ/Дата"),
        ("<Ид>1</Ид><Дата>2025-01-01</Дата><Время>25:99</Время>", "Документ/Дата"),
        ("<Ид>1</Ид><ХозОперация>Переоценка товаров</ХозОперация>", "Документ/ХозОперация"),
        ("<Номер>1</Номер>", "КоммерческаяИнформация/Документ"),
        (
            "<Ид>1</Ид><Товары><Товар><Ид>a</Ид><Количество>x</Количество></Товар></Товары>",
            "Документ/Товары/Товар/Количество",
        ),
        ("<Ид>1</Ид><Товары><Товар/></Товары>", "Документ/Товары/Товар"),
        (
            f"<Ид>1</Ид>{requisites(Отменен='возможно')}",
            "Документ/ЗначенияРеквизитов/ЗначениеРеквизита",
        ),
        (
            f"<Ид>1</Ид>{requisites(Метод_оплаты='Карта', Дата_оплаты='когда-то')}",
            "Документ/ЗначенияРеквизитов/ЗначениеРеквизита",
        ),
    ],
)
def test_a_broken_document_is_rejected_with_its_place(inside: str, path: str) -> None:
    """An order that cannot be read is a letter for a person; its neighbours come through."""
    good = "<Документ><Ид>2</Ид></Документ>"
    bad, after = documents_of(commerce(f"<Документ>{inside}</Документ>{good}"))
    assert isinstance(bad, RejectedRecord)
    assert bad.error.path.endswith(path)
    assert bad.error.path.startswith("line 2, ")
    assert isinstance(after, Observed)


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
        "</Адрес></Контрагент></Контрагенты>"
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
