"""An order's sums, and the bonuses that follow from them (reference, 9.2, 11.7 to 11.9, 26)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from mocks.retailcrm.participation import ZERO
from mocks.retailcrm.pricing import Privilege, Spending, cents, exact, price_lines
from mocks.retailcrm.shapes import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mocks.retailcrm.account import Account
    from mocks.retailcrm.item import Item
    from mocks.retailcrm.order import Order
    from mocks.retailcrm.participation import Participation
    from mocks.retailcrm.programs import Level, Program

_HUNDRED = Decimal(100)


def recalculate(account: Account, order: Order) -> None:
    """Compute lines and sums again, and what the order will earn."""
    bonuses, values = order.bonuses, order.values
    if order.firm is not None:
        # Loyalty does not cover corporate customers (reference, section 7).
        values["privilegeType"] = "none"
    bonuses.member = participation_of(account, order)
    if bonuses.holder is not None and bonuses.holder is not bonuses.member:
        release(account, order)
    privilege = _privilege(account, order)
    program = _program(account, order)
    rate = exact(program.charge_rate) if program is not None else Decimal(1)
    order.summ = price_lines(
        order.items,
        amount=exact(values.get("discountManualAmount")),
        percent=exact(values.get("discountManualPercent")),
        privilege=privilege,
        spending=Spending(bonuses.charged, rate),
        rounding=_rounding(account, order),
    )
    order.total = plain(exact(order.summ) + exact(order.delivery.get("cost")))
    member = bonuses.member
    accumulates = member is not None and earns(account, member)
    if accumulates or not bonuses.booked:
        _earn(order.items, bonuses.level if accumulates else None)


def _rounding(account: Account, order: Order) -> Decimal:
    """Return the account's step of rounding, in money, for an order that asks for it."""
    if not order.values.get("applyRound"):
        return ZERO
    return Decimal(account.settings.rounding_kopecks) / _HUNDRED


def earns(account: Account, member: Participation) -> bool:
    """Tell whether purchases and bonuses accumulate on a participation now."""
    return member.accumulates and account.loyalty.works(member)


def spends(account: Account, member: Participation) -> bool:
    """Tell whether a participation may pay with bonuses, or use its discounts, now."""
    return member.active and account.loyalty.works(member)


def participation_of(account: Account, order: Order) -> Participation | None:
    """Return the participation that the order's bonuses lie on; a firm has none."""
    if order.firm is not None:
        return None
    return account.loyalty.of(order.customer_id, order.site)


def _program(account: Account, order: Order) -> Program | None:
    member = order.bonuses.member
    return account.loyalty.programs[member.program] if member is not None else None


def _privilege(account: Account, order: Order) -> Privilege:
    """Return the automatic discount that the order's ``privilegeType`` chooses, and note it."""
    bonuses, values = order.bonuses, order.values
    kind = values.get("privilegeType")
    customer = account.customers.by_id.get(order.customer_id or 0)
    program = _program(account, order)
    order.personal_percent = 0
    bonuses.event = None
    if kind == "personal_discount" and customer is not None:
        order.personal_percent = customer.values.get("personalDiscount") or 0
    if kind != "loyalty_level" or bonuses.member is None:
        bonuses.level = None
    elif not bonuses.booked or bonuses.level is None:
        # Bonuses once credited keep the level of their moment, though the purchase lifts it.
        bonuses.level = account.loyalty.level(bonuses.member)
    if kind == "loyalty_event" and program is not None:
        wanted = values.get("loyaltyEventDiscountId")
        bonuses.event = next((one for one in program.events if one.id == wanted), None)
        if bonuses.event is not None and bonuses.member and spends(account, bonuses.member):
            percent = exact(bonuses.event.discount)
            return Privilege("loyalty_event", percent, percent)
    level = bonuses.level
    active = bonuses.member is not None and spends(account, bonuses.member)
    if level is not None and level.type == "discount" and active:
        return Privilege("loyalty_level", exact(level.size), exact(level.promo_size))
    percent = exact(order.personal_percent)
    return Privilege(account.settings.personal_discount_type, percent, percent)


def _earn(items: Sequence[Item], level: Level | None) -> None:
    """Compute what each line earns: percent of its sum, or one bonus per so much money."""
    for item in items:
        item.earns = 0
        if level is None or level.type == "discount" or item.canceled:
            continue
        size = exact(level.promo_size if item.offer and item.offer.promo else level.size)
        if level.type == "bonus_percent":
            item.earns = plain(cents(exact(item.summ) * size / _HUNDRED))
        elif size:
            item.earns = plain((exact(item.summ) / size).to_integral_value(ROUND_FLOOR))


