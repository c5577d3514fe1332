"""Calculating, creating and updating orders with processing (sections 12, 13)."""

from __future__ import annotations

from mocks.mindbox import coupons, gift_cards, order_effects
from mocks.mindbox.actions import BalanceChange
from mocks.mindbox.calculation import Calculation, Wish
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.customer_calls import created
from mocks.mindbox.customers import Found, existing, fill, find
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.order import (
    CLOSED,
    EARNING,
    RETURNED,
    Order,
    OrderLine,
    active_lines,
    bind,
    category,
    lookup,
    read_ids,
)
from mocks.mindbox.order_answers import calculation_blocks, save_blocks
from mocks.mindbox.order_lines import line_status
from mocks.mindbox.order_points import accrue
from mocks.mindbox.pricing import calculate, used_units
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount, camels, hundredths, node, rows, text

SPLIT_TEXT = "Splitting of lines means that current order must be recalculated"
_FIRST_STATUS = "CheckedOut"


def calculate_order(call: Call) -> Answer:
    """Compute an order, no side effects (12)."""
    sent = call.required("order")
    search = _search(call)
    stored = lookup(call.project, read_ids(call.project, node(sent, "ids")))
    wish = Wish(
        call.project,
        sent,
        call.place,
        search.customer if search is not None else None,
        stored,
        is_proven=call.operation.option("flavour") == "authorized",
    )
    found = calculate(wish)
    blocks = calculation_blocks(found, search)
    info = gift_cards.payments_info(call.project, sent, found.total)
    if info:
        blocks["order"]["paymentsInfo"] = info
    return Answer(blocks)


def save_order(call: Call) -> Answer:
    """Create an order, or update the one with these ids (13.1)."""
    project, sent = call.project, call.required("order")
    ids = read_ids(project, node(sent, "ids"))
    if not ids:
        msg = "/order/ids: не передан идентификатор заказа"
        raise ProtocolRefused(msg)
    stored = lookup(project, ids)
    if stored is not None:
        _check_open(project, stored, sent)
    search = _buyer(call)
    wish = Wish(
        project,
        sent,
        call.place,
        search.customer if search is not None else None,
        stored,
        is_proven=call.operation.option("flavour") == "authorized",
        is_save=True,
    )
    found = calculate(wish)
    refusal = _refused(found, call)
    if refusal is not None:
        return refusal
    gift_cards.check(project, sent, found.parts, stored)
    if search is not None and search.status == "NotFound":
        search = Found("Created", created(project, call.required("customer")))
        wish.customer = search.customer
        accrue(found)
    order, is_new = store(call, found, ids)
    status = project.settings.order_saved_status
    if status == "CreatedUpdated":
        status = "Created" if is_new else "Updated"  # type: ignore[assignment]
    return Answer(
        save_blocks(found, order, search, status),
        effect="created" if is_new else "changed",
        key=next(iter(order.ids.values()), str(order.id)),
    )


def store(call: Call, found: Calculation, ids: dict[str, str]) -> tuple[Order, bool]:
    """Write a computed order and its effects; return it and whether it is new."""
    project, wish = call.project, found.wish
    order = wish.order
    is_new = order is None
    if order is None:
        order = Order(project.next_id("order"), project.now(), project.now())
        project.orders[order.id] = order
    bind(project, order, ids)
    if order.promotions is None:
        order.promotions, order.available = wish.promotions, _available(wish)
    order.place = call.place or order.place
    order.changed = project.now()
    order.customer_id = wish.customer.id if wish.customer is not None else order.customer_id
    _copy(order, wish.sent)
    before = order.lines
    lines = [_line(project, order, found, at) for at in range(len(found.parts))]
    changes = _effects(call, order, before=before, after=lines)
    order.lines = lines
    order.delivery, order.delivery_discounts = found.delivery, found.delivery_discounts
    order.stated_total = None
    _consume(project, order, found)
    if is_new:
        _issue(project, order)
    if order.customer_id is not None:
        project.act(
            "OformlenieZakaza",
            order.customer_id,
            at=call.at,
            place=order.place,
            order_id=order.id,
            changes=tuple(changes),
        )
    customer = order_effects.customer_of(project, order)
    project.tell("orderSaved", order=order, customer=customer)
    return order, is_new


def _search(call: Call) -> Found | None:
    """Find the customer of a calculation; an unknown one gets the public promotions only."""
    if call.operation.option("flavour") == "anonymous" or not node(call.body, "customer"):
        return None
    return find(call.project, call.required("customer"))


def _buyer(call: Call) -> Found | None:
    """Find the customer of a save: proven, known by contacts, or nobody at all (section 7)."""
    flavour = call.operation.option("flavour")
    if flavour == "anonymous" or (flavour == "unauthorized" and not node(call.body, "customer")):
        return None
    sent = call.required("customer")
    found = find(call.project, sent)
    if found.status == "DiscountCardIsBlocked":
        return found
    if flavour == "authorized":
        return Found("Found", existing(call.project, sent))
    if found.customer is not None:
        changed = fill(call.project, found.customer, sent)
        return Found("Changed" if changed else "Found", found.customer)
    return found


