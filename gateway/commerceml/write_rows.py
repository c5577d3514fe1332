"""Writing the rows of an order, by who sends them (see ``rows``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from gateway.canonical import Discount, Order, OrderLine
from gateway.canonical.money import rounded
from gateway.contract import TranslationFailed

from .mapping import DELIVERY_ROW, CommerceMlMapping
from .markup import COMMENT_LIMIT, box, checked_id, leaf, requisite
from .rows import ROW_ID, ZERO, Sender
from .values import KOPECK, written
from .words import PIECE, base_unit, site_unit, vat

PRODUCT_ID_LIMIT = 80
_OLD = Decimal("2.05")
_UNNAMED = "Скидка"
_NO_PRODUCT = "the product has neither an id nor a sku"


class Sums(NamedTuple):
    """A row in figures. Units: ``price`` per unit; ``total`` and ``reduction`` of the row."""

    price: Decimal | None
    total: Decimal | None
    reductions: tuple[tuple[Discount | None, Decimal], ...]


def order_total(order: Order) -> Decimal:
    """Return the sum of a document: rows after discounts, and delivery."""
    cost = order.delivery.cost if order.delivery else None
    return order.goods_total().amount + (cost.amount if cost else ZERO)


def order_reductions(order: Order) -> str:
    """Write the discounts of the order as a whole; those without an amount have zero."""
    rows = [(it, it.amount.amount if it.amount else ZERO) for it in order.discounts]
    return _reductions(rows)


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes ``Товары`` of one document in one version."""

    mapping: CommerceMlMapping
    version: Decimal
    sender: Sender

    def goods(self, order: Order) -> str:
        """Write the lines, and delivery after them if it costs anything."""
        rows = [self._line(line) for line in order.lines]
        cost = order.delivery.cost if order.delivery else None
        if cost is not None and cost.amount > 0:
            rows.append(self._delivery(cost.amount))
        return box("Товары", *rows) if rows else ""

    def _line(self, line: OrderLine) -> str:
        product = line.product
        path = f"lines/{line.id}/product"
        if product is None or not (product.external_id or product.sku):
            raise TranslationFailed(_NO_PRODUCT, path=path)
        ids = []
        if product.external_id:
            ids.append(leaf("Ид", checked_id(product.external_id, PRODUCT_ID_LIMIT, path)))
        if product.barcode:
            ids.append(leaf("Штрихкод", product.barcode))
        if product.sku:
            ids.append(leaf("Артикул", product.sku))
        named = [*ids, leaf("Наименование", product.name)]
        position = None if line.id in {product.external_id, product.sku} else line.id
        tax = vat(line.vat_rate) if "vat_rate" in line.model_fields_set else ""
        return self._row(named, sums(line, self.sender), line.quantity, ("Товар", position), tax)

    def _delivery(self, cost: Decimal) -> str:
        named = [leaf("Ид", DELIVERY_ROW), leaf("Наименование", "Доставка заказа")]
        return self._row(named, Sums(cost, cost, ()), Decimal(1), ("Услуга", None), "")

    def _row(
        self,
        named: list[str],
        figures: Sums,
        quantity: Decimal | None,
        kind: tuple[str, str | None],
        tax: str,
    ) -> str:
        """Write a row: as 1C in the order of the schema, as a site in the order of sites."""
        requisites = _row_requisites(*kind)
        reduced = _reductions(figures.reductions)
        counted = "".join(_counted(figures, quantity))
        if self.sender is Sender.ONEC:
            unit = base_unit(PIECE, self.mapping)
            parts = [*named, unit, tax, requisites, counted, reduced]
        else:
            is_old = self.version <= _OLD
            unit = (base_unit if is_old else site_unit)(PIECE, self.mapping)
            parts = [*named, unit, reduced, counted, requisites, tax]
        return box("Товар", *parts)


def _counted(figures: Sums, quantity: Decimal | None) -> Iterator[str]:
    if figures.price is not None:
        yield leaf("ЦенаЗаЕдиницу", written(figures.price, KOPECK))
    if quantity is not None:
        yield leaf("Количество", written(quantity))
    if figures.total is not None:
        yield leaf("Сумма", written(figures.total, KOPECK))


def _row_requisites(kind: str, position: str | None) -> str:
    rows = [requisite("ВидНоменклатуры", kind), requisite("ТипНоменклатуры", kind)]
    if position is not None:
        rows.append(requisite(ROW_ID, position))
    return box("ЗначенияРеквизитов", *rows)


def sums(line: OrderLine, sender: Sender) -> Sums:
    """Return a row's figures: a site's price is reduced already, 1C's is the one before."""
    price = line.price or line.base_price
    base = line.base_price or line.price
    if price is None or base is None:
        return Sums(None, None, _shares(line.discounts, ZERO, Decimal(1)))
    quantity = line.quantity
    if quantity is None or not quantity:
        return Sums(price.amount, None, ())
    total = rounded(price.amount * quantity, KOPECK)
    if sender is Sender.SITE:
        lowered = base.amount - price.amount
        return Sums(price.amount, total, _shares(line.discounts, lowered, quantity))
    lowered = rounded(base.amount * quantity, KOPECK) - total
    reductions = _shares(line.discounts, lowered, Decimal(1))
    return Sums(base.amount, total, reductions)


def _shares(
    discounts: Sequence[Discount], lowered: Decimal, per: Decimal
) -> tuple[tuple[Discount | None, Decimal], ...]:
    """Split what a price was lowered by among its reasons; what no reason tells stays unnamed.

    A reason without an amount takes what the others leave. A receiver adds the parts up, so their
    sum has to be the whole, whatever the reasons say.
    """
    parts: dict[int, Decimal] = {}
    left = lowered
    for place, discount in enumerate(discounts):
        wanted = rounded(discount.amount.amount / per, KOPECK) if discount.amount else ZERO
        parts[place] = max(ZERO, min(wanted, left))
        left -= parts[place]
    found: list[tuple[Discount | None, Decimal]] = []
    for place, discount in enumerate(discounts):
        rest = left if discount.amount is None else ZERO
        found.append((discount, parts[place] + rest))
        left -= rest
    if left:
        found.append((None, left))
    return tuple(found)


def _reductions(parts: Sequence[tuple[Discount | None, Decimal]]) -> str:
    rows = [
        box(
            "Скидка",
            leaf("Наименование", _name_of(discount)),
            leaf("Сумма", written(amount, KOPECK)),
            leaf("УчтеноВСумме", "true"),
            leaf("Комментарий", discount.code, COMMENT_LIMIT)
            if discount is not None and discount.code
            else "",
        )
        for discount, amount in parts
    ]
    return box("Скидки", *rows) if rows else ""


def _name_of(discount: Discount | None) -> str:
    return _UNNAMED if discount is None else discount.name or discount.code or _UNNAMED
