"""What the side door shows: customers with balances and orders, lists, codes, mailings, jobs."""

from __future__ import annotations

from mocks.mindbox import customer_view
from mocks.mindbox.clock import write
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import find
from mocks.mindbox.order import Order, ids_block, total
from mocks.mindbox.order_reads import line_block
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount, node


def customers(project: Project, keys: Json) -> list[Json]:
    """Return the customer with these keys, or all of them."""
    if not keys:
        return [_customer(project, one) for one in project.customers.values()]
    found = find(project, keys).customer
    return [] if found is None else [_customer(project, found)]


def orders(project: Project, keys: Json) -> list[Json]:
    """Return the orders that have one of the given ids, or all of them."""
    ids = {(key, str(value)) for key, value in node(keys, "ids").items()}
    return [
        _order(project, one)
        for one in project.orders.values()
        if not ids or ids & {*one.ids.items(), ("mindboxId", str(one.id))}
    ]


def lists(project: Project) -> list[Json]:
    """Return every product list with its owner: ``customer:{id}`` or ``device:{uuid}``."""
    return [
        {
            "owner": owner,
            "list": name,
            "items": [{**row, "price": amount(row["price"])} for row in rows],
        }
        for (owner, name), rows in project.lists.items()
    ]


def messages(project: Project) -> list[Json]:
    """Return what scenarios sent, codes included."""
    return [
        {
            "at": write(one.at),
            "channel": one.channel,
            "template": one.template,
            "customerId": one.customer_id,
            "address": one.address,
            "code": one.code,
        }
        for one in project.messages
    ]


def promo_codes(project: Project) -> list[Json]:
    """Return every promo code with its status and owner."""
    now = project.now()
    return [
        {"status": one.status(now), "customerId": one.customer_id, **one.as_json()}
        for one in project.promo_codes.values()
    ]


def _customer(project: Project, customer: Customer) -> Json:
    return {
        **customer_view.full(project, customer),
        "balances": customer_view.balances(project, customer),
        "discountCards": customer_view.cards(project, customer),
        "segments": dict(customer.segments),
        "orders": [
            _order(project, one)
            for one in project.orders.values()
            if one.customer_id == customer.id
        ],
        "actions": [one.template for one in project.actions_of[customer.id]],
    }


def _order(project: Project, order: Order) -> Json:
    return {
        "ids": ids_block(project, order, is_suffixed=False),
        "customerId": order.customer_id,
        "totalPrice": amount(total(project, order)),
        "deliveryCost": amount(order.delivery),
        "pointOfContact": order.place,
        "created": write(order.created),
        "changed": write(order.changed),
        "coupons": list(order.coupons),
        "payments": order.payments,
        "lines": [line_block(project, line) for line in order.lines],
    }
