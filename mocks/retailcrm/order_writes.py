"""Writing orders: one path for API and operator, so that both leave the same history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.custom_values import merged
from mocks.retailcrm.customer import Customer, with_text
from mocks.retailcrm.customer_writes import create_customer
from mocks.retailcrm.feed import SYSTEM, Origin, differences
from mocks.retailcrm.item import Line, compose
from mocks.retailcrm.item_changes import item_changes
from mocks.retailcrm.order import PATCHED, Order
from mocks.retailcrm.order_checks import (
    check_codes,
    check_delivery_change,
    check_items,
    duplicate_order,
    known_by_contact,
    named_customer,
    named_firm,
    read_order,
)
from mocks.retailcrm.order_sums import follow, recalculate, release
from mocks.retailcrm.payment_writes import attach, check_duplicates, honour, settle

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

_NEVER_EMPTY = frozenset(
    {"number", "status", "orderType", "orderMethod", "privilegeType", "countryIso"}
)
_CONTACTS = ("firstName", "lastName", "patronymic", "email")


def create_order(account: Account, raw: Any, *, site: str, origin: Origin) -> Order:
    """Create an order with lines and payments, find or make its customer, write the history.

    Raises:
        Refused: malformed, a duplicate externalId, or a name that the account does not know.
    """
    patch = read_order(account, raw)
    external_id = patch.get("externalId") or None
    if external_id is not None and account.orders.external(external_id, [site]):
        raise duplicate_order(account, external_id)
    check_codes(account, patch)
    check_duplicates(account, patch.get("payments") or ())
    lines = check_items(account, patch)
    firm = named_firm(account, patch, site)
    customer = named_customer(account, patch.get("contact" if firm else "customer"), site)
    found = customer is None and firm is None
    if found:
        customer = known_by_contact(account, patch, site) or _make_customer(account, patch, site)
    order = _fresh(account, patch, site, origin)
    order.external_id = external_id
    order.customer_id, order.firm = customer.id if customer else None, firm
    _apply(order, patch)
    order.items = compose(account, (), lines, at=order.created_at, keep_missing=False)
    recalculate(account, order)
    for payment in patch.get("payments") or ():
        attach(account, order, payment)
    account.orders.put(order)
    settle(account, order, closing=True)
    follow(account, order)
    _report_creation(account, order, origin)
    if found and customer is not None and origin.source == "user":
        body = {
            "field": "customer",
            "oldValue": None,
            "newValue": {"id": customer.id},
            "order": order.stub(),
        }
        account.order_feed.add(account.now(), order.id, SYSTEM, body, site=site)
    return order


def _fresh(account: Account, patch: Mapping[str, Any], site: str, origin: Origin) -> Order:
    """Return an order with the account's defaults for its origin."""
    api = origin.source == "api"
    number = account.next_id("order")
    shop = account.shops[site]
    order = Order(
        number, site, patch.get("createdAt") or account.now(), shop.currency, from_api=api
    )
    order.status_updated_at = patch.get("statusUpdatedAt") or order.created_at
    flag = "defaultForApi" if api else "defaultForCrm"
    order.values = {
        "number": f"{number}{'A' if api else 'C'}",
        "orderType": _default(account, "order-types", flag),
        "orderMethod": _default(account, "order-methods", flag),
        "privilegeType": "none",
        "countryIso": shop.country_iso,
        "status": "new",
    }
    order.delivery = {"cost": 0, "netCost": 0, "address": {"countryIso": shop.country_iso}}
    code = (patch.get("delivery") or {}).get("code")
    if code is not None:
        book = account.references["delivery-types"][code]
        order.delivery.update(
            cost=book.get("defaultCost") or 0, netCost=book.get("defaultNetCost") or 0
        )
    return order


def draft_order(
    account: Account,
    patch: Mapping[str, Any],
    lines: Sequence[Line],
    *,
    site: str,
    customer: Customer | None,
) -> Order:
    """Return an order that is kept nowhere and takes no number, for a what-if."""
    order = Order(0, site, account.now(), account.shops[site].currency, from_api=True)
    order.values = {"status": "new", "privilegeType": "none"}
    order.delivery = {"cost": 0, "netCost": 0, "address": {}}
    order.customer_id = customer.id if customer else None
    _apply(order, patch)
    order.items = compose(account, (), lines, at=order.created_at, keep_missing=False, number=_zero)
    return order


def _zero() -> int:
    return 0


def _default(account: Account, book: str, flag: str) -> str | None:
    return next((code for code, row in account.references[book].items() if row.get(flag)), None)


def _make_customer(account: Account, patch: Mapping[str, Any], site: str) -> Customer | None:
    """Make the customer of an order that names none; no contact data, no customer."""
    contact: dict[str, Any] = {name: patch[name] for name in _CONTACTS if patch.get(name)}
    if patch.get("phone"):
        contact["phones"] = [{"number": patch["phone"]}]
    return create_customer(account, contact, site=site, origin=SYSTEM) if contact else None


