"""``calculatediscounts``: the service's reckoning as the answer that a till reads. Pure.

Names that are misspelt are so on the wire (vendor reference, 2.5). The answer has no head: neither
the sample nor 1C's code gives it one.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.canonical import Discount, DiscountReason, OrderLine
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import LineQuote, PromoState, Quoted

from .config_till import Accrual
from .till_loyaltyservice_cards import NO_DATE
from .till_loyaltyservice_receipt import Receipt, ref_of, text_of
from .till_words import Row
from .values import EMPTY, own_reference, reference

_SHOWN = frozenset({DiscountReason.MANUAL, DiscountReason.POINTS})
_PROMO = {
    PromoState.UNKNOWN: "Промокод не найден",
    PromoState.USED: "Промокод уже использован",
    PromoState.EXPIRED: "Срок действия промокода истек",
    PromoState.NOT_APPLIED: "Скидка по промокоду не предоставлена",
}


def receipt_to_wire(receipt: Receipt, quoted: Quoted | None, accrual: Accrual) -> Row:
    """Return a recalculated receipt; without a quote it is as the till reckoned it."""
    quotes: dict[str, list[LineQuote]] = {}
    for one in quoted.quote.lines if quoted is not None else ():
        quotes.setdefault(one.id, []).append(one)
    goods, discounts = [], []
    for place, (row, line) in enumerate(zip(receipt.rows, receipt.lines, strict=True), start=1):
        told = quotes.get(line.id, [])
        goods.append(_recalculated(row, line, told))
        discounts += [_discount(one, place, row) for one in _given(told)]
    answer: Row = {"Goods": goods, "DiscountsList": discounts}
    answer["PromocodesList"] = [_promo(receipt, code, quoted) for code in receipt.promo_codes]
    answer["BonusesToAccrue"] = list(_accruals(receipt, quoted, quotes, accrual))
    answer["Messages"] = list(_messages(quoted))
    return answer


def spendable(quoted: Quoted | None) -> Decimal:
    """Return the most points that a sale may take now."""
    if quoted is None or quoted.quote.spendable is None:
        return Decimal(0)
    if not quoted.allowed.spending or quoted.allowed.code_needed or quoted.degraded is not None:
        return Decimal(0)
    return max(Decimal(0), quoted.quote.spendable.points)


def promo_state(quoted: Quoted, code: str) -> PromoState:
    """Return what the processor says of a code; one of which it says nothing is unknown to it."""
    return dict(quoted.quote.promo_codes).get(code, PromoState.UNKNOWN)


def promo_words(state: PromoState) -> str:
    """Return why a code gives nothing, empty for one that does."""
    return _PROMO.get(state, "")


def promo_discount(quoted: Quoted, code: str) -> Row | None:
    """Return the discount of a code as a reference, if it is known."""
    for line in quoted.quote.lines:
        for one in line.discounts:
            if one.code == code:
                return _named(one)
    return None


def _reference(value: object) -> Row:
    ref = ref_of(value)
    name = str(value.get("Name") or "") if isinstance(value, Mapping) and ref else ""
    return {"Ref": ref or EMPTY, "Name": name}


def _given(told: Sequence[LineQuote]) -> list[Discount]:
    return [one for quote in told for one in quote.discounts if one.reason not in _SHOWN]


def _lowered(line: OrderLine, told: Sequence[LineQuote]) -> Decimal:
    """Return what the service takes off a line. A split one is known by its discounts alone."""
    if len(told) == 1 and line.price is not None and line.quantity is not None:
        less = (line.price.amount - told[0].price.amount) * line.quantity
        return max(Decimal(0), rounded(less, KOPECK))
    return sum((one.amount.amount for one in _given(told) if one.amount is not None), Decimal(0))


def _recalculated(row: Row, line: OrderLine, told: Sequence[LineQuote]) -> Row:
    whole = row["Price"] * row["Count"]
    less = _lowered(line, told)
    amount = rounded(max(Decimal(0), whole - row["AmountOfManualDiscount"] - less), KOPECK)
    vat = row["VATAmount"]
    if row["Amount"] > 0 and amount != row["Amount"]:
        vat = rounded(vat * amount / row["Amount"], KOPECK)
    percent = rounded(less / whole * 100, KOPECK) if whole else Decimal(0)
    return {
        **{name: _reference(row.get(name)) for name in ("Item", "Variant", "Package")},
        "Count": row["Count"],
        "PackagesCount": row["PackagesCount"],
        "Price": row["Price"],
        "Amount": amount,
        "TotalAmount": amount,
        "LineUID": text_of(row, "LineUID"),
        "VATRate": text_of(row, "VATRate"),
        "VATAmount": vat,
        "AmountOfAutomaticDiscount": less,
        "AmountOfManualDiscount": row["AmountOfManualDiscount"],
        "PercentOfAutomaticDiscount": percent,
        "PercentOfManualDiscount": row["PercentOfManualDiscount"],
        "Order": _reference(row.get("Order")),
    }


def _named(one: Discount) -> Row:
    return {
        "Ref": reference(one.id) or own_reference(f"discount:{one.id}"),
        "Name": one.name or one.code or one.id,
    }


def _discount(one: Discount, place: int, row: Row) -> Row:
    amount = one.amount.amount if one.amount is not None else Decimal(0)
    return {
        "KeyRelation": place,
        "Discount": _named(one),
        "DiscountValue": amount,
        "Amount": amount,
        "MinimalPriceRestriction": False,
        "Comment": "",
        "LineUID": text_of(row, "LineUID"),
        "Return": False,
    }


def _promo(receipt: Receipt, code: str, quoted: Quoted | None) -> Row:
    state = promo_state(quoted, code) if quoted is not None else PromoState.NOT_APPLIED
    nothing = {"Ref": EMPTY, "Name": ""}
    return {
        "Promocode": code,
        "DiscountActive": state is PromoState.APPLIED,
        "PromocodeActivation": False,
        "PromocodeDiscount": (promo_discount(quoted, code) if quoted else None) or nothing,
        "ErrorDescription": promo_words(state),
        "PromocodeUID": receipt.promo_codes[code]
        or own_reference(f"promo:{code}").replace("-", "_"),
        "DiscountCondition": nothing,
    }


def _accruals(
    receipt: Receipt,
    quoted: Quoted | None,
    quotes: Mapping[str, Sequence[LineQuote]],
    accrual: Accrual,
) -> Iterator[Row]:
    """Yield the points that the receipt will bring: by line, or for the whole of it as line 0."""
    if quoted is None or not quoted.allowed.earning:
        return
    earned = {
        place: sum(
            (one.points_earned.points for one in quotes.get(line.id, ()) if one.points_earned),
            Decimal(0),
        )
        for place, line in enumerate(receipt.lines, start=1)
    }
    if not any(earned.values()):
        earned = {0: quoted.quote.points_earned.points}
    start = receipt.at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    start += timedelta(days=accrual.after_days)
    for place, points in earned.items():
        if points > 0:
            yield {
                "KeyRelation": place,
                "Discount": {"Ref": reference(accrual.rule) or EMPTY, "Name": accrual.name},
                "BonusProgramm": {"Ref": None, "Name": None},
                "BonusCount": points,
                "AccuralDate": start.isoformat(),
                "WriteOffDate": NO_DATE
                if accrual.months is None
                else _months_later(start, accrual.months).isoformat(),
            }


def _messages(quoted: Quoted | None) -> Iterator[Row]:
    if quoted is not None:
        for text in quoted.quote.cashier_hints:
            yield {"AfterSale": False, "MessageText": text}
        for text in quoted.quote.receipt_texts:
            yield {"AfterSale": True, "MessageText": text}


def _months_later(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)
