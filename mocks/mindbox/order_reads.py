"""Reading orders (section 16)."""

from __future__ import annotations

from mocks.mindbox.actions import balance_type
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.customers import existing, find
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order import (
    CLOSED,
    Order,
    OrderLine,
    category,
    ids_block,
    lookup,
    read_ids,
    total,
)
from mocks.mindbox.order_answers import delivery_promotions
from mocks.mindbox.paging import page_of
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount, node

PAGE_LIMIT = 1000


def get_order(call: Call) -> Answer:
    """Return one order by exactly one id."""
    project = call.project
    ids = read_ids(project, node(call.required("order"), "ids"))
    if len(ids) != 1:
        msg = "/order/ids: ожидался ровно один идентификатор заказа"
        raise ProtocolRefused(msg)
    order = lookup(project, ids)
    if order is None:
        return Answer({"order": {"processingStatus": "NotFound"}})
    block: Json = {
        "processingStatus": "Found",
        "ids": ids_block(project, order, is_suffixed=False),
        "lines": [line_block(project, line) for line in order.lines],
        "appliedPromotions": delivery_promotions(order.delivery_discounts),
        "payments": order.payments,
        "bonusPointsInfoPerBalanceType": [_points(project, order)],
        "totalPrice": amount(total(project, order)),
    }
    return Answer({"order": {k: v for k, v in block.items() if v != []}}, key=str(order.id))


def list_orders(call: Call) -> Answer:
    """Return a page of a customer's orders, without the youngest."""
    project = call.project
    customer = existing(project, call.required("customer"))
    edge = project.lagged()
    found = [
        order
        for order in project.orders.values()
        if order.customer_id == customer.id and order.created <= edge
    ]
    page = page_of(call, found, moment=lambda order: order.created, limit=PAGE_LIMIT)
    return Answer({"orders": [_listed(project, order) for order in page]}, key=str(customer.id))


def total_paid(call: Call) -> Answer:
    """Return what a customer's paid lines are worth."""
    project = call.project
    found = find(project, call.required("customer"))
    if found.customer is None:
        return Answer({"customer": found.block()})
    paid = sum(
        line.total
        for order in project.orders.values()
        if order.customer_id == found.customer.id
        for line in order.lines
        if category(project, line.status) in {"paid", "delivered"}
    )
    return Answer({"retailOrderStatistics": {"totalPaidAmount": amount(paid)}})


def line_block(project: Project, line: OrderLine) -> Json:
    """Return a line as the reading of one order shows it."""
    return {
        "product": {"ids": product_ids(project, line)},
        "lineId": line.line_id,
        "lineNumber": line.number,
        "quantity": quantity(line),
        "basePricePerItem": amount(line.price),
        "priceOfLine": amount(line.total),
        "status": {"ids": {"externalId": line.status}},
        "appliedPromotions": promotions(line),
    }


def product_ids(project: Project, line: OrderLine) -> Json:
    """Return a product's ids with the project's own one."""
    for key, value in line.product.items():
        if key != "mindboxId":
            return {"mindboxId": project.product_id(key, str(value)), **line.product}
    return line.product


def quantity(line: OrderLine) -> int | float:
    """Return a quantity as a JSON number."""
    whole = int(line.quantity)
    return whole if line.quantity == whole else float(line.quantity)


def promotions(line: OrderLine) -> list[Json]:
    """Return ``appliedPromotions`` of a stored line."""
    found: list[Json] = [
        {"type": "discount", "amount": amount(one.amount), "promotion": one.promotion.short()}
        for one in line.discounts
    ]
    if line.spent:
        found.append({"type": "spentBonusPoints", "amount": amount(line.spent)})
    if line.earned:
        found.append({"type": "earnedBonusPoints", "amount": amount(line.earned)})
    return found


def _points(project: Project, order: Order) -> Json:
    """Return the points as of now: what still counts of the order."""
    kept = [line for line in order.lines if category(project, line.status) not in CLOSED]
    return {
        "spentAmount": amount(sum(line.spent for line in kept)),
        "earnedAmount": amount(sum(line.earned for line in kept)),
        "balanceType": balance_type(project.balance_type),
    }


def _listed(project: Project, order: Order) -> Json:
    row: Json = {
        "ids": ids_block(project, order, is_suffixed=False),
        "totalPrice": amount(total(project, order)),
        "deliveryCost": amount(order.delivery),
        "lines": [_listed_line(project, line) for line in order.lines],
        "appliedPromotions": delivery_promotions(order.delivery_discounts),
        "payments": order.payments,
    }
    if order.place:
        name = project.places.get(order.place, order.place)
        row["firstPointOfContact"] = {"ids": {"externalId": order.place}, "name": name}
    if order.custom:
        row["customFields"] = order.custom
    return row


def _listed_line(project: Project, line: OrderLine) -> Json:
    row = line_block(project, line)
    row["quantityType"] = line.quantity_type
    row["minPricePerItem"] = amount(line.floor)
    row["status"] = {
        "ids": {"externalId": line.status},
        "category": category(project, line.status),
    }
    if line.gift_card:
        row["giftCard"] = {"ids": {"number": line.gift_card}}
    if line.custom:
        row["customFields"] = line.custom
    return row
