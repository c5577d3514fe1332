"""Products: prices and stock of offers that the catalogue has (vendor reference, 16).

The catalogue itself is pulled by the CRM from the shop's file, so nothing is created or renamed
here. Values are absolute: a repeat does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Money, Price, Product, Stock
from gateway.contract import (
    Change,
    ConnectorError,
    Failed,
    Missing,
    Outcome,
    Rejected,
    TranslationFailed,
    Written,
)

from .calls import RetailCrmCalls, json_text
from .config import RetailCrmSettings
from .touched import touched_items
from .translator import tidy

Row = dict[str, Any]
_INVENTORIES, _PRICES = "store/inventories/upload", "store/prices/upload"


@dataclass(frozen=True, slots=True)
class ProductTranslator:
    """Translates products of one account. Pure."""

    settings: RetailCrmSettings

    def offer(self, product: Product) -> str | None:
        """Return by what the CRM names the offer."""
        is_sku = self.settings.product_key == "sku"
        return tidy(product.sku if is_sku else product.code)

    def held(self, entity: Product, known: Product | None) -> Product:
        """Keep prices and stock that the account has a code for; stock is not taken back."""
        before = known or Product()
        fields: dict[str, Any] = {}
        name = "sku" if self.settings.product_key == "sku" else "code"
        offer = self.offer(entity) or self.offer(before)
        if offer is not None:
            fields[name] = offer
        prices = tuple(
            Price(type=one.type, amount=self._money(one.amount))
            for one in entity.prices
            if one.type in self.settings.store.price_types
            and one.amount is not None
            and one.amount.currency == self.settings.currency
        )
        stocks = {one.store: one for one in before.stock}
        stocks |= {
            one.store: Stock(store=one.store, quantity=one.quantity)
            for one in entity.stock
            if one.store in self.settings.store.stores and one.quantity is not None
        }
        if prices or before.prices:
            fields["prices"] = prices
        if stocks:
            fields["stock"] = tuple(stocks.values())
        return Product(**fields)

    def prices(self, change: Change[Product]) -> Row | None:
        """Return the row of prices that changed; one that is gone is removed."""
        codes = self.settings.store.price_types
        there = {one.type: one.amount for one in change.entity.prices}
        touched = self._touched(change, "prices", there)
        rows = [
            {"code": codes[name], "remove": True}
            if (amount := there.get(name)) is None
            else {"code": codes[name], "price": amount.amount}
            for name in touched
            if name in codes
        ]
        locator = {**self._locator(change), "site": self.settings.site}
        return {**locator, "prices": rows} if rows else None

    def stock(self, change: Change[Product]) -> Row | None:
        """Return the row of stock that changed."""
        codes = self.settings.store.stores
        there = {one.store: one.quantity for one in change.entity.stock}
        rows = [
            {"code": codes[name], "available": quantity}
            for name in self._touched(change, "stock", there)
            if name in codes and (quantity := there.get(name)) is not None
        ]
        return {**self._locator(change), "stores": rows} if rows else None

    def _touched(
        self, change: Change[Product], name: str, there: Mapping[str, object]
    ) -> Sequence[str]:
        """Return the touched items: all of a product that was never told."""
        if change.external_id is None or name in change.changed:
            before = {one.type for one in change.known.prices} if change.known else set()
            return sorted({*there, *(before if name == "prices" else ())})
        return sorted(touched_items(change.changed, name))

    def _locator(self, change: Change[Product]) -> Row:
        return {self.settings.offer_key: change.external_id or self.offer(change.entity)}

    def _money(self, amount: Money) -> Money:
        return Money(amount=amount.amount, currency=self.settings.currency)


@dataclass(frozen=True, slots=True)
class ProductWriter:
    """Writes prices and stock of one account."""

    calls: RetailCrmCalls
    translator: ProductTranslator

    def held(self, entity: Product, known: Product | None) -> Product:
        """Reduce a product to its prices and stock; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Product]]) -> Sequence[Outcome[Product]]:
        """Upload prices and stock, a call for each; an offer that is not there fails alone."""
        told: dict[str, Outcome[Product]] = {}
        for change in changes:
            offer = change.external_id or self.translator.offer(change.entity)
            if offer is None:
                failed = TranslationFailed(
                    "has nothing by which the CRM names it",
                    path="code",
                    operation=_PRICES,
                )
                told[change.key] = Failed(failed)
            else:
                told[change.key] = Written(offer)
        fresh = [one for one in changes if isinstance(told[one.key], Written)]
        told |= await self._upload(_PRICES, "prices", fresh)
        told |= await self._upload(_INVENTORIES, "offers", fresh)
        return [told[one.key] for one in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find nothing: offers do not carry our keys, and a repeat does no harm."""
        del keys
        return {}

    async def _upload(
        self, path: str, name: str, changes: Sequence[Change[Product]]
    ) -> dict[str, Failed]:
        """Upload the rows of changes that have one; return those that failed."""
        make = self.translator.prices if path == _PRICES else self.translator.stock
        rows = [(one, row) for one in changes if (row := make(one)) is not None]
        if not rows:
            return {}
        try:
            body = await self.calls.post(
                path, [(name, json_text([row for _, row in rows]))], repeatable=True
            )
        except Rejected as error:
            if len(rows) == 1:
                return {rows[0][0].key: Failed(error)}
            # The vendor refuses all for one: each is told alone then.
            failed: dict[str, Failed] = {}
            for change, _ in rows:
                failed |= await self._upload(path, name, [change])
            return failed
        except ConnectorError as error:
            return {change.key: Failed(error) for change, _ in rows}
        lost = _lost(body.get("notFoundOffers"), self.translator.settings.offer_key)
        missing = Failed(Missing("the catalogue has no such offer", operation=path))
        key = self.translator.settings.offer_key
        return {change.key: missing for change, row in rows if row[key] in lost}


def _lost(told: object, key: str) -> set[str]:
    """Return which offers were not found; one alone may come as an object, none as nothing."""
    rows = [told] if isinstance(told, Mapping) else told if isinstance(told, list) else []
    return {str(row.get(key)) for row in rows if isinstance(row, Mapping)}
