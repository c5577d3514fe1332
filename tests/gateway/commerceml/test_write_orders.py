"""Writer of orders: what the schema admits, what real systems add, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    Delivery,
    Discount,
    DiscountReason,
    Money,
    Order,
    OrderContact,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    PersonName,
    ProductRef,
)
from gateway.commerceml import (
    Attached,
    OrderWriter,
    Sender,
    WriteOptions,
)
from gateway.contract import Observed, TranslationFailed

from .files import MAPPING, complaints, documents_of, options, said

ORDER = Observed(
    "51",
    Order(
        number="51", status=OrderStatus.ASSEMBLING, shop="shop",
        placed_at=datetime(2025, 3, 3, 11, 6, 40, tzinfo=UTC),
        contact=OrderContact(
            name=PersonName(last="Петрова", first="Анна"), phone="+79990001122",
            email="anna@example.ru",
        ),
        lines=(
            OrderLine(
                id="310", product=ProductRef(external_id="0a1b-88", name="Джем"),
                quantity=Decimal(4), base_price=Money.of(700), price=Money.of(640),
                discounts=(
                    Discount(id="promo_code:SPRING", reason=DiscountReason.PROMO_CODE,
                             code="SPRING", amount=Money.of(200)),
                ),
            ),
        ),
        delivery=Delivery(method="courier", cost=Money.of(280)),
        payments=(
            Payment(id="A-17", method="card", amount=Money.of(2840), state=PaymentState.PAID,
                    paid_at=datetime(2025, 3, 3, 12, tzinfo=UTC)),
        ),
        manager_comment="Собран",
    ),
    customer_external_id="7#petrova",
    version="12",
)  # fmt: skip


def orders(sender: Sender, version: str, record: Observed[Order] = ORDER, **more: Any) -> bytes:
    """Write one order."""
    return b"".join(OrderWriter(MAPPING, options(version, **more), sender).orders([record]))


@pytest.mark.parametrize("version", ["2.05", "2.09"])
def test_an_order_of_1c_is_valid_without_a_version(version: str) -> None:
    """The form of the standard, when nothing outside it is to be said."""
    plain = replace(ORDER, version=None)
    assert complaints(orders(Sender.ONEC, version, plain)) == []


def test_what_real_systems_add_to_the_standard_is_known() -> None:
    """Each break of the schema is one that the vendor reference names."""
    assert {it.split("'")[1] for it in complaints(orders(Sender.ONEC, "2.10"))} == {
        "НомерВерсии",
        "Основание",
    }
    of_site = " ".join(complaints(orders(Sender.SITE, "2.09", replace(ORDER, version=None))))
    assert re.findall("Element '([^']*)': This element is not expected", of_site) == ["Единица"] * 2
    assert re.findall("The value '(.*?)'", of_site) == ["Электронная почта"]
    assert of_site.count("The attribute 'Формат") == 4


def test_the_form_of_a_site_follows_the_version() -> None:
    """Units, types of contacts, version and dates: as the vendor reference tells them apart."""
    old, new = (orders(Sender.SITE, it, namespace=None).decode() for it in ("2.05", "2.10"))
    assert "<Тип>ТелефонРабочий</Тип>" in old
    assert "<Тип>Почта</Тип>" in old
    assert "<Единица>" not in old
    assert "<НомерВерсии>" not in old
    assert "<Значение>03.03.2025 15:00:00</Значение>" in old
    assert 'ВерсияСхемы="2.05"' in old
    assert "xmlns" not in old
    assert "<Тип>Электронная почта</Тип>" in new
    assert "<Единица><Код>796</Код>" in new
    assert "<НомерВерсии>12</НомерВерсии>" in new
    assert "<Значение>2025-03-03T15:00:00</Значение>" in new
    assert 'ВерсияСхемы="2.1"' in new
    assert 'ВерсияСхемы="2.10"' in orders(Sender.ONEC, "2.10").decode()


@pytest.mark.parametrize("sender", Sender)
def test_prices_by_sender(sender: Sender) -> None:
    """A site writes 640 after discounts, 1C 700 before; the rest of the discount has no reason."""
    text = orders(sender, "2.09").decode()
    price = {Sender.SITE: "640", Sender.ONEC: "700"}[sender]
    parts = {Sender.SITE: ["50", "10"], Sender.ONEC: ["200", "40"]}[sender]
    assert f"<ЦенаЗаЕдиницу>{price}</ЦенаЗаЕдиницу>" in text
    assert re.findall(r"<Скидка>.*?<Сумма>(.*?)</Сумма>", text) == parts
    (found,) = documents_of(text.encode(), sender)
    (line,) = found.entity.lines
    assert (line.price, line.base_price) == (Money.of(640), Money.of(700))


@pytest.mark.parametrize("sender", Sender)
def test_payments_are_documents_from_210_on(sender: Sender) -> None:
    """A receiver of 2.10 does not look for a payment in the order."""
    cash = Payment(id="B-1", method="cash", amount=Money.of(5), state=PaymentState.REFUNDED)
    entity = ORDER.entity.model_copy(update={"payments": (*ORDER.entity.payments, cash)})
    found = documents_of(orders(sender, "2.10", replace(ORDER, entity=entity)), sender)
    order, first, second, *shipment = found
    assert [it.operation for it in shipment] == (["Отпуск товара"] if sender is Sender.SITE else [])
    assert "payments" not in said(order)
    assert isinstance(first, Attached)
    assert (first.order, first.payment) == ("51", ORDER.entity.payments[0])
    assert second.operation == "Возврат наличных денег"
    assert second.payment == cash


def test_a_site_writes_the_shipment_from_210_on() -> None:
    """1C learns from it that the goods have left, and under which number."""
    delivery = ORDER.entity.delivery
    assert delivery is not None
    tracked = delivery.model_copy(update={"tracking_number": "RA1"})
    changes = {"status": OrderStatus.DELIVERY, "delivery": tracked, "payments": ()}
    record = replace(ORDER, entity=ORDER.entity.model_copy(update=changes))
    _, shipment = documents_of(orders(Sender.SITE, "2.10", record))
    assert (shipment.external_id, shipment.order, shipment.shipped) == ("51-1", "51", True)
    assert (shipment.delivery.tracking_number, shipment.delivery.method) == ("RA1", "courier")
    assert not shipment.deleted


@pytest.mark.parametrize("sender", Sender)
def test_below_its_order_everything_has_a_place_in_the_schema(sender: Sender) -> None:
    """A 1C that checks its files would refuse payments and shipments that stand beside an order."""
    changes = {"status": OrderStatus.DELIVERY}
    record = replace(ORDER, version=None, entity=ORDER.entity.model_copy(update=changes))
    written = orders(sender, "2.10", record, below=True)
    order, shipment = documents_of(written, sender)
    assert isinstance(shipment, Attached)
    assert (shipment.order, shipment.shipped, shipment.deleted) == ("51", True, False)
    assert shipment.delivery is not None
    assert shipment.delivery.method == "courier"
    assert order.entity.payments == ORDER.entity.payments
    if sender is Sender.ONEC:
        assert complaints(written) == []


def test_a_deleted_order_is_told() -> None:
    """A deletion must arrive as one, whatever the status says."""
    (found,) = documents_of(orders(Sender.ONEC, "2.09", replace(ORDER, deleted=True)), Sender.ONEC)
    assert found.deleted
    assert said(found)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lines": (OrderLine(id="1", product=ProductRef(name="x")),)}, "lines/1/product"),
        ({"delivery": Delivery(method="drone")}, "delivery/method"),
        ({"shop": "moon"}, "shop"),
        ({"delivery": Delivery(cost=Money.of(1, "USD"))}, "lines"),
    ],
)
def test_orders_that_the_format_cannot_hold_are_refused(change: dict[str, Any], path: str) -> None:
    """The order is a letter for a person, and nothing half of it is in the file."""
    record = replace(ORDER, entity=ORDER.entity.model_copy(update=change))
    with pytest.raises(TranslationFailed) as refused:
        orders(Sender.ONEC, "2.09", record)
    assert refused.value.path == path


def test_an_order_without_a_date_has_the_empty_one() -> None:
    """The schema demands a date, and 1C has one that says nothing."""
    entity = Order(number="1", placed_at=None)
    written = orders(Sender.ONEC, "2.09", Observed("1", entity))
    assert b"<" + "Дата>0001-01-01</Дата>".encode() in written
    (found,) = documents_of(written, Sender.ONEC)
    assert said(found)["placed_at"] is None


def test_the_time_of_a_file_is_local() -> None:
    """Noon in Moscow, without a zone."""
    made = WriteOptions(version="2.05", made_at=datetime(2026, 1, 1, 9, tzinfo=UTC))
    text = b"".join(OrderWriter(MAPPING, made, Sender.SITE).orders([])).decode()
    assert 'ДатаФормирования="2026-01-01T12:00:00"' in text
    assert documents_of(text.encode()) == []
