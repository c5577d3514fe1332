"""Sale translator: baskets and receipts for the vendor's processing. Pure.

The vendor splits a line when its units get different discounts: it then answers several lines with
one ``lineId`` (vendor reference, 12.3). What is saved must have the lines as they were reckoned,
each with an id of its own, and the total as it was answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import Money, OrderLine
from gateway.contract import Refund, Sale, TranslationFailed

from .config import MindboxSettings
from .translator_order import product_ids, quantity_type
from .values import moment_text, phone_text
from .wire_order import LineWire, OrderWire


@dataclass(frozen=True, slots=True)
class SaleTranslator:
    """Translates sales of one project."""

    settings: MindboxSettings

    def calculation(self, sale: Sale) -> dict[str, Any]:
        """Return the body of a calculation, which is also the base of what is saved."""
        order: dict[str, Any] = {
            "lines": [self._line(line, number) for number, line in enumerate(sale.lines, start=1)]
        }
        if sale.points is not None and sale.points.points > 0:
            order["bonusPoints"] = [{"amount": sale.points.points}]
        if sale.promo_codes:
            order["coupons"] = [{"ids": {"code": code}} for code in sale.promo_codes]
        if sale.till:
            order["cashdesk"] = {"ids": {"externalId": sale.till}}
        body: dict[str, Any] = {"order": order}
        place = sale.shop or self.settings.point_of_contact
        if place:
            body["pointOfContact"] = place
        customer = self.customer(sale)
        return body | ({"customer": customer} if customer else {})

    def saving(self, sale: Sale, reckoned: OrderWire, status: str) -> dict[str, Any]:
        """Return the body that saves a sale as it was reckoned a moment ago."""
        body = self.calculation(sale)
        order = body["order"]
        order["ids"] = {self.settings.order_key: sale.id}
        order["totalPrice"] = reckoned.total_price
        order["lines"] = list(self._saved_lines(sale, reckoned, status))
        payments = self._payments(sale)
        if not payments and reckoned.total_price is not None:
            payments = [
                {"type": self.settings.fallback_payment_type, "amount": reckoned.total_price}
            ]
        order["payments"] = payments
        spent = reckoned_points(reckoned)
        if spent is None:
            order.pop("bonusPoints", None)
        elif "bonusPoints" in order:
            order["bonusPoints"] = [{"amount": spent}]
        return body

    def offline(self, sale: Sale) -> dict[str, Any]:
        """Return the body of a sale that was closed while the vendor was away.

        Neither points nor codes can be used any more (14.2); discounts are told as they were given.
        """
        body = self.calculation(sale)
        order = body["order"]
        order.pop("bonusPoints", None)
        order.pop("coupons", None)
        order["ids"] = {self.settings.order_key: sale.id}
        total = Money.total([(_price(line), _quantity(line)) for line in sale.lines])
        order["totalPrice"] = total.amount
        for row, line in zip(order["lines"], sale.lines, strict=True):
            row["status"] = {"ids": {"externalId": self.settings.line_statuses.paid}}
            base = line.base_price or _price(line)
            saved = base.times(_quantity(line)) - _price(line).times(_quantity(line))
            if saved.amount > 0 and self.settings.external_promotion:
                promotion = {"ids": {"externalId": self.settings.external_promotion}}
                row["requestedPromotions"] = [
                    {"type": "discount", "promotion": promotion, "amount": saved.amount}
                ]
        order["payments"] = self._payments(sale) or [
            {"type": self.settings.fallback_payment_type, "amount": total.amount}
        ]
        body["executionDateTimeUtc"] = moment_text(sale.at)
        return body

    def refund(self, refund: Refund, reckoned: OrderWire | None) -> dict[str, Any]:
        """Return the body of a return; by lines where it is not the whole sale.

        A line that was split is given back from its parts in their order (14.1).
        """
        order: dict[str, Any] = {"ids": {self.settings.order_key: refund.sale_id}}
        body: dict[str, Any] = {"order": order, "executionDateTimeUtc": moment_text(refund.at)}
        returned = self.settings.line_statuses.returned
        if refund.lines is None:
            return body | {"orderLinesStatus": returned}
        stored = reckoned.lines if reckoned is not None else ()
        order["lines"] = [row for line in refund.lines for row in _returned(line, stored, returned)]
        return body

    def customer(self, sale: Sale) -> dict[str, Any]:
        """Return how the member is named."""
        who = sale.member
        if who is None:
            return {}
        if who.external_id is not None:
            return {"ids": {"mindboxId": who.external_id}}
        if who.phone is not None:
            return {"mobilePhone": phone_text(who.phone)}
        if who.email is not None:
            return {"email": who.email}
        return {"discountCard": {"ids": {"number": who.card}}}

    def _line(self, line: OrderLine, number: int) -> dict[str, Any]:
        quantity = _quantity(line)
        return {
            "lineId": line.id,
            "lineNumber": number,
            "product": {"ids": product_ids(line.product, self.settings, f"lines/{number}")},
            "quantity": quantity,
            "basePricePerItem": (line.base_price or _price(line)).amount,
            "status": {"ids": {"externalId": self.settings.line_statuses.checked_out}},
        } | quantity_type(quantity)

    def _saved_lines(
        self, sale: Sale, reckoned: OrderWire, status: str
    ) -> Iterator[dict[str, Any]]:
        seen: dict[str, int] = {}
        for line in reckoned.lines:
            line_id = line.line_id or str(line.line_number)
            seen[line_id] = seen.get(line_id, 0) + 1
            own = line_id if seen[line_id] == 1 else f"{line_id}-{seen[line_id]}"
            yield {
                "lineId": own,
                "lineNumber": line.line_number,
                "product": {"ids": self._product(sale, line_id)},
                "quantity": line.quantity,
                "basePricePerItem": line.base_price_per_item,
                "status": {"ids": {"externalId": status}},
            } | quantity_type(line.quantity)

    def _product(self, sale: Sale, line_id: str) -> dict[str, str]:
        for line in sale.lines:
            if line.id == line_id:
                return product_ids(line.product, self.settings, f"lines/{line_id}")
        msg = "was reckoned and is not in the sale"
        raise TranslationFailed(msg, path=f"lines/{line_id}", operation="save")

    def _payments(self, sale: Sale) -> list[dict[str, Any]]:
        settings = self.settings
        return [
            {
                "type": settings.payment_types.get(
                    one.method or "", settings.fallback_payment_type
                ),
                "amount": one.amount.amount,
            }
            for one in sale.payments
            if one.amount is not None
        ]


def reckoned_points(order: OrderWire) -> Decimal | None:
    """Return the points that a calculation spends: never more than asked, at times less (12.3)."""
    for one in order.bonus_points_info:
        if one.spent_amount_for_current_order is not None:
            return one.spent_amount_for_current_order
    return None


def _returned(
    line: OrderLine, stored: Sequence[LineWire], status: str
) -> Iterator[Mapping[str, Any]]:
    left = _quantity(line)
    parts = [
        one
        for one in stored
        if one.line_id == line.id or (one.line_id or "").startswith(f"{line.id}-")
    ]
    for part in parts:
        if left <= 0:
            return
        count = min(left, part.quantity)
        left -= count
        yield {
            "lineId": part.line_id,
            "lineNumber": part.line_number,
            "quantity": count,
            "status": status,
        }
    if left > 0:
        yield {"lineId": line.id, "quantity": left, "status": status}


def _quantity(line: OrderLine) -> Decimal:
    return line.quantity if line.quantity is not None else Decimal(1)


def _price(line: OrderLine) -> Money:
    price = line.price or line.base_price
    if price is None:
        msg = "has no price"
        raise TranslationFailed(msg, path=f"lines/{line.id}/price", operation="calculate")
    return price
