"""The JSON front of the processing (reference, sections 8.1 to 8.3)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax import pricing
from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, Refused, denied
from mocks.loymax.money import ZERO, decimal, total
from mocks.loymax.programme import BONUS, PROGRAMME, RUB
from mocks.loymax.purchase import Applied, CodeRefused, Line, Operation, Outcome
from mocks.loymax.wire import child, children, date_of, text_of, whole_of

if TYPE_CHECKING:
    from mocks.loymax.people import Card
    from mocks.loymax.settings import Application

_WITH_CHEQUE = frozenset({"calculate", "available", "payment", "bonus", "refund"})
_NO_CERTIFICATES = frozenset({"calculate", "available", "payment", "bonus", "refund"})


def operation(kind: str) -> Callable[[Call], Answer]:
    """Return the handler of one kind of operation."""

    def _handle(call: Call) -> Answer:
        return _run(call, kind)

    return _handle


def _run(call: Call, kind: str) -> Answer:
    application = call.session.application if call.session is not None else None
    if call.session is None or call.session.kind not in {"application", "customer", "member"}:
        raise denied()
    try:
        sent = _operation(call, kind, application)
    except CodeRefused as refusal:
        # A call refused this early has a transaction number of its own as well.
        call.installation.count.number("transaction")
        outcome = Outcome(None, refusal.code, refusal.text)
    else:
        outcome = call.services.processing.run(sent)
    if outcome.code != "Ok" and call.installation.settings.processing_error_style == "state":
        raise Refused(text=outcome.error, data=None)
    device = application.device if application is not None else None
    effect = "refused" if outcome.code != "Ok" else "none" if kind == "balance" else "changed"
    return Answer(
        [_shown(outcome, kind, device, text_of(call.body, "operationId"))],
        key=call.path.get("purchaseId", ""),
        effect=effect,
    )


def _operation(call: Call, kind: str, application: Application | None) -> Operation:
    """Read a request.

    Raises:
        CodeRefused: the application has no device, a required field is absent or malformed.
    """
    if application is None or not application.is_granted:
        raise CodeRefused(code="ApplicationDeviceGrant")
    body = call.body
    operation_id, at = text_of(body, "operationId"), date_of(body, "operationDate")
    if operation_id is None or at is None:
        raise CodeRefused(code="RequereFieldException")
    cheque = body.get("cheque")
    if not isinstance(cheque, dict):
        if kind in _WITH_CHEQUE:
            raise CodeRefused(code="RequereFieldException")
        cheque = {}
    coupons = [text_of(one, "number") or "" for one in children(body, "coupons")]
    params = children(child(body, "params"), "paramsList")
    amount = "paymentAmount" if kind == "calculate" else "amount"
    session = call.session
    return Operation(
        kind,
        application.device,
        operation_id,
        at,
        call.path.get("purchaseId", ""),
        person=None if session is None or session.person_id is None else call.person,
        card=_card(call),
        identifier=session.identifier if session is not None else None,
        number=text_of(cheque, "number"),
        time=date_of(cheque, "date") or at,
        lines=[_line(one) for one in children(cheque, "lines")],
        coupons=coupons,
        params=params,
        amount=decimal(body.get(amount.lower()), amount, ZERO),
        pays=[text_of(one, "type") or "" for one in children(body, "pays")],
        pin=text_of(body, "pinCode"),
        undone=call.path.get("operationId", ""),
        refunded=text_of(body, "refundPurchaseId"),
        refunded_transaction=whole_of(body, "refundTransactionId") or None,
        payload=body,
    )


def _card(call: Call) -> Card | None:
    """Return the card by which the shop named the customer; by phone none is involved."""
    identifier = call.session.identifier if call.session is not None else None
    if identifier is None:
        return None
    return call.installation.card(identifier) or call.installation.card_by_code(identifier)


def _line(one: dict[str, Any]) -> Line:
    position = text_of(one, "position")
    if position is None or not position.isdecimal() or one.get("amount") is None:
        raise CodeRefused(code="RequereFieldException")
    quantity = decimal(one.get("quantity"), "quantity", Decimal(1))
    if quantity <= ZERO:
        raise CodeRefused(code="FormatException")
    return Line(
        int(position),
        text_of(one, "goodsId"),
        text_of(one, "barcode"),
        text_of(one, "name"),
        quantity,
        decimal(one["amount"], "amount"),
    )


def _shown(
    outcome: Outcome, kind: str, device: str | None, operation_id: str | None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "transactionId": outcome.transaction,
        "deviceLogicalId": device,
        "operationId": operation_id,
        "code": outcome.code,
        "errorMessage": outcome.error,
        "cashierMessage": None,
        "chequeMessage": outcome.message,
        "cheque": None if outcome.lines is None else _cheque(outcome.lines),
        "loyaltyPrograms": [PROGRAMME],
        "identificationData": [],
    }
    if outcome.code != "Ok":
        return body
    for name, value in outcome.extra.items():
        body[name] = float(value) if isinstance(value, Decimal) else value
    if kind == "balance":
        body["currency"] = BONUS["nameCases"]["abbreviation"]
        body["description"] = BONUS["name"]
    elif kind in _NO_CERTIFICATES:
        body["giftCertificates"] = []
    return body


def _cheque(lines: list[Line]) -> dict[str, Any]:
    return {
        "totalAmount": float(total(line.amount for line in lines)),
        "totalDiscount": float(total(line.discount for line in lines)),
        "totalCashback": float(total(line.cashback for line in lines)),
        "lines": [
            {
                "position": line.position,
                "goodsId": line.goods_id,
                "barcode": line.barcode,
                "quantity": float(line.quantity),
                "amount": float(line.amount),
                "discount": float(line.discount),
                "cashback": float(line.cashback),
                "payAmount": float(line.pay),
                "message": None,
                "appliedOffers": [_applied(one, line) for one in line.applied],
            }
            for line in lines
        ],
    }


def _applied(one: Applied, line: Line) -> dict[str, Any]:
    currency = RUB if one.is_money else BONUS
    return {
        "id": one.offer.id,
        "versionId": one.offer.version,
        "name": one.offer.name,
        "externalId": one.offer.external_id,
        "prerefenceValue": float(one.value),
        "quantity": float(line.quantity),
        "currencyAbbreviation": currency["nameCases"]["abbreviation"],
    }


def goods(call: Call) -> Answer:
    """POST Processing/Goods: estimates for catalogue items without a purchase (8.9)."""
    installation, body = call.installation, call.body
    rows = []
    for one in children(body, "goods"):
        amount = decimal(one.get("amount"), "amount")
        ident = text_of(one, "goodsId")
        line = Line(1, ident, None, None, Decimal(1), amount)
        reduced = pricing.discounted(installation, [line], [])
        cashback = pricing.accrued(installation, reduced)[0].cashback
        result: dict[str, Any] = {"keys": [], "discount": None, "cashback": None}
        if body.get("iscalculatediscount"):
            result["discount"] = float(reduced[0].discount)
        if body.get("iscalculatecashback"):
            result["cashback"] = float(cashback)
        rows.append(
            {
                "goodsId": ident,
                "originalAmount": float(amount),
                "calculationResults": [result],
            }
        )
    return Answer({"goods": rows})
