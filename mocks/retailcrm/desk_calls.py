"""Handlers of segments, users, notifications and links of orders (reference, 9 and 17)."""

from __future__ import annotations

from typing import Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.refusals import INVALID, entity_errors, not_found
from mocks.retailcrm.shapes import Invalid, Rows, Shape

_LINK = Shape(
    {
        "comment": shapes.text,
        "orders": Rows(
            Shape({"id": shapes.whole, "externalId": shapes.text, "number": shapes.text})
        ),
    }
)
_FEWEST_LINKED = 2


def _row(name: str) -> Any:
    return lambda row: row[name]


_SEGMENT_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(_row("id"), value),
    "name": lambda _call, value: filters.contains(_row("name"), value),
    "type": lambda _call, value: filters.equals(
        lambda row: "dynamic" if row["isDynamic"] else "static", shapes.text, value
    ),
    "active": lambda _call, value: filters.equals(_row("active"), shapes.flag, value),
    "minCustomersCount": lambda _call, value: filters.at_least(
        _row("customersCount"), shapes.number, value
    ),
    "maxCustomersCount": lambda _call, value: filters.at_most(
        _row("customersCount"), shapes.number, value
    ),
    "dateFrom": lambda _call, value: filters.at_least(
        lambda row: row["createdAt"][:10], shapes.day, value
    ),
    "dateTo": lambda _call, value: filters.at_most(
        lambda row: row["createdAt"][:10], shapes.day, value
    ),
}


def segments(call: Call) -> Answer:
    """GET segments (17)."""
    rows = sift(call, call.account.segments.values(), tests=_SEGMENT_TESTS)
    return paged(call, "segments", rows, dict)


def _user(number: int) -> dict[str, Any]:
    return {"id": number, "active": True, "isAdmin": False, "isManager": True, "groups": []}


def users(call: Call) -> Answer:
    """GET users (17)."""
    return paged(call, "users", sorted(call.account.users), _user)


def user(call: Call) -> Answer:
    """GET users/{id} (17)."""
    number = call.path["id"]
    if not number.isdecimal() or int(number) not in call.account.users:
        raise not_found()
    return Answer({"success": True, "user": _user(int(number))}, key=number)


def user_groups(call: Call) -> Answer:
    """GET user-groups: one group of all operators (17)."""
    group = {"code": "manager", "name": "Менеджеры", "isManager": True, "isDeliveryMen": False}
    return paged(call, "groups", [group], dict)


def notify(call: Call) -> Answer:
    """POST notifications/send: accepted, shown to nobody (17)."""
    given = call.structure("notification")
    errors: dict[str, str] = {}
    if given.get("type") not in {"api.error", "api.info"}:
        errors["type"] = INVALID
    if not given.get("message"):
        errors["message"] = "This value should not be blank."
    if not (given.get("userIds") or given.get("userGroups")):
        errors["userIds"] = "Set one of the following fields: userIds, userGroups"
    if errors:
        raise entity_errors(errors)
    return Answer({"success": True}, effect="changed")


def link_create(call: Call) -> Answer:
    """POST orders/links/create: 201; at least two orders (9)."""
    try:
        given = _LINK.read(call.structure("link"), strict=True)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    orders = [_linked(call, locator) for locator in given.get("orders") or ()]
    if len(orders) < _FEWEST_LINKED:
        raise entity_errors({"orders": "This collection should contain 2 elements or more."})
    at, comment = call.account.now(), given.get("comment") or ""
    for order in orders:
        for other in orders:
            if other is order:
                continue
            stub = {"id": other.id, "number": other.values["number"]}
            if other.external_id is not None:
                stub["externalId"] = other.external_id
            order.links.append({"comment": comment, "order": stub, "createdAt": at})
    return call.created({}, key=",".join(str(order.external_id or order.id) for order in orders))


def _linked(call: Call, locator: dict[str, Any]) -> Any:
    orders, sites = call.account.orders, call.sites
    if locator.get("id") is not None:
        held = orders.by_id.get(locator["id"])
        rows = [held] if held is not None else []
    elif locator.get("externalId") is not None:
        rows = orders.external(locator["externalId"], [call.site()] if call.site() else sites)
    else:
        rows = orders.marked("number", locator.get("number") or "")
    rows = [row for row in rows if call.sees(row.site)]
    if not rows:
        raise entity_errors({"orders": "Order not found."})
    return rows[0]


def delivery_cancel(call: Call) -> Answer:
    """POST orders/{externalId}/delivery/cancel: accepted, there is no carrier behind it (9)."""
    order = call.entity(call.account.orders)
    return Answer({"success": True}, key=order.external_id or order.id, effect="unchanged")
