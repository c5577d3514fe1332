"""The XML protocol 3.2 of cash registers, over the same purchases (reference, section 9)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lxml import etree

from mocks.loymax.clock import moment
from mocks.loymax.envelope import Bare, Refused
from mocks.loymax.purchase import CodeRefused, Line, Operation, Outcome
from mocks.loymax.till_answers import answer_of, document, refusal_of

if TYPE_CHECKING:
    from mocks.loymax.call import Services
    from mocks.loymax.gate import Sent
    from mocks.loymax.settings import Device
    from mocks.sidedoor import Journal

# Document-level numbers follow the list of 8.5 from its head (unconfirmed).
_SYSTEM_ERROR, _VERSION_ERROR, _PARSE_ERROR = 1, 2, 3


@dataclass(frozen=True)
class Message:
    """A kind of request: its plural element, what it does, and its children in their order."""

    plural: str
    name: str
    kind: str
    children: tuple[str, ...]
    is_cheque_needed: bool = False


MESSAGES = {
    one.plural: one
    for one in (
        Message("Balances", "Balance", "balance", ("Identifier",)),
        Message(
            "Calculates",
            "Calculate",
            "calculate",
            ("Identifier", "Cheque", "Coupons", "Params"),
            is_cheque_needed=True,
        ),
        Message(
            "AvailableAmounts",
            "AvailableAmount",
            "available",
            ("Cheque", "Identifier", "Card", "Params"),
            is_cheque_needed=True,
        ),
        Message(
            "Payments",
            "Payment",
            "payment",
            ("Cheque", "Identifier", "Coupons"),
            is_cheque_needed=True,
        ),
        Message(
            "Discounts",
            "Discount",
            "bonus",
            ("Identifier", "Cheque", "Coupons", "Pays"),
            is_cheque_needed=True,
        ),
        Message("ConfirmPurchases", "ConfirmPurchase", "confirm", ()),
        Message("CancelPurchases", "CancelPurchase", "cancel", ()),
    )
}


class _BadDocument(Exception):
    """The document breaks the schema; the text lists what was expected."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Till:
    """The endpoint of all registers."""

    def __init__(self, services: Services, journal: Journal) -> None:
        """Serve the registers of one installation."""
        self._services = services
        self._journal = journal

    def handle(self, sent: Sent) -> Bare:
        """Answer one document."""
        device = self._device(sent.headers)
        if device is None:
            headers = {"WWW-Authenticate": 'Basic realm="loymax"'}
            answer = Bare(401, None, headers, "text/plain", effect="refused")
        else:
            answer = self._answer(device, sent.body)
        self._journal.write(
            sent.verb, "/pos/xml", op="pos/xml", status=answer.status, effect=answer.effect
        )
        return answer

    def _device(self, headers: Mapping[str, str]) -> Device | None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            login, _, password = base64.b64decode(token).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        for one in self._services.installation.settings.devices:
            if (one.login, one.password) == (login, password):
                return one
        return None

    def _answer(self, device: Device, raw: bytes) -> Bare:
        try:
            messages = _messages(raw)
        except _BadDocument as bad:
            root = document(code=bad.code, text=bad.text)
            return _bare(root, effect="refused")
        root = document()
        for message, request in messages:
            plural = etree.SubElement(root, message.plural)
            plural.append(self._run(device, message, request))
        return _bare(root, effect="changed")

    def _run(self, device: Device, message: Message, request: etree._Element) -> etree._Element:
        operation_id = request.get("OperationID") or ""
        try:
            operation = self._operation(device, message, request)
        except CodeRefused as refusal:
            self._services.installation.count.number("transaction")
            outcome = Outcome(None, refusal.code, refusal.text)
            return refusal_of(message.name, device.code, operation_id, outcome)
        try:
            outcome = self._services.processing.run(operation)
        except Refused as refusal:
            outcome = Outcome(None, "BusinessError", str(refusal))
        if outcome.code != "Ok":
            return refusal_of(message.name, device.code, operation_id, outcome)
        return answer_of(
            self._services.installation, message.name, message.kind, operation, outcome
        )

    def _operation(self, device: Device, message: Message, request: etree._Element) -> Operation:
        logical = request.get("DeviceLogicalID")
        if logical not in {None, device.code}:
            raise CodeRefused(code="DeviceNotFound")
        identifier = request.find("Identifier")
        value = identifier.get("Value") if identifier is not None else None
        installation = self._services.installation
        person = installation.by_login(value) if value else None
        if value and person is None:
            raise CodeRefused(code="CardNotFound")
        cheque = request.find("Cheque")
        at = _moment(request.get("OperationDate") or "")
        date = cheque.get("ChequeDate") if cheque is not None else None
        return Operation(
            message.kind,
            device.code,
            request.get("OperationID") or "",
            at,
            request.get("PurchaseID") or "",
            person=person,
            card=installation.card(value) or installation.card_by_code(value) if value else None,
            identifier=value,
            number=cheque.get("ChequeNumber") if cheque is not None else None,
            # A cheque date without an offset is the till's local time, as the operation date is.
            time=at if date else None,
            lines=[] if cheque is None else [_line(one) for one in cheque.iter("ChequeLine")],
            coupons=[one.get("Number") or "" for one in request.iter("Coupon")],
            params=[
                {
                    "name": one.get("Name"),
                    "value": one.get("Value"),
                    "type": (one.get("Type") or "string").capitalize(),
                }
                for one in request.iter("Param")
            ],
            amount=_decimal(request.get("Amount") or "0"),
            pays=[one.get("Type") or "" for one in request.iter("Pay")],
            pin=request.get("PinCode"),
            payload=etree.tostring(request),
        )