def _check_open(project: Project, stored: Order, sent: Json) -> None:
    """Refuse to open again what is cancelled or returned as a whole (13)."""
    words = [line_status(row) or _FIRST_STATUS for row in rows(sent, "lines")]
    opens = any(category(project, word) not in CLOSED for word in words)
    if opens and not active_lines(project, stored):
        msg = "/order: отменённый или возвращённый заказ не может быть открыт снова"
        raise ProtocolRefused(msg)


def _refused(found: Calculation, call: Call) -> Answer | None:
    """Return the answer to a save that does not match the computed order (13.1)."""
    wish, settings = found.wish, call.project.settings
    if wish.customer is None:
        for use in found.coupons:
            if use.found is not None and use.found.pool.is_referral:
                msg = "Промокод не применился"
                raise ValidationRefused(msg, "/order/coupons")
    if len(found.parts) > len(rows(wish.sent, "lines")):
        if settings.split_error == "validation":
            raise ValidationRefused(SPLIT_TEXT, "/order/lines")
        if settings.split_error == "protocol400":
            msg = f"/order/lines: {SPLIT_TEXT}"
            raise ProtocolRefused(msg)
        return _price_changed(call, SPLIT_TEXT)
    expected = hundredths(wish.sent.get("totalPrice"), "/order/totalPrice")
    if expected != found.total:
        shown = f"ожидалось {amount(expected)}, рассчитано {amount(found.total)}"
        return _price_changed(call, f"Стоимость заказа изменилась: {shown}")
    return None


def _price_changed(call: Call, description: str) -> Answer:
    block: Json = {"statusDescription": description}
    if call.project.settings.price_changed_place == "envelope":
        return Answer({"order": block}, "refused", status="PriceHasBeenChanged", is_done=False)
    block = {"processingStatus": "PriceHasBeenChanged", **block}
    return Answer({"order": block}, "refused", is_done=False)


def _available(wish: Wish) -> int:
    if wish.customer is None:
        return 0
    kind = wish.project.balance_type.system_name
    return wish.customer.ledger(kind).balance(wish.project.now()).available


def _copy(order: Order, sent: Json) -> None:
    """Keep what the caller tells about an order and nobody computes."""
    order.payments = rows(sent, "payments") or order.payments
    order.area = text(node(sent, "area", "ids").get("externalId")) or order.area
    order.custom |= camels(node(sent, "customFields"))


def _line(project: Project, order: Order, found: Calculation, at: int) -> OrderLine:
    part = found.parts[at]
    return OrderLine(
        line_id=text(part.line.get("lineId")) or str(part.number),
        number=part.number,
        product=node(part.line, "product", "ids"),
        quantity=part.quantity,
        price=part.price,
        floor=part.floor,
        status=line_status(part.line) or _FIRST_STATUS,
        total=part.total,
        discounts=part.discounts,
        spent=part.spent,
        earned=part.earned,
        custom=node(part.line, "customFields"),
        gift_card=gift_cards.sell(project, part, order),
        quantity_type=text(part.line.get("quantityType")) or "int",
    )


def _effects(
    call: Call, order: Order, *, before: list[OrderLine], after: list[OrderLine]
) -> list[BalanceChange]:
    """Bring points from what the order had done to what it does now."""
    project = call.project
    if any(category(project, line.status) == RETURNED for line in after) and not before:
        msg = "/order/lines/status: новый заказ не может быть возвращён"
        raise ProtocolRefused(msg)
    was, became = (
        sum(line.spent for line in lines if category(project, line.status) not in CLOSED)
        for lines in (before, after)
    )
    changes = order_effects.write_off(project, order, became - was)
    changes += order_effects.take_back(project, order, before)
    earning = [line for line in after if category(project, line.status) in EARNING]
    changes += order_effects.accrue(project, order, earning, call.at)
    return changes


def _consume(project: Project, order: Order, found: Calculation) -> None:
    """Use codes, limits and gift cards, unless every line is cancelled from the start."""
    if all(category(project, line.status) in CLOSED for line in order.lines):
        return
    coupons.use(project, order, [use.code for use in found.coupons if use.status == "CanBeUsed"])
    gift_cards.pay(project, found.wish.sent, order)
    if any(category(project, line.status) in EARNING for line in order.lines):
        gift_cards.activate_sold(project, order)
    if order.customer_id is None:
        return
    order_effects.free_limits(project, order)
    for external_id, units in used_units(found).items():
        project.usage[external_id, order.customer_id][order.id] = units


def _issue(project: Project, order: Order) -> None:
    """Issue the promo codes that a purchase earns, while their pools last."""
    for promotion in order.promotions or ():
        if promotion.benefit != "issueCoupon" or order.customer_id is None:
            continue
        for code in project.promo_codes.values():
            is_free = code.issued is None and code.used is None and code.customer_id is None
            if code.pool.external_id == promotion.pool and is_free:
                code.issued, code.customer_id = project.now(), order.customer_id
                order.issued.append((promotion, code))
                break
