"""Writer of goods: what the schema admits, what exporters add, and what is refused."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    Money,
    Price,
    Product,
    Stock,
)
from gateway.commerceml import (
    Classifier,
    CommerceMlReader,
    Encoding,
    Group,
    ProductWriter,
    Property,
)
from gateway.contract import Observed, TranslationFailed

from .files import HEAD, MAPPING, complaints, options, product_of, said

JAM = Observed(
    "0a1b-88",
    Product(
        code="0a1b-88", sku="J-88", name='Джем «Ё» & "сын" 😀', barcodes=("4600000000886",),
        unit="шт", vat_rate=Decimal(20), category="grp-2", description=None, active=True,
        prices=(Price(type="retail", amount=Money.of("700.50")),),
        stock=(Stock(store="main", quantity=Decimal("12.5")),), attributes={"kind": "Товар"},
    ),
)  # fmt: skip


def goods(**more: Any) -> ProductWriter:
    """Return a writer of goods."""
    return ProductWriter(MAPPING, HEAD, options(**more))


def words() -> Classifier:
    """Return a classifier with a nested group, a property and a store."""
    return Classifier(
        groups={"grp-1": Group("Соусы", None), "grp-2": Group("Джемы", "grp-1")},
        properties={"p": Property("Вкус", {"v": "Клубника"})},
        stores={"st-1": "Основной"},
    )


def test_a_catalogue_is_valid_and_keeps_its_words() -> None:
    """Groups nest as they were, in the form that the schema prescribes."""
    written = b"".join(goods().catalogue([JAM], words()))
    reader = CommerceMlReader(MAPPING)
    (found,) = reader.products(io.BytesIO(written))
    assert reader.classifier.groups == words().groups
    assert reader.classifier.properties == words().properties
    assert {"prices", "stock"}.isdisjoint(said(found))
    assert complaints(written) == []


@pytest.mark.parametrize("version", ["2.05", "2.08", "2.10"])
def test_offers_are_valid(version: str) -> None:
    """The classic file of all versions, with rests as attributes."""
    written = b"".join(goods(version=version).offers([JAM], words()))
    assert 'ИдСклада="st-1" КоличествоНаСкладе="12.5"' in written.decode()
    assert said(product_of(written))["prices"] == [
        {"type": "retail", "amount": {"amount": "700.50", "currency": "RUB"}}
    ]
    assert complaints(written) == []


def test_files_of_prices_and_rests_alone() -> None:
    """From 2.08 on they stand apart; the schema does not know them, and does not matter here."""
    prices = b"".join(goods(version="2.08").prices([JAM]))
    rests = b"".join(goods(version="2.08").rests([JAM]))
    assert set(said(product_of(prices))) == {"code", "prices"}
    assert set(said(product_of(rests))) == {"code", "stock"}
    assert "<Остаток><Склад><Ид>st-1</Ид><Количество>12.5</Количество></Склад>" in rests.decode()
    assert any("Предложения" in complaint for complaint in complaints(rests))
    with pytest.raises(ValueError, match="has no files of prices or rests alone"):
        goods(version="2.07").rests([JAM])


def test_characters_that_windows_1251_lacks_become_references() -> None:
    """A smile in a name must neither break the file nor vanish."""
    written = b"".join(goods(encoding=Encoding.WINDOWS_1251).offers([JAM]))
    assert written.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert b"&#128512;" in written
    assert "Джем «Ё»".encode("cp1251") in written
    assert said(product_of(written))["name"] == JAM.entity.name


def test_a_byte_mark_stands_before_the_declaration() -> None:
    """1C wants it before UTF-8; windows-1251 has none."""
    assert b"".join(goods(byte_mark=True).offers([JAM])).startswith(b"\xef\xbb\xbf<?xml")
    marked = goods(byte_mark=True, encoding=Encoding.WINDOWS_1251)
    assert b"".join(marked.offers([JAM])).startswith(b"<?xml")


def test_a_large_file_comes_in_pieces() -> None:
    """A full price list must not be built in memory before its first byte leaves."""
    taken = 0

    def many() -> Any:  # noqa: ANN401 - a generator
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield JAM

    first = next(goods().offers(many()))
    assert taken < 200
    assert 60_000 < len(first) < 300_000


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": None}, "name"),
        ({"prices": (Price(type="club", amount=Money.of(1)),)}, "prices/club"),
        ({"stock": (Stock(store="moon", quantity=Decimal(1)),)}, "stock/moon"),
        ({"category": "x" * 41}, "category"),
    ],
)
def test_goods_that_the_format_cannot_hold_are_refused(change: dict[str, Any], path: str) -> None:
    """Leaving a price out silently would leave the old one on sale."""
    record = replace(JAM, entity=JAM.entity.model_copy(update=change))
    with pytest.raises(TranslationFailed) as refused:
        list(goods().offers([record]))
    assert refused.value.path == path


@pytest.mark.parametrize("id_", ["", "x" * 81, " a"])
def test_ids_are_never_cut(id_: str) -> None:
    """A cut id is the id of another product."""
    with pytest.raises(TranslationFailed, match="is no id"):
        list(goods().offers([replace(JAM, external_id=id_)]))
