"""Till wire: reads ``XMLRequest`` of the till protocol 3.2 (vendor reference, 9 and 16.8). Pure.

The vendor checks an XSD that nobody has seen: what is known of it is the order of the children and
the attributes that live clients send. A document that breaks it is refused as a whole, a value
that cannot be read refuses its own operation only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

from lxml import etree

from gateway.canonical.money import KOPECK, rounded

from .till_codes import Code, CodeRefused

VERSION = "3.2"
MOST_BYTES = 1_048_576
MOST_REQUESTS = 100
MOST_LINES = 1000
_MOST_NAME = 128
_NO_CONTENT = frozenset({"ElementID", "OperationDate"})
_YEARS = (2000, 2100)
_LARGEST = Decimal(1_000_000_000)
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of request: its children in their order, and whether only looking changes nothing."""

    plural: str
    name: str
    children: tuple[str, ...]
    has_cheque: bool = False
    is_look: bool = False


BALANCE = Message("Balances", "Balance", ("Identifier",), is_look=True)
CALCULATE = Message(
    "Calculates",
    "Calculate",
    ("Identifier", "Cheque", "Coupons", "Params"),
    has_cheque=True,
    is_look=True,
)
AVAILABLE = Message(
    "AvailableAmounts",
    "AvailableAmount",
    ("Cheque", "Identifier", "Card", "Params"),
    has_cheque=True,
    is_look=True,
)
PAYMENT = Message("Payments", "Payment", ("Cheque", "Identifier", "Coupons"), has_cheque=True)
DISCOUNT = Message(
    "Discounts", "Discount", ("Identifier", "Cheque", "Coupons", "Pays"), has_cheque=True
)
CONFIRM = Message("ConfirmPurchases", "ConfirmPurchase", ())
CANCEL = Message("CancelPurchases", "CancelPurchase", ())
MESSAGES: Mapping[str, Message] = {
    one.plural: one for one in (BALANCE, CALCULATE, AVAILABLE, PAYMENT, DISCOUNT, CONFIRM, CANCEL)
}


