"""Methods ``gateway.coupon.*`` and ``gateway.order.coupons`` (reference 10.11, 2.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import RestRefused, refuse
from mocks.bitrix.gateway_lists import LIST_SPEC, window
from mocks.bitrix.gateway_rules import (
    Args,
    bounded,
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

_ORDERS_LIMIT = 200
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

_FIELDS: Mapping[str, str] = {
    "active": "flag", "activeFrom": "moment?", "activeTo": "moment?", "maxUse": "id",
    "userId": "id",
    "type": "enum:row|order|many", "description": "text:255?", "externalId": "text:100?",
}  # fmt: skip
_ADD: Mapping[str, str] = {**_FIELDS, "code": "text:32", "discountId": "id*"}


def new_coupon(site: Site, values: Mapping[str, Any]) -> Row:
    """Create a coupon and log it; without a code one is generated."""
    key = values.get("id") or site.next_id("coupon")
    site.reserve_id("coupon", key)
    code = values.get("code") or _generated(site, key)
    row: Row = {
        "id": key, "code": code, "discountId": values["discountId"], "active": "Y",
        "activeFrom": None,
        "activeTo": None, "type": "order", "maxUse": 0, "useCount": 0, "userId": 0,
        "lastUsedAt": None,
        "description": None, "externalId": None, "updatedAt": site.clock.stamp(),
    }  # fmt: skip
    row |= {**values, "id": key, "code": code, "codeKey": code.casefold()}
    site.coupons.add(row)
    site.log("coupon", key, "save")
    return row


def coupon_by_code(site: Site, code: str) -> Row | None:
    """Find a coupon by its code; the case of letters does not matter."""
    return next(iter(site.coupons.where("codeKey", code.casefold())), None)


def coupon_state(site: Site, row: Row | None, user_id: int | None) -> str:
    """Return what a check at the checkout would say about a coupon."""
    now = site.clock.stamp()
    if row is None:
        return "unknown"
    if row["active"] != "Y":
        return "inactive"
    if row["activeFrom"] is not None and row["activeFrom"] > now:
        return "not_started"
    if row["activeTo"] is not None and row["activeTo"] < now:
        return "expired"
    limit = row["maxUse"] if row["type"] == "many" else 1
    if limit and row["useCount"] >= limit:
        return "used_up"
    return "wrong_user" if row["userId"] and row["userId"] != user_id else "valid"


def use_coupon(site: Site, row: Row, order: Row) -> None:
    """Mark one use by an order; announced as the extension does."""
    now = site.clock.stamp()
    site.coupons.update(row, useCount=row["useCount"] + 1, lastUsedAt=now, updatedAt=now)
    entry = {
        "orderId": order["id"],
        "code": row["code"],
        "couponId": row["id"],
        "discountId": row["discountId"],
    }
    site.order_coupons.setdefault(order["id"], []).append(entry)
    seq = site.log("coupon", row["id"], "use")
    site.announce(
        "ONGATEWAYCOUPONUSE",
        ID=row["id"],
        SEQ=seq,
        OP="use",
        ORIGIN=site.origin,
        CODE=row["code"],
        ORDER_ID=order["id"],
    )


def shown_coupon(row: Row) -> dict[str, Any]:
    """Return a coupon as the contract shows it."""
    return {name: value for name, value in row.items() if name != "codeKey"}


def add(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.add``.

    One outcome per coupon, a bad one does not stop its neighbours.
    """
    site = call.site
    items = []
    for index, sent in enumerate(bounded(args["coupons"])):
        code = sent.get("code") if isinstance(sent.get("code"), str) else None
        item: dict[str, Any] = {"index": index, "id": None, "code": code, "status": "error"}
        items.append(item)
        try:
            values = read(sent, _ADD, site.clock, f"coupons[{index}].")
        except RestRefused as refusal:
            item["error"] = str(refusal.code)
            continue
        known = coupon_by_code(site, code) if code else None
        if known is not None:
            item |= {"id": known["id"], "status": "exists"}
        elif values["discountId"] not in site.discounts or (
            values.get("userId") and site.users.get(values["userId"]) is None
        ):
            item["error"] = "GW_NOT_FOUND"
        else:
            row = new_coupon(site, values)
            item |= {"id": row["id"], "code": row["code"], "status": "created"}
    is_any = any(item["status"] == "created" for item in items)
    call.effect = "created" if is_any else "unchanged"
    return {"items": items}


