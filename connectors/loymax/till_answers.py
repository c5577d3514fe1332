"""Till answers: writes ``XMLResponse`` (vendor reference, 9 and 16.8). Pure.

Sums have two decimals, quantities three; an attribute that is missing means zero.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from lxml import etree

from gateway.canonical import Customer

from .till_cheque import Reckoned
from .till_codes import OK
from .till_memory import Buyer
from .till_wire import VERSION, Message, TillCall

_ROUBLE = "руб."
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(*, code: int = OK, text: str | None = None) -> etree._Element:
    """Return the root of an answer; what breaks the schema stands in its own ``ErrorCode``."""
    root = etree.Element("XMLResponse")
    etree.SubElement(root, "Version").text = VERSION
    etree.SubElement(root, "ErrorCode").text = str(code)
    if text is not None:
        etree.SubElement(root, "ErrorMessage").text = text
    return root


def refusal(
    message: Message, code: int, text: str, *, device: str, operation_id: str
) -> etree._Element:
    """Return a refused operation: the document itself stays without error."""
    element = etree.Element(f"{message.name}Response")
    element.set("ErrorCode", str(code))
    element.set("ErrorMessage", text)
    element.set("DeviceLogicalID", device)
    element.set("OperationID", _clean(operation_id))
    return element


def answer(call: TillCall, *, device: str, **sums: Decimal | str | None) -> etree._Element:
    """Return an answer without children; sums that are ``None`` are left out."""
    element = etree.Element(f"{call.message.name}Response")
    element.set("ErrorCode", str(OK))
    element.set("DeviceLogicalID", device)
    element.set("OperationID", call.operation_id)
    for name, value in sums.items():
        if value is not None:
            element.set(name, _sum(value) if isinstance(value, Decimal) else _clean(value))
    return element


def add_buyer(element: etree._Element, buyer: Buyer, *, card_type: str) -> None:
    """Say who buys, as far as it is known."""
    if buyer.member is None:
        return
    data = etree.SubElement(element, "IdentifierData")
    for name, text in _items(buyer.member.customer, buyer, card_type).items():
        etree.SubElement(data, "Item", Name=name).text = _clean(text)


def add_text(element: etree._Element, texts: Iterable[str]) -> None:
    """Say what is printed for the buyer."""
    text = "\n".join(one for one in texts if one)
    if text:
        etree.SubElement(element, "ChequeMessage").text = _clean(text)


def add_cheque(element: etree._Element, lines: Sequence[Reckoned]) -> None:
    """Say what became of the lines."""
    cheque = etree.SubElement(element, "Cheque")
    for one in lines:
        _add_line(cheque, one)


def add_programme(element: etree._Element, name: str) -> None:
    """Name the loyalty programme."""
    etree.SubElement(etree.SubElement(element, "LoyaltyPrograms"), "LoyaltyProgram", Name=name)


def numbers_of_payment(device: str, purchase_id: str, operation_id: str) -> tuple[str, str]:
    """Return ``TransactionID`` and ``AuthCode``, made of the call: a repeat has the same."""
    digest = hashlib.sha256(f"{device}\n{purchase_id}\n{operation_id}".encode()).digest()
    transaction = int.from_bytes(digest[:6], "big") + 1
    return str(transaction), f"{100_000 + int.from_bytes(digest[6:10], 'big') % 900_000}"


def spent_text(points: Decimal) -> str:
    """Say in words what was spent."""
    number = f"{points.normalize():f}"
    last, tens = number[-1], number[-2:-1]
    word = "бонусов"
    if "." in number:
        word = "бонуса"
    elif last == "1" and tens != "1":
        word = "бонус"
    elif last in "234" and tens != "1":
        word = "бонуса"
    return f"Списано: {number} {word}!"


def _add_line(cheque: etree._Element, one: Reckoned) -> None:
    element = etree.SubElement(cheque, "ChequeLine", PosID=str(one.line.position))
    element.set("Amount", _sum(one.amount))
    element.set("Discount", _sum(one.discount))
    if one.cashback is not None:
        element.set("Cashback", _sum(one.cashback))
    element.set("Quantity", f"{one.line.quantity:.3f}")
    if one.pay is not None:
        element.set("PayAmount", _sum(one.pay))
    if one.line.goods is not None:
        element.set("GoodsId", one.line.goods)
    told = [discount for discount in one.discounts if discount.amount is not None]
    if not told:
        return
    offers = etree.SubElement(element, "AppliedOffers")
    for discount in told:
        offer = etree.SubElement(offers, "Offer")
        offer.set("Name", _clean(discount.name or discount.code or discount.id))
        offer.set("Quantity", f"{one.line.quantity.normalize():f}")
        if discount.amount is not None:
            offer.set("PrerefenceValue", _sum(discount.amount.amount))
        offer.set("CurrencyAbbreviation", _ROUBLE)


def _items(customer: Customer, buyer: Buyer, card_type: str) -> Mapping[str, str]:
    """Return the names of 9: the card that was shown, else the first of the buyer's."""
    name = customer.name
    parts = (name.first, name.last) if name is not None else ()
    person = " ".join(part for part in parts if part)
    cards = [card.number for card in customer.cards]
    shown = buyer.key.card if buyer.key is not None else None
    card = shown or (cards[0] if cards else "")
    items = {"Person": person} if person else {}
    if card:
        items["MaskedNumber"] = f"**** **** **** {card[-4:]}"
        items["CardType"] = card_type
        items["Status"] = "Activated"
        items["Cardnumber"] = card
    return items


def _sum(value: Decimal) -> str:
    return f"{value:.2f}"


def _clean(text: str) -> str:
    """Leave out what no XML can hold."""
    return _UNFIT.sub("", text)
