"""Handlers of bonuses on an order: what-if, apply, cancel (reference, 11.7 and 11.9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.bonus_calls import NOT_ENOUGH
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.feed import Origin
from mocks.retailcrm.order_checks import check_items, named_customer, read_order
from mocks.retailcrm.order_sums import (
    charge_limit,
    earns,
    participation_of,
    pay,
    recalculate,
    spends,
    undo,
)
from mocks.retailcrm.order_writes import draft_order, tracked
from mocks.retailcrm.participation import ZERO
from mocks.retailcrm.pricing import exact
from mocks.retailcrm.refusals import INVALID, entity_errors, input_errors, not_found
from mocks.retailcrm.shapes import Invalid, plain

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.item import Item
    from mocks.retailcrm.order import Order

_ITEM = ("priceType", "initialPrice", "discounts", "discountTotal", "prices", "quantity")


def _bonuses(call: Call) -> Decimal:
    try:
        return Decimal(str(shapes.amount(call.text("bonuses") or "0")))
    except Invalid:
        raise entity_errors({"bonuses": INVALID}) from None


def _allowed(account: Account, order: Order, wanted: Decimal) -> Decimal:
    """Return what may be spent of ``wanted``.

    Raises:
        Refused: it is more than balance or program allow, unless a switch cuts it down.
    """
    limit = charge_limit(account, order)
    if wanted <= limit:
        return wanted
    if account.settings.bonus_overcharge == "400":
        raise entity_errors({"bonuses": NOT_ENOUGH})
    return limit


def short(account: Account, order: Order, *, party: tuple[str, ...]) -> dict[str, Any]:
    """Return the short order of the loyalty methods, without its lines."""
    customer = account.customers.by_id.get(order.customer_id or 0)
    personal = customer.values.get("personalDiscount") or 0 if customer else 0
    stub = customer.stub() if customer else {}
    shown = {name: stub[name] for name in party if name in stub}
    return {
        **order.bonus_totals(),
        "privilegeType": order.values.get("privilegeType") or "none",
        "totalSumm": order.total,
        **order.bonuses.view(),
        "customer": {**shown, "personalDiscount": personal},
        "delivery": {"cost": order.delivery.get("cost") or 0},
        "site": order.site,
        "currency": order.currency,
    }


def _line(item: Item) -> dict[str, Any]:
    view = item.view()
    offer = view["offer"]
    return {
        "bonusesChargeTotal": item.bonuses_charge,
        "bonusesCreditTotal": item.bonuses_credit,
        **{name: view[name] for name in ("id", "externalIds") if name in view},
        **{name: view[name] for name in _ITEM},
        "offer": {name: offer[name] for name in ("id", "externalId") if name in offer},
    }


def _shown(account: Account, order: Order) -> dict[str, Any]:
    body = short(account, order, party=("id", "externalId"))
    return {**body, "items": [_line(item) for item in order.items]}


def calculate(call: Call) -> Answer:
    """POST loyalty/calculate: free of side effects (11.7, sample L11)."""
    account, site = call.account, call.writing_site()
    patch = read_order(account, call.structure("order"))
    lines = check_items(account, patch)
    customer = named_customer(account, patch.get("customer"), site)
    order = draft_order(account, patch, lines, site=site, customer=customer)
    recalculate(account, order)
    spent = _allowed(account, order, _bonuses(call))
    rows = [
        _what_if(account, order, kind, event, spent) for kind, event in _choices(account, order)
    ]
    best = max(rows, key=lambda row: row[1])[0]
    calculations = [{**row, "maximum": row is best} for row, _ in rows]
    chosen = patch.get("privilegeType") or "none", patch.get("loyaltyEventDiscountId")
    _try(account, order, chosen, spent)
    body: dict[str, Any] = {"order": _what_if_order(account, order, patch)}
    body["calculations"] = calculations
    if order.bonuses.member is not None and earns(account, order.bonuses.member):
        program = account.loyalty.programs[order.bonuses.member.program]
        body["loyalty"] = {"name": program.name, "chargeRate": program.charge_rate}
    return Answer({"success": True, **body})


def _what_if_order(account: Account, order: Order, patch: Mapping[str, Any]) -> dict[str, Any]:
    rows = []
    for item, given in zip(order.items, patch.get("items") or (), strict=True):
        line = _line(item)
        line.pop("id")
        rows.append({**line, "offer": given.get("offer") or {}})
    return {**short(account, order, party=("id",)), "items": rows}


def _choices(account: Account, order: Order) -> list[tuple[str, int | None]]:
    """Return every privilege that the order could take."""
    member = order.bonuses.member
    kinds: list[tuple[str, int | None]] = []
    if member is not None and earns(account, member):
        kinds.append(("loyalty_level", None))
        events = account.loyalty.programs[member.program].events
        kinds.extend(("loyalty_event", event.id) for event in events if event.discount)
    customer = account.customers.by_id.get(order.customer_id or 0)
    if customer is not None and customer.values.get("personalDiscount"):
        kinds.append(("personal_discount", None))
    return [*kinds, ("none", None)]


def _try(account: Account, order: Order, choice: tuple[str, int | None], spent: Decimal) -> None:
    """Price the draft under one privilege, with the bonuses as if they were charged."""
    order.values["privilegeType"], order.values["loyaltyEventDiscountId"] = choice
    order.bonuses.charged = spent
    recalculate(account, order)
    for item in order.items:
        item.bonuses_credit = item.earns


def _what_if(
    account: Account, order: Order, kind: str, event: int | None, spent: Decimal
) -> tuple[dict[str, Any], Decimal]:
    """Return a row of ``calculations`` and its worth in money."""
    _try(account, order, (kind, event), ZERO)
    limit = charge_limit(account, order)
    _try(account, order, (kind, event), spent)
    discounts = (exact(one["amount"]) for item in order.items for one in item.discounts)
    discount = sum(discounts, ZERO)
    credit = exact(order.bonus_totals()["bonusesCreditTotal"])
    row: dict[str, Any] = {"privilegeType": kind}
    if event is not None:
        row["loyaltyEventDiscount"] = {"id": event}
    row.update(discount=plain(discount), creditBonuses=plain(credit), maxChargeBonuses=plain(limit))
    return row, discount + credit


def _located(call: Call) -> Order:
    """Find the order that the form names by id, externalId or number."""
    locator, orders = call.structure("order"), call.account.orders
    site = call.site()
    sites = [site] if site else call.sites
    rows: list[Order] = []
    if locator.get("id") is not None:
        found = orders.by_id.get(locator["id"]) if isinstance(locator["id"], int) else None
        rows = [found] if found is not None else []
    elif locator.get("externalId") is not None:
        rows = orders.external(str(locator["externalId"]), sites)
    elif locator.get("number") is not None:
        rows = orders.marked("number", str(locator["number"]))
    else:
        raise entity_errors({"order": "Set one of the following fields: id, externalId, number"})
    rows = [row for row in rows if row.site in sites]
    if not rows:
        raise not_found()
    return rows[0]


def apply(call: Call) -> Answer:
    """POST orders/loyalty/apply: charges at once, or when the SMS is confirmed (11.9, O2)."""
    order, wanted, account = _located(call), _bonuses(call), call.account
    _take_rounding(call, order)
    bonuses = order.bonuses
    bonuses.member = participation_of(account, order)
    if bonuses.member is None or not spends(account, bonuses.member):
        raise entity_errors({"order": "Loyalty account is not activated"})
    key = order.external_id or order.id
    if wanted == bonuses.charged:
        return _unchanged(account, order)
    if bonuses.charged:
        rule = account.settings.apply_repeat
        if rule == "400":
            raise input_errors({"bonuses": "Bonuses have been applied already."})
        wanted += bonuses.charged if rule == "add" else ZERO
    wanted = _allowed(account, order, wanted)
    if wanted == bonuses.charged:
        return _unchanged(account, order)
    program = account.loyalty.programs[bonuses.member.program]
    if program.sms_charge and wanted > ZERO:
        check = account.loyalty.checks.send(
            bonuses.member, "charge", order=order.id, bonuses=wanted
        )
        body = {"order": _shown(account, order), "verification": check.view()}
        return Answer({"success": True, **body}, key=key, effect="unchanged")
    spend(account, order, wanted, call.origin)
    return Answer({"success": True, "order": _shown(account, order)}, key=key, effect="changed")


def _unchanged(account: Account, order: Order) -> Answer:
    body = {"success": True, "order": _shown(account, order)}
    return Answer(body, key=order.external_id or order.id, effect="unchanged")


def _take_rounding(call: Call, order: Order) -> None:
    """Let ``applyRound`` of the locator choose whether the sums are rounded."""
    given = call.structure("order").get("applyRound")
    if given is not None:
        order.values["applyRound"] = bool(given)


def spend(account: Account, order: Order, wanted: Decimal, origin: Origin) -> None:
    """Charge bonuses to an order and write its history.

    Raises:
        Refused: by now there are fewer.
    """
    wanted = _allowed(account, order, wanted)

    def change() -> None:
        pay(account, order, wanted)
        recalculate(account, order)

    tracked(account, order, origin, change)


def cancel(call: Call) -> Answer:
    """POST orders/loyalty/cancel-bonus-operations: safe to repeat (11.9, sample L13)."""
    order = _located(call)
    _take_rounding(call, order)
    changed = cancel_bonuses(call.account, order, call.origin)
    body = {"success": True, "order": _shown(call.account, order)}
    key = order.external_id or order.id
    return Answer(body, key=key, effect="changed" if changed else "unchanged")


def cancel_bonuses(account: Account, order: Order, origin: Origin) -> bool:
    """Give spent bonuses back, withdraw earned ones; return whether there were any."""
    had = bool(order.bonuses.charged or order.bonuses.booked)

    def change() -> None:
        undo(account, order)
        recalculate(account, order)

    tracked(account, order, origin, partial(change))
    return had
