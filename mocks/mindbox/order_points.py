"""Points of a calculation: how many are spent, how many earned (12.1 to 12.3)."""

from __future__ import annotations

from mocks.mindbox.calculation import Calculation, suits
from mocks.mindbox.customer import Customer
from mocks.mindbox.errors import ValidationRefused
from mocks.mindbox.promotions import accrued
from mocks.mindbox.reading import hundredths, rows, text
from mocks.mindbox.spread import points as spread_points


def spend(found: Calculation, customer: Customer) -> None:
    """Spread the wanted points, lowered to what there is and what the lines bear."""
    wish, project = found.wish, found.wish.project
    kind = project.balance_type
    project.settle(customer)
    balance = customer.ledger(kind.system_name).balance(project.now()).available
    if wish.order is not None and wish.order.promotions is not None:
        balance = wish.order.available
    share = found.goods * project.settings.points_percent_limit // 100
    tick = 100 if kind.is_integer else 1
    rooms = [part.room for part in found.parts]
    found.available = max(min(balance, share, sum(rooms)) // tick * tick, 0)
    if not wish.is_proven:
        return
    asked = _requested(found, "spentBonusPoints")
    wanted = sum(
        hundredths(row.get("amount"), "/order/bonusPoints/amount")
        for row in rows(wish.sent, "bonusPoints")
    )
    if wanted > balance and project.settings.spend_over_balance == "validationError":
        msg = "Недостаточно баллов для списания"
        raise ValidationRefused(msg, "/order/bonusPoints")
    left = found.available
    for part in found.parts:
        step = tick * part.units
        part.spent = min(asked.get(part.number, 0), part.room, left) // step * step
        left -= part.spent
    shares = spread_points(
        max(min(wanted, left), 0) // tick * tick,
        [part.total for part in found.parts],
        units=[part.units for part in found.parts],
        rooms=[part.room for part in found.parts],
        tick=tick,
    )
    for part, points in zip(found.parts, shares, strict=True):
        part.spent += points


def accrue(found: Calculation) -> None:
    """Compute the accrual of each line after points, rounded down (12.2)."""
    wish = found.wish
    tick = 100 if wish.project.balance_type.is_integer else 1
    for promotion in wish.promotions:
        if promotion.benefit == "cashback" and suits(wish, promotion):
            found.accrual = promotion
            for part in found.parts:
                part.earned = accrued(part.total, part.product, promotion, tick)
            break
    asked = _requested(found, "earnedBonusPoints")
    for part in found.parts:
        part.earned += asked.get(part.number, 0)


def _requested(found: Calculation, kind: str) -> dict[int, int]:
    """Return the points that the caller asks for by line; the first part of a line gets them."""
    asked: dict[int, int] = {}
    seen: set[int] = set()
    for part in found.parts:
        if part.index in seen:
            continue
        seen.add(part.index)
        asked[part.number] = sum(
            hundredths(row.get("amount"), f"/order/lines/{part.index}/requestedPromotions/amount")
            for row in rows(part.line, "requestedPromotions")
            if text(row.get("type")) == kind
        )
    return asked
