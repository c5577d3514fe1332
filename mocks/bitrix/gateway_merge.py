"""Methods ``gateway.user.merge`` and ``unmerge`` (reference 10.11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.gateway_rules import Args, refuse_absent, refuse_argument, shown, writing
from mocks.bitrix.gateway_users import announce_user, user_of
from mocks.bitrix.rest import Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def merge(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.merge``: orders, cards and accounts move to the survivor."""
    site = call.site
    survivor = user_of(site, args["survivorId"])
    losers = [user_of(site, key) for key in dict.fromkeys(args["loserIds"])]
    if not losers or survivor in losers:
        refuse_argument("loserIds", "Other users than the survivor are needed")
    for row in (survivor, *losers):
        if row["mergedInto"] is not None:
            refuse("GW_STATE", "User is merged", 409, state="merged")
    merge_id = site.next_id("merge")
    record: dict[str, Any] = {
        "survivor": survivor["id"],
        "losers": {},
        "orders": len(_orders(site, survivor["id"])),
    }
    account = Decimal(0)
    for loser in losers:
        moved = _move(site, loser, survivor["id"])
        record["losers"][loser["id"]] = moved
        account += sum(moved["accounts"].values(), Decimal(0))
        _touch(site, loser, active="N", mergedInto=survivor["id"])
        announce_user(site, loser)
    record["orders"] += sum(len(moved["orders"]) for moved in record["losers"].values())
    _touch(site, survivor)
    announce_user(site, survivor, "merge", "ONGATEWAYUSERMERGE")
    site.merges[merge_id] = record
    call.did("changed", survivor["xmlId"] or survivor["id"])
    counts = {
        name: sum(len(moved[name]) for moved in record["losers"].values())
        for name in ("orders", "cards")
    }
    return {
        "mergeId": merge_id,
        "survivorId": survivor["id"],
        "moved": {**counts, "account": shown(account)},
    }


def unmerge(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.user.unmerge``; refused once the survivor has ordered since."""
    site = call.site
    record = site.merges.get(args["mergeId"])
    if record is None:
        refuse_absent("Merge")
    survivor = user_of(site, record["survivor"])
    if len(_orders(site, survivor["id"])) > record["orders"]:
        refuse("GW_STATE", "An order was added since", 409, state="ordered")
    for key, moved in record["losers"].items():
        for order_id in moved["orders"]:
            site.orders.update(site.orders.rows[order_id], userId=key)
        for number in moved["cards"]:
            site.cards.update(site.cards.rows[number], userId=key)
        for currency, amount in moved["accounts"].items():
            site.balances[(survivor["id"], currency)] -= amount
            site.balances[(key, currency)] = amount
        loser = user_of(site, key)
        _touch(site, loser, active=moved["active"], mergedInto=None)
        announce_user(site, loser)
    _touch(site, survivor)
    announce_user(site, survivor)
    del site.merges[args["mergeId"]]
    call.did("changed", survivor["xmlId"] or survivor["id"])
    return {"survivorId": survivor["id"], "restoredIds": list(record["losers"])}


def _move(site: Site, loser: Row, survivor_id: int) -> dict[str, Any]:
    key = loser["id"]
    orders = _orders(site, key)
    for order in orders:
        site.orders.update(order, userId=survivor_id)
    cards = site.cards.where("userId", key)
    for card in cards:
        site.cards.update(card, userId=survivor_id)
    accounts = {
        currency: amount for (owner, currency), amount in site.balances.items() if owner == key
    }
    for currency, amount in accounts.items():
        target = (survivor_id, currency)
        site.balances[target] = site.balances.get(target, Decimal(0)) + amount
        del site.balances[(key, currency)]
    return {
        "orders": [order["id"] for order in orders],
        "cards": [card["number"] for card in cards],
        "accounts": accounts,
        "active": loser["active"],
    }


def _touch(site: Site, row: Row, **changes: Any) -> None:
    site.users.update(row, **changes, updatedAt=site.clock.stamp(), version=row["version"] + 1)


def _orders(site: Site, user_id: int) -> list[Row]:
    return site.orders.where("userId", user_id)


METHODS: Mapping[str, Handler] = {
    "gateway.user.merge": writing({"survivorId": "id*", "loserIds": "ids*"}, merge),
    "gateway.user.unmerge": writing({"mergeId": "id*"}, unmerge),
}
