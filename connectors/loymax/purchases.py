"""Purchases: bodies of the processing calls and what they answer. Pure.

A purchase goes calculate, pay, accrue, confirm (vendor reference, 8.4). The later calls carry the
line sums *after* the direct discount that the calculation answered. All ids are made of ours, so
that a repeat is recognised.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gateway.canonical import (
    BonusPoints,
    Discount,
    DiscountReason,
    Money,
    OrderLine,
    Payment,
    ProductRef,
)
from gateway.contract import LineQuote, PromoState, Quote, Sale, TranslationFailed

from .config import LoymaxSettings
from .values import moment_text
from .wire import LineWire, StepWire

_NAMESPACE = uuid.UUID("0d9b1c3e-0a52-5c0e-9a55-7c9f4f1b2a10")
_UNFIT = re.compile(r"[^A-Za-z0-9]")
_KOPECK = Decimal("0.01")
_MOST_ID = 60


def purchase_id(sale_id: str) -> str:
    """Return an id that fits into the path: letters and digits (8.7); others are made to fit."""
    fit = _UNFIT.sub("", sale_id)
    if fit and len(fit) <= _MOST_ID and len(sale_id) - len(fit) == sale_id.count("-"):
        return fit
    return uuid.uuid5(_NAMESPACE, sale_id).hex


def trial_id(sale: Sale) -> str:
    """Return the id of a purchase that is only tried out (8.7), for whoever is named as its buyer.

    A purchase belongs to its first buyer: a basket that was reckoned before the customer was named,
    or for another one, could not be sold to this one under the same id (``DifferentPurchase``).
    """
    who = sale.member
    named = (who.external_id, who.phone, who.email, who.card) if who is not None else ()
    text = "\n".join([sale.id, *(one or "" for one in named)])
    return f"q{uuid.uuid5(_NAMESPACE, text).hex}"


def operation_id(key: str, step: str) -> str:
    """Return the id of one operation: the same for a repeat, another for another step or key."""
    return uuid.uuid5(_NAMESPACE, f"{step}\n{key}").hex


@dataclass(frozen=True, slots=True)
class Cheque:
    """A purchase's lines with what identifies them: their places count from 1.

    Shape: ``is_dated``: a repeat has the same time, by which the purchase can be told from others
    of the same number.
    """

    number: str
    at: datetime
    lines: Sequence[OrderLine]
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class PurchaseTranslator:
    """Translates purchases of one installation."""

    settings: LoymaxSettings

    def step(
        self,
        cheque: Cheque,
        key: str,
        step: str,
        *,
        sums: Sequence[Decimal] = (),
        **more: Any,
    ) -> dict[str, Any]:
        """Return the body of a step; after a calculation with the sums that it answered."""
        return {
            "operationId": operation_id(key, step),
            "operationDate": moment_text(cheque.at),
            "cashier": self.settings.cashier,
            "cheque": {
                "number": cheque.number,
                "date": moment_text(cheque.at),
                "lines": [
                    self._line(line, place, sums)
                    for place, line in enumerate(cheque.lines, start=1)
                ],
            },
            **more,
        }

    def end(self, at: datetime, key: str, step: str) -> dict[str, Any]:
        """Return the body of a confirmation or cancellation."""
        return {"operationId": operation_id(key, step), "operationDate": moment_text(at)}

    def pays(self, payments: Sequence[Payment], total: Decimal) -> list[dict[str, Any]]:
        """Return the means of payment: those that were told, else one for all of it."""
        told = [
            {
                "type": self.settings.pay_types.get(one.method or "", self.settings.pay_type),
                "amount": one.amount.amount,
            }
            for one in payments
            if one.amount is not None
        ]
        return told or [{"type": self.settings.pay_type, "amount": total}]

    def coupons(self, sale: Sale) -> list[dict[str, str]]:
        """Return promo codes."""
        return [{"number": code} for code in sale.promo_codes]

    def quote(self, sale: Sale, step: StepWire) -> Quote:
        """Read a calculation. Units: what is to be paid excludes what points pay for."""
        by_place = {line.position: line for line in (step.cheque.lines if step.cheque else ())}
        lines = [
            self._quoted(line, by_place.get(place), step.rate)
            for place, line in enumerate(sale.lines, start=1)
        ]
        total = to_pay(step)
        earned = sum((one.cashback for one in by_place.values()), start=Decimal(0))
        return Quote(
            lines=lines,
            total=self._money(total),
            points_earned=BonusPoints(points=earned),
            available=_points(step.balance),
            spendable=_points(step.available_bonus_amount),
            promo_codes=_applied(sale, step),
            receipt_texts=[step.cheque_message] if step.cheque_message else [],
            cashier_hints=[step.cashier_message] if step.cashier_message else [],
        )

    def _quoted(self, line: OrderLine, told: LineWire | None, rate: Decimal) -> LineQuote:
        if told is None:
            return LineQuote(id=line.id, price=line_price(line))
        count = told.quantity or Decimal(1)
        paid = told.amount - told.pay_amount * rate
        discounts = []
        if told.discount > 0:
            names = [str(one.get("name")) for one in told.applied_offers if one.get("name")]
            discounts.append(
                Discount(
                    id="loymax",
                    reason=DiscountReason.PROMOTION,
                    name=", ".join(names) or None,
                    amount=self._money(told.discount),
                )
            )
        if told.pay_amount > 0:
            discounts.append(
                Discount(
                    id="points",
                    reason=DiscountReason.POINTS,
                    amount=self._money(told.pay_amount * rate),
                    points=BonusPoints(points=told.pay_amount),
                )
            )
        return LineQuote(
            id=line.id,
            price=self._money(paid / count),
            discounts=discounts,
            points_earned=BonusPoints(points=told.cashback),
            points_spent=BonusPoints(points=told.pay_amount),
        )

    def _line(self, line: OrderLine, place: int, sums: Sequence[Decimal]) -> dict[str, Any]:
        quantity = line.quantity if line.quantity is not None else Decimal(1)
        price = (line.base_price or line_price(line)).amount
        amount = line_price(line).times(quantity).amount
        if len(sums) >= place:
            amount = sums[place - 1]
        row: dict[str, Any] = {
            "position": place,
            "name": (line.product.name if line.product else None) or "",
            "quantity": quantity,
            "price": price,
            "amount": amount.quantize(_KOPECK, rounding=ROUND_HALF_UP),
            "discount": 0,
            "cashback": 0,
        }
        return {**row, **self._goods(line.product, place)}

    def _goods(self, product: ProductRef | None, place: int) -> Mapping[str, str]:
        goods = getattr(product, self.settings.goods_id) if product is not None else None
        barcode = product.barcode if product is not None else None
        if not goods and not barcode:
            msg = f"has neither {self.settings.goods_id} nor a barcode"
            raise TranslationFailed(msg, path=f"lines/{place}/product", operation="purchase")
        return {name: value for name, value in (("goodsId", goods), ("barcode", barcode)) if value}

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.settings.currency)


def line_price(line: OrderLine) -> Money:
    """Return the price of a line after the shop's own discounts."""
    price = line.price or line.base_price
    if price is None:
        msg = "has no price"
        raise TranslationFailed(msg, path=f"lines/{line.id}/price", operation="purchase")
    return price


def sums_of(step: StepWire, count: int) -> tuple[Decimal, ...]:
    """Return the sums of lines 1 to ``count`` after the direct discount, none if any is missing."""
    told = {one.position: one.amount for one in (step.cheque.lines if step.cheque else ())}
    sums = tuple(told[place] for place in range(1, count + 1) if place in told)
    return sums if len(sums) == count else ()


def to_pay(step: StepWire) -> Decimal:
    """Return what is to be paid in money: totals are computed from the lines (8.3)."""
    lines = step.cheque.lines if step.cheque else ()
    return sum((one.amount - one.pay_amount * step.rate for one in lines), start=Decimal(0))


def _applied(sale: Sale, step: StepWire) -> list[tuple[str, PromoState]]:
    """Tell of promo codes that the vendor took; it says of none what it did (6.4)."""
    lines = step.cheque.lines if step.cheque else ()
    is_reduced = any(one.discount for one in lines)
    state = PromoState.APPLIED if is_reduced else PromoState.NOT_APPLIED
    return [(code, state) for code in sale.promo_codes]


def _points(value: Decimal | None) -> BonusPoints | None:
    return None if value is None else BonusPoints(points=value)