def charge_limit(account: Account, order: Order) -> Decimal:
    """Return the most bonuses that the order may spend: the balance, or the program's share."""
    member = order.bonuses.member
    program = _program(account, order)
    if member is None or program is None or not spends(account, member):
        return ZERO
    goods = exact(order.summ) + order.bonuses.charged * exact(program.charge_rate)
    share = goods * exact(program.cap_percent) / _HUNDRED / exact(program.charge_rate)
    held = member.amount + order.bonuses.charged
    return min(held, share.quantize(Decimal("0.01"), ROUND_FLOOR))


def follow(account: Account, order: Order) -> None:
    """Book what the order's state demands: purchases, earned bonuses, a charge grown too big."""
    bonuses = order.bonuses
    _count(account, order)
    spent = sum((exact(item.bonuses_charge) for item in order.items), ZERO)
    if spent < bonuses.charged:
        _give_back(account, order, bonuses.charged - spent)
    planning = account.settings.order_credit_total == "planned" and not bonuses.withdrawn
    for item in order.items:
        item.bonuses_credit = item.earns if planning or bonuses.booked else 0


def _count(account: Account, order: Order) -> None:
    """Count the purchase and book its bonuses, or take both back.

    Where nothing accumulates (the participation or its program is stopped) what was booked stays.
    """
    bonuses, member = order.bonuses, order.bonuses.member
    reached = _reached(account, order)
    if member is None or (reached and not earns(account, member)):
        return
    purchases = exact(order.summ) if reached else ZERO
    if bonuses.counted != purchases:
        member.orders_sum += purchases - bonuses.counted
        bonuses.counted, bonuses.holder = purchases, member
    planned = sum((exact(item.earns) for item in order.items), ZERO)
    due = planned if reached and not bonuses.withdrawn else ZERO
    if due != bonuses.booked:
        _withdraw(account, order)
        _book(account, order, due)


def _reached(account: Account, order: Order) -> bool:
    if account.settings.credit_moment == "full_paid":
        return order.full_paid_at is not None
    row = account.references["statuses"].get(order.values["status"], {})
    return bool(row.get("group") == "complete")


def _book(account: Account, order: Order, due: Decimal) -> None:
    bonuses = order.bonuses
    if due <= ZERO or bonuses.member is None:
        return
    delay = account.loyalty.programs[bonuses.member.program].delay_days
    start = str(date.fromisoformat(account.now()[:10]) + timedelta(days=delay))
    bonuses.lot = account.loyalty.credit(
        bonuses.member, due, "credit_for_order", start=start, order=order.id
    )
    bonuses.booked, bonuses.holder = due, bonuses.member


def _withdraw(account: Account, order: Order) -> None:
    """Take the earned bonuses away, as far as they are still there."""
    bonuses = order.bonuses
    if bonuses.booked > ZERO and bonuses.holder is not None:
        gone = bonuses.holder.withdraw(bonuses.lot, bonuses.booked)
        if gone > ZERO:
            account.loyalty.note(bonuses.holder, "cancel_of_credit", -gone, order=order.id)
    bonuses.booked, bonuses.lot = ZERO, None


def _give_back(account: Account, order: Order, wanted: Decimal) -> None:
    bonuses = order.bonuses
    if wanted <= ZERO or bonuses.holder is None:
        return
    bonuses.holder.give_back(bonuses.taken, wanted, account.now()[:10])
    bonuses.charged -= wanted
    account.loyalty.note(bonuses.holder, "cancel_of_charge", wanted, order=order.id)


def pay(account: Account, order: Order, wanted: Decimal) -> None:
    """Charge bonuses to the order in place of those that it had charged before."""
    bonuses = order.bonuses
    _give_back(account, order, bonuses.charged)
    if bonuses.member is not None and wanted > ZERO:
        bonuses.taken = account.loyalty.charge(
            bonuses.member, wanted, "charge_for_order", order=order.id
        )
        bonuses.charged, bonuses.holder = wanted, bonuses.member
    bonuses.withdrawn = False


def undo(account: Account, order: Order) -> None:
    """Return the spent bonuses and withdraw the earned ones; the order earns no more."""
    _give_back(account, order, order.bonuses.charged)
    _withdraw(account, order)
    order.bonuses.withdrawn = True


def release(account: Account, order: Order) -> None:
    """Take the order off its participation: bonuses and purchases as if it had not been."""
    bonuses = order.bonuses
    _give_back(account, order, bonuses.charged)
    _withdraw(account, order)
    if bonuses.holder is not None:
        bonuses.holder.orders_sum -= bonuses.counted
    bonuses.counted, bonuses.holder, bonuses.taken = ZERO, None, []
