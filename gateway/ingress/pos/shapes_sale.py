"""Shapes of calls about sales: quote, reserve, commit, return, and the batch of a till alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from gateway.canonical import DiscountReason
from gateway.ingress.pos.shapes import MemberBody, Shape
from gateway.ingress.pos.values import Amount, Code, Id, Moment, Opaque, PointsIn, Quantity, Text
from gateway.ingress.pos.wrong import Why, Wrong

MOST_LINES = 500
MOST_RECEIPTS = 500
_KOPECK = Decimal("0.01")
_HALF = Decimal("0.005")


class DiscountBody(Shape):
    """One reason for which the shop itself lowered a price. Units: ``amount`` for the line."""

    reason: DiscountReason
    name: Text | None = None
    code: Code | None = None
    amount: Amount | None = None


class LineBody(Shape):
    """One line.

    Shape: ``id`` is unique in the sale and stays the same in all its calls; one of ``sku``,
    ``product_id``, ``barcode`` at least. Units: roubles per unit; ``price`` is what the till takes
    without loyalty, ``base_price`` what stood there before the shop's own ``discounts``.
    """

    id: Id
    sku: Code | None = None
    product_id: Code | None = None
    barcode: Code | None = None
    name: Text | None = None
    quantity: Quantity
    price: Amount
    base_price: Amount | None = None
    discounts: Annotated[list[DiscountBody], Field(default_factory=list, max_length=20)]

    @model_validator(mode="after")
    def _whole(self) -> LineBody:
        if self.sku is None and self.product_id is None and self.barcode is None:
            raise Wrong(Why.PRODUCT_UNNAMED, "sku")
        if self.base_price is not None and self.base_price < self.price:
            raise Wrong(Why.BASE_BELOW_PRICE, "base_price")
        return self


class PaymentBody(Shape):
    """How a part was paid; points are no payment."""

    method: Code
    amount: Amount


class SaleBody(Shape):
    """A basket or a receipt.

    Shape: ``total`` is checked against the lines, to 0.01 per line, or half a kopeck per unit where
    that is more. ``points`` are those to be spent, absent for none.
    """

    at: Moment
    member: MemberBody | None = None
    lines: Annotated[list[LineBody], Field(min_length=1, max_length=MOST_LINES)]
    total: Amount | None = None
    points: PointsIn | None = None
    promo_codes: Annotated[list[Code], Field(default_factory=list, max_length=20)]
    payments: Annotated[list[PaymentBody], Field(default_factory=list, max_length=20)]
    till: Code | None = None
    cashier: Text | None = None
    number: Code | None = None

    @model_validator(mode="after")
    def _consistent(self) -> SaleBody:
        _once(self.lines)
        if self.total is not None:
            _sums_up(self.total, self.lines)
        if self.points and self.member is None:
            raise Wrong(Why.POINTS_OF_NOBODY, "points")
        return self


class QuoteBody(SaleBody):
    """A basket to be reckoned. ``id``: the one that the sale will have."""

    id: Id


class ReserveBody(SaleBody):
    """A basket whose points shall be blocked. ``proof`` is what confirming a code answered."""

    proof: Opaque = ""


class ReturnLineBody(Shape):
    """Goods that come back. Shape: ``id`` is the line's of the sale."""

    id: Id
    sku: Code | None = None
    product_id: Code | None = None
    barcode: Code | None = None
    quantity: Quantity
    price: Amount | None = None


class ReturnBody(Shape):
    """A return. Shape: ``sale_id`` is the sale's; without ``lines`` the whole sale comes back."""

    sale_id: Id
    at: Moment
    lines: Annotated[list[ReturnLineBody] | None, Field(min_length=1, max_length=MOST_LINES)] = None
    till: Code | None = None

    @model_validator(mode="after")
    def _lines_once(self) -> ReturnBody:
        _once(self.lines or ())
        return self


class OfflineSaleBody(SaleBody):
    """A sale that was closed while the till was alone."""

    kind: Literal["sale"]
    id: Id


class OfflineReturnBody(ReturnBody):
    """A return that was closed while the till was alone."""

    kind: Literal["return"]
    id: Id


_Receipt = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "oneOf": [
                {"$ref": "#/components/schemas/OfflineSaleBody"},
                {"$ref": "#/components/schemas/OfflineReturnBody"},
            ],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {
                    "sale": "#/components/schemas/OfflineSaleBody",
                    "return": "#/components/schemas/OfflineReturnBody",
                },
            },
        }
    ),
]


class BatchBody(Shape):
    """What a till closed while it was alone, in the order in which it closed it.

    Each receipt is read by itself: a wrong one spares its neighbours.
    """

    receipts: Annotated[list[_Receipt], Field(min_length=1, max_length=MOST_RECEIPTS)]


def _once(lines: Sequence[LineBody | ReturnLineBody]) -> None:
    seen: set[str] = set()
    for place, line in enumerate(lines):
        if line.id in seen:
            raise Wrong(Why.LINE_TWICE, f"lines[{place}].id")
        seen.add(line.id)


def _sums_up(total: Decimal, lines: Sequence[LineBody]) -> None:
    found = sum((line.price * line.quantity for line in lines), Decimal(0))
    allowed = sum((max(_KOPECK, _HALF * line.quantity) for line in lines), Decimal(0))
    if abs(found - total) > allowed:
        raise Wrong(Why.TOTAL_DIFFERS, "total")
