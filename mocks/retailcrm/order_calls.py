"""Handlers of ``/orders`` that write, and the reading of one (reference, sections 9 and 20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.order_writes import create_order, edit_order, set_order_external_id
from mocks.retailcrm.refusals import PARTIAL, Errors, Refused, entity_errors, invalid_input
from mocks.retailcrm.uploads import answered, load_rows

if TYPE_CHECKING:
    from mocks.retailcrm.order import Order


def shown(call: Call, order: Order) -> dict[str, Any]:
    """Return the full order with its customer as of now."""
    return order.view(call.account.customers.by_id.get(order.customer_id or 0))


def fresh(call: Call, order: Order) -> dict[str, Any]:
    """Return the full order as create and upload echo it: payments as a list."""
    return {**shown(call, order), "payments": [one.view() for one in order.payments.values()]}


def create(call: Call) -> Answer:
    """POST orders/create: 201 with the full order (9)."""
    raw, site = call.structure("order"), call.writing_site()
    order = create_order(call.account, raw, site=site, origin=call.origin)
    return call.created(
        {"id": order.id, "order": fresh(call, order)}, key=order.external_id or order.id
    )


def edit(call: Call) -> Answer:
    """POST orders/{externalId}/edit: a patch; ``items`` is the whole composition (9.1)."""
    raw = call.structure("order")
    order = call.entity(call.account.orders)
    changed = edit_order(call.account, order, raw, origin=call.origin)
    body = {"success": True, "id": order.id, "order": shown(call, order)}
    return Answer(
        body, key=order.external_id or order.id, effect="changed" if changed else "unchanged"
    )


def get(call: Call) -> Answer:
    """GET orders/{externalId} (9)."""
    order = call.entity(call.account.orders)
    return Answer({"success": True, "order": shown(call, order)}, key=order.external_id or order.id)


def upload(call: Call) -> Answer:
    """POST orders/upload: at most 50 rows, 201; 460 when some are refused (9, 20)."""
    account = call.account
    loaded = load_rows(
        call,
        "orders",
        shelf=account.orders,
        taken="Order with externalId={} already exists.".format,
        create=lambda row, site: create_order(account, row, site=site, origin=call.origin),
    )
    lists = {"uploadedOrders": loaded.uploaded, "failedOrders": loaded.failed}
    if loaded.failed:
        reasons = [text for reason in loaded.reasons for text in _texts(reason)]
        text = "Orders are loaded with errors"
        raise Refused(PARTIAL, text, reasons, **lists)
    body = {**lists, "orders": [fresh(call, order) for order in loaded.saved]}
    return answered(call, loaded, body, status=201)


def _texts(reason: Errors | str) -> list[str]:
    """Return a row's reasons as plain texts; a named field stands before its text."""
    if isinstance(reason, str):
        return [reason]
    if isinstance(reason, Mapping):
        return [f"{path}: {text}" for path, text in reason.items()]
    return list(reason)


def fix_external_ids(call: Call) -> Answer:
    """POST orders/fix-external-ids: all or nothing (9, 20)."""
    pairs: list[tuple[Order, str]] = []
    for row in call.structure("orders", list):
        number, external_id = (
            (row.get("id"), row.get("externalId")) if isinstance(row, dict) else (None, None)
        )
        order = call.account.orders.by_id.get(number) if isinstance(number, int) else None
        if order is None or not external_id or not call.sees(order.site):
            raise invalid_input()
        others = call.account.orders.external(str(external_id), [order.site])
        if any(other is not order for other in others):
            if call.account.settings.fix_external_id_conflict == "200_ignored":
                continue
            raise entity_errors(
                {"externalId": f"Order with externalId={external_id} already exists."}
            )
        pairs.append((order, str(external_id)))
    changed = [
        set_order_external_id(call.account, order, value, call.origin) for order, value in pairs
    ]
    return Answer(
        {"success": True},
        key=",".join(value for _, value in pairs),
        effect="changed" if any(changed) else "unchanged",
    )
