"""The reference's golden samples (10.10-10.16), fed to the translators letter by letter."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import tests.mocks.bitrix
from connectors.bitrix.exchange_words import mapping_of
from connectors.bitrix.operations import BonusPost, KeyedCall, Merge
from connectors.bitrix.products_exchange import ExchangeProducts
from connectors.bitrix.translator import customer_from_wire
from connectors.bitrix.translator_card import card_from_wire
from connectors.bitrix.wire import WireCard, WireUser
from gateway.canonical import (
    Card,
    CardState,
    Gender,
    Kind,
    Money,
    Order,
    OrderStatus,
    PersonName,
    Price,
    Product,
    Stock,
)
from gateway.commerceml import Attached, CommerceMlReader, Sender
from gateway.contract import Observed
from tests.connectors.bitrix.test_client import client_with, ok
from tests.connectors.bitrix.world import in_process, settings_for

SAMPLES = Path(tests.mocks.bitrix.__file__).parent / "samples"
CALLS: list[dict[str, Any]] = json.loads((SAMPLES / "gateway.json").read_text("utf-8"))
STATUSES = {"N": "new", "P": "assembling", "F": "complete"}
EXCHANGE = {
    "site": "https://shop.example.ru",
    "login": "1c",
    "password": "secret",
    "price_types": {"pt-1": "retail"},
    "stores": {"st-1": "main"},
    "names": {"pt-1": "Розничная", "st-1": "Основной"},
    "sends_catalogue": True,
}
SHOP = settings_for("https://shop.example.ru", statuses=STATUSES, exchange=EXCHANGE)


def golden(call: str) -> dict[str, Any]:
    """Return the sample of a call: its body and its answer's result."""
    (found,) = [row for row in CALLS if row["call"] == call]
    return {"body": found["body"], "result": found["answer"]["result"]}


def test_the_golden_user_is_read() -> None:
    """A field of a person would be read by another name than the extension writes (10.12)."""
    user = WireUser.model_validate(golden("gateway.user.get")["result"]["user"])
    observed = customer_from_wire(user, ["2000000000017"], SHOP)
    entity = observed.entity
    assert (observed.external_id, observed.version) == ("7", "4")
    assert observed.changed_at == datetime(2025, 3, 3, 11, 0, tzinfo=UTC)
    assert entity.name == PersonName(last="Петрова", first="Анна")
    assert (entity.gender, entity.birth_date) == (Gender.FEMALE, date(1990, 5, 17))
    assert [(one.id, one.granted, one.source) for one in entity.consents] == [
        ("personal_data", True, "site")
    ]


def test_the_golden_card_is_read() -> None:
    """A card's discount or holder would be lost on the way in (10.12)."""
    (sent,) = golden("gateway.card.put")["body"]["cards"]
    observed = card_from_wire(WireCard.model_validate(sent), SHOP)
    assert observed.customer_external_id == "7"
    assert observed.key is None
    assert observed.entity == Card(
        number="2000000000017",
        type="discount",
        state=CardState.ACTIVE,
        discount_percent=Decimal(5),
        activated_at=datetime(2025, 3, 3, 10, 59, tzinfo=UTC),
    )


async def test_the_golden_operations_are_read_back_by_their_key() -> None:
    """After a lost answer the stored one would be taken for that of another call (10.12)."""
    stored = golden("gateway.operation.get")["result"]
    merged = {"method": "gateway.user.merge", "result": golden("gateway.user.merge")["result"]}
    client, _ = client_with(ok(stored), ok(merged))
    bonus = BonusPost(KeyedCall(client, "gateway.account.change", "gateway"), "RUB")
    merge = Merge(KeyedCall(client, "gateway.user.merge", "gateway"))
    assert await bonus.find("spend-gw-1001") == {"transaction": 801, "balance": "100.00"}
    assert await merge.find("m-7-19") == {
        "merge": 3,
        "moved": {"orders": 2, "cards": 1, "account": "35.00"},
    }


def read_orders(name: str, sender: Sender) -> list[Any]:
    """Read a golden file of orders by the account's words."""
    text = (SAMPLES / name).read_text("utf-8")
    encoding = "cp1251" if sender is Sender.SITE else "utf-8"
    source = io.BytesIO(text.encode(encoding, "xmlcharrefreplace"))
    return list(CommerceMlReader(mapping_of(SHOP)).orders(source, sender=sender))


def test_the_golden_order_documents_are_read() -> None:
    """1C and the site would mean different orders by one document (10.15)."""
    (from_site,) = read_orders("order_query.xml", Sender.SITE)
    (from_1c,) = read_orders("order_from_1c.xml", Sender.ONEC)
    (payment,) = read_orders("payment_from_1c.xml", Sender.ONEC)
    assert isinstance(from_site.entity, Order)
    assert (from_site.external_id, from_site.version) == ("51", "3")
    assert (from_site.entity.status, from_1c.entity.status) == (
        OrderStatus.NEW,
        OrderStatus.ASSEMBLING,
    )
    for order in (from_site.entity, from_1c.entity):
        assert (order.lines[0].price, order.lines[0].base_price) == (
            Money.of("640"),
            Money.of("700"),
        )
        assert order.delivery is not None
        assert order.delivery.cost == Money.of("280")
    assert isinstance(payment, Attached)
    assert payment.payment is not None
    assert (payment.order, payment.payment.amount) == ("51", Money.of("2840"))


def read_goods(content: bytes) -> list[Observed[Product]]:
    """Read goods by the account's words."""
    found = list(CommerceMlReader(mapping_of(SHOP)).products(io.BytesIO(content)))
    return [row for row in found if isinstance(row, Observed)]


def test_what_is_written_of_goods_reads_as_the_golden_file() -> None:
    """The site would take another price, or another store, than 1C would have told it (10.16)."""
    connector, _, _ = in_process(products="exchange", exchange=EXCHANGE)
    writer = connector.writers[Kind.PRODUCT]
    assert isinstance(writer, ExchangeProducts)
    (wanted,) = read_goods((SAMPLES / "offers.xml").read_bytes())
    assert wanted.entity.prices == (Price(type="retail", amount=Money.of("700")),)
    assert wanted.entity.stock == (Stock(store="main", quantity=Decimal(12)),)
    held = writer.held(wanted.entity, None)
    files = writer._written([Observed("0a1b-88", held)])  # noqa: SLF001 - the bytes are the point
    assert list(files) == ["import.xml", "offers.xml"]
    (written,) = read_goods(files["offers.xml"])
    names = ("code", "name", "sku", "prices", "stock")
    assert [getattr(written.entity, name) for name in names] == [
        getattr(wanted.entity, name) for name in names
    ]
    text = files["offers.xml"].decode()
    assert "<Наименование>Розничная</Наименование>" in text
    assert 'СодержитТолькоИзменения="true"' in text
