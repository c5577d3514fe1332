"""Product records: nomenclature with what four registers know of it, in a few calls a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.canonical import Product
from gateway.contract import Clock, Observed

from .client_odata import ODataClient
from .records import Row, Seen, among, condition, grouped, translated
from .translator_product import ProductTranslator
from .values import guid, reference


@dataclass(frozen=True, slots=True)
class Products:
    """Products with barcodes, prices and stock."""

    client: ODataClient
    translator: ProductTranslator
    clock: Clock

    @property
    def sources(self) -> Mapping[str, str]:
        """Products and the registers about them."""
        names = self.client.odata.names
        found = {names.products: "Ref_Key"}
        if names.barcodes:
            found[names.barcodes] = names.barcode_owner
        for register in (names.prices, names.stock):
            if register:
                found[register.removesuffix("_RecordType")] = "Номенклатура_Key"
        return found

    async def read(self, ids: Sequence[str]) -> Seen[Product]:
        """Read products."""
        where = among("Ref_Key", ids)
        rows = await self.client.rows(self.client.odata.names.products, where=where)
        return await self._observed(rows)

    async def page(self, skip: int, top: int) -> tuple[Seen[Product], int]:
        """Read a page of products."""
        rows = await self.client.rows(
            self.client.odata.names.products,
            where="IsFolder eq false",
            order="Ref_Key",
            top=top,
            skip=skip,
        )
        return await self._observed(rows), len(rows)

    def named(self, entity: str, ref: str) -> str:
        """Return the id: the reference."""
        del entity
        return ref

    async def _observed(self, rows: Sequence[Row]) -> Seen[Product]:
        refs = [ref for one in rows if (ref := reference(one.get("Ref_Key")))]
        if not refs:
            return []
        barcodes = await self._barcodes(refs)
        prices, stock = await self._prices(refs), await self._stock(refs)

        def observed(row: Row) -> Observed[Product] | None:
            ref = reference(row.get("Ref_Key")) or ""
            return self.translator.observed(
                row, barcodes.get(ref, ()), prices.get(ref, ()), stock.get(ref, ())
            )

        return translated(rows, observed)

    async def _barcodes(self, refs: Sequence[str]) -> dict[str, list[Row]]:
        names = self.client.odata.names
        if not names.barcodes:
            return {}
        field = names.barcode_owner
        where = among(field, refs)
        if not field.endswith("_Key"):
            # A composite field equals nothing without a cast to its type (1.4).
            kind = f"'{names.products}'"
            where = " or ".join(f"{field} eq cast({guid(ref)},{kind})" for ref in refs)
        return grouped(await self.client.rows(names.barcodes, where=where), field)

    async def _prices(self, refs: Sequence[str]) -> dict[str, list[Row]]:
        names = self.client.odata.names
        if not names.prices or not self.client.odata.price_kinds:
            return {}
        rows = await self.client.table(
            names.prices,
            "SliceLast",
            Period=self.client.now(self.clock.now()),
            Condition=condition(among("Номенклатура_Key", refs)),
        )
        return grouped(rows, "Номенклатура_Key")

    async def _stock(self, refs: Sequence[str]) -> dict[str, list[Row]]:
        names = self.client.odata.names
        if not names.stock or not self.client.odata.stores:
            return {}
        rows = await self.client.table(
            names.stock,
            "Balance",
            Period=self.client.now(self.clock.now()),
            Condition=condition(among("Номенклатура_Key", refs)),
            Dimensions="'Номенклатура,Склад'",
        )
        return grouped(rows, "Номенклатура_Key")
