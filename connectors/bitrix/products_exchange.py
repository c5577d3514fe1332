"""Goods by the CommerceML exchange, the gateway playing 1C toward the site (reference 3.7, 10.16).

One write is one exchange: descriptions where they are asked for, then prices and stock, then the
end. The file says that it holds changes only, so that nothing else is touched, and repeating the
whole exchange has the effect of one: a cut leaves nothing in doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Price, Product, Stock
from gateway.commerceml import (
    Classifier,
    CommerceMlMapping,
    Encoding,
    PackageHead,
    PriceType,
    ProductWriter,
    WriteOptions,
)
from gateway.contract import Change, Clock, Failed, Observed, Outcome, TranslationFailed, Written

from .exchange_client import ExchangeClient
from .values import clean, quantity

CATALOGUE, OFFERS = "import.xml", "offers.xml"
_DEFAULT_VERSION = "2.09"
_DESCRIBING = ("sku", "unit", "vat_rate", "category", "description")


@dataclass(slots=True)
class ExchangeProducts:
    """Writer of goods. One exchange at a time: the site keeps one folder for uploads."""

    client: ExchangeClient
    clock: Clock
    mapping: CommerceMlMapping
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def held(self, entity: Product, known: Product | None) -> Product:
        """Reduce to what the file says of a product; see ``EntityWriter.held``."""
        said: dict[str, Any] = {}
        for source in (known, entity):
            if source is not None:
                said |= self._said(source)
        if known is not None and known.code:
            said["code"] = known.code
        return Product(**said)

    async def write(self, changes: Sequence[Change[Product]]) -> Sequence[Outcome[Product]]:
        """Send all changes in one exchange; see ``EntityWriter.write``."""
        records: dict[int, Observed[Product]] = {}
        outcomes: dict[int, Outcome[Product]] = {}
        for place, change in enumerate(changes):
            code = change.external_id or change.entity.code or ""
            record = Observed(external_id=code, entity=change.entity)
            try:
                self._written([record])
            except TranslationFailed as error:
                outcomes[place] = Failed(error)
            else:
                records[place] = record
        if records:
            await self._exchange(list(records.values()))
        for place, record in records.items():
            is_new = changes[place].external_id is None
            outcomes[place] = Written(record.external_id, created=is_new)
        return [outcomes[place] for place in range(len(changes))]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: an exchange may be repeated whole, so none is ever in doubt."""
        del keys
        return {}

    async def _exchange(self, records: Sequence[Observed[Product]]) -> None:
        files = self._written(records)
        async with self._turn:
            session = await self.client.begin("catalog")
            for name, content in files.items():
                await self.client.send(session, name, content)
            await self.client.complete(session)

    def _written(self, records: Sequence[Observed[Product]]) -> dict[str, bytes]:
        """Return the files. Raises ``TranslationFailed`` for what the format cannot hold."""
        settings = self.client.settings
        writer = ProductWriter(
            self.mapping,
            PackageHead(
                catalogue_id=settings.catalogue_id,
                classifier_id=settings.classifier_id,
                owner_id=settings.owner_id,
                owner_name=settings.owner_name,
                only_changes=True,
            ),
            WriteOptions(
                version=settings.version or _DEFAULT_VERSION,
                made_at=self.clock.now(),
                encoding=Encoding(settings.encoding),
            ),
        )
        words = self._words(records)
        files = {}
        if settings.sends_catalogue:
            files[CATALOGUE] = b"".join(writer.catalogue(records, words))
        files[OFFERS] = b"".join(writer.offers(records, words))
        return files

    def _words(self, records: Iterable[Observed[Product]]) -> Classifier:
        """Return the price types and stores that the file must name before its goods."""
        words, names = Classifier(), self.client.settings.names
        for record in records:
            for price in record.entity.prices:
                id_ = _id_of(self.mapping.price_types, price.type)
                currency = price.amount.currency if price.amount else self.mapping.currency
                named = PriceType(name=names.get(id_, price.type), currency=currency)
                words.price_types.setdefault(id_, named)
            for row in record.entity.stock:
                if row.store != self.mapping.total_store:
                    id_ = _id_of(self.mapping.stores, row.store)
                    words.stores.setdefault(id_, names.get(id_, row.store))
        return words

    def _said(self, product: Product) -> dict[str, Any]:
        """Return what the file can say of a product: nothing of it is ever wiped."""
        said: dict[str, Any] = {
            "code": clean(product.code, 80),
            "name": clean(product.name),
            "sku": clean(product.sku),
        }
        if self.client.settings.sends_catalogue:
            said |= {name: getattr(product, name) for name in _DESCRIBING}
            said["barcodes"] = product.barcodes[:1]
            groups = self.mapping.groups
            if groups and product.category not in groups.values():
                said["category"] = None
        prices = [
            Price(type=price.type, amount=price.amount)
            for price in product.prices
            if price.amount is not None and _is_mapped(self.mapping.price_types, price.type)
        ]
        stock = [
            Stock(store=row.store, quantity=quantity(row.quantity))
            for row in product.stock
            if row.quantity is not None and self._has_store(row.store)
        ]
        said |= {"prices": tuple(prices), "stock": tuple(stock)}
        return {name: value for name, value in said.items() if value not in (None, ())}

    def _has_store(self, store: str) -> bool:
        return store == self.mapping.total_store or _is_mapped(self.mapping.stores, store)


def _is_mapped(known: Mapping[str, str], code: str) -> bool:
    return not known or code in known.values()


def _id_of(known: Mapping[str, str], code: str) -> str:
    return next((id_ for id_, its in known.items() if its == code), code)
