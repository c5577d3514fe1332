"""Handlers of ``/orders`` that write, and the reading of one (reference, sections 9 and 20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.customer_calls import too_many
from mocks.retailcrm.order_writes import create_order, edit_order, set_order_external_id
from mocks.retailcrm.refusals import PARTIAL, Refused, entity_errors, invalid_input

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
    order = call.order()
    changed = edit_order(call.account, order, raw, origin=call.origin)
    body = {"success": True, "id": order.id, "order": shown(call, order)}
    return Answer(
        body, key=order.external_id or order.id, effect="changed" if changed else "unchanged"
    )


def get(call: Call) -> Answer:
    """GET orders/{externalId} (9)."""
    order = call.order()
    return Answer({"success": True, "order": shown(call, order)}, key=order.external_id or order.id)


def upload(call: Call) -> Answer:
    """POST orders/upload: at most 50 rows, 201; 460 when some are refused (9, 20)."""
    rows, site = call.structure("orders", list), call.writing_site()
    too_many(call, rows, "orders")
    saved: list[Order] = []
    failed: list[dict[str, Any]] = []
    errors: list[str] = []
    honest = call.account.settings.upload_repeat == "460"
    for row in rows:
        external_id = (
            str(row["externalId"])
            if isinstance(row, dict) and row.get("externalId") is not None
            else None
        )
        if external_id is not None and call.account.orders.external(external_id, [site]):
            if honest:
                failed.append({"externalId": external_id})
                errors.append(f"Order with externalId={external_id} already exists.")
            continue
        try:
            saved.append(create_order(call.account, row, site=site, origin=call.origin))
        except Refused as refusal:
            failed.append({"externalId": external_id} if external_id is not None else {})
            errors.extend(_texts(refusal))
    uploaded = [
        {name: value for name, value in order.stub().items() if name in {"id", "externalId"}}
        for order in saved
    ]
    if failed:
        raise Refused(
            PARTIAL,
            "Orders are loaded with errors",
            errors,
            uploadedOrders=uploaded,
            failedOrders=failed,
        )
    body = {
        "uploadedOrders": uploaded,
        "orders": [fresh(call, order) for order in saved],
        "failedOrders": [],
    }
    if not saved:
        code = 201 if call.account.settings.upload_repeat == "201_empty" else 200
        return Answer({"success": True, **body}, code, effect="unchanged")
    return call.created(body, key=",".join(str(order.external_id or order.id) for order in saved))


def _texts(refusal: Refused) -> list[str]:
    if isinstance(refusal.errors, dict):
        return [f"{path}: {text}" for path, text in refusal.errors.items()]
    return list(refusal.errors or [str(refusal)])


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
