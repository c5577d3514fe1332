"""Product translator: nomenclature with its barcodes, prices and stock. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import Money, Price, Product, Stock
from gateway.contract import Observed

from .config import OData
from .values import reference, said_number, said_text, text_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProductTranslator:
    """Translates products of one base."""

    odata: OData
    currency: str

    def observed(
        self,
        row: Row,
        barcodes: Sequence[Row],
        prices: Sequence[Row],
        stock: Sequence[Row],
    ) -> Observed[Product] | None:
        """Read a product with the rows of the registers that are about it."""
        ref = reference(row.get("Ref_Key"))
        if ref is None or row.get("IsFolder") is True:
            return None
        codes = [said_text(one, "Штрихкод") for one in barcodes if _is_plain(one)]
        entity = Product(
            code=self.code(row),
            sku=said_text(row, "Артикул"),
            name=said_text(row, "Description"),
            barcodes=tuple(sorted({code for code in codes if code})),
            active=row.get("DeletionMark") is not True,
            prices=self._prices(prices),
            stock=self._stock(stock),
        )
        return Observed(external_id=ref, entity=entity, version=text_of(row.get("DataVersion")))

    def code(self, row: Row) -> str | None:
        """Return the id by which the shop's systems name a product in common."""
        match self.odata.product_code:
            case "reference":
                return reference(row.get("Ref_Key"))
            case "code":
                return said_text(row, "Code")
            case "article":
                return said_text(row, "Артикул")

    def _prices(self, rows: Sequence[Row]) -> tuple[Price, ...]:
        """Return the prices of the kinds that the settings name."""
        kinds = {key.lower(): name for key, name in self.odata.price_kinds.items()}
        found: dict[str, Price] = {}
        for row in rows:
            kind = reference(row.get(self.odata.names.price_kind))
            amount = said_number(row, "Цена")
            if kind in kinds and amount is not None and _is_plain(row):
                name = kinds[kind]
                money = Money(amount=amount, currency=self.currency)
                found[name] = Price(type=name, amount=money)
        return tuple(found[name] for name in sorted(found))

    def _stock(self, rows: Sequence[Row]) -> tuple[Stock, ...]:
        """Return what may be sold by store: what lies there without what is reserved."""
        names = self.odata.names
        stores = {key.lower(): name for key, name in self.odata.stores.items()}
        found: dict[str, Decimal] = dict.fromkeys(stores.values(), Decimal(0))
        for row in rows:
            store = stores.get(reference(row.get("Склад_Key")) or "")
            if store is None:
                continue
            there = said_number(row, names.stock_resource) or Decimal(0)
            reserved = said_number(row, names.stock_reserved) if names.stock_reserved else None
            found[store] += there - (reserved or Decimal(0))
        return tuple(
            Stock(store=name, quantity=max(Decimal(0), found[name])) for name in sorted(found)
        )


def _is_plain(row: Row) -> bool:
    """Tell whether a row is of the product itself and not of one of its characteristics."""
    return reference(row.get("Характеристика_Key")) is None
