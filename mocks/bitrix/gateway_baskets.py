"""Methods ``gateway.basket.*`` and ``gateway.subscription.*`` (reference 10.11, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.gateway_lists import LIST_SPEC, window
from mocks.bitrix.gateway_rules import (
    Args,
    read,
    reading,
    refuse_absent,
    refuse_argument,
    writing,
)
from mocks.bitrix.rest import Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def put_basket(site: Site, values: Mapping[str, Any], items: list[dict[str, Any]]) -> Row:
    """Set the rows of a visitor's cart.

    Emptied or turned into an order it is announced as cleared.
    """
    total = sum(
        float(item["price"]) * float(item["quantity"]) for item in items if item["delay"] == "N"
    )
    row: Row = {
        "fuserId": values["fuserId"], "userId": values["userId"], "siteId": "s1",
        "currency": site.settings.currency,
        "sum": f"{total:.2f}", "coupons": [], "updatedAt": site.clock.stamp(),
        "items": items, **values,
    }  # fmt: skip
    site.baskets.add(row)
    op = "save" if items else "clear"
    seq = site.log("basket", row["fuserId"], op)
    site.announce("ONGATEWAYBASKETSAVE", ID=row["fuserId"], SEQ=seq, OP=op, ORIGIN=site.origin)
    return row


def put_subscription(site: Site, values: Mapping[str, Any]) -> Row:
    """Write down who waits for a product; announced and logged."""
    row: Row = {
        "id": site.next_id("subscription"), "userId": None, "contact": "", "contactType": "email",
        "productId": 0,
        "productXmlId": "", "siteId": "s1", "dateFrom": site.clock.stamp(), "dateTo": None,
        "state": "waiting", **values,
    }  # fmt: skip
    site.subscriptions.add(row)
    _announce(site, row)
    return row


def basket_get(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.basket.get`` by visitor or buyer; of several carts of a buyer the newest."""
    if len(args) != 1:
        refuse_argument("fuserId", "Exactly one key is needed")
    if "fuserId" in args:
        row = call.site.baskets.get(args["fuserId"])
    else:
        row = next(iter(call.site.baskets.where("userId", args["userId"])[::-1]), None)
    if row is None:
        refuse_absent("Basket")
    return {"basket": row}


def basket_list(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.basket.list``."""
    spec = {"userIds": "ids", "updatedFrom": "moment", "updatedTo": "moment", "withUser": "flag"}
    wanted = read(args.get("filter", {}), spec, call.site.clock, "filter.")

    def keep(row: Row) -> bool:
        return (
            ("userIds" not in wanted or row["userId"] in wanted["userIds"])
            and row["updatedAt"] <= wanted.get("updatedTo", row["updatedAt"])
            and (
                "withUser" not in wanted
                or (wanted["withUser"] == "Y") == (row["userId"] is not None)
            )
        )

    return window(
        call.site.baskets, "b", args, since=wanted.get("updatedFrom", ""), keep=keep, show=dict
    )


def subscription_list(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.subscription.list``."""
    spec = {"productIds": "ids", "userIds": "ids", "state": "enum:waiting|sending|closed"}
    wanted = read(args.get("filter", {}), spec, call.site.clock, "filter.")

    def keep(row: Row) -> bool:
        return (
            ("productIds" not in wanted or row["productId"] in wanted["productIds"])
            and ("userIds" not in wanted or row["userId"] in wanted["userIds"])
            and wanted.get("state", row["state"]) == row["state"]
        )

    return window(call.site.subscriptions, "s", args, keep=keep, show=dict)


def subscription_close(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.subscription.close``."""
    site = call.site
    row = site.subscriptions.get(args["id"])
    if row is None:
        refuse_absent("Subscription")
    is_open = row["state"] != "closed"
    if is_open:
        site.subscriptions.update(row, state="closed", dateTo=site.clock.stamp())
        _announce(site, row)
    call.did("changed" if is_open else "unchanged", row["id"])
    return {"id": row["id"], "changed": "Y" if is_open else "N"}


def _announce(site: Site, row: Row) -> None:
    seq = site.log("subscription", row["id"], "save")
    site.announce("ONGATEWAYSUBSCRIPTIONSAVE", ID=row["id"], SEQ=seq, OP="save", ORIGIN=site.origin)


METHODS: Mapping[str, Handler] = {
    "gateway.basket.get": reading({"fuserId": "id", "userId": "id"}, basket_get),
    "gateway.basket.list": reading(LIST_SPEC, basket_list),
    "gateway.subscription.list": reading(LIST_SPEC, subscription_list),
    "gateway.subscription.close": writing({"id": "id*"}, subscription_close),
}
