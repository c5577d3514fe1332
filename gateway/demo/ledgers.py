"""Ledgers: what CDP, loyalty processing, 1C and the site's cards hold at the end of the day.

Their APIs show a customer's own data only, so an auditor looks behind them, by the side doors.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.canonical import normal_phone
from gateway.demo.books import Record
from gateway.demo.doubles import Door, SiteApi

_CARDS = "Catalog_КартыЛояльности"
_WORKS = "Действует"
_CDP_STATUS = {
    "CheckedOut": "open", "Paid": "open", "Delivered": "complete", "Cancelled": "cancelled",
}  # fmt: skip
_PURCHASE_STATE = {"Created": "open", "Confirmed": "complete", "Canceled": "cancelled"}


@dataclass(slots=True)
class Ledger:
    """One vendor's customers by e-mail and orders by the key that the gateway gave them."""

    customers: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    orders: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Ledgers:
    """All that an auditor found. Shape: cards by number, ``True`` for one that works.

    ``balances`` are the points that the site shows, by e-mail.
    """

    cdp: Ledger
    loyalty: Ledger
    erp_cards: dict[str, list[bool]]
    site_cards: dict[str, list[bool]]
    balances: dict[str, Decimal]


async def cdp_ledger(door: Door) -> Ledger:
    """Read the CDP."""
    ledger = Ledger()
    for customer in (await door.inspect(what="customers"))["customers"]:
        ledger.customers[str(customer.get("email") or "").lower()].append(
            {
                "last": customer.get("lastName"),
                "first": customer.get("firstName"),
                "patronymic": customer.get("middleName"),
                "birth_date": customer.get("birthDate") or "",
                "phones": {normal_phone(f"+{customer['mobilePhone']}")}
                if customer.get("mobilePhone")
                else set(),
            }
        )
    for order in (await door.inspect(what="orders"))["orders"]:
        lines = sorted(
            (
                int(line["product"]["ids"]["website"]),
                Decimal(str(line["quantity"])),
                _unit(line["priceOfLine"], line["quantity"]),
            )
            for line in order["lines"]
        )
        states = {line["status"]["ids"]["externalId"] for line in order["lines"]}
        status = _CDP_STATUS.get(states.pop(), "?") if len(states) == 1 else "mixed"
        key = str(order["ids"].get("websiteOrder"))
        ledger.orders[key].append({"status": status, "lines": lines})
    return ledger


async def loyalty_ledger(door: Door) -> Ledger:
    """Read the loyalty processing. Purchases are named by the key without its dashes."""
    ledger, told = Ledger(), await door.inspect()
    earned: dict[int, Decimal] = defaultdict(Decimal)
    for purchase in told["purchases"]:
        if purchase["refundOf"]:
            continue
        status = _PURCHASE_STATE.get(purchase["state"], "?")
        amount = Decimal(str(purchase["amount"])).quantize(Decimal("0.01"))
        ledger.orders[purchase["purchaseId"]].append({"status": status, "amount": amount})
        if status == "complete" and purchase["personId"] is not None:
            earned[purchase["personId"]] += Decimal(str(purchase["cashback"]))
    for person in told["customers"]:
        answers = person["answers"]
        ledger.customers[str(person.get("email") or "").lower()].append(
            {
                "last": answers.get("LastName"),
                "first": answers.get("FirstName"),
                "patronymic": answers.get("PatronymicName"),
                "birth_date": answers.get("BirthDay") or "",
                "phones": {normal_phone(f"+{person['phone']}")} if person["phone"] else set(),
                "is_member": person["state"] == "Registered",
                "balance": Decimal(str(person["balance"])),
                "earned": earned[person["id"]],
            }
        )
    return ledger


async def erp_cards(door: Door) -> dict[str, list[bool]]:
    """Read the card directory of 1C."""
    cards: dict[str, list[bool]] = defaultdict(list)
    for row in (await door.act("inspect", entity=_CARDS))["rows"]:
        cards[row["Штрихкод"]].append(row["Статус"] == _WORKS and not row["DeletionMark"])
    return cards


async def site_cards(api: SiteApi) -> dict[str, list[bool]]:
    """Read the cards that the site knows."""
    cards: dict[str, list[bool]] = defaultdict(list)
    body: dict[str, Any] = {"limit": 500}
    while True:
        result = await api.call("gateway.card.list", body)
        for card in result["items"]:
            cards[card["number"]].append(card["state"] == "active")
        if result["hasMore"] == "N":
            return cards
        body["cursor"] = result["cursor"]


async def balances(api: SiteApi, name: str) -> dict[str, Decimal]:
    """Read the points that the account page shows, from the user's field ``name``."""
    found = {}
    for user in await api.users():
        shown = (user["fields"] or {}).get(name) if isinstance(user["fields"], dict) else None
        found[str(user["email"] or "").lower()] = Decimal(str(shown or "0"))
    return found


def _unit(whole: object, count: object) -> Decimal:
    return (Decimal(str(whole)) / Decimal(str(count))).quantize(Decimal("0.01"))
