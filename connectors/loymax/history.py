"""History: rows of a member's history as postings of points. Pure (vendor reference, 6.3)."""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import BonusOperation, BonusOperationKind, BonusPoints

from .values import moment_of
from .wire import HistoryRowWire, MoneyWire

_NOT_POINTS = "Discount"


def postings(row: HistoryRowWire) -> list[BonusOperation]:
    """Return the postings of a row; direct discounts in roubles are none (trap 7)."""
    at = moment_of(row.date_time)
    if at is None:
        return []
    found: list[tuple[str, BonusOperationKind, Decimal]] = []
    for place, one in enumerate(row.data.rewards):
        if one.get("rewardType") != _NOT_POINTS:
            amount = MoneyWire.model_validate(one.get("amount") or {}).amount
            kind = BonusOperationKind.ACCRUE
            found.append((f"r{place}", BonusOperationKind.CANCEL if amount < 0 else kind, amount))
    for place, one in enumerate(row.data.withdraws):
        amount = MoneyWire.model_validate(one.get("amount") or {}).amount
        found.append((f"w{place}", _withdrawal(one.get("withdrawType")), amount))
    data = row.data
    if data.reward_type and data.reward_type != _NOT_POINTS and data.amount is not None:
        found.append(("r", BonusOperationKind.ACCRUE, data.amount.amount))
    if data.withdraw_type and data.amount is not None:
        found.append(("w", _withdrawal(data.withdraw_type), data.amount.amount))
    return [
        BonusOperation(
            id=f"{row.id}-{mark}",
            kind=kind,
            points=BonusPoints(points=amount),
            at=at,
            order_number=data.cheque_number,
            reason=row.description,
        )
        for mark, kind, amount in found
    ]


def _withdrawal(kind: object) -> BonusOperationKind:
    return BonusOperationKind.EXPIRE if kind == "Expiration" else BonusOperationKind.REDEEM
