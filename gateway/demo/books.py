"""Books: what each vendor holds at the end, in one comparable form, read through its own API."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.canonical import normal_phone
from gateway.demo.doubles import CrmApi, SiteApi
from gateway.demo.facts import CRM_STATUS, SITE_STATUS

Record = dict[str, Any]


@dataclass(slots=True)
class Book:
    """One vendor's customers by e-mail and orders by number; lists, because twice is possible.

    Everybody registers with an e-mail; a customer without one stands under the empty text, so that
    the verdict sees him too.
    """

    customers: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))


async def site_book(api: SiteApi) -> Book:
    """Read the site."""
    book = Book()
    users = await api.users()
    emails = {user["id"]: str(user["email"] or "").lower() for user in users}
    for user in users:
        book.customers[emails[user["id"]]].append(_site_customer(user))
    orders, items, payments, values = await asyncio.gather(
        api.rows("sale.order.list", "orders"),
        api.rows("sale.basketitem.list", "basketItems"),
        api.rows("sale.payment.list", "payments"),
        api.rows("sale.propertyvalue.list", "propertyValues"),
    )
    coupons = await api.coupons([order["id"] for order in orders])
    parts = _SiteParts(
        items=_grouped(items), payments=_grouped(payments), values=_grouped(values),
        coupons=_grouped(coupons),
    )  # fmt: skip
    for order in orders:
        record = _site_order(order, parts, emails.get(order["userId"], ""))
        book.orders[str(order["accountNumber"])].append(record)
    return book


@dataclass(frozen=True, slots=True)
class _SiteParts:
    items: dict[int, list[Record]]
    payments: dict[int, list[Record]]
    values: dict[int, list[Record]]
    coupons: dict[int, list[Record]]


def _grouped(rows: list[Record]) -> dict[int, list[Record]]:
    grouped: dict[int, list[Record]] = defaultdict(list)
    for row in rows:
        grouped[int(row["orderId"])].append(row)
    return grouped


def _site_customer(user: Record) -> Record:
    return {
        "last": user["lastName"], "first": user["name"], "patronymic": user["secondName"],
        "birth_date": str(user["birthday"] or "")[:10], "email": str(user["email"] or "").lower(),
        "phones": {normal_phone(user["phone"])} - {None},
    }  # fmt: skip


def _site_order(order: Record, parts: _SiteParts, email: str) -> Record:
    key = order["id"]
    values = {row["code"]: row["value"] for row in parts.values[key]}
    status = "cancelled" if order["canceled"] == "Y" else SITE_STATUS.get(order["statusId"], "?")
    lines = [
        (int(row["productId"]), Decimal(str(row["quantity"])), Decimal(str(row["price"])))
        for row in parts.items[key]
    ]
    return {
        "status": status,
        "paid": any(row["paid"] == "Y" for row in parts.payments[key]),
        "payments": len(parts.payments[key]),
        "coupon": "; ".join(sorted({row["code"] for row in parts.coupons[key]})),
        "card": values.get("LOYALTY_CARD") or "",
        "comment": order["userDescription"] or "",
        "manager_comment": order["comments"] or "",
        "email": email,
        "lines": sorted(lines),
    }


async def crm_book(api: CrmApi) -> Book:
    """Read the CRM."""
    book = Book()
    for customer in await api.rows("customers"):
        record = _crm_customer(customer)
        book.customers[record["email"]].append(record)
    for order in await api.rows("orders"):
        book.orders[str(order["number"])].append(_crm_order(order))
    return book


def _crm_customer(customer: Record) -> Record:
    phones = {normal_phone(phone["number"]) for phone in customer.get("phones") or []}
    return {
        "last": customer.get("lastName"), "first": customer.get("firstName"),
        "patronymic": customer.get("patronymic"), "birth_date": customer.get("birthday") or "",
        "email": (customer.get("email") or "").lower(), "phones": phones - {None},
    }  # fmt: skip


def _crm_order(order: Record) -> Record:
    back = {code: status for status, code in CRM_STATUS.items()}
    custom = order.get("customFields") or {}
    payments = order.get("payments") or {}
    rows = list(payments.values()) if isinstance(payments, dict) else payments
    lines = [
        (int(item["offer"]["externalId"]), Decimal(str(item["quantity"])), _unit_price(item))
        for item in order["items"]
    ]
    return {
        "key": order.get("externalId") or "",
        "status": back.get(order["status"], order["status"]),
        "paid": any(row.get("status") == "paid" for row in rows),
        "payments": len(rows),
        "coupon": custom.get("promo_code") or "",
        "card": custom.get("card_number") or "",
        "comment": order.get("customerComment") or "",
        "manager_comment": order.get("managerComment") or "",
        "email": ((order.get("customer") or {}).get("email") or "").lower(),
        "lines": sorted(lines),
    }


def _unit_price(item: Record) -> Decimal:
    price = Decimal(str(item["initialPrice"])) - Decimal(str(item.get("discountTotal") or 0))
    return price.quantize(Decimal("0.01"))