def _apply(order: Order, patch: Mapping[str, Any]) -> None:
    """Patch everything but lines, payments and customer."""
    order.values.update(
        (name, patch[name])
        for name in PATCHED
        if name in patch and (patch[name] or name not in _NEVER_EMPTY)
    )
    if patch.get("contragent"):
        order.contragent = {
            name: value
            for name, value in {**order.contragent, **patch["contragent"]}.items()
            if value
        }
    if patch.get("customFields"):
        order.custom = merged(order.custom, patch["customFields"])
    delivery = patch.get("delivery")
    if delivery:
        address = with_text({**order.delivery["address"], **(delivery.get("address") or {})})
        merged_delivery = {**order.delivery, **delivery, "address": address}
        order.delivery = {
            name: value for name, value in merged_delivery.items() if value is not None
        }


def _report_creation(account: Account, order: Order, origin: Origin) -> None:
    body = {
        "created": True,
        "field": "status",
        "oldValue": None,
        "newValue": {"code": order.values["status"]},
    }
    record = account.order_feed.add(
        account.now(), order.id, origin, {**body, "order": order.snapshot()}, site=order.site
    )
    record.customer, record.firm = order.customer_id, order.firm


def edit_order(
    account: Account, order: Order, raw: Any, *, origin: Origin, whole: bool = False
) -> bool:
    """Patch an order; return whether anything changed.

    ``items`` is the whole composition, unless a switch keeps missing lines; ``whole`` overrides
    that.

    Raises:
        Refused: as for a new order; nothing is changed then.
    """
    patch = read_order(account, raw)
    external_id = patch.get("externalId") or order.external_id
    if external_id is not None and any(
        one is not order for one in account.orders.external(external_id, [order.site])
    ):
        raise duplicate_order(account, external_id)
    payments = patch.pop("payments", None) or ()
    check_codes(account, patch)
    check_delivery_change(account, order, patch)
    lines = check_items(account, patch, order.items) if patch.get("items") is not None else None
    firm = named_firm(account, patch, order.site)
    corporate = firm is not None or ("customer" not in patch and order.firm is not None)
    party = patch.get("contact" if corporate else "customer")
    customer = named_customer(account, party, order.site)
    keep = account.settings.edit_items_missing == "kept" and not whole

    def change() -> None:
        order.external_id = external_id
        if customer is not None:
            order.customer_id = customer.id
        if patch.get("customer"):
            order.firm = firm
        _stamp_status(account, order, patch)
        _apply(order, patch)
        order.created_at = patch.get("createdAt") or order.created_at
        if lines is not None:
            order.items = compose(account, order.items, lines, at=account.now(), keep_missing=keep)
        recalculate(account, order)

    honoured = (
        honour(account, order, payments, origin)
        if account.settings.edit_payments == "honoured"
        else False
    )
    return tracked(account, order, origin, change) or honoured


def _stamp_status(account: Account, order: Order, patch: Mapping[str, Any]) -> None:
    if patch.get("status") not in (None, order.values["status"]):
        order.status_updated_at = account.now()
    order.status_updated_at = patch.get("statusUpdatedAt") or order.status_updated_at


def tracked(account: Account, order: Order, origin: Origin, change: Callable[[], None]) -> bool:
    """Apply a change and write one record per line change and per field that differs."""
    before = order.facts()
    items_before = {item.id: (item, item.facts()) for item in order.items}
    account.orders.reindex(order, change)
    settle(account, order, closing=False)
    follow(account, order)
    at = account.now()
    written = 0
    for body in item_changes(items_before, order.items):
        account.order_feed.add(
            at, order.id, origin, {**body, "order": order.stub()}, site=order.site
        )
        written += 1
    for code, old, new in differences(before, order.facts()):
        body = {"field": code, "oldValue": old, "newValue": new, "order": order.stub()}
        account.order_feed.add(at, order.id, origin, body, site=order.site)
        written += 1
    return written > 0


def set_order_external_id(account: Account, order: Order, external_id: str, origin: Origin) -> bool:
    """Give an order another externalId; return whether it is a new one."""
    return tracked(account, order, origin, partial(setattr, order, "external_id", external_id))


def delete_order(
    account: Account, order: Order, origin: Origin, *, into: Order | None = None
) -> None:
    """Remove an order: by an operator, or absorbed ``into`` another one; bonuses go back."""
    release(account, order)
    body: dict[str, Any] = {
        "deleted": True,
        "field": "id",
        "oldValue": order.id,
        "newValue": None,
        "order": order.snapshot(),
    }
    if into is not None:
        body["combinedTo"] = into.stub()
    account.orders.withdraw(order)
    for payment in order.payments:
        account.payments.pop(payment, None)
    record = account.order_feed.add(account.now(), order.id, origin, body, site=order.site)
    record.customer, record.firm = order.customer_id, order.firm
