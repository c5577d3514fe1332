"""Orders and receipts over EnterpriseData: as 1C has them, and as OData tells them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.onec.config import OneCSettings
from connectors.onec.translator_enterprise import ORDER, RECEIPT, observed
from connectors.onec.translator_enterprise_order import Sales
from connectors.onec.translator_order import OrderTranslator
from gateway.canonical import (
    Discount,
    DiscountReason,
    Kind,
    Money,
    Order,
    OrderStatus,
    ProductRef,
)
from gateway.contract import TranslationFailed
from mocks.onec import demo
from tests.connectors.onec.conftest import own_settings
from tests.connectors.onec.services.conftest import BARCODE, OpenBase

REF = "7e000001-2b3d-11f0-8c11-00155d0a0b0c"
SALES = Sales(ZoneInfo("Europe/Moscow"), "RUB")
KEYS = {"Ссылка": REF, "Дата": "2026-02-03T18:12:31", "НомерВПрограмме": "ШЛЦБ-000099"}
NODE = {"soap": {"nodes": {"order": {"code": "GW", "peer": "УТ"}}, "poll_s": 0}}


def read(name: str, **parts: Any) -> Order:
    """Read one object."""
    found = observed(name, {"КлючевыеСвойства": KEYS, **parts}, SALES)
    assert found is not None
    entity: Order = found.entity
    return entity


def row(number: int, quantity: object, total: object, **more: Any) -> dict[str, Any]:
    """Return a row of goods."""
    goods = {"Номенклатура": {"Ссылка": demo.PRODUCT, "Наименование": "Чайник Вега"}}
    told = {"Количество": str(quantity), "Сумма": str(total), "ДанныеНоменклатуры": goods}
    return {"НомерСтрокиДокумента": str(number), **told, **more}


async def test_order_of_1c_comes_with_its_rows_and_is_cancelled(open_base: OpenBase) -> None:
    """An order that was taken on the phone never reaches the shop, or cannot be called off."""
    base = await open_base(NODE)
    line = {"Номенклатура_Key": demo.PRODUCT, "Количество": 2, "Цена": 990.5, "Сумма": 1881}
    values = {
        "Date": "2026-02-03T15:04:05",
        "Партнер_Key": demo.PARTNER,
        "Статус": "КОтгрузке",
        "АдресДоставки": "г. Москва",
        "Товары": [line],
    }
    made = await base.act("object.create", entity="Document_ЗаказКлиента", values=values)
    items, cursor = await base.walk(Kind.ORDER, None)
    (order,) = (one for one in items if one.external_id == made["Ref_Key"])
    assert order.customer_external_id == demo.PARTNER
    assert (order.entity.number, order.entity.status) == (made["Number"], OrderStatus.ASSEMBLING)
    assert order.entity.delivery.address.text == "г. Москва"
    (bought,) = order.entity.lines
    assert (bought.id, bought.quantity, bought.price) == ("1", Decimal(2), Money.of("940.50"))
    assert bought.product.external_id == demo.PRODUCT
    await base.act("object.mark", entity="Document_ЗаказКлиента", key=made["Ref_Key"])
    items, _ = await base.walk(Kind.ORDER, cursor)
    assert [(one.external_id, one.entity, one.deleted) for one in items] == [
        (made["Ref_Key"], Order(status=OrderStatus.CANCELLED), False)
    ]


async def test_receipt_is_what_odata_tells_of_it(open_base: OpenBase) -> None:
    """A purchase that is read in two ways would count twice, or differ each time."""
    base = await open_base(NODE)
    await base.act("clock.freeze", at="2026-02-03T18:10:00")
    sold = [{"product": demo.PRODUCT, "quantity": 2, "price": 990.5}]
    made = await base.act("receipt.close", rows=sold, barcode=BARCODE, spend=100, accrue=56)
    items, _ = await base.walk(Kind.ORDER, None)
    (receipt,) = (one for one in items if one.external_id.endswith(made["Ref_Key"]))
    kept = await base.act("inspect", entity="Document_ЧекККМ", key=made["Ref_Key"])
    settings = OneCSettings.model_validate(own_settings("http://1c.invalid"))
    assert settings.odata is not None
    odata = OrderTranslator(settings, settings.odata).receipt(kept["rows"][0], BARCODE)
    assert odata is not None
    assert receipt.external_id == odata.external_id
    assert receipt.customer_external_id == odata.customer_external_id
    same = ("number", "channel", "shop", "placed_at", "status", "payments", "card_number")
    for name in same:
        assert getattr(receipt.entity, name) == getattr(odata.entity, name), name
    for ours, theirs in zip(receipt.entity.lines, odata.entity.lines, strict=True):
        assert (ours.id, ours.quantity, ours.price) == (theirs.id, theirs.quantity, theirs.price)
        assert ours.product is not None
        assert theirs.product is not None
        assert ours.product.external_id == theirs.product.external_id
    assert receipt.entity.points_earned.points == 56


def test_receipt_says_why_it_was_cheaper() -> None:
    """Points that were spent and a promo code that was used would be lost for the CRM."""
    found = read(
        RECEIPT,
        СкидкиНаценки={
            "Строка": [
                {"ВидСкидки": "Бонус", "ПроцентСкидки": "0", "СуммаСкидки": "100"},
                {
                    "ВидСкидки": "НаТовар",
                    "СуммаСкидки": "5.5",
                    "СкидкаНадбавка": {"Наименование": "Весна"},
                },
            ]
        },
        Промокоды={
            "Строка": [
                {"Промокод": "SPRING", "СкидкаПредоставлена": "true"},
                {"Промокод": "LATER", "СкидкаПредоставлена": "false"},
                {"Промокод": "NEXT", "СкидкаПредоставлена": "true", "ЭтоАктивацияПромокода": "1"},
            ]
        },
        КартаЛояльности={"НомерКарты": BARCODE},
    )
    assert found.discounts == (
        Discount(id="1", reason=DiscountReason.POINTS, amount=Money.of(100)),
        Discount(id="2", reason=DiscountReason.PROMOTION, name="Весна", amount=Money.of("5.50")),
    )
    assert (found.promo_codes, found.card_number) == (("SPRING",), BARCODE)


@pytest.mark.parametrize(
    "tree",
    [
        {"КлючевыеСвойства": KEYS, "Отменен": "true"},
        {"КлючевыеСвойства": {**KEYS, "ЭтоВозврат": "true"}},
    ],
)
def test_receipt_that_sold_nothing_is_no_order(tree: dict[str, Any]) -> None:
    """Goods that came back would be bought once more."""
    assert observed(RECEIPT, tree, SALES) is None


def test_sums_without_vat_and_services() -> None:
    """A shop that keeps sums without VAT would sell a fifth cheaper; an installation is lost."""
    service = {"Номенклатура": {"Наименование": "Установка"}, "Количество": "1", "Сумма": "500"}
    found = read(
        ORDER,
        СуммаВключаетНДС="false",
        Товары={"Строка": row(1, 2, 100, СуммаНДС="20")},
        Услуги={"Строка": service},
        Состояние="Забыт",
    )
    goods, extra = found.lines
    assert (goods.price, extra.price) == (Money.of(60), Money.of(500))
    assert (extra.id, extra.product) == ("service:1", ProductRef(name="Установка"))
    assert found.status is None


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"Товары": {"Строка": row(1, "два", 100)}}, "Количество"),
        ({"Товары": {"Строка": row(1, 2, {"Валюта": "643"})}}, "Сумма"),
        ({"КлючевыеСвойства": {**KEYS, "Дата": "вчера"}}, "Дата"),
        ({"КлючевыеСвойства": {"Номер": "1"}}, f"{ORDER}/КлючевыеСвойства/Ссылка"),
    ],
)
def test_order_that_cannot_be_read_names_the_place(parts: dict[str, Any], path: str) -> None:
    """A quantity that nobody can read is taken for one, and the sum is another."""
    with pytest.raises(TranslationFailed) as refused:
        read(ORDER, **parts)
    assert refused.value.path == path


@given(
    bought=st.lists(st.tuples(st.integers(1, 99), st.integers(0, 10**8)), min_size=1, max_size=5)
)
def test_lines_add_up_to_what_was_paid(bought: list[tuple[int, int]]) -> None:
    """A purchase would count for another sum than the receipt's."""
    prices = [(count, Decimal(kopecks) / 100) for count, kopecks in bought]
    lines = [row(place, count, count * price) for place, (count, price) in enumerate(prices)]
    total = sum((count * price for count, price in prices), Decimal(0))
    found = read(RECEIPT, ТоварыПродажа={"Строка": lines}, ДанныеОперацииККМ={"Сумма": str(total)})
    (paid,) = found.payments
    assert found.goods_total() == paid.amount == Money.of(total)
    assert len({line.id for line in found.lines}) == len(lines)