def get(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.get`` by id or code."""
    if len(args) != 1:
        refuse_argument("id", "Exactly one key is needed")
    site = call.site
    row = site.coupons.get(args["id"]) if "id" in args else coupon_by_code(site, args["code"])
    if row is None:
        refuse_absent("Coupon")
    return {"coupon": shown_coupon(row)}


def list_coupons(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.list``."""
    spec = {"discountId": "id", "active": "flag", "used": "flag", "updatedFrom": "moment"}
    wanted = read(args.get("filter", {}), spec, call.site.clock, "filter.")

    def keep(row: Row) -> bool:
        return (
            wanted.get("discountId", row["discountId"]) == row["discountId"]
            and wanted.get("active", row["active"]) == row["active"]
            and ("used" not in wanted or (wanted["used"] == "Y") == (row["useCount"] > 0))
        )

    return window(
        call.site.coupons,
        "p",
        args,
        since=wanted.get("updatedFrom", ""),
        keep=keep,
        show=shown_coupon,
    )


def update(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.update``."""
    row = call.site.coupons.get(args["id"])
    if row is None:
        refuse_absent("Coupon")
    is_changed = _change(call.site, row, read(args["fields"], _FIELDS, call.site.clock, "fields."))
    call.did("changed" if is_changed else "unchanged", row["id"])
    return {"id": row["id"], "changed": "Y" if is_changed else "N"}


def deactivate(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.deactivate``.

    ``deactivated``, ``inactive`` (it was already) or ``unknown``.
    """
    items = []
    for code in bounded(args["codes"]):
        row = coupon_by_code(call.site, code)
        status = "unknown"
        if row is not None:
            status = "deactivated" if _change(call.site, row, {"active": "N"}) else "inactive"
        items.append({"code": code, "status": status})
    call.effect = (
        "changed" if any(item["status"] == "deactivated" for item in items) else "unchanged"
    )
    return {"items": items}


def check(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.coupon.check``; never marks a use."""
    row = coupon_by_code(call.site, args["code"])
    return {
        "code": args["code"],
        "state": coupon_state(call.site, row, args.get("userId")),
        "couponId": row["id"] if row is not None else None,
        "discountId": row["discountId"] if row is not None else None,
    }


def of_orders(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.order.coupons`` for up to 200 orders."""
    if len(args["orderIds"]) > _ORDERS_LIMIT:
        refuse("GW_LIMIT", "Too many items", limit=_ORDERS_LIMIT)
    return {
        "items": [row for key in args["orderIds"] for row in call.site.order_coupons.get(key, ())]
    }


def _change(site: Site, row: Row, values: Mapping[str, Any]) -> bool:
    if all(row[name] == value for name, value in values.items()):
        return False
    site.coupons.update(row, **values, updatedAt=site.clock.stamp())
    site.log("coupon", row["id"], "save")
    return True


def _generated(site: Site, key: int) -> str:
    """Return a free code of the form ``SL-XXXXX-XXXXXXX``, the same for the same seed."""
    number = (site.settings.seed * 0x9E3779B97F4A7C15 + key * 0xD1B54A32D192ED03) % len(
        _ALPHABET
    ) ** 12
    letters = ""
    for _ in range(12):
        number, index = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[index]
    return f"SL-{letters[:5]}-{letters[5:]}"


METHODS: Mapping[str, Handler] = {
    "gateway.coupon.add": writing({"coupons": "maps*"}, add),
    "gateway.coupon.get": reading({"id": "id", "code": "text:32"}, get),
    "gateway.coupon.list": reading(LIST_SPEC, list_coupons),
    "gateway.coupon.update": writing({"id": "id*", "fields": "map*"}, update),
    "gateway.coupon.deactivate": writing({"codes": "texts*"}, deactivate),
    "gateway.coupon.check": reading(
        {"code": "text:64*", "userId": "id", "siteId": "text:2"}, check
    ),
    "gateway.order.coupons": reading({"orderIds": "ids*"}, of_orders),
}
