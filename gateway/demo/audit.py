"""Audit: what was fed in against CDP, loyalty processing and the cards. Pure.

The words are those of the verdict: *lost*, *repeated*, *stale*, *differing*.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.demo.books import Book, Record
from gateway.demo.facts import Facts
from gateway.demo.ledgers import Ledger, Ledgers
from gateway.demo.verdict import Verdict

_FINAL = {"complete": "complete", "cancelled": "cancelled"}
_NAMES = ("last", "first", "patronymic", "birth_date")


def audit(verdict: Verdict, facts: Facts, crm: Book, ledgers: Ledgers) -> None:
    """Add what is found to the verdict; the CRM tells which order has which key."""
    keys = {number: str(rows[0].get("key") or "") for number, rows in crm.orders.items() if rows}
    for where, ledger in (("cdp", ledgers.cdp), ("loyalty", ledgers.loyalty)):
        _customers(verdict, facts, where, ledger, crm)
    _orders(verdict, facts, "cdp", ledgers.cdp, keys)
    bare = {number: key.replace("-", "") for number, key in keys.items()}
    _orders(verdict, facts, "loyalty", ledgers.loyalty, bare)
    _points(verdict, facts, ledgers)
    _cards(verdict, facts, ledgers)


def _customers(verdict: Verdict, facts: Facts, where: str, ledger: Ledger, crm: Book) -> None:
    fed = {facts.day.people[key].email: key for key in facts.customers}
    for email, key in fed.items():
        about, rows = f"customer {key}", ledger.customers.get(email, [])
        if not rows:
            verdict.add("lost", where, about)
            continue
        if len(rows) > 1:
            verdict.add("repeated", where, about, len(rows) - 1)
        if rows[0].get("is_member") is False:
            verdict.add("lost", where, f"{about}: is no member")
        _fields(verdict, facts, where, key, rows[0])
        for name in (name for person, name in facts.rivals if person == key):
            # Either value is right, the same one in all places is what counts.
            if any(row[name] != rows[0][name] for row in crm.customers.get(email, [])):
                verdict.add("differing", where, f"{about}: {name}")
    for email in set(ledger.customers) - set(fed):
        count = len(ledger.customers[email])
        verdict.add("repeated", where, "a customer that nobody entered", count)


def _fields(verdict: Verdict, facts: Facts, where: str, key: int, row: Record) -> None:
    history = facts.customers[key]
    for name in _NAMES:
        if (key, name) not in facts.rivals:
            verdict.compare(where, f"customer {key}: {name}", row[name], history[name])
    if row["phones"] != {history["phone"][-1]}:
        verdict.add("differing", where, f"customer {key}: phone")


def _orders(
    verdict: Verdict, facts: Facts, where: str, ledger: Ledger, keys: dict[str, str]
) -> None:
    for order, number in facts.numbers.items():
        about, rows = f"order {number}", ledger.orders.get(keys.get(number, ""), [])
        history = facts.orders[order]
        if not rows:
            # What was cancelled before it could be told has no purchase to cancel.
            if where != "loyalty" or history["status"][-1] != "cancelled":
                verdict.add("lost", where, about)
            continue
        if len(rows) > 1:
            verdict.add("repeated", where, about, len(rows) - 1)
        _order(verdict, history, where, about, rows[0])
    for key in set(ledger.orders) - set(keys.values()):
        verdict.add("repeated", where, "an order that nobody placed", len(ledger.orders[key]))


def _order(
    verdict: Verdict, history: dict[str, list[Any]], where: str, about: str, row: Record
) -> None:
    stages = [_FINAL.get(status, "open") for status in history["status"]]
    passed = [one for place, one in enumerate(stages) if place == 0 or one != stages[place - 1]]
    verdict.compare(where, f"{about}: status", row["status"], passed)
    lines = _lines(history)
    if "lines" in row and row["lines"] != lines:
        verdict.add("differing", where, f"{about}: lines")
    total = sum((quantity * price for _, quantity, price in lines), start=Decimal(0))
    # What is over is not reckoned again: an order that was cancelled keeps its last sums.
    if "amount" in row and row["amount"] != total and row["status"] != "cancelled":
        verdict.add("differing", where, f"{about}: amount")


def _lines(history: dict[str, list[Any]]) -> list[tuple[int, Decimal, Decimal]]:
    """Return the lines as they were fed last: product, quantity, price."""
    products = {int(name.split(":")[1]) for name in history if name.startswith("line:")}
    return sorted(
        (
            product,
            Decimal(history[f"line:{product}:quantity"][-1]),
            Decimal(history[f"line:{product}:price"][-1]),
        )
        for product in products
    )


def _points(verdict: Verdict, facts: Facts, ledgers: Ledgers) -> None:
    """Points are what complete orders earned, once, and the site shows the same."""
    for key in facts.customers:
        email = facts.day.people[key].email
        rows = ledgers.loyalty.customers.get(email, [])
        if not rows:
            continue
        balance, about = rows[0]["balance"], f"customer {key}: points"
        if balance > rows[0]["earned"]:
            verdict.add("repeated", "loyalty", about)
        if balance < rows[0]["earned"]:
            verdict.add("lost", "loyalty", about)
        if key in facts.site_users and ledgers.balances.get(email) != balance:
            verdict.add("stale", "site", about)


def _cards(verdict: Verdict, facts: Facts, ledgers: Ledgers) -> None:
    for where, cards in (("erp", ledgers.erp_cards), ("site", ledgers.site_cards)):
        for number, history in facts.cards.items():
            rows, about = cards.get(number, []), f"card {number[-4:]}"
            if not rows:
                verdict.add("lost", where, about)
                continue
            if len(rows) > 1:
                verdict.add("repeated", where, about, len(rows) - 1)
            verdict.compare(where, f"{about}: state", rows[0], history)
        for number in set(cards) - set(facts.cards):
            verdict.add("repeated", where, "a card that nobody issued", len(cards[number]))
