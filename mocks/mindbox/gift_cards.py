"""Gift cards in orders: sale, payment, refund (section 15)."""

from __future__ import annotations

from mocks.mindbox.errors import ValidationRefused
from mocks.mindbox.order import Order
from mocks.mindbox.parts import Part
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount, flag, hundredths, node, rows, text
from mocks.mindbox.stock import GiftCard

_REFUSALS = {
    "notFound": "не найдена",
    "inactive": "не активирована",
    "alreadyUsed": "уже использована",
    "blocked": "заблокирована",
    "expired": "просрочена",
}


def number_of(payment: Json) -> str:
    """Return the number of a payment's card in any of the documented spellings."""
    for name in ("giftCard", "discountCard"):
        sent = node(payment, name)
        number = text(node(sent, "ids").get("number")) or text(sent.get("id"))
        if number:
            return number
    return text(payment.get("id"))


def payments_info(project: Project, order: Json, left_to_pay: int) -> list[Json]:
    """Return ``order.paymentsInfo`` of a calculation; absent without gift cards."""
    found = []
    for payment in _gift_payments(order):
        number = number_of(payment)
        card = project.gift_cards.get(number)
        state = "notFound" if card is None else card.state(project.now())
        usable = min(card.left, left_to_pay) if card is not None and state == "canBeUsed" else 0
        left_to_pay -= usable
        found.append(
            {
                "type": "giftCard",
                "availableAmountForCurrentOrder": amount(usable),
                "giftCard": {"ids": {"number": number}, "status": state},
            }
        )
    return found


def check(project: Project, sent: Json, parts: list[Part], order: Order | None) -> None:
    """Refuse a save whose gift cards do not fit.

    Raises:
        ValidationRefused: the message names the bad card.
    """
    own = order.gift_payments if order is not None else {}
    for payment in _gift_payments(sent):
        number = number_of(payment)
        card = project.gift_cards.get(number)
        state = "notFound" if card is None else card.state(project.now())
        if state == "alreadyUsed" and number in own:
            state = "canBeUsed"
        if card is None or state != "canBeUsed":
            msg = f"Подарочная карта {number} {_REFUSALS[state]}"
            raise ValidationRefused(msg, "/order/payments")
        if card.cvv and text(payment.get("cvv")) != card.cvv:
            msg = f"Подарочная карта {number}: неверный CVV"
            raise ValidationRefused(msg, "/order/payments")
        if hundredths(payment.get("amount"), "/order/payments") > card.left + own.get(number, 0):
            msg = f"Подарочная карта {number}: недостаточно средств"
            raise ValidationRefused(msg, "/order/payments")
    for part in parts:
        _check_sale(project, part, order)


def pay(project: Project, sent: Json, order: Order) -> None:
    """Take the payments off the cards; what an earlier save took comes back first."""
    refund(project, order)
    for payment in _gift_payments(sent):
        number = number_of(payment)
        taken = hundredths(payment.get("amount"), "/order/payments")
        project.gift_cards[number].left -= taken
        order.gift_payments[number] = order.gift_payments.get(number, 0) + taken


def refund(project: Project, order: Order) -> None:
    """Give back what an order took from gift cards."""
    for number, taken in order.gift_payments.items():
        project.gift_cards[number].left += taken
    order.gift_payments = {}


def sell(project: Project, part: Part, order: Order) -> str:
    """Reserve the card that a line sells and return its number, the empty text for other lines."""
    card = _sold(project, part, order)
    if card is None:
        return ""
    card.order_id = order.id
    return card.number


def activate_sold(project: Project, order: Order) -> None:
    """Activate the cards that an order sold, now that it is complete."""
    for line in order.lines:
        card = project.gift_cards.get(line.gift_card)
        if card is not None and card.status == "inactive":
            card.status = "active"


def _gift_payments(order: Json) -> list[Json]:
    return [row for row in rows(order, "payments") if text(row.get("type")) == "giftCard"]


def _check_sale(project: Project, part: Part, order: Order | None) -> None:
    sent = node(part.line, "giftCard")
    if not sent:
        return
    number = text(node(sent, "ids").get("number"))
    location = f"/order/lines/{part.index}/giftCard"
    if number and flag(sent.get("getFromPool"), default=False):
        msg = f"Подарочная карта {number}: переданы и номер, и пул"
        raise ValidationRefused(msg, location)
    card = _sold(project, part, order)
    if card is None:
        msg = f"Подарочная карта {number} не найдена" if number else "В пуле нет свободных карт"
        raise ValidationRefused(msg, location)
    if card.status != "inactive":
        msg = f"Подарочная карта {card.number} не может быть активирована из её статуса"
        raise ValidationRefused(msg, location)
    if card.nominal != part.price:
        msg = f"Подарочная карта {card.number}: сумма отличается от номинала пула"
        raise ValidationRefused(msg, location)


def _sold(project: Project, part: Part, order: Order | None) -> GiftCard | None:
    sent = node(part.line, "giftCard")
    number = text(node(sent, "ids").get("number"))
    own = order.id if order is not None else None
    if number:
        card = project.gift_cards.get(number)
        return card if card is not None and card.order_id in {None, own} else None
    if not flag(sent.get("getFromPool"), default=False):
        return None
    for card in project.gift_cards.values():
        is_free = card.order_id is None or card.order_id == own
        if card.product == part.product and is_free and card.status == "inactive":
            return card
    return None
