"""Line translator: rows of an order and the canonical lines. Pure.

A row that the gateway made carries the line's id under the gateway's own code in ``externalIds``; a
row born in the CRM has the id ``retailcrm-<row id>`` for all its life, also after the gateway wrote
to it. An edit replaces the whole composition, so every row is sent with its own id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gateway.canonical import Money, OrderLine, ProductRef
from gateway.canonical.money import KOPECK, exact

from .config import RetailCrmSettings
from .overtaken import PRICES
from .touched import WHOLE
from .translator import tidy
from .wire import ItemWire, OfferWire

_ZERO = Decimal(0)
_THOUSANDTH = Decimal("0.001")
NO_VAT = "none"
MANUAL = "manual_product"
BORN_HERE = "retailcrm-"


def born_id(row_id: int) -> str:
    """Return the stable id of a row or payment that was born in the CRM."""
    return f"{BORN_HERE}{row_id}"


@dataclass(frozen=True, slots=True)
class LineTranslator:
    """Translates the lines of one account's orders."""

    settings: RetailCrmSettings

    def line_id(self, wire: ItemWire) -> str:
        """Return the line's stable id."""
        return self._given_id(wire) or born_id(wire.id)

    def _given_id(self, wire: ItemWire) -> str | None:
        code = self.settings.system_code
        return next((one.value for one in wire.external_ids if one.code == code), None)

    def lines(self, rows: Sequence[ItemWire], remarks: list[str]) -> tuple[OrderLine, ...]:
        """Read the rows; cancelled ones count nothing and are no lines."""
        lines: dict[str, OrderLine] = {}
        for row in rows:
            if not row.is_canceled:
                name = self.line_id(row)
                # A row copied in the CRM repeats the id of the copied one.
                name = born_id(row.id) if name in lines else name
                lines[name] = self._line(row, name, remarks)
        return tuple(lines.values())

    def _line(self, row: ItemWire, name: str, remarks: list[str]) -> OrderLine:
        fields: dict[str, Any] = {"id": name, "product": self._product(row)}
        if row.initial_price is not None:
            base, off = row.initial_price, row.discount_total or _ZERO
            fields["base_price"] = self._money(base)
            fields["price"] = self._money(max(base - off, _ZERO))
        if row.quantity is not None:
            fields["quantity"] = _quantity(row.quantity)
        try:
            fields["vat_rate"] = _vat(row.vat_rate)
        except InvalidOperation:
            remarks.append("items.vatRate: is no number and was left out")
        return OrderLine(**fields)

    def _product(self, row: ItemWire) -> ProductRef:
        """Read the product. Of a row that we made, the catalogue's name is not the one we gave."""
        offer = row.offer
        key = self._offer_key(offer)
        fields: dict[str, str | None] = {self.settings.product_key: key}
        if key is None or self._given_id(row) is None:
            fields["name"] = offer.display_name or offer.name
        return ProductRef(**fields)

    def _offer_key(self, offer: OfferWire) -> str | None:
        return offer.xml_id if self.settings.offer_key == "xmlId" else offer.external_id

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.settings.currency)

    def held(self, line: OrderLine, known: OrderLine | None) -> OrderLine:
        """Reduce a line to what the vendor would hold after writing it over ``known``."""
        before = known or OrderLine(id=line.id)
        fields: dict[str, Any] = {
            "id": line.id,
            "product": self._held_product(line, before),
            "quantity": before.quantity if line.quantity is None else _quantity(line.quantity),
            "vat_rate": None if line.vat_rate is None else exact(line.vat_rate.quantize(KOPECK)),
            "sort": line.sort,
        }
        base, price = self._prices(line)
        if base is None or price is None:
            # What is kept is told anew for another quantity: a discount is rounded for the line.
            base, price = self._prices(before)
        if base is not None and price is not None:
            fields["base_price"] = self._money(base)
            off = _discount(base, price, fields["quantity"])
            fields["price"] = self._money(max(base - off, _ZERO))
        return OrderLine(**{name: one for name, one in fields.items() if _says(name, one)})

    def _prices(self, line: OrderLine) -> tuple[Decimal | None, Decimal | None]:
        """Return base price and price; one stands in for the other, foreign money for none."""
        own = [
            money.amount if money and money.currency == self.settings.currency else None
            for money in (line.base_price, line.price)
        ]
        base, price = own
        price = base if price is None else max(price, _ZERO)
        if base is None or (price is not None and price > base):
            base = price
        return base, price

    def _held_product(self, line: OrderLine, known: OrderLine) -> ProductRef | None:
        product, before = line.product, known.product
        if product is None:
            return before
        key = tidy(getattr(product, self.settings.product_key))
        name = tidy(product.name) or (None if key else tidy(product.sku or product.barcode))
        if line.id.startswith(BORN_HERE) and before is not None:
            # The row's name is the catalogue's, whatever others call the product.
            name = before.name
        return ProductRef(**{self.settings.product_key: key, "name": name})

    def to_wire(self, line: OrderLine) -> dict[str, Any]:
        """Return a new row."""
        return {
            "externalIds": self._external_ids(line, None),
            **self._offer_to_wire(line.product, named=True),
            **self._prices_to_wire(line, None),
            **({} if line.quantity is None else {"quantity": line.quantity}),
            **({} if line.vat_rate is None else {"vatRate": _vat_text(line.vat_rate)}),
        }

    def _changed(
        self, line: OrderLine, row: ItemWire, fields: frozenset[str], *, revived: bool
    ) -> dict[str, Any]:
        """Return a row as it is now, with what changed of the line replaced in it."""
        wire = _untouched(row)
        is_whole = WHOLE in fields
        born_here = line.id == born_id(row.id)
        if not born_here:
            wire["externalIds"] = self._external_ids(line, row)
        if revived:
            wire["status"] = self.settings.new_line_status
        if is_whole or "product" in fields:
            wire |= self._offer_to_wire(line.product, named=not born_here)
        if is_whole or not fields.isdisjoint(PRICES):
            wire |= self._prices_to_wire(line, row)
        if line.quantity is not None and (is_whole or "quantity" in fields):
            wire["quantity"] = line.quantity
        if is_whole or "vat_rate" in fields:
            wire["vatRate"] = _vat_text(line.vat_rate)
        return wire

    def _prices_to_wire(self, line: OrderLine, row: ItemWire | None) -> dict[str, Any]:
        """Return both prices: what is taken off is told, not what remains."""
        if line.base_price is None or line.price is None:
            return {}
        off = line.base_price.amount - line.price.amount
        return {
            "initialPrice": line.base_price.amount,
            "discountManualAmount": max(off - _other_discounts(row), _ZERO),
        }

    def _offer_to_wire(self, product: ProductRef | None, *, named: bool) -> dict[str, Any]:
        """Name the product; with its name, one that the catalogue lacks becomes a free line."""
        wire: dict[str, Any] = {}
        key = getattr(product, self.settings.product_key, None)
        if key:
            wire["offer"] = {self.settings.offer_key: key}
        if product is not None and product.name and named:
            wire["productName"] = product.name
        return wire

    def _external_ids(self, line: OrderLine, row: ItemWire | None) -> list[dict[str, Any]]:
        """Return the row's ids in all systems: those of others stay."""
        code = self.settings.system_code
        others = [
            {"code": one.code, "value": one.value}
            for one in (row.external_ids if row else ())
            if one.code != code
        ]
        return [*others, {"code": code, "value": line.id}]

    def composition(
        self,
        lines: Sequence[OrderLine],
        rows: Sequence[ItemWire],
        touched: Mapping[str, frozenset[str]],
    ) -> list[dict[str, Any]]:
        """Return the whole composition of an order for an edit, made of its rows as they are now.

        Only what is ``touched`` (line id → its changed fields) differs from them. So rows that
        people added stay, and lines that they took out come back only if they are new here.
        """
        by_line, removed = self._by_line(rows), self.removed(lines, rows, touched)
        wanted: list[dict[str, Any]] = []
        for line in lines:
            row, fields = by_line.get(line.id), touched.get(line.id, frozenset())
            is_new = WHOLE in fields
            if row is None:
                wanted += [self.to_wire(line)] if is_new else []
            elif is_new or not row.is_canceled:
                revived = bool(row.is_canceled)
                wanted.append(
                    self._changed(line, row, fields, revived=revived) if fields else _untouched(row)
                )
        sent = {one.get("id") for one in wanted} | removed
        return [*wanted, *(_untouched(row) for row in rows if row.id not in sent)]

    def removed(
        self,
        lines: Sequence[OrderLine],
        rows: Sequence[ItemWire],
        touched: Mapping[str, frozenset[str]],
    ) -> frozenset[int]:
        """Return the ids of the rows whose lines are taken out; cancelled ones count already."""
        gone = {name for name, fields in touched.items() if WHOLE in fields}
        gone -= {line.id for line in lines}
        return frozenset(
            row.id
            for name, row in self._by_line(rows).items()
            if name in gone and not row.is_canceled
        )

    def _by_line(self, rows: Sequence[ItemWire]) -> dict[str, ItemWire]:
        """Return the rows by line id; a live row goes before a cancelled one with the same id."""
        found: dict[str, ItemWire] = {}
        for row in sorted(rows, key=lambda one: bool(one.is_canceled)):
            name = self.line_id(row)
            found.setdefault(born_id(row.id) if name in found else name, row)
        return found

    def without(
        self, rows: Sequence[ItemWire], removed: frozenset[int]
    ) -> list[dict[str, Any]] | None:
        """Return a composition that cancels the ``removed`` rows; ``None`` when none is left."""
        left = {row.id for row in rows if row.id in removed and not row.is_canceled}
        if not left:
            return None
        cancelled = {"status": self.settings.removed_line_status}
        return [{**_untouched(row), **(cancelled if row.id in left else {})} for row in rows]


