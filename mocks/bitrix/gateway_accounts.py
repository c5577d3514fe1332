"""Methods ``gateway.account.*``: the inner account and its journal (reference 10.11, 2.12)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import refuse
from mocks.bitrix.gateway_lists import LIST_SPEC, window
from mocks.bitrix.gateway_rules import (
    Args,
    money,
    read,
    reading,
    refuse_absent,
    refuse_argument,
    shown,
    writing,
)
from mocks.bitrix.gateway_users import user_of
from mocks.bitrix.rest import Call, Handler
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

_HELD_BACK = ("userId",)


def get(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.account.get``; without a row the balance is zero."""
    site = call.site
    user_of(site, args["userId"])
    key = (args["userId"], args["currency"])
    return {
        "account": {
            "userId": key[0],
            "currency": key[1],
            "balance": shown(site.balances.get(key, Decimal(0))),
            "locked": "Y" if _locked_for(site, key) else "N",
            "exists": "Y" if key in site.balances else "N",
        }
    }


def change(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.account.change``: one journal row, the key kept in its notes."""
    site = call.site
    user_of(site, args["userId"])
    amount = money(args["amount"])
    if amount == 0:
        refuse_argument("amount", "Not zero")
    if args.get("orderId") is not None and site.orders.get(args["orderId"]) is None:
        refuse_absent("Order")
    key = (args["userId"], args["currency"])
    left = _locked_for(site, key)
    if left:
        refuse("GW_LOCKED", "Account is locked", 423, retryAfter=left)
    balance = site.balances.get(key, Decimal(0))
    if balance + amount < 0 and args.get("allowNegative", "N") != "Y":
        refuse("GW_INSUFFICIENT", "Balance is too low", 409, balance=shown(balance))
    row = book(
        site,
        key,
        amount,
        reason=args["reason"],
        order_id=args.get("orderId"),
        comment=args.get("comment"),
        idempotency_key=str(call.params["idempotencyKey"]),
    )
    call.did("created", row["idempotencyKey"])
    return {"transactionId": row["id"], "balance": shown(site.balances[key])}


def book(
    site: Site,
    key: tuple[int, str],
    amount: Decimal,
    *,
    reason: str,
    order_id: int | None = None,
    payment_id: int | None = None,
    comment: str | None = None,
    idempotency_key: str | None = None,
) -> Row:
    """Change a balance and write the journal row; announced and logged."""
    site.balances[key] = site.balances.get(key, Decimal(0)) + amount
    row: Row = {
        "id": site.next_id("transaction"), "userId": key[0], "at": site.clock.stamp(),
        "amount": shown(amount),
        "currency": key[1], "reason": reason, "orderId": order_id, "paymentId": payment_id,
        "comment": comment,
        "idempotencyKey": idempotency_key,
    }  # fmt: skip
    site.transactions.add(row)
    seq = site.log("account", key[0], "save")
    site.announce("ONGATEWAYACCOUNTCHANGE", ID=key[0], SEQ=seq, OP="save", ORIGIN=site.origin)
    return row


def history(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.account.history`` of one buyer."""
    wanted = read(
        args.get("filter", {}), {"userId": "id*", "currency": "text:3"}, call.site.clock, "filter."
    )

    def keep(row: Row) -> bool:
        currency = wanted.get("currency", row["currency"])
        return (row["userId"], row["currency"]) == (wanted["userId"], currency)

    def show(row: Row) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name not in _HELD_BACK}

    return window(call.site.transactions, "a", args, keep=keep, show=show)


def _locked_for(site: Site, key: tuple[int, str]) -> int:
    """Return the seconds that a lock still lasts, 0 without one."""
    return max(int(site.locks.get(key, 0.0) - time.monotonic() + 0.999), 0)


METHODS: Mapping[str, Handler] = {
    "gateway.account.get": reading({"userId": "id*", "currency": "text:3*"}, get),
    "gateway.account.change": writing(
        {
            "userId": "id*", "currency": "text:3*", "amount": "money*", "reason": "text:32*",
            "orderId": "id?",
            "comment": "text:255?", "allowNegative": "flag",
        },
        change,
    ),
    "gateway.account.history": reading(LIST_SPEC, history),
}  # fmt: skip
