"""Changing the status of an order's lines, returns included (14.1)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.order import CLOSED, Order, OrderLine, category, existing
from mocks.mindbox.order_effects import change_status
from mocks.mindbox.order_lines import line_status, product_of, read_quantity
from mocks.mindbox.parts import Discount, rounded
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, camels, hundredths, node, number, rows, text

_REFUND = "returnedPayments"


def set_status(call: Call) -> Answer:
    """Move a whole order, or some of its lines, to a status."""
    project = call.project
    order = existing(project, call.body)
    sent = call.required("order")
    order.custom |= camels(node(sent, "customFields"))
    whole = text(call.body.get("orderLinesStatus"))
    sent_lines = rows(sent, "lines")
    if not whole and not sent_lines:
        msg = "/orderLinesStatus: не передан ни статус заказа, ни статусы позиций"
        raise ProtocolRefused(msg)
    for row in rows(sent, _REFUND):
        hundredths(row.get("amount"), f"/order/{_REFUND}/amount")
    if whole:
        _check_move(project, order.lines, whole)
        change_status(project, order, order.lines, status=whole, at=call.at, place=call.place)
    else:
        _by_lines(call, order, sent_lines)
    return Answer({}, "changed", next(iter(order.ids.values()), str(order.id)))


def find_line(call: Call, order: Order, sent: Json, where: str) -> OrderLine:
    """Find a line by number and id, by either, or by product and price.

    Raises:
        ProtocolRefused, ValidationRefused: there is none (switch ``cancelUnknownLine``).
    """
    found = _matching(call.project, order, sent, where)
    if found is not None:
        return found
    if call.project.settings.cancel_unknown_line == "validationError":
        msg = "Позиция заказа не найдена"
        raise ValidationRefused(msg, where)
    msg = f"{where}: позиция заказа не найдена"
    raise ProtocolRefused(msg)


def split_line(line: OrderLine, quantity: Decimal, tick: int) -> OrderLine:
    """Take ``quantity`` units off a line and return them as a line of their own.

    Sums are divided by units; what does not divide stays with the rest. ``tick`` is the smallest
    amount of the points account.
    """
    part, whole = quantity, line.quantity
    taken = replace(
        line,
        quantity=part,
        total=_share(line.total, part, whole),
        spent=_points(line.spent, part, whole, tick),
        earned=_points(line.earned, part, whole, tick),
        discounts=[
            Discount(one.promotion, _share(one.amount, part, whole), one.code)
            for one in line.discounts
        ],
    )
    line.quantity = whole - part
    line.total -= taken.total
    line.spent -= taken.spent
    line.earned -= taken.earned
    line.discounts = [
        Discount(one.promotion, one.amount - gone.amount, one.code)
        for one, gone in zip(line.discounts, taken.discounts, strict=True)
    ]
    return taken


def _share(value: int, part: Decimal, whole: Decimal) -> int:
    return int(value * part / whole)


def _points(value: int, part: Decimal, whole: Decimal, tick: int) -> int:
    """Divide points; those of an account of whole points stay whole."""
    return _share(value, part, whole) // tick * tick


def _by_lines(call: Call, order: Order, sent_lines: list[Json]) -> None:
    """Move lines one by one; everything is checked before anything moves."""
    project = call.project
    plan: list[tuple[OrderLine, Decimal, str]] = []
    for at, row in enumerate(sent_lines):
        where = f"/order/lines/{at}"
        line = find_line(call, order, row, where)
        quantity = read_quantity(row, where) if text(row.get("quantity")) else line.quantity
        if quantity > line.quantity:
            msg = f"{where}/quantity: больше, чем в позиции заказа"
            raise ProtocolRefused(msg)
        status = line_status(row)
        category(project, status, f"{where}/status")
        _check_move(project, [line], status)
        plan.append((line, quantity, status))
    for line, quantity, status in plan:
        moved = line
        if quantity < line.quantity:
            moved = split_line(line, quantity, 100 if project.balance_type.is_integer else 1)
            order.lines.insert(order.lines.index(line) + 1, moved)
            moved.number = max(one.number for one in order.lines) + 1
        change_status(project, order, [moved], status=status, at=call.at, place=call.place)


def _check_move(project: Project, lines: list[OrderLine], status: str) -> None:
    """Refuse to open again what is cancelled or returned (section 13)."""
    target = category(project, status, "/orderLinesStatus")
    was = {category(project, line.status) for line in lines}
    if target not in CLOSED and was and was <= CLOSED:
        msg = "/orderLinesStatus: отменённая или возвращённая позиция не может быть открыта снова"
        raise ProtocolRefused(msg)


def _matching(project: Project, order: Order, sent: Json, where: str) -> OrderLine | None:
    line_id = text(sent.get("lineId"))
    position = number(sent.get("lineNumber"), f"{where}/lineNumber", 0)
    lines = order.lines
    if position:
        lines = [line for line in lines if line.number == position]
    if line_id and not position:
        lines = [line for line in lines if line.line_id == line_id]
    if not line_id and not position:
        if not node(sent, "product", "ids"):
            return None
        sku = product_of(project, sent, where)
        lines = [line for line in lines if sku in line.product.values()]
        price = sent.get("basePricePerItem") or sent.get("pricePerItem") or sent.get("price")
        if text(price):
            wanted = hundredths(price, f"{where}/price")
            lines = [
                line
                for line in lines
                if wanted in {line.price, rounded(Decimal(line.total) / line.quantity)}
            ]
    still_open = [line for line in lines if category(project, line.status) not in CLOSED]
    return next(iter(still_open or lines), None)