def _untouched(row: ItemWire) -> dict[str, Any]:
    wire: dict[str, Any] = {"id": row.id}
    if row.initial_price is not None:
        wire["initialPrice"] = row.initial_price
    if row.quantity is not None:
        wire["quantity"] = row.quantity
    return wire


def _says(name: str, value: object) -> bool:
    return value is not None or name == "vat_rate"


def _quantity(value: Decimal) -> Decimal:
    return exact(value.quantize(_THOUSANDTH, rounding=ROUND_HALF_UP))


def _vat_text(rate: Decimal | None) -> str:
    return NO_VAT if rate is None else f"{rate:.2f}"


def _vat(text: str | None) -> Decimal | None:
    if text is None or text == NO_VAT:
        return None
    return exact(Decimal(text))


def _discount(base: Decimal, price: Decimal, quantity: Decimal | None) -> Decimal:
    """Return the discount per unit as the vendor tells it: of the line, rounded, then divided."""
    count = Decimal(1) if quantity is None else quantity
    if count <= 0:
        return _ZERO
    whole = min(_kopecks((base - price) * count), _kopecks(base * count))
    return _kopecks(whole / count)


def _kopecks(amount: Decimal) -> Decimal:
    return amount.quantize(KOPECK, rounding=ROUND_HALF_UP)


def _other_discounts(row: ItemWire | None) -> Decimal:
    """Return what loyalty and the order's own discount take from a unit, beside our manual one."""
    if row is None or not row.quantity:
        return _ZERO
    others = (one.amount for one in row.discounts if one.type != MANUAL and one.amount)
    return _kopecks(sum(others, _ZERO) / row.quantity)
