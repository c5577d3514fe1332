"""Translator: from the shapes of a call to what the loyalty service is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway.canonical import (
    BonusPoints,
    CardRef,
    Consent,
    Customer,
    Discount,
    EmailContact,
    Money,
    OrderLine,
    Payment,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.canonical.contact import MAIN
from gateway.contract import MemberKey, Refund, Sale
from gateway.ingress.pos.callers import Known
from gateway.ingress.pos.reading import InvalidCall
from gateway.ingress.pos.shapes import MemberBody, RegisterBody, WantedProduct
from gateway.ingress.pos.shapes_sale import (
    DiscountBody,
    LineBody,
    ReturnBody,
    ReturnLineBody,
    SaleBody,
)
from gateway.ingress.pos.wrong import Why, one_wrong


class Moments:
    """Reads a caller's moments: gives those without a zone the caller's, refuses those ahead."""

    def __init__(self, zone: ZoneInfo, now: datetime, *, future_s: float) -> None:
        self._zone = zone
        self._latest = now + timedelta(seconds=future_s)
        self.today = now.astimezone(zone).date()

    def read(self, moment: datetime, path: str) -> datetime:
        """Return a moment with its zone. Raises ``Problem`` at ``path``."""
        whole = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
        if whole > self._latest:
            raise InvalidCall([one_wrong(path, Why.MOMENT_AHEAD)])
        return whole


def member_from_wire(body: MemberBody) -> MemberKey:
    """Name a member; a barcode and a wallet's code are cards."""
    card = body.card or body.barcode or body.wallet
    return MemberKey(external_id=body.member_id, phone=body.phone, email=body.email, card=card)


def sale_from_wire(
    body: SaleBody, sale_id: str, *, known: Known, moments: Moments, is_online: bool
) -> Sale:
    """Translate a basket or receipt. Raises ``Problem`` for a moment too far ahead."""
    return Sale(
        id=sale_id,
        lines=tuple(_line(line) for line in body.lines),
        at=moments.read(body.at, "at"),
        member=None if body.member is None else member_from_wire(body.member),
        points=BonusPoints(points=body.points) if body.points else None,
        promo_codes=tuple(body.promo_codes),
        payments=tuple(
            Payment(id=str(place), method=one.method, amount=Money(amount=one.amount))
            for place, one in enumerate(body.payments, 1)
        ),
        shop=known.caller.shop or None,
        till=body.till,
        cashier=body.cashier,
        number=body.number,
        is_online=is_online,
    )


def product_from_wire(
    product: WantedProduct, member: MemberBody | None, sale_id: str, *, known: Known, at: datetime
) -> Sale:
    """Make a sale of one product, to be reckoned."""
    return Sale(
        id=sale_id,
        lines=(
            OrderLine(
                id="1",
                product=_product(product),
                quantity=product.quantity or Decimal(1),
                base_price=Money(amount=product.base_price or product.price),
                price=Money(amount=product.price),
            ),
        ),
        at=at,
        member=None if member is None else member_from_wire(member),
        shop=known.caller.shop or None,
        is_online=True,
    )


def refund_from_wire(body: ReturnBody, return_id: str, *, known: Known, moments: Moments) -> Refund:
    """Translate a return; the processor's reference of the sale is filled in by the service."""
    lines = None if body.lines is None else tuple(_returned(line) for line in body.lines)
    return Refund(
        id=return_id,
        sale_id=body.sale_id,
        reference="",
        at=moments.read(body.at, "at"),
        lines=lines,
        shop=known.caller.shop or None,
        till=body.till,
    )


def customer_from_wire(body: RegisterBody, *, moments: Moments) -> Customer:
    """Translate a new member; what was not sent is not spoken about."""
    if body.birth_date is not None and body.birth_date > moments.today:
        raise InvalidCall([one_wrong("birth_date", Why.DAY_AHEAD)])
    told: dict[str, object] = {
        "birth_date": body.birth_date, "gender": body.gender, "source": body.source,
    }  # fmt: skip
    if body.phone is not None:
        told["phones"] = (PhoneContact(number=body.phone, rank=MAIN),)
    if body.email is not None:
        told["emails"] = (EmailContact(address=body.email, rank=MAIN),)
    if body.card is not None:
        told["cards"] = (CardRef(number=body.card),)
    if body.name is not None:
        told["name"] = PersonName(**body.name.model_dump(exclude_none=True))
    if body.consents:
        told["consents"] = _consents(body, moments)
    spoken = {name: value for name, value in told.items() if value is not None}
    return Customer.model_validate(spoken)


def _consents(body: RegisterBody, moments: Moments) -> Sequence[Consent]:
    return tuple(
        Consent(
            id=one.id,
            granted=one.granted,
            at=None if one.at is None else moments.read(one.at, f"consents[{place}].at"),
            text_version=one.text_version,
            source=body.source,
        )
        for place, one in enumerate(body.consents)
    )


def _line(line: LineBody) -> OrderLine:
    base = line.price if line.base_price is None else line.base_price
    return OrderLine(
        id=line.id,
        product=_product(line, name=line.name),
        quantity=line.quantity,
        base_price=Money(amount=base),
        price=Money(amount=line.price),
        discounts=tuple(
            _discount(one, f"{line.id}.{place}") for place, one in enumerate(line.discounts, 1)
        ),
    )


def _returned(line: ReturnLineBody) -> OrderLine:
    named = any((line.sku, line.product_id, line.barcode))
    return OrderLine(
        id=line.id,
        product=_product(line) if named else None,
        quantity=line.quantity,
        price=None if line.price is None else Money(amount=line.price),
    )


def _product(
    named: LineBody | ReturnLineBody | WantedProduct, *, name: str | None = None
) -> ProductRef:
    return ProductRef(sku=named.sku, external_id=named.product_id, barcode=named.barcode, name=name)


def _discount(body: DiscountBody, discount_id: str) -> Discount:
    return Discount(
        id=discount_id,
        reason=body.reason,
        code=body.code,
        name=body.name,
        amount=None if body.amount is None else Money(amount=body.amount),
    )
