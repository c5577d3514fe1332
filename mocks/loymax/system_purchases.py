"""System API: purchases for control and reconciliation (reference, section 7.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax import settlement
from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.envelope import Answer, HttpRefused, Refused
from mocks.loymax.money import total
from mocks.loymax.programme import BONUS, LEGAL, MERCHANT, RUB, Offer, money
from mocks.loymax.wire import date_of, text_of, whole_of, wholes_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.purchase import Line, Purchase


def search(call: Call) -> Answer:
    """POST purchases: filters in the body, oldest first."""
    body = call.body
    since, until = date_of(body, "startChequeTime"), date_of(body, "lastChequeTime")
    texts = {
        name: text_of(body, name)
        for name in ("chequeNumber", "cardNumber", "personId", "personIdentifier", "state")
    }
    merchants, devices = wholes_of(body, "merchantIds"), body.get("deviceids") or ()
    rows = [
        _view(one)
        for one in call.installation.purchases.values()
        if (since is None or one.time >= since)
        and (until is None or one.time <= until)
        and _fits(one, texts)
        and (not merchants or MERCHANT["id"] in merchants)
        and (not devices or one.device in tuple(devices))
    ]
    start, count = whole_of(body, "from"), whole_of(body, "count", 10)
    return Answer(rows[start : start + count])


def _fits(one: Purchase, texts: dict[str, str | None]) -> bool:
    person, card = one.person, one.card
    return (
        texts["chequeNumber"] in {None, one.number}
        and texts["cardNumber"] in {None, card.number if card is not None else ""}
        and texts["personId"] in {None, str(person.id) if person is not None else ""}
        and texts["personIdentifier"] in {None, _identifier(one)}
        and texts["state"] in {None, one.state}
    )


def _identifier(one: Purchase) -> str | None:
    if one.identifier is not None:
        return one.identifier
    phone = one.person.phone if one.person is not None else None
    return phone.value if phone is not None else None


def _view(one: Purchase) -> dict[str, Any]:
    return {
        "purchaseId": one.id,
        "purchaseTime": iso(one.time),
        "chequeNumber": one.number,
        "completeTime": iso(one.completed),
        "deviceCode": one.device,
        "merchant": MERCHANT,
        "legal": {name: LEGAL[name] for name in ("id", "partnerId", "name")},
        "state": one.state,
        "isFinalState": one.state != "Created",
        "loyaltyProgramId": 1,
        "personIdentifier": _identifier(one),
        "couponNumbers": list(one.coupons),
        "timeZone": 3,
        "chequeAdditionalAttributes": [],
    }


def _found(call: Call) -> Purchase:
    for one in call.installation.purchases.values():
        if str(one.id) == call.path["purchaseId"]:
            return one
    raise Refused(text="Покупка не найдена.")


def show(call: Call) -> Answer:
    """GET purchases/{purchaseId}: the internal id."""
    one = _found(call)
    return Answer(_view(one), key=one.id)


def operations(call: Call) -> Answer:
    """GET purchases/{id}/operations."""
    one = _found(call)
    prefix = "Refund" if one.refund_of is not None else ""
    sums = (
        ("DirectDiscountOperation", money(total(line.discount for line in one.lines), RUB)),
        (f"{prefix}PaymentOperation", money(total(line.pay for line in one.lines), BONUS)),
        (f"{prefix}CashbackOperation", money(total(line.cashback for line in one.lines), BONUS)),
    )
    number = _card_number(call.installation, one)
    rows = [
        {
            "cardNumber": {"cardNumber": number},
            "giftCertificateIdentifier": None,
            "amounts": [amount],
            "state": one.state,
            "operationTime": iso(one.time),
            "creationDate": iso(one.created),
            "type": kind,
            "description": None,
            "personIdentifier": _identifier(one),
        }
        for kind, amount in sums
        if amount["amount"]
    ]
    return Answer(rows, key=one.id)


def _card_number(installation: Installation, one: Purchase) -> str | None:
    if one.card is not None:
        return one.card.number
    cards = installation.cards_of(one.person) if one.person is not None else []
    return cards[0].number if cards else None


def positions(call: Call) -> Answer:
    """GET purchases/{id}/ChequePositions: amounts after discount and write-off."""
    one = _found(call)
    return Answer([_position(call.installation, one, line) for line in one.lines], key=one.id)


def _position(installation: Installation, one: Purchase, line: Line) -> dict[str, Any]:
    rules = installation.programme.rules
    paid = line.pay * rules.rate
    direct = next((each.offer for each in line.applied if each.is_money), None)
    direct = direct or (rules.discounts[0] if rules.discounts else rules.accrual)
    discounts = [
        _discount("CalculatedDiscount", money(line.discount, RUB), None, direct),
        _discount("CalculatedPayment", money(line.pay, BONUS), money(paid, RUB), rules.payment),
        _discount("CalculatedCashback", money(line.cashback, BONUS), None, rules.accrual),
    ]
    return {
        "gooodName": line.name,
        "posId": line.position,
        "barcode": line.barcode,
        "quantity": float(line.quantity),
        "amount": money(line.amount - paid, RUB),
        "correction": None,
        "discounts": [row for row in discounts if row["amount"]["amount"]],
        "refunds": [{"amount": money(line.amount, RUB)}] if one.refund_of is not None else [],
        "attributes": [],
    }


def _discount(
    kind: str, amount: dict[str, Any], cash: dict[str, Any] | None, offer: Offer
) -> dict[str, Any]:
    return {
        "type": kind,
        "amount": amount,
        "cashAmount": cash,
        "offer": {"id": offer.id, "name": offer.name, "isAccess": True, "partnerName": "Лавка"},
    }


def finish(call: Call) -> Answer:
    """POST purchases/{id}/confirm and /cancel: an operator ends a hanging purchase."""
    return _end(call, _found(call))


def finish_by_device(call: Call) -> Answer:
    """POST purchases/confirm/{deviceCode}/{purchaseId} and /cancel/...: by the external id."""
    key = (call.path["deviceCode"], call.path["purchaseId"])
    one = call.installation.purchases.get(key)
    if one is None:
        raise Refused(text="Покупка не найдена.")
    return _end(call, one)


def _end(call: Call, one: Purchase) -> Answer:
    if call.path["what"].lower() not in {"confirm", "cancel"}:
        raise HttpRefused(status=404, body={"message": "Метод не найден."})
    if one.state != "Created":
        raise Refused(text="Покупка уже завершена.")
    if call.path["what"].lower() == "confirm":
        settlement.confirm(call.installation, one, call.installation.clock.now())
    else:
        settlement.cancel(call.installation, one)
    return Answer(key=one.id, effect="changed")