def _messages(raw: bytes) -> list[tuple[Message, etree._Element]]:
    """Parse and check a document.

    Raises:
        _BadDocument: it is not what the schema wants.
    """
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        raise _BadDocument(_PARSE_ERROR, "Ошибка разбора XML") from None
    if root.tag != "XMLRequest":
        raise _BadDocument(_PARSE_ERROR, "Ожидаемый элемент: XMLRequest")
    if root.findtext("Version") != "3.2":
        raise _BadDocument(_VERSION_ERROR, "Неподдерживаемая версия протокола")
    found = []
    for plural in root:
        if plural.tag == "Version":
            continue
        message = MESSAGES.get(str(plural.tag))
        if message is None:
            raise _BadDocument(_PARSE_ERROR, f"Ожидаемые элементы: {', '.join(MESSAGES)}")
        for request in plural:
            _check(message, request)
            found.append((message, request))
    return found


def _check(message: Message, request: etree._Element) -> None:
    """Check name, attributes and the order of the children."""
    if request.tag != f"{message.name}Request":
        raise _BadDocument(_PARSE_ERROR, f"Ожидаемый элемент: {message.name}Request")
    wanted = ["ElementID", "OperationID", "OperationDate"]
    if message.kind != "balance":
        wanted.append("PurchaseID")
    for name in wanted:
        if not request.get(name):
            raise _BadDocument(_PARSE_ERROR, f"Ожидаемый атрибут: {name}")
    place = 0
    for child in request:
        rest = message.children[place:]
        if child.tag not in rest:
            text = ", ".join(rest) or "нет"
            raise _BadDocument(_PARSE_ERROR, f"Элемент {child.tag}; ожидаемые элементы: {text}")
        place = message.children.index(str(child.tag)) + 1
    if message.is_cheque_needed and request.find("Cheque") is None:
        raise _BadDocument(_PARSE_ERROR, "Ожидаемый элемент: Cheque")


def _line(one: etree._Element) -> Line:
    position = one.get("PosID") or ""
    if not position.isdecimal():
        raise CodeRefused(code="FormatException")
    return Line(
        int(position),
        one.get("GoodsId"),
        one.get("Barcode"),
        one.get("Name"),
        _decimal(one.get("Quantity") or "1"),
        _decimal(one.get("Amount") or ""),
    )


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise CodeRefused(code="FormatException") from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise CodeRefused(code="FormatException") from None


def _bare(root: etree._Element, *, effect: str) -> Bare:
    text = etree.tostring(root, encoding="unicode")
    return Bare(200, text, content_type="application/xml; charset=utf-8", effect=effect)
