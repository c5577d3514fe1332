"""Prices and stock by REST: ``catalog.price.*`` and ``catalog.product.update`` (reference 2.11).

Goods are made by 1C or by hand; here only their prices and quantity change. ``price.modify`` would
delete what is not sent, so single rows are added or updated. Amounts in stores are read only by
REST (10.6): the quantity is that of the product. All of it may be repeated, so that a lost answer
leaves nothing in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.canonical import Price, Product, Stock
from gateway.contract import (
    Change,
    ConnectorError,
    Failed,
    Missing,
    Outcome,
    Rejected,
    Written,
)

from .batch import Command, Result
from .client import BitrixClient
from .config_goods import CatalogSettings
from .errors import VendorRefused
from .values import clean, is_id, quantity

_PRICES = "catalog.price.list"
_PRODUCTS = "catalog.product.list"
_UPDATE = "catalog.product.update"


@dataclass(slots=True)
class RestProducts:
    """Writer of prices and stock. ``_iblocks`` are asked for once."""

    client: BitrixClient
    settings: CatalogSettings
    _iblocks: tuple[int, ...] = field(default=())

    def held(self, entity: Product, known: Product | None) -> Product:
        """Reduce to the code, the mapped prices and the total; see ``EntityWriter.held``."""
        prices: dict[str, Price] = {}
        stock: dict[str, Stock] = {}
        for source in (known, entity):
            for price in source.prices if source else ():
                if price.type in self.settings.prices and price.amount is not None:
                    prices[price.type] = price
            for row in source.stock if source else ():
                if row.store == self.settings.total_store and row.quantity is not None:
                    stock[row.store] = Stock(store=row.store, quantity=quantity(row.quantity))
        said: dict[str, Any] = {"code": (known and known.code) or clean(entity.code)}
        if prices:
            said["prices"] = tuple(prices[name] for name in sorted(prices))
        if stock:
            said["stock"] = tuple(stock.values())
        return Product(**said)

    async def write(self, changes: Sequence[Change[Product]]) -> Sequence[Outcome[Product]]:
        """Set prices and quantity in batches; see ``EntityWriter.write``.

        Goods that the shop does not have are refused: they are not made here.
        """
        ids = await self._ids(changes)
        rows = await self._rows(sorted({found for found in ids if found is not None}, key=int))
        commands: dict[int, list[Command]] = {}
        outcomes: dict[int, Outcome[Product]] = {}
        for place, (change, product_id) in enumerate(zip(changes, ids, strict=True)):
            if product_id is None:
                outcomes[place] = Failed(_absent(change))
            else:
                commands[place] = self._plan(change, product_id, rows.get(product_id, {}))
        flat = [command for each in commands.values() for command in each]
        results = dict(
            zip(flat, await self.client.run(flat, repeatable=True), strict=True) if flat else ()
        )
        for place, sent in commands.items():
            outcomes[place] = self._outcome(ids[place] or "", [results[one] for one in sent])
        return [outcomes[place] for place in range(len(changes))]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: no creation is ever sent, so none can be in doubt."""
        del keys
        return {}

    async def _ids(self, changes: Sequence[Change[Product]]) -> list[str | None]:
        """Return the shop's ids: those that are known, others by the common code."""
        asked = {
            change.entity.code: self._look_ups(change.entity.code, await self._all_iblocks())
            for change in changes
            if change.external_id is None and change.entity.code
        }
        commands = [command for each in asked.values() for command in each]
        results = dict(
            zip(commands, await self.client.run(commands, repeatable=True), strict=True)
            if commands
            else ()
        )
        by_code: dict[str, str] = {}
        for code, sent in asked.items():
            for command in sent:
                for row in self.client.value(results[command]).get("products", ()):
                    # An unknown filter is dropped in silence (reference 1.7): look again.
                    if str(row.get("xmlId")) == code:
                        by_code.setdefault(code, str(row["id"]))
        return [
            by_code.get(change.entity.code or "")
            if change.external_id is None
            else (change.external_id if is_id(change.external_id) else None)
            for change in changes
        ]

    def _look_ups(self, code: str, iblocks: Sequence[int]) -> list[Command]:
        return [
            Command(
                _PRODUCTS,
                {
                    "select": ["id", "iblockId", "xmlId"],
                    "filter": {"iblockId": iblock, "xmlId": code},
                    "start": -1,
                },
            )
            for iblock in iblocks
        ]

    async def _all_iblocks(self) -> tuple[int, ...]:
        if not self._iblocks:
            self._iblocks = self.settings.iblocks
        if not self._iblocks:
            answer = await self.client.call("catalog.catalog.list")
            self._iblocks = tuple(int(row["iblockId"]) for row in answer.get("catalogs", ()))
        return self._iblocks

    async def _rows(self, ids: Sequence[str]) -> dict[str, dict[int, Mapping[str, Any]]]:
        """Return the prices of products by their type, those without a range of quantities."""
        commands = [
            Command(_PRICES, {"filter": {"productId": int(product_id)}, "start": -1})
            for product_id in ids
        ]
        results = await self.client.run(commands, repeatable=True) if commands else []
        return {
            product_id: {
                int(row["catalogGroupId"]): row
                for row in self.client.value(result).get("prices", ())
                if str(row.get("productId")) == product_id
                and row.get("quantityFrom") is None
                and row.get("quantityTo") is None
            }
            for product_id, result in zip(ids, results, strict=True)
        }

    def _plan(
        self, change: Change[Product], product_id: str, rows: Mapping[int, Mapping[str, Any]]
    ) -> list[Command]:
        """Return what differs from what the shop holds."""
        commands: list[Command] = []
        for price in change.entity.prices:
            group = self.settings.prices.get(price.type)
            if group is None or price.amount is None:
                continue
            said = {"price": format(price.amount.amount, "f"), "currency": price.amount.currency}
            row = rows.get(group)
            if row is None:
                fields = {"productId": int(product_id), "catalogGroupId": group, **said}
                commands.append(Command("catalog.price.add", {"fields": fields}))
            elif not _is_same(row, price):
                commands.append(
                    Command("catalog.price.update", {"id": int(row["id"]), "fields": said})
                )
        is_new = change.external_id is None
        for stock in change.entity.stock:
            is_said = is_new or any(path.startswith("stock") for path in change.changed)
            if is_said and stock.quantity is not None:
                fields = {"quantity": format(stock.quantity, "f")}
                commands.append(Command(_UPDATE, {"id": int(product_id), "fields": fields}))
        return commands

    def _outcome(self, product_id: str, results: Sequence[Result]) -> Outcome[Product]:
        for result in results:
            if isinstance(result, VendorRefused):
                return Failed(self.client.error(result, repeatable=True))
            if isinstance(result, ConnectorError):
                return Failed(result)
        return Written(product_id)


def _is_same(row: Mapping[str, Any], price: Price) -> bool:
    amount = price.amount
    return (
        amount is not None
        and Decimal(str(row.get("price") or 0)) == amount.amount
        and row.get("currency") == amount.currency
    )


def _absent(change: Change[Product]) -> ConnectorError:
    if change.external_id is not None:
        return Missing("the product's id is not one of this shop", operation=_UPDATE)
    msg = "code: the shop's catalogue has no such product: let 1C send it, then replay"
    return Rejected(msg, operation=_PRODUCTS)
