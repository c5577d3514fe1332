"""Sale translator: baskets and receipts for the vendor's processing. Pure.

The vendor splits a line when its units get different discounts: it then answers several lines with
one ``lineId`` (vendor reference, 12.3). What is saved must have the lines as they were reckoned,
each with an id of its own, and the total as it was answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import Money, OrderLine
from gateway.contract import Refund, Sale, TranslationFailed

from .config import MindboxSettings
from .translator_order import product_ids, quantity_type
from .values import moment_text, phone_text
from .wire_order import LineWire, OrderWire, status_id


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
        for row in order["lines"]:
            row["status"] = {"ids": {"externalId": self.settings.line_statuses.paid}}
        order["payments"] = self._payments(sale) or [
            {"type": self.settings.fallback_payment_type, "amount": total.amount}
        ]
        body["executionDateTimeUtc"] = moment_text(sale.at)
        return body

    def refund(self, refund: Refund, reckoned: OrderWire | None) -> dict[str, Any]:
        """Return the body of a return; by lines where it is not the whole sale.

        A line that was split is given back from its open parts (14.1).
        """
        order: dict[str, Any] = {"ids": {self.settings.order_key: refund.sale_id}}
        body: dict[str, Any] = {"order": order, "executionDateTimeUtc": moment_text(refund.at)}
        returned = self.settings.line_statuses.returned
        if refund.lines is None:
            return body | {"orderLinesStatus": returned}
        gone = {returned, self.settings.line_statuses.cancelled}
        stored = [
            one for one in (reckoned.lines if reckoned else ()) if status_id(one.status) not in gone
        ]
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
            "basePricePerItem": self._base(line).amount,
            "status": {"ids": {"externalId": self.settings.line_statuses.checked_out}},
        } | self._more(line, quantity)

    def _base(self, line: OrderLine) -> Money:
        """Return the price to reckon from: the shop's own discount needs a promotion there (18)."""
        price = _price(line)
        return (line.base_price or price) if self.settings.external_promotion else price

    def _more(self, line: OrderLine, quantity: Decimal) -> dict[str, Any]:
        """Return the form of a quantity, and the discount that the shop gave by itself (12.1)."""
        more: dict[str, Any] = quantity_type(quantity)
        saved = self._base(line).times(quantity) - _price(line).times(quantity)
        if saved.amount > 0:
            promotion = {"ids": {"externalId": self.settings.external_promotion}}
            more["requestedPromotions"] = [
                {"type": "discount", "promotion": promotion, "amount": saved.amount}
            ]
        return more

    def _saved_lines(
        self, sale: Sale, reckoned: OrderWire, status: str
    ) -> Iterator[dict[str, Any]]:
        own = {line.id: line for line in sale.lines}
        seen: Counter[str] = Counter()
        for part in reckoned.lines:
            line_id = part.line_id or str(part.line_number)
            line = own.get(line_id)
            if line is None:
                msg = "was reckoned and is not in the sale"
                raise TranslationFailed(msg, path=f"lines/{line_id}", operation="save")
            seen[line_id] += 1
            yield {
                "lineId": part_id(line_id, seen[line_id]),
                "lineNumber": part.line_number,
                "product": {"ids": product_ids(line.product, self.settings, f"lines/{line_id}")},
                "quantity": part.quantity,
                "basePricePerItem": part.base_price_per_item,
                "status": {"ids": {"externalId": status}},
            } | self._more(line, part.quantity)

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


def part_id(line_id: str, number: int) -> str:
    """Return the id of a part of a split line; the mark is one that no id of ours has."""
    return line_id if number == 1 else f"{line_id}~{number}"


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
    found = [one for one in stored if (one.line_id or "").split("~")[0] == line.id]
    # What is given back depends on the part (12.3): the one at the price that was paid comes first.
    for part in sorted(found, key=lambda one: _unit_price(one) != line.price):
        if left <= 0:
            return
        count = min(left, part.quantity)
        left -= count
        yield {
            "lineId": part.line_id,
            "lineNumber": part.line_number,
            "quantity": count,
            "status": status,
        } | quantity_type(count)
    if left > 0:
        yield {"lineId": line.id, "quantity": left, "status": status} | quantity_type(left)


def _unit_price(part: LineWire) -> Money | None:
    if part.price_of_line is None or not part.quantity:
        return None
    return Money(amount=part.price_of_line / part.quantity)


def _quantity(line: OrderLine) -> Decimal:
    return line.quantity if line.quantity is not None else Decimal(1)


def _price(line: OrderLine) -> Money:
    price = line.price or line.base_price
    if price is None:
        msg = "has no price"
        raise TranslationFailed(msg, path=f"lines/{line.id}/price", operation="calculate")
    return price