class DocumentRefused(Exception):
    """The document breaks the schema; the text lists what was expected."""

    def __init__(self, code: Code, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class ChequeLine:
    """A line as it was sent. Units: ``amount`` and ``price`` in money, ``price`` before all."""

    position: int
    quantity: Decimal
    amount: Decimal
    price: Decimal | None = None
    goods: str | None = None
    barcode: str | None = None
    name: str | None = None

    def mark(self) -> tuple[int, Decimal, str | None]:
        """Return what must stay the same from one call of a purchase to the next, but the sum."""
        return (self.position, self.quantity, self.goods)


@dataclass(frozen=True, slots=True)
class TillCall:
    """One request, read. Shape: ``digest`` tells its whole content from another."""

    message: Message
    operation_id: str
    at: datetime
    purchase_id: str
    digest: str
    device: str | None = None
    cashier: str | None = None
    amount: Decimal | None = None
    buyer: tuple[str, str] | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    number: str | None = None
    closed_at: datetime | None = None
    lines: tuple[ChequeLine, ...] = ()
    coupons: tuple[str, ...] = ()
    pays: tuple[tuple[str, Decimal], ...] = ()


def requests_of(body: bytes) -> Sequence[tuple[Message, etree._Element]]:
    """Return the requests of a document in order. Raises ``DocumentRefused``."""
    root = _root(body)
    found: list[tuple[Message, etree._Element]] = []
    for plural in root:
        if plural.tag == "Version":
            continue
        message = MESSAGES.get(str(plural.tag))
        if message is None:
            text = f"Ожидаемые элементы: {', '.join(MESSAGES)}"
            raise DocumentRefused(Code.PARSE_ERROR, text)
        for request in plural:
            _check(message, request)
            found.append((message, request))
    if not found:
        raise DocumentRefused(Code.PARSE_ERROR, f"Ожидаемые элементы: {', '.join(MESSAGES)}")
    elements = [request.get("ElementID") for _, request in found]
    if len(found) > MOST_REQUESTS or len(set(elements)) != len(elements):
        raise DocumentRefused(Code.PARSE_ERROR, "ElementID: повтор или слишком много запросов")
    return found


def call_of(message: Message, request: etree._Element, *, zone: tzinfo) -> TillCall:
    """Read one request. Raises ``CodeRefused`` for a value that cannot be read."""
    cheque = request.find("Cheque")
    closed = cheque.get("ChequeDate") if cheque is not None else None
    identifier = request.find("Identifier")
    amount = request.get("Amount")
    return TillCall(
        message,
        _id(request.get("OperationID")),
        _moment(request.get("OperationDate") or "", zone),
        _id(request.get("PurchaseID")) if message is not BALANCE else "",
        hashlib.sha256(repr(_shape(request)).encode()).hexdigest(),
        device=request.get("DeviceLogicalID"),
        cashier=request.get("Cashier"),
        amount=None if amount is None else _decimal(amount),
        buyer=None if identifier is None else _buyer(identifier),
        pin=request.get("PinCode"),
        number=cheque.get("ChequeNumber") if cheque is not None else None,
        closed_at=None if not closed else _moment(closed, zone),
        lines=() if cheque is None else tuple(_lines(cheque)),
        coupons=tuple(one.get("Number") or "" for one in request.iterfind("Coupons/Coupon")),
        pays=tuple(
            (one.get("Type") or "", _decimal(one.get("Amount") or ""))
            for one in request.iterfind("Pays/Pay")
        ),
    )


def _root(body: bytes) -> etree._Element:
    """Parse without entities, network and documents of a size that no till sends."""
    if len(body) > MOST_BYTES:
        raise DocumentRefused(Code.PARSE_ERROR, "Слишком большой документ")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise DocumentRefused(Code.PARSE_ERROR, "Ошибка разбора XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentRefused(Code.PARSE_ERROR, "DOCTYPE не допускается")
    if root.tag != "XMLRequest":
        raise DocumentRefused(Code.PARSE_ERROR, "Ожидаемый элемент: XMLRequest")
    if (root.findtext("Version") or "").strip() != VERSION:
        raise DocumentRefused(Code.VERSION_ERROR, "Неподдерживаемая версия протокола")
    return root


def _check(message: Message, request: etree._Element) -> None:
    """Check name, attributes and the order of the children. Raises ``DocumentRefused``."""
    if request.tag != f"{message.name}Request":
        raise DocumentRefused(Code.PARSE_ERROR, f"Ожидаемый элемент: {message.name}Request")
    wanted = ["ElementID", "OperationID", "OperationDate"]
    wanted += [] if message is BALANCE else ["PurchaseID"]
    for name in wanted:
        if not request.get(name):
            raise DocumentRefused(Code.PARSE_ERROR, f"Ожидаемый атрибут: {name}")
    rest = message.children
    for child in request:
        if child.tag not in rest:
            text = f"Элемент {child.tag}; ожидаемые элементы: {', '.join(rest) or 'нет'}"
            raise DocumentRefused(Code.PARSE_ERROR, text)
        rest = rest[rest.index(str(child.tag)) + 1 :]
    needed = (["Cheque"] if message.has_cheque else []) + (
        ["Identifier"] if message is BALANCE else []
    )
    for name in needed:
        if request.find(name) is None:
            raise DocumentRefused(Code.PARSE_ERROR, f"Ожидаемый элемент: {name}")


def _lines(cheque: etree._Element) -> Iterator[ChequeLine]:
    """Read the lines. Raises ``CodeRefused`` also for places that repeat."""
    met: set[int] = set()
    for one in cheque.iterfind("ChequeLine"):
        position = one.get("PosID") or ""
        if not re.fullmatch(r"[0-9]{1,9}", position) or int(position) in met:
            raise CodeRefused(Code.FORMAT)
        met.add(int(position))
        if len(met) > MOST_LINES:
            raise CodeRefused(Code.FORMAT)
        quantity, price = _decimal(one.get("Quantity") or "1"), one.get("Price")
        if not quantity:
            raise CodeRefused(Code.FORMAT)
        yield ChequeLine(
            int(position),
            quantity,
            rounded(_decimal(one.get("Amount") or ""), KOPECK),
            price=None if not price else rounded(_decimal(price), KOPECK),
            goods=one.get("GoodsId") or None,
            barcode=one.get("Barcode") or None,
            name=one.get("Name") or None,
        )


def _shape(element: etree._Element) -> object:
    """Return what two spellings of one request share; canonical XML refuses some namespaces.

    Its place in a document and the moment of sending are no content.
    """
    attributes = sorted(
        (str(name), str(value)) for name, value in element.items() if name not in _NO_CONTENT
    )
    text = (element.text or "").strip()
    return (str(element.tag), attributes, text, [_shape(one) for one in element])


def _buyer(identifier: etree._Element) -> tuple[str, str] | None:
    value = (identifier.get("Value") or "").strip()
    if len(value) > _MOST_NAME:
        raise CodeRefused(Code.FORMAT)
    return (identifier.get("Type") or "Auto", value) if value else None


def _id(text: str | None) -> str:
    if not _ID.fullmatch(text or ""):
        raise CodeRefused(Code.FORMAT)
    return text or ""


def _moment(text: str, zone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CodeRefused(Code.FORMAT) from None
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        raise CodeRefused(Code.FORMAT)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _decimal(text: str) -> Decimal:
    """Read a number that is not negative and of a size that money has."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise CodeRefused(Code.FORMAT) from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or not -4 <= exponent <= 9 or not 0 <= number <= _LARGEST:  # noqa: PLR2004 - four decimals are the most (1)
        raise CodeRefused(Code.FORMAT)
    return number
