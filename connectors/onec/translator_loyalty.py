"""What a service in the shape of LoyaltyExchange says of members and points. Pure.

Source: vendor reference, 3.7.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    CardRef,
    Customer,
    EmailContact,
    Money,
    OrderLine,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.canonical.money import KOPECK
from gateway.contract import LineQuote, Missing, Quote, Sale, TranslationFailed

from .config_services import Codes
from .values import day_of, full_name, moment_of, number_of, person_name, text_of

ZERO = Decimal(0)
Row = Mapping[str, Any]
_KINDS = {
    "Accrual": BonusOperationKind.ACCRUE,
    "Spend": BonusOperationKind.REDEEM,
    "Expire": BonusOperationKind.EXPIRE,
    "Return": BonusOperationKind.CANCEL,
}
_OURS = "gateway:"
_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Spending:
    """Points that a sale takes; as text it is the sale's reference, and comes back with a refund.

    Shape: ``hold`` and ``card`` are ids of the service; without points there is no hold. Units:
    ``total`` is the sale's sum before points.
    """

    hold: str = ""
    card: str = ""
    points: Decimal = ZERO
    total: Decimal = ZERO

    def __str__(self) -> str:
        parts = (self.hold, self.card, f"{self.points:f}", f"{self.total:f}")
        return _SEPARATOR.join(parts)

    @classmethod
    def of(cls, reference: str, operation: str) -> Spending:
        """Read a reference. Raises ``Missing`` for one that this connector never gave."""
        parts = reference.split(_SEPARATOR)
        numbers = [number_of(one) for one in parts[2:]]
        if len(parts) == 4:  # noqa: PLR2004 - the parts of ``__str__``
            points, total = numbers
            if points is not None and total is not None:
                return cls(parts[0], parts[1], points, total)
        msg = "the sale is none that was told to this service"
        raise Missing(msg, operation=operation)

    def share(self, back: Decimal) -> Decimal:
        """Return the points that come back with goods of a sum; rounded in the shop's favour."""
        if back >= self.total:
            return self.points
        return (self.points * back / self.total).quantize(KOPECK, ROUND_FLOOR)


def price_of(line: OrderLine) -> Money:
    """Return a line's price per unit. Raises ``TranslationFailed`` for a line without."""
    price = line.price or line.base_price
    if price is None:
        msg = "has no price"
        raise TranslationFailed(msg, path=f"lines/{line.id}/price", operation="quote")
    return price


def sum_of(lines: Sequence[OrderLine]) -> Money:
    """Return the sum of lines, each rounded; of none it is zero."""
    one = Decimal(1)
    counted = [(price_of(it), one if it.quantity is None else it.quantity) for it in lines]
    return Money.total(counted) if counted else Money.of(0)


def quote_of(sale: Sale, balance: Row | None) -> Quote:
    """Reckon what the service knows: the balance, and how much of it this sale may take.

    Prices stay as they are and nothing is earned: 1C reckons both by its own documents.
    """
    total = sum_of(sale.lines)
    available = spendable = None
    if balance is not None:
        available = number_of(balance.get("Available")) or ZERO
        percent = number_of(balance.get("MaxPaymentPercent")) or ZERO
        worth = number_of(balance.get("Rate")) or ZERO
        most = total.amount * percent / 100 / worth if worth > 0 else ZERO
        spendable = max(ZERO, min(available, most.quantize(KOPECK, ROUND_FLOOR)))
    return Quote(
        lines=[LineQuote(id=line.id, price=price_of(line)) for line in sale.lines],
        total=total,
        points_earned=BonusPoints(points=ZERO),
        available=None if available is None else BonusPoints(points=available),
        spendable=None if spendable is None else BonusPoints(points=spendable),
    )


def account_of(balance: Row, programme: str) -> BonusAccount:
    """Read a balance."""

    def points(name: str) -> BonusPoints:
        return BonusPoints(points=number_of(balance.get(name)) or ZERO)

    return BonusAccount(
        programme=programme,
        available=points("Available"),
        pending=points("Pending"),
        blocked=points("Held"),
    )


def customer_of(card: Row) -> Customer:
    """Read the holder of a card, as far as the service tells of one."""
    told: dict[str, Any] = {}
    if code := text_of(card.get("Barcode")) or text_of(card.get("MagneticCode")):
        told["cards"] = (CardRef(number=code),)
    if name := person_name(text_of(card.get("FullName"))):
        told["name"] = name
    if born := day_of(card.get("BirthDate")):
        told["birth_date"] = born
    if phone := normal_phone(text_of(card.get("Phone"))):
        told["phones"] = (PhoneContact(number=phone),)
    if email := normal_email(text_of(card.get("Email"))):
        told["emails"] = (EmailContact(address=email),)
    return Customer(**told)


def new_card(customer: Customer, code: str, kind: str) -> dict[str, Any]:
    """Return the data of a card for somebody who joins; what is not known is left out."""
    data = {
        "Barcode": code,
        "CardTypeID": kind,
        "FullName": full_name(customer.name) or None,
        "Phone": digits(customer.phones[0].number) if customer.phones else None,
        "Email": customer.emails[0].address if customer.emails else None,
        "BirthDate": customer.birth_date,
    }
    return {name: value for name, value in data.items() if value is not None}


def digits(phone: str) -> str:
    """Write a phone as the service has it: E.164 without the sign."""
    return phone.removeprefix("+")


def code_for(key: str, codes: Codes) -> str:
    """Return the code of a range that follows from a key: the same at every try."""
    count = int(codes.last) - int(codes.first) + 1
    drawn = int.from_bytes(hashlib.sha256(key.encode()).digest()) % count
    return str(int(codes.first) + drawn).zfill(len(codes.first))


def posting_of(row: Row, zone: ZoneInfo) -> BonusOperation | None:
    """Read a movement; ``None`` for a row that says nothing."""
    at, id_, points = (
        moment_of(row.get("Period"), zone),
        text_of(row.get("MovementID")),
        number_of(row.get("Amount")),
    )
    if at is None or id_ is None or points is None:
        return None
    said = text_of(row.get("Comment"))
    return BonusOperation(
        id=id_,
        kind=_KINDS.get(str(row.get("Kind")), BonusOperationKind.ADJUST),
        points=BonusPoints(points=points),
        at=at,
        reason=None if said is None or said.startswith(_OURS) else said,
    )


def returned(rows: Sequence[Row], ending: str) -> dict[str, Decimal]:
    """Return the points of the movements whose comment ends so, by comment."""
    found: dict[str, Decimal] = {}
    for row in rows:
        comment = text_of(row.get("Comment")) or ""
        if comment.endswith(ending):
            found[comment] = found.get(comment, ZERO) + (number_of(row.get("Amount")) or ZERO)
    return found
