"""Methods ``sale.order.*`` (reference 2.1, samples 10.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix.errors import refuse, required_fields, save_failed
from mocks.bitrix.fields import described, missing, whole, writable
from mocks.bitrix.orders import change_order, delete_order, full_order, new_order, save
from mocks.bitrix.query import find, page
from mocks.bitrix.rest import Answer, Call, Handler, listed
from mocks.bitrix.sale_fields import ORDER, ORDER_ADD_ANSWER
from mocks.bitrix.table import Row

ORDER_MISSING = 200540400001


def order_of(call: Call) -> Row:
    """Return the order that the parameter ``id`` names.

    Raises:
        RestRefused: no ``id``, or no such order.
    """
    order = call.site.orders.get(whole(call.required("id")))
    if order is None:
        refuse(ORDER_MISSING, "order is not exists")
    return order


def own_key(row: Row) -> str:
    """Return the key by which the caller knows a row.

    Its own external id, otherwise the site's id.
    """
    xml_id = str(row.get("xmlId") or "")
    return xml_id if xml_id and not xml_id.startswith("bx_") else str(row["id"])


def checked_values(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    """Refuse references that the order's builder could not resolve."""
    site = call.site
    status = values.get("statusId")
    if status is not None and (site.statuses.get(status) or {}).get("type") != "O":
        raise save_failed()
    if "personTypeId" in values and site.person_types.get(values["personTypeId"]) is None:
        raise save_failed()
    if any(isinstance(value, (dict, list)) for value in values.values()):
        raise save_failed()
    return values


def get_fields(call: Call) -> Answer:
    """Answer ``sale.order.getfields`` (10.3)."""
    call.may_read()
    return Answer({"order": described(ORDER)})


def get(call: Call) -> Answer:
    """Answer ``sale.order.get``: the order with its collections (10.3)."""
    call.may_read()
    order = order_of(call)
    call.did("none", own_key(order))
    return Answer({"order": full_order(call.site, order)})


def list_orders(call: Call) -> Answer:
    """Answer ``sale.order.list``: flat rows (10.2)."""
    call.may_read()
    rows = find(call.site.orders, ORDER, call.params, call.site.clock)
    return listed("orders", ORDER, page(rows, call.start), call.params)


def add(call: Call) -> Answer:
    """Answer ``sale.order.add``: a bare order; ``xmlId`` is not unique (10.3)."""
    call.may_write()
    sent = call.sent_fields()
    lacking = missing(ORDER, sent, adding=True)
    if lacking:
        raise required_fields(lacking)
    values = checked_values(call, writable(ORDER, sent, call.site.clock, adding=True))
    order = new_order(call.site, {"empStatusId": call.site.settings.user_id, **values})
    save(call.site, order, keeps_mark="updated1c" in values)
    call.did("created", own_key(order))
    shown = {
        *ORDER_ADD_ANSWER,
        *(name for name, value in values.items() if value not in (None, "")),
    }
    return Answer({"order": {name: order[name] for name in ORDER if name in shown}})


def update(call: Call) -> Answer:
    """Answer ``sale.order.update``: partial; the whole order comes back (10.3)."""
    call.may_write()
    order = order_of(call)
    values = checked_values(
        call, writable(ORDER, call.sent_fields(), call.site.clock, adding=False)
    )
    is_same = all(order[name] == value for name, value in values.items())
    change_order(call.site, order, values)
    save(call.site, order, keeps_mark="updated1c" in values)
    call.did("unchanged" if is_same else "changed", own_key(order))
    return Answer({"order": full_order(call.site, order)})


def delete(call: Call) -> Answer:
    """Answer ``sale.order.delete`` (2.1)."""
    call.may_write()
    order = order_of(call)
    delete_order(call.site, order)
    call.did("changed", own_key(order))
    return Answer(result=True)


METHODS: Mapping[str, Handler] = {
    "sale.order.getfields": get_fields,
    "sale.order.get": get,
    "sale.order.list": list_orders,
    "sale.order.add": add,
    "sale.order.update": update,
    "sale.order.delete": delete,
}
