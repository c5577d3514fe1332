"""The end of a purchase: accounts move, coupons are used, history is written (8.4, 6.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mocks.loymax.account import Lot
from mocks.loymax.history import add_row
from mocks.loymax.money import ZERO, total
from mocks.loymax.programme import BONUS, RUB, money

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.purchase import Line, Purchase

_MODEL = "Loymax.History.UI.Model.HistoryPurchaseDataModel, Loymax.History.UI.Model"


def cancel(installation: Installation, purchase: Purchase) -> None:
    """Cancel an unconfirmed purchase: blocked bonuses return."""
    if purchase.person is not None:
        purchase.person.account.release(purchase.block_key)
    purchase.state, purchase.completed = "Canceled", installation.clock.now()
    installation.hanging.pop(purchase.block_key, None)


def confirm(installation: Installation, purchase: Purchase, at: datetime) -> None:
    """Confirm a purchase or a refund."""
    purchase.state, purchase.completed = "Confirmed", at
    installation.hanging.pop(purchase.block_key, None)
    if purchase.refund_of is not None:
        _move_refund(installation, purchase)
    else:
        _move_sale(installation, purchase)
    if purchase.person is not None:
        _write(installation, purchase)


def _move_sale(installation: Installation, purchase: Purchase) -> None:
    now, rules = installation.clock.now(), installation.programme.rules
    for code in purchase.coupons:
        coupon = installation.coupon(code)
        if coupon is not None:
            coupon.state, coupon.updated = "Used", now
    if purchase.person is None:
        return
    account = purchase.person.account
    account.spend(purchase.block_key)
    earned = total(line.cashback for line in purchase.lines) if purchase.is_accrued else ZERO
    if earned:
        starts = now + timedelta(days=rules.activation_days)
        ends = None
        if rules.expiration_days is not None:
            ends = starts + timedelta(days=rules.expiration_days)
        purchase.earned = account.credit(
            Lot(earned, starts if rules.activation_days else None, ends)
        )


def _move_refund(installation: Installation, purchase: Purchase) -> None:
    """Give the write-off back; take the accrual out of its own lot, the rest of what there is."""
    sale = purchase.refund_of
    if purchase.person is None or sale is None:
        return
    account, now = purchase.person.account, installation.clock.now()
    given = total(line.pay for line in purchase.lines)
    if given:
        account.give(Lot(given))
        account.paid -= given
    due = total(line.cashback for line in purchase.lines)
    own = ZERO if sale.earned is None else account.take_from(sale.earned, due)
    rest = due - own
    if installation.settings.refund_negative_type == "SuppressNegative":
        rest = min(rest, max(account.balance(now), ZERO))
    account.withdraw(rest, now)
    account.accumulated -= own + rest


def _write(installation: Installation, purchase: Purchase) -> None:
    if purchase.person is None:
        return
    is_refund = purchase.refund_of is not None
    data: dict[str, Any] = {
        "$type": _MODEL,
        "externalPurchaseId": purchase.external_id,
        "chequeItems": [_item(line) for line in purchase.lines],
        "chequeAdditionalAttributes": [
            {"type": one.get("type"), "name": one.get("name"), "value": one.get("value")}
            for one in purchase.params
        ],
        "withdraws": _taken_back(purchase) if is_refund else _withdraws(installation, purchase),
        "rewards": _given_back(purchase) if is_refund else _rewards(installation, purchase),
        "isRefund": is_refund,
        "chequeNumber": purchase.number,
        "amount": money(total(line.amount for line in purchase.lines), RUB),
    }
    operations = {"WithdrawBonus"} if data["withdraws"] else set()
    for reward in data["rewards"]:
        operations.add(f"Reward{reward['rewardType']}")
    add_row(
        installation,
        purchase.person,
        "PurchaseData",
        data,
        operations=frozenset(operations),
        description="г. Тула, ул. Мира, 1",
        at=purchase.time,
        card_id=purchase.card.id if purchase.card is not None else None,
        is_till=True,
    )


def _item(line: Line) -> dict[str, Any]:
    return {
        "positionId": line.position,
        "description": line.name,
        "count": float(line.quantity),
        "unit": "шт",
        "amount": float(line.amount),
        "itemId": line.goods_id,
        "commonCode": None,
    }


def _positions(lines: list[Line], field: str) -> list[dict[str, Any]]:
    return [
        {"key": line.position, "value": float(getattr(line, field))}
        for line in lines
        if getattr(line, field)
    ]


def _withdraws(installation: Installation, purchase: Purchase) -> list[dict[str, Any]]:
    spent = total(line.pay for line in purchase.lines)
    if not spent:
        return []
    return [
        {
            "moneyAmount": float(spent * installation.programme.rules.rate),
            "withdrawType": "Bonus",
            "description": None,
            "positionInfo": _positions(purchase.lines, "pay"),
            "amount": money(-spent, BONUS),
        }
    ]


def _rewards(installation: Installation, purchase: Purchase) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    discount = total(line.discount for line in purchase.lines)
    if discount:
        offers = installation.programme.rules.discounts
        offer = offers[0].external_id if offers else None
        rows.append(_reward(purchase, offer, "Discount", "discount", money(discount, RUB)))
    earned = total(line.cashback for line in purchase.lines)
    if earned and purchase.is_accrued:
        offer = installation.programme.rules.accrual.external_id
        rows.append(_reward(purchase, offer, "Bonus", "cashback", money(earned, BONUS)))
    return rows


def _reward(
    purchase: Purchase, offer: str | None, kind: str, field: str, amount: dict[str, Any]
) -> dict[str, Any]:
    return {
        "offerExternalId": offer,
        "rewardType": kind,
        "description": None,
        "positionInfo": _positions(purchase.lines, field),
        "amount": amount,
    }


def _given_back(purchase: Purchase) -> list[dict[str, Any]]:
    given = total(line.pay for line in purchase.lines)
    return [_reward(purchase, None, "Bonus", "pay", money(given, BONUS))] if given else []


def _taken_back(purchase: Purchase) -> list[dict[str, Any]]:
    taken = total(line.cashback for line in purchase.lines)
    if not taken:
        return []
    return [
        {
            "moneyAmount": None,
            "withdrawType": "Bonus",
            "description": None,
            "positionInfo": _positions(purchase.lines, "cashback"),
            "amount": money(-taken, BONUS),
        }
    ]
