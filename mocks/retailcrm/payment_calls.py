"""Handlers of ``/orders/payments`` (reference, section 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.payment_writes import (
    add_payment,
    edit_payment,
    find_payment,
    read_payment,
    remove_payment,
)
from mocks.retailcrm.refusals import entity_errors

if TYPE_CHECKING:
    from mocks.retailcrm.order import Order


def create(call: Call) -> Answer:
    """POST orders/payments/create: 201; the order is named inside (10)."""
    payment = read_payment(call.account, call.structure("payment"))
    order = _located(call, payment.get("order") or {})
    if payment.get("type") is None:
        raise entity_errors({"type": "This value should not be blank."})
    made = add_payment(call.account, order, payment, call.origin)
    return call.created({"id": made.id}, key=made.values.get("externalId") or made.id)


def _located(call: Call, locator: Mapping[str, Any]) -> Order:
    orders = call.account.orders
    if locator.get("id") is not None:
        rows = [
            order
            for order in [orders.by_id.get(locator["id"])]
            if order is not None and call.sees(order.site)
        ]
    elif locator.get("externalId") is not None:
        rows = orders.external(locator["externalId"], [locator.get("site") or call.writing_site()])
    elif locator.get("number") is not None:
        rows = [
            order for order in orders.marked("number", locator["number"]) if call.sees(order.site)
        ]
    else:
        raise entity_errors({"order": "Set one of the following fields: id, externalId, number"})
    if not rows:
        raise entity_errors({"order": "Order not found."})
    return rows[0]


def edit(call: Call) -> Answer:
    """POST orders/payments/{id|externalId}/edit (10)."""
    given = read_payment(call.account, call.structure("payment"))
    site = call.site()
    order, payment = find_payment(
        call.account, call.path["id"], call.by(), [site] if site else call.sites
    )
    changed = edit_payment(call.account, order, payment, given, origin=call.origin)
    key = payment.values.get("externalId") or payment.id
    return Answer(
        {"success": True, "id": payment.id}, key=key, effect="changed" if changed else "unchanged"
    )


def delete(call: Call) -> Answer:
    """POST orders/payments/{id}/delete: by internal id only (10)."""
    order, payment = find_payment(call.account, call.path["id"], "id", call.sites)
    remove_payment(call.account, order, payment, call.origin)
    return Answer({"success": True}, key=payment.id, effect="changed")
