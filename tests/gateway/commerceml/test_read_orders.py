"""Orders in both directions: prices, statuses, texts, contacts, and what breaks around them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.canonical import OrderStatus
from gateway.commerceml import Sender
from gateway.contract import Observed, RejectedRecord

from .files import MAPPING, commerce, documents_of, requisites, said
from .samples import FROM_ONEC, FROM_SITE, order_of, rubles

SAID_BY_SITE = {
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
    "payments": [{"id": "site", "method": "card", "amount": rubles("2840.00"), "state": "pending"}],
    "delivery": {
        "method": "courier",
        "cost": rubles("280.00"),
        "address": {"text": "Москва, Садовая, 1"},
    },
    "attributes": {"number_1c": None},
}


def test_an_order_of_a_site() -> None:
    """Prices come reduced, the discount per unit; delivery is a row; the payment a requisite."""
    found = order_of(FROM_SITE)
    assert (found.external_id, found.version) == ("51", "3")
    assert found.customer_external_id == "7#petrova#Петрова Анна"
    assert said(found) == SAID_BY_SITE
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
