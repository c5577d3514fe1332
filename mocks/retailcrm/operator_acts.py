"""What a person does in the CRM's own pages: the API's checks and records, ``source: user``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.customer import Customer
from mocks.retailcrm.customer_writes import (
    combine_customers,
    create_customer,
    delete_customer,
    edit_customer,
)
from mocks.retailcrm.feed import SYSTEM, Origin
from mocks.retailcrm.loyalty_acts import LOYALTY_ACTS
from mocks.retailcrm.order import Order
from mocks.retailcrm.order_writes import create_order, delete_order, edit_order
from mocks.retailcrm.payment_writes import add_payment, edit_payment, read_payment, remove_payment
from mocks.retailcrm.refusals import Refused
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account, Shelf

Body = Mapping[str, Any]
Act = Callable[["Account", Body], dict[str, Any]]


def act(account: Account, body: Body) -> dict[str, Any]:
    """Do one action and return the ids that it touched.

    Raises:
        SideDoorRefused: an unknown action, or one that the CRM's page would refuse.
    """
    account.settle()
    action = _ACTIONS.get(str(body.get("action")))
    if action is None:
        msg = f"action must be one of {', '.join(_ACTIONS)}"
        raise SideDoorRefused(msg)
    try:
        return action(account, body)
    except Refused as refusal:
        msg = f"{refusal}: {refusal.errors}" if refusal.errors else str(refusal)
        raise SideDoorRefused(msg) from None


def _operator(account: Account, body: Body) -> Origin:
    user = body.get("user", min(account.users, default=0))
    if user not in account.users:
        msg = f"user {user} is not an operator of the account; known are {sorted(account.users)}"
        raise SideDoorRefused(msg)
    return Origin("user", user=user)


def _site(account: Account, body: Body) -> str:
    site = body.get("site", next(iter(account.shops)))
    if site not in account.shops:
        msg = f"site {site} does not exist; known are {', '.join(account.shops)}"
        raise SideDoorRefused(msg)
    return str(site)


def _one(account: Account, shelf: Shelf[Any], body: Body) -> Any:
    """Find what the action is about: by ``id``, ``externalId`` (and ``site``) or a mark."""
    if body.get("id") is not None:
        rows = [shelf.by_id[body["id"]]] if body["id"] in shelf.by_id else []
    elif body.get("externalId") is not None:
        rows = shelf.external(
            str(body["externalId"]), [body["site"]] if body.get("site") else [*account.shops, None]
        )
    elif body.get("number") is not None:
        rows = shelf.marked("number", str(body["number"]))
    else:
        rows = shelf.marked("email", str(body.get("email", "")).casefold())
    if not rows:
        msg = "nothing has this id, externalId, number or email; name one of them"
        raise SideDoorRefused(msg)
    return rows[0]


def _customer_create(account: Account, body: Body) -> dict[str, Any]:
    site = None if "site" in body and body["site"] is None else _site(account, body)
    return _customer(
        create_customer(account, body["customer"], site=site, origin=_operator(account, body))
    )


def _customer_edit(account: Account, body: Body) -> dict[str, Any]:
    customer: Customer = _one(account, account.customers, body)
    gone = [str(phone) for phone in body.get("removePhones", ())]
    changed = edit_customer(
        account,
        customer,
        body.get("customer", {}),
        origin=_operator(account, body),
        remove_phones=gone,
    )
    return {**_customer(customer), "changed": changed}


def _customer_delete(account: Account, body: Body) -> dict[str, Any]:
    customer: Customer = _one(account, account.customers, body)
    delete_customer(account, customer, _operator(account, body))
    return _customer(customer)


def _customer_combine(account: Account, body: Body) -> dict[str, Any]:
    survivor = account.customers.by_id[body["resultCustomer"]]
    combine_customers(account, body["customers"], survivor.id, at=account.now())
    return _customer(survivor)


def _customer_segment(account: Account, body: Body) -> dict[str, Any]:
    """Let the system put a customer into a segment, or take it out (``out``)."""
    customer: Customer = _one(account, account.customers, body)
    segment = account.segments[body["segment"]]
    leaves = bool(body.get("out"))
    if (segment in customer.segments) is not leaves:
        return {**_customer(customer), "changed": False}
    sides = ({"code": segment["code"]}, None) if leaves else (None, {"code": segment["code"]})
    if leaves:
        customer.segments.remove(segment)
    else:
        customer.segments.append(segment)
    segment["customersCount"] += -1 if leaves else 1
    record = {"field": "segments", "oldValue": sides[0], "newValue": sides[1]}
    account.customer_feed.add(
        account.now(),
        customer.id,
        SYSTEM,
        {**record, "customer": customer.stub()},
        site=customer.site,
    )
    return {**_customer(customer), "changed": True}


def _customer(customer: Customer) -> dict[str, Any]:
    return {"id": customer.id, "externalId": customer.external_id}


def _order_create(account: Account, body: Body) -> dict[str, Any]:
    return _order(
        create_order(
            account, body["order"], site=_site(account, body), origin=_operator(account, body)
        )
    )


def _order_edit(account: Account, body: Body) -> dict[str, Any]:
    order: Order = _one(account, account.orders, body)
    patch = dict(body.get("order", {}))
    if "items" in body:
        patch["items"] = _composition(order, body["items"])
    changed = edit_order(account, order, patch, origin=_operator(account, body), whole=True)
    return {**_order(order), "changed": changed}


def _composition(order: Order, items: Body) -> list[dict[str, Any]]:
    """Turn lines added, removed and changed into the whole composition that an edit takes."""
    rows: dict[int, dict[str, Any]] = {item.id: {"id": item.id} for item in order.items}
    for change in items.get("change", ()):
        number = _line(order, change)
        values = {
            name: value
            for name, value in change.items()
            if name not in {"id", "offer", "externalIds"}
        }
        rows[number].update(values)
    for locator in items.get("remove", ()):
        rows.pop(_line(order, locator if isinstance(locator, dict) else {"id": locator}), None)
    return [*rows.values(), *items.get("add", ())]


def _line(order: Order, locator: Body) -> int:
    """Find a line by ``id``, by ``offer`` or by one of its ``externalIds``."""
    offer = locator.get("offer") or {}
    wanted = locator.get("externalIds") or []
    for item in order.items:
        shown = item.offer_view()
        by_offer = bool(offer) and all(shown.get(name) == value for name, value in offer.items())
        by_external = any(one in wanted for one in item.values.get("externalIds") or ())
        if item.id == locator.get("id") or by_offer or by_external:
            return item.id
    msg = "items: no line of the order has this id, offer or externalIds"
    raise SideDoorRefused(msg)


def _order_status(account: Account, body: Body) -> dict[str, Any]:
    order: Order = _one(account, account.orders, body)
    patch = {name: body[name] for name in ("status", "statusComment") if name in body}
    changed = edit_order(account, order, patch, origin=_operator(account, body))
    return {**_order(order), "changed": changed}


def _order_payment(account: Account, body: Body) -> dict[str, Any]:
    """Add a payment, or change (``delete``: take off) the one of ``payment[External]Id``."""
    order: Order = _one(account, account.orders, body)
    origin = _operator(account, body)
    given = read_payment(account, body.get("payment", {}))
    row = account.references["payment-statuses"].get(given.get("status") or "", {})
    if row.get("paymentComplete") and "paidAt" not in given:
        given["paidAt"] = f"{account.now()[:10]} 00:00:00"
    if "paymentId" not in body and "paymentExternalId" not in body:
        return {**_order(order), "paymentId": add_payment(account, order, given, origin).id}
    held = (body.get("paymentId"), body.get("paymentExternalId"))
    found = next(
        (
            one
            for one in order.payments.values()
            if one.id == held[0] or (held[1] and one.values.get("externalId") == held[1])
        ),
        None,
    )
    if found is None:
        msg = "the order has no payment with this paymentId or paymentExternalId"
        raise SideDoorRefused(msg)
    if body.get("delete"):
        remove_payment(account, order, found, origin)
    else:
        edit_payment(account, order, found, given, origin=origin)
    return {**_order(order), "paymentId": found.id}


def _order_delete(account: Account, body: Body) -> dict[str, Any]:
    order: Order = _one(account, account.orders, body)
    delete_order(account, order, _operator(account, body))
    return _order(order)


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "externalId": order.external_id,
        "number": order.values["number"],
        "customerId": order.customer_id,
        "itemIds": [item.id for item in order.items],
        "paymentIds": list(order.payments),
    }


_ACTIONS: Mapping[str, Act] = {
    "customer.create": _customer_create,
    "customer.edit": _customer_edit,
    "customer.combine": _customer_combine,
    "customer.delete": _customer_delete,
    "customer.segment": _customer_segment,
    "order.create": _order_create,
    "order.edit": _order_edit,
    "order.status": _order_status,
    "order.payment": _order_payment,
    "order.delete": _order_delete,
    **LOYALTY_ACTS,
}
