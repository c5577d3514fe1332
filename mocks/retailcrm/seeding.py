"""Bulk load of the account's initial state: the same checks as the API, but no history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.customer_writes import create_customer
from mocks.retailcrm.feed import SYSTEM, Feed
from mocks.retailcrm.loyalty_acts import seed_members, seed_programs
from mocks.retailcrm.order_writes import create_order
from mocks.retailcrm.refusals import Refused
from mocks.retailcrm.settings import Offer
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

_PARTS = (
    "users",
    "offers",
    "references",
    "customFields",
    "dictionaries",
    "segments",
    "programs",
    "groups",
    "products",
    "customers",
    "participations",
    "orders",
)


def seed(account: Account, body: Mapping[str, Any]) -> dict[str, Any]:
    """Load what ``body`` holds and return how many of each, with the ids of customers and orders.

    Raises:
        SideDoorRefused: an unknown part, or a row that the account does not take.
    """
    unknown = sorted(set(body) - set(_PARTS))
    if unknown:
        msg = f"no part is called {unknown[0]}; known are {', '.join(_PARTS)}"
        raise SideDoorRefused(msg)
    account.users.update(int(user) for user in body.get("users", ()))
    for row in body.get("offers", ()):
        account.add_offer(_offer(row))
    for name, rows in body.get("references", {}).items():
        for row in rows:
            account.references[name].setdefault(row["code"], {"active": True}).update(row)
    for row in body.get("customFields", ()):
        account.fields.setdefault(row["entity"], {})[row["code"]] = dict(row)
    for row in body.get("dictionaries", ()):
        account.dictionaries[row["code"]] = dict(row)
    for row in body.get("segments", ()):
        fresh = {"isDynamic": False, "active": True, "createdAt": account.now()}
        account.segments[row["code"]] = {**fresh, **row, "customersCount": 0}
    seed_programs(account, body.get("programs", ()))
    account.catalogue.seed(body.get("groups", ()), body.get("products", ()))
    try:
        return _silently(account, body)
    except Refused as refusal:
        msg = f"{refusal}: {refusal.errors}" if refusal.errors else str(refusal)
        raise SideDoorRefused(msg) from None


def _offer(row: Mapping[str, Any]) -> Offer:
    external_id = str(row["externalId"])
    return Offer(
        int(row["id"]),
        external_id,
        str(row["name"]),
        row["price"],
        str(row.get("xmlId", external_id)),
        promo=bool(row.get("promo", False)),
    )


def _silently(account: Account, body: Mapping[str, Any]) -> dict[str, Any]:
    """Load customers and orders while a feed that nobody reads takes their records."""
    feeds = account.customer_feed, account.order_feed
    account.customer_feed, account.order_feed = Feed(1), Feed(1)
    try:
        default = next(iter(account.shops))
        customers = [
            create_customer(
                account, _without_site(row), site=row.get("site", default), origin=SYSTEM
            ).id
            for row in body.get("customers", ())
        ]
        members = seed_members(account, body.get("participations", ()))
        orders = [
            create_order(
                account, _without_site(row), site=row.get("site", default), origin=SYSTEM
            ).id
            for row in body.get("orders", ())
        ]
    finally:
        account.customer_feed, account.order_feed = feeds
    loaded = {"offers": len(body.get("offers", ())), "customerIds": customers, "orderIds": orders}
    return {**loaded, "participationIds": members} if members else loaded


def _without_site(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "site"}
