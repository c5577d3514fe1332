"""Real files of 1C and of a Bitrix shop, where they are at hand."""

from __future__ import annotations

import io
from dataclasses import replace

from gateway.canonical import OrderStatus
from gateway.commerceml import (
    CommerceMlMapping,
    CommerceMlReader,
    OrderWriter,
    ProductWriter,
    Sender,
)
from gateway.contract import Observed

from .files import HEAD, complaints, documents_of, options, real, said

WORDS = CommerceMlMapping(
    product_attributes={"maker": "Производитель", "size": "Размер"},
    statuses={"F": OrderStatus.COMPLETE, "[N] Принят": OrderStatus.NEW},
    payment_methods={"Наличный расчет": "cash"},
)


def test_a_catalogue_and_its_offers() -> None:
    """Two goods and five variants, with the words of the catalogue used by both files."""
    reader = CommerceMlReader(WORDS)
    goods = [said(record) for record in reader.products(real("import.xml"))]
    assert [(it["sku"], it["attributes"]["maker"]) for it in goods] == [
        ("Б-130001", "Обувной комбинат"),
        ("Б- 130005", "АОЗТ Алекс"),
    ]
    assert (len(reader.classifier.groups), len(reader.classifier.properties)) == (22, 10)
    variants = [said(record) for record in reader.products(real("offers.xml"))]
    shown = [(it["prices"][0]["amount"]["amount"], it["stock"][0]["quantity"]) for it in variants]
    assert shown == [
        ("1719.00", "20"), ("1496.00", "19"), ("1309.00", "120"), ("1309.00", "15"),
        ("1271.00", "45"),
    ]  # fmt: skip
    assert {it["parent"] for it in variants} == {it["code"] for it in goods}
    assert variants[0]["attributes"] == {"size": "40"}
    assert len(reader.classifier.stores) == 5


def test_orders_of_an_old_shop() -> None:
    """Windows-1251, 2.03, a buyer without contacts, requisites with spaces in their dates."""
    (first,) = documents_of(real("orders_2.03_windows1251.xml").read_bytes(), mapping=WORDS)
    assert said(first)["contact"] == {"name": {"last": "Петров", "first": "Петр"}}
    assert said(first)["status"] == "complete"
    assert said(first)["delivery"]["cost"]["amount"] == "348.00"
    assert said(first)["payments"][0] == {
        "id": "site",
        "method": "cash",
        "amount": {"amount": "9683.42", "currency": "RUB"},
        "state": "paid",
        "paid_at": "2007-10-16T11:44:47Z",
    }
    (second,) = documents_of(real("orders_from_1c.xml").read_bytes(), Sender.ONEC, WORDS)
    assert said(second)["lines"][0]["price"] == {"amount": "6394.47", "currency": "RUB"}
    assert said(second)["status"] == "new"


def test_real_goods_survive_being_written() -> None:
    """What was read from a real file is read again from ours, and ours keeps to the schema."""
    reader = CommerceMlReader(WORDS)
    list(reader.products(real("import.xml")))
    goods = list(reader.products(real("offers.xml")))
    records = [record for record in goods if isinstance(record, Observed)]
    written = b"".join(ProductWriter(WORDS, HEAD, options()).offers(records, reader.classifier))
    assert complaints(written) == []
    again = list(CommerceMlReader(WORDS).products(io.BytesIO(written)))
    assert [said(record) for record in again] == [said(record) for record in goods]


def test_a_real_order_keeps_to_the_schema_when_1c_writes_it() -> None:
    """Sender and version decide the form, and the standard one is valid."""
    orders = documents_of(real("orders_2.03_windows1251.xml").read_bytes(), mapping=WORDS)
    words = replace(WORDS, payment_methods={})
    written = b"".join(OrderWriter(words, options("2.05"), Sender.ONEC).orders(orders))
    assert complaints(written) == []
