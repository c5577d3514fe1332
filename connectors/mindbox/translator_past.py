"""Past orders: what an import of orders can hold, and whether the vendor shows it. Pure.

A file has one row for each line of goods, with few columns (vendor reference, 20.2): no contact, no
promo code, no price before the discount. An order of the past is therefore told less, and stays
told less when it is edited later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import Delivery, Order, OrderLine
from gateway.contract import Change, TranslationFailed

from .config import MindboxSettings
from .translator_order import OrderTranslator, product_ids
from .values import minute_text
from .wire import NamedWire
from .wire_order import LineWire, OrderWire, status_id

_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Goods:
    """What is known of the lines of one product: how many, for how much, in which statuses."""

    quantity: Decimal
    price: Decimal | None
    statuses: frozenset[str]

    def plus(self, other: _Goods) -> _Goods:
        """Add another line; an unknown price makes the sum unknown."""
        price = None
        if self.price is not None and other.price is not None:
            price = self.price + other.price
        return _Goods(self.quantity + other.quantity, price, self.statuses | other.statuses)

    def agrees(self, wanted: _Goods) -> bool:
        """Compare with what was told, as far as it is known here."""
        is_price = self.price is None or wanted.price is None or self.price == wanted.price
        is_status = not self.statuses or self.statuses == wanted.statuses
        return self.quantity == wanted.quantity and is_price and is_status


@dataclass(frozen=True, slots=True)
class PastTranslator:
    """Translates orders that were placed before the account's ``history_before``."""

    settings: MindboxSettings
    orders: OrderTranslator
    before: datetime

    @property
    def header(self) -> tuple[str, ...]:
        """The columns of the file."""
        settings = self.settings
        return (
            f"OrderIds{settings.order_key}",
            f"CustomerIds{settings.customer_key}",
            "OrderCreationDateTimeUtc",
            "OrderLastUpdateDateTimeUtc",
            "PointOfContact",
            "OrderPaymentType",
            f"OrderLineProductIds{settings.product_key}",
            "OrderLineQuantity",
            "OrderLinePriceOfLine",
            "OrderTotalPrice",
            "OrderLineStatus",
        )

    def is_past(self, entity: Order) -> bool:
        """Tell whether an order was placed before the account's own time."""
        return entity.placed_at is not None and entity.placed_at < self.before

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what an import holds; one that was told whole stays told whole."""
        if not self.is_past(entity) or (known is not None and _is_whole(known)):
            return self.orders.held(entity, known)
        fields: dict[str, Any] = {
            "status": entity.status,
            "placed_at": entity.placed_at,
            "shop": entity.shop,
            "lines": tuple(_held_line(line) for line in entity.lines),
            "payments": entity.payments,
        }
        if entity.delivery is not None:
            fields["delivery"] = Delivery(cost=entity.delivery.cost)
        return Order(**fields)

    def rows(self, change: Change[Order]) -> list[tuple[str, ...]]:
        """Return the rows of an order, one for each line.

        Raises ``TranslationFailed`` for an order without lines and a line without product or price.
        """
        entity = change.entity
        body = self.orders.body(change)["order"]
        moment = minute_text(entity.placed_at) if entity.placed_at is not None else ""
        types = [one["type"] for one in body.get("payments", ())]
        if not entity.lines:
            msg = "an import has a row for each line, and the order has none"
            raise TranslationFailed(msg, path="lines", operation="write")
        head = (
            change.key,
            change.customer_key or "",
            moment,
            moment,
            entity.shop or self.settings.point_of_contact or "",
            types[0] if types else "",
        )
        return [
            (
                *head,
                line["product"]["ids"][self.settings.product_key],
                f"{line['quantity']:f}",
                f"{line['discountedPricePerLine']:f}",
                f"{body['totalPrice']:f}",
                line["status"],
            )
            for line in body["lines"]
        ]

    def is_shown(self, entity: Order, wire: OrderWire) -> bool:
        """Tell whether the vendor shows the order as an import of it would have made it.

        Lines are compared by product, as the vendor may split them. What the project's operation
        does not show cannot differ.
        """
        if not wire.lines:
            return True
        key = self.settings.product_key
        ids = [(one.product or NamedWire()).ids.get(key) or "" for one in wire.lines]
        by_product = all(ids)
        shown = _sums(
            (one_id if by_product else "", _goods(one))
            for one_id, one in zip(ids, wire.lines, strict=True)
        )
        status = frozenset({self.orders.status(entity)})
        wanted = _sums(
            (
                product_ids(line.product, self.settings, "lines")[key] if by_product else "",
                _Goods(line.quantity or _WHOLE, _price(line), status),
            )
            for line in entity.lines
        )
        return shown.keys() == wanted.keys() and all(
            goods.agrees(wanted[product]) for product, goods in shown.items()
        )


def _is_whole(known: Order) -> bool:
    """Tell whether a copy holds what no import can."""
    lines = any(line.base_price is not None for line in known.lines)
    more = known.contact or known.promo_codes or known.number or known.attributes
    return lines or bool(more)


def _held_line(line: OrderLine) -> OrderLine:
    return OrderLine(
        id=line.id,
        sort=line.sort,
        product=line.product,
        quantity=line.quantity,
        price=line.price or line.base_price,
    )


def _price(line: OrderLine) -> Decimal | None:
    price = line.price or line.base_price
    return None if price is None else price.times(line.quantity or _WHOLE).amount


def _goods(line: LineWire) -> _Goods:
    price = line.price_of_line
    if price is None:
        price = line.discounted_price_of_line
    return _Goods(line.quantity, price, frozenset({status_id(line.status)} - {""}))


def _sums(lines: Iterable[tuple[str, _Goods]]) -> dict[str, _Goods]:
    sums: dict[str, _Goods] = {}
    for product, goods in lines:
        before = sums.get(product)
        sums[product] = goods if before is None else before.plus(goods)
    return sums
