"""Combining two orders: the technique decides about the lines only (reference, section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.feed import Origin
from mocks.retailcrm.order_writes import delete_order, edit_order
from mocks.retailcrm.refusals import INVALID, input_errors, invalid_input

if TYPE_CHECKING:
    from mocks.retailcrm.item import Item
    from mocks.retailcrm.order import Order

TECHNIQUES = ("ours", "theirs", "merge", "summ")


def combine(call: Call) -> Answer:
    """POST orders/combine: ``order`` is absorbed, the result order's own fields stay (9)."""
    technique = call.text("technique") or "ours"
    if technique not in TECHNIQUES:
        raise input_errors({"technique": INVALID})
    absorbed, result = _named(call, "order"), _named(call, "resultOrder")
    if absorbed is result:
        raise invalid_input()
    origin = Origin("combine")
    if technique != "ours":
        lines = _lines(result, absorbed, technique)
        edit_order(call.account, result, {"items": lines}, origin=origin, whole=True)
    delete_order(call.account, absorbed, origin, into=result)
    key = result.external_id or result.id
    return Answer({"success": True, "errors": []}, key=key, effect="changed")


def _named(call: Call, name: str) -> Order:
    number = call.structure(name).get("id")
    order = call.account.orders.by_id.get(number) if isinstance(number, int) else None
    if order is None or not call.sees(order.site):
        raise invalid_input()
    return order


def _lines(result: Order, absorbed: Order, technique: str) -> list[dict[str, Any]]:
    """Return the result's whole composition: theirs, or ours with theirs united or added up."""
    if technique == "theirs":
        return [_copy(item) for item in absorbed.items]
    rows = {item.id: {"id": item.id, "quantity": item.values["quantity"]} for item in result.items}
    own = {item.offer.id: item.id for item in result.items if item.offer is not None}
    added: list[dict[str, Any]] = []
    for item in absorbed.items:
        number = own.get(item.offer.id) if item.offer is not None else None
        if number is None:
            added.append(_copy(item))
        elif technique == "summ":
            rows[number]["quantity"] += item.values["quantity"]
    return [*rows.values(), *added]


def _copy(item: Item) -> dict[str, Any]:
    """Return a line as a new one of another order; its systems' own ids stay with it."""
    values = {name: value for name, value in item.values.items() if value is not None}
    return values if item.offer is None else {**values, "offer": {"id": item.offer.id}}
