"""Writer of goods: catalogue, offers, prices and rests, record by record.

Valid by the schema 2.10, with two exceptions that real systems make as well: files of prices or
rests alone (2.08 and later) leave out what the schema demands of an offer, and rests by elements
are none of it. An empty list of goods is no valid file either. Of several barcodes the first is
written, because the schema has one. Source: vendor reference of 1C, sections 4.1-4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from gateway.canonical import Product
from gateway.contract import Observed, TranslationFailed

from .classifier import Classifier
from .mapping import CommerceMlMapping
from .markup import (
    COMMENT_LIMIT,
    ROOT,
    WriteOptions,
    box,
    checked_id,
    encoded,
    leaf,
    opening,
    requisite,
    root,
)
from .values import KOPECK, written
from .words import base_unit, groups, named, price_types, properties, stores, vat

Goods: TypeAlias = "Iterable[Observed[Product]]"
SPLIT = Decimal("2.08")
"""From this version on, prices and rests may be files of their own."""
PRODUCT_ID_LIMIT = 80
_NO_NAME = "the format demands a name"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHead:
    """What stands before the goods: ids of catalogue and classifier, and who owns them.

    Shape: ids of at most 40 characters. ``only_changes`` false says that the file is the full set.
    """

    catalogue_id: str
    classifier_id: str
    owner_id: str
    owner_name: str
    name: str = "Каталог"
    only_changes: bool = False


@dataclass(frozen=True, slots=True)
class ProductWriter:
    """Writes files of goods in the words of one account.

    The files come in pieces of bytes. ``TranslationFailed`` is raised for a record that the format
    cannot hold, before anything of it is written; ``path`` names the field.
    """

    mapping: CommerceMlMapping
    head: PackageHead
    options: WriteOptions

    def catalogue(self, goods: Goods, classifier: Classifier | None = None) -> Iterator[bytes]:
        """Write ``import.xml``: classifier, then goods without prices and rests."""
        head = self.head
        before = [
            self._classifier(classifier or Classifier()),
            opening("Каталог", self._only_changes()),
            leaf("Ид", head.catalogue_id),
            leaf("ИдКлассификатора", head.classifier_id),
            leaf("Наименование", head.name),
            self._owner(),
            "<Товары>",
        ]
        return self._file(before, goods, self._ware, "</Товары></Каталог>")

    def offers(self, goods: Goods, classifier: Classifier | None = None) -> Iterator[bytes]:
        """Write ``offers.xml``: goods with prices and rests, rests as attributes."""
        return self._package(goods, self._offer, classifier)

    def prices(self, goods: Goods) -> Iterator[bytes]:
        """Write a file of prices alone. Raises ``ValueError`` for a version before 2.08."""
        return self._package(goods, self._price_only, None, is_split=True)

    def rests(self, goods: Goods) -> Iterator[bytes]:
        """Write a file of rests alone, as elements. Raises ``ValueError`` before 2.08."""
        return self._package(goods, self._rest_only, None, is_split=True)

    def _package(
        self,
        goods: Goods,
        write: Callable[[Observed[Product]], str],
        classifier: Classifier | None,
        *,
        is_split: bool = False,
    ) -> Iterator[bytes]:
        if is_split and self.options.number < SPLIT:
            msg = f"version {self.options.version} has no files of prices or rests alone"
            raise ValueError(msg)
        head = self.head
        before = [
            opening("ПакетПредложений", self._only_changes()),
            leaf("Ид", f"{head.catalogue_id}#"),
            leaf("Наименование", head.name),
            leaf("ИдКаталога", head.catalogue_id),
            leaf("ИдКлассификатора", head.classifier_id),
            *([] if is_split else [self._owner(), *self._words(classifier or Classifier())]),
            "<Предложения>",
        ]
        return self._file(before, goods, write, "</Предложения></ПакетПредложений>")

    def _file(
        self,
        before: list[str],
        goods: Goods,
        write: Callable[[Observed[Product]], str],
        after: str,
    ) -> Iterator[bytes]:
        def texts() -> Iterator[str]:
            yield root(self.options, self.mapping.zone)
            yield "".join(before)
            for record in goods:
                yield write(record)
            yield f"{after}</{ROOT}>"

        return encoded(texts(), self.options)

    def _only_changes(self) -> list[tuple[str, str]]:
        return [("СодержитТолькоИзменения", "true" if self.head.only_changes else "false")]

    def _owner(self) -> str:
        head = self.head
        return box(
            "Владелец",
            leaf("Ид", head.owner_id),
            leaf("Наименование", head.owner_name),
            leaf("ОфициальноеНаименование", head.owner_name),
        )

    def _classifier(self, known: Classifier) -> str:
        head = self.head
        return box(
            "Классификатор",
            leaf("Ид", head.classifier_id),
            leaf("Наименование", head.name),
            self._owner(),
            groups(known),
            properties(known),
        )

    def _words(self, known: Classifier) -> Iterator[str]:
        yield price_types(known, self.mapping)
        yield stores(known, self.mapping)

    def _ware(self, record: Observed[Product]) -> str:
        return box("Товар", self._described(record), attributes=_status(record))

    def _offer(self, record: Observed[Product]) -> str:
        described, priced = self._described(record), self._prices(record.entity)
        rests = self._rests(record.entity)
        return box("Предложение", described, priced, rests, attributes=_status(record))

    def _price_only(self, record: Observed[Product]) -> str:
        id_ = checked_id(record.external_id, PRODUCT_ID_LIMIT, "code")
        return box("Предложение", leaf("Ид", id_), self._prices(record.entity))

    def _rest_only(self, record: Observed[Product]) -> str:
        id_ = checked_id(record.external_id, PRODUCT_ID_LIMIT, "code")
        rows = [
            box("Склад", leaf("Ид", store), leaf("Количество", quantity))
            for store, quantity in self._by_store(record.entity)
        ]
        rests = [box("Остаток", row) for row in rows]
        total = self._total(record.entity)
        if not rows and total is not None:
            rests = [box("Остаток", leaf("Количество", written(total)))]
        return box("Предложение", leaf("Ид", id_), box("Остатки", *rests) if rests else "")

    def _described(self, record: Observed[Product]) -> str:
        """Write what all records of goods begin with, in the order of the schema."""
        product, said = record.entity, record.entity.model_fields_set
        if not product.name:
            raise TranslationFailed(_NO_NAME, path="name")
        parts = [leaf("Ид", checked_id(record.external_id, PRODUCT_ID_LIMIT, "code"))]
        parts += [leaf("Штрихкод", code) for code in product.barcodes[:1]]
        if "sku" in said:
            parts.append(leaf("Артикул", product.sku))
        parts += [leaf("Наименование", product.name), base_unit(product.unit, self.mapping)]
        if product.category is not None:
            id_ = named(self.mapping.groups, product.category, "category")
            parts.append(box("Группы", leaf("Ид", id_)))
        if "description" in said:
            parts.append(leaf("Описание", product.description, COMMENT_LIMIT))
        if "vat_rate" in said:
            parts.append(vat(product.vat_rate))
        return "".join([*parts, self._requisites(product)])

    def _requisites(self, product: Product) -> str:
        wanted = self.mapping.product_attributes
        rows = [
            requisite(wanted[code], text)
            for code, text in product.attributes.items()
            if code in wanted
        ]
        return box("ЗначенияРеквизитов", *rows) if rows else ""

    def _prices(self, product: Product) -> str:
        if "prices" not in product.model_fields_set:
            return ""
        rows = []
        for price in product.prices:
            if price.amount is None:
                continue
            id_ = named(self.mapping.price_types, price.type, f"prices/{price.type}")
            amount = written(price.amount.amount, KOPECK)
            shown = f"{amount} {price.amount.currency} за {product.unit or 'шт'}"
            rows.append(
                box(
                    "Цена",
                    leaf("Представление", shown),
                    leaf("ИдТипаЦены", id_),
                    leaf("ЦенаЗаЕдиницу", amount),
                    leaf("Валюта", price.amount.currency),
                    leaf("Коэффициент", "1"),
                )
            )
        return box("Цены", *rows) if rows else "<Цены/>"

    def _rests(self, product: Product) -> str:
        total = self._total(product)
        if total is None:
            return ""
        rows = [
            box("Склад", attributes=[("ИдСклада", store), ("КоличествоНаСкладе", quantity)])
            for store, quantity in self._by_store(product)
        ]
        return "".join([leaf("Количество", written(total)), *rows])

    def _total(self, product: Product) -> Decimal | None:
        total_store = self.mapping.total_store
        known = {it.store: it.quantity for it in product.stock if it.quantity is not None}
        by_store = [quantity for store, quantity in known.items() if store != total_store]
        return sum(by_store, Decimal(0)) if by_store else known.get(total_store or "")

    def _by_store(self, product: Product) -> Iterator[tuple[str, str]]:
        for stock in product.stock:
            if stock.store != self.mapping.total_store and stock.quantity is not None:
                path = f"stock/{stock.store}"
                yield named(self.mapping.stores, stock.store, path), written(stock.quantity)


def _status(record: Observed[Product]) -> list[tuple[str, str]]:
    """Return the attribute that tells whether the product is sold, if that is known."""
    if record.deleted or record.entity.active is False:
        return [("Статус", "Удален")]
    return [("Статус", "Изменен")] if record.entity.active else []
