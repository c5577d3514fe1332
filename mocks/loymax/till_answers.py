"""The answers of the XML protocol (reference, sections 9 and 16.8)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from mocks.loymax.programme import BONUS, PROGRAMME, RUB
from mocks.loymax.views import answer_text

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person
    from mocks.loymax.purchase import Applied, Line, Operation, Outcome

# The order of the list in 8.5; ``CardNotFound`` is 201.
_FIRST = 201
CODES = (
    "CardNotFound",
    "DeviceNotFound",
    "LargePaymentAmount",
    "NotEnoughMoney",
    "CardBlocked",
    "DeviceBlocked",
    "NotUniqueOperationID",
    "OperationNotFound",
    "OperationIsConfirmed",
    "OperationIsCanceled",
    "WrongPin",
    "CashierNotFound",
    "CardHolderNotFound",
    "CardNotActivated",
    "DiscountException",
    "PurchaseNotFound",
    "DifferentCheque",
    "IncorrectOperationOrder",
    "CardExtraPayment",
    "ConfirmedPurchaseOperation",
    "PurchaseExtraPayment",
    "LimitGained",
    "PaymentException",
    "DifferentPurchase",
    "CouponsException",
    "BusinessError",
    "ApplicationDeviceGrant",
    "NotUniquePurchaseID",
    "UnspecifiedLoyaltyProgram",
    "DivisibilityError",
    "DifferentLegals",
    "Created",
    "PayTypeIsNotExist",
    "PayTypeIsArchived",
    "CardExpired",
    "GiftCertificateError",
    "PurchaseOperationConflict",
)
# Codes of the list's head have no known number; this one stands in for all of them.
_UNKNOWN = 1

_ATTRIBUTES = {
    "balance": (("BonusAmount", "amount"),),
    "calculate": (
        ("Balance", "balance"),
        ("AvailableAmount", "availableAmount"),
        ("AvailableBonusAmount", "availableBonusAmount"),
    ),
    "available": (("Amount", "amount"), ("BonusAmount", "bonusAmount")),
    "payment": (("Amount", "amount"), ("BonusAmount", "bonusAmount")),
}
_WITH_PERSON = frozenset({"balance", "calculate", "available", "payment", "bonus"})
_WITH_PROGRAMME = frozenset({"calculate", "available", "payment", "bonus"})
_LINE_FIELDS = {
    "calculate": ("Amount", "Discount", "Cashback", "Quantity"),
    "payment": ("Amount", "Discount", "Quantity", "PayAmount"),
    "bonus": ("Amount", "Discount", "Cashback", "Quantity", "PayAmount"),
}


def number_of(code: str) -> int:
    """Return the number of a result code."""
    return _FIRST + CODES.index(code) if code in CODES else _UNKNOWN


def document(*, code: int = 0, text: str | None = None) -> etree._Element:
    """Return the root of an answer; a schema error stands in its own ``ErrorCode``."""
    root = etree.Element("XMLResponse")
    etree.SubElement(root, "Version").text = "3.2"
    etree.SubElement(root, "ErrorCode").text = str(code)
    if text is not None:
        etree.SubElement(root, "ErrorMessage").text = text
    return root


def refusal_of(name: str, device: str, operation_id: str, outcome: Outcome) -> etree._Element:
    """Return a refused operation: the document itself stays without error."""
    element = etree.Element(f"{name}Response")
    element.set("ErrorCode", str(number_of(outcome.code)))
    element.set("ErrorMessage", outcome.error or outcome.code)
    element.set("DeviceLogicalID", device)
    element.set("OperationID", operation_id)
    return element


def answer_of(
    installation: Installation, name: str, kind: str, operation: Operation, outcome: Outcome
) -> etree._Element:
    """Return a successful operation."""
    element = etree.Element(f"{name}Response")
    element.set("ErrorCode", "0")
    element.set("DeviceLogicalID", operation.device)
    element.set("OperationID", operation.operation_id)
    if kind == "payment":
        element.set("TransactionID", str(outcome.transaction))
        element.set("AuthCode", installation.count.code(6))
    for attribute, field in _ATTRIBUTES.get(kind, ()):
        element.set(attribute, _sum(outcome.extra[field]))
    if kind == "balance":
        element.set("Currency", "RUB")
    if kind in _WITH_PERSON and operation.person is not None:
        _add_person(installation, element, operation.person)
    if kind == "payment" and outcome.message is not None:
        etree.SubElement(element, "ChequeMessage").text = f"{outcome.message}!"
    if kind in _LINE_FIELDS and outcome.lines is not None:
        cheque = etree.SubElement(element, "Cheque")
        for line in outcome.lines:
            _add_line(cheque, line, kind)
    if kind in _WITH_PROGRAMME:
        programmes = etree.SubElement(element, "LoyaltyPrograms")
        etree.SubElement(programmes, "LoyaltyProgram", Name=str(PROGRAMME["name"]))
    return element


def _sum(value: Decimal) -> str:
    return f"{value:.2f}"


def _add_person(installation: Installation, element: etree._Element, person: Person) -> None:
    cards = installation.cards_of(person)
    names = [answer_text(installation, person, one) for one in ("FirstName", "LastName")]
    items = {"Person": " ".join(one for one in names if one)}
    if cards:
        items["MaskedNumber"] = f"**** **** **** {cards[0].number[-4:]}"
        items["CardType"] = "BonusCard"
        items["Status"] = cards[0].state
        items["Cardnumber"] = cards[0].number
    data = etree.SubElement(element, "IdentifierData")
    for name, text in items.items():
        etree.SubElement(data, "Item", Name=name).text = text


def _add_line(cheque: etree._Element, line: Line, kind: str) -> None:
    values = {
        "Amount": _sum(line.amount),
        "Discount": _sum(line.discount),
        "Cashback": _sum(line.cashback),
        "Quantity": f"{line.quantity:.3f}",
        "PayAmount": _sum(line.pay),
    }
    element = etree.SubElement(cheque, "ChequeLine", PosID=str(line.position))
    for name in _LINE_FIELDS[kind]:
        element.set(name, values[name])
    if line.goods_id is not None:
        element.set("GoodsId", line.goods_id)
    if line.applied and kind != "bonus":
        offers = etree.SubElement(element, "AppliedOffers")
        for one in line.applied:
            _add_offer(offers, one, line)


def _add_offer(offers: etree._Element, one: Applied, line: Line) -> None:
    currency = RUB if one.is_money else BONUS
    element = etree.SubElement(offers, "Offer")
    for name, value in (
        ("Id", str(one.offer.id)),
        ("VersionId", str(one.offer.version)),
        ("Name", one.offer.name),
        ("ExternalId", one.offer.external_id),
        ("Quantity", f"{line.quantity.normalize():f}"),
        ("PrerefenceValue", _sum(one.value)),
        ("CurrencyAbbreviation", currency["nameCases"]["abbreviation"]),
    ):
        element.set(name, value)
