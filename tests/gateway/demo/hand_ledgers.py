"""Ledgers by hand: a day as CDP, loyalty, 1C and the site should hold it, to tamper with."""

from __future__ import annotations

from decimal import Decimal

from gateway.demo.audit import audit
from gateway.demo.books import Record
from gateway.demo.day import Placed
from gateway.demo.facts import Facts
from gateway.demo.ledgers import Ledger, Ledgers
from gateway.demo.verdict import Verdict
from tests.gateway.demo.hand_books import CRM, Told, consistent

CDP, LOYALTY = "cdp", "loyalty"
CANCELLED, COMPLETE = 3, 4
EARNED = Decimal("12.50")
WORKING, ANNULLED = "2990000000001", "2990000000002"


def told_everywhere() -> tuple[Told, Ledgers]:
    """Return a day and ledgers that hold the last value of everything."""
    told = consistent()
    facts = told.facts
    facts.changed(CANCELLED, "status", "cancelled")
    facts.changed(COMPLETE, "status", "complete")
    facts.cards[WORKING].append(True)
    facts.cards[ANNULLED] += [True, False]
    facts.site_users = {person.key: person.key + 10 for person in facts.day.people}
    for number, rows in told.books[CRM].orders.items():
        rows[0]["key"] = f"o-{number}"
    cards = {number: [history[-1]] for number, history in facts.cards.items()}
    buyer = facts.day.people[facts.day.orders[COMPLETE].person].email
    shown = {
        person.email: EARNED if person.email == buyer else Decimal(0) for person in facts.day.people
    }
    ledgers = Ledgers(
        cdp=_ledger(facts, "o-"),
        loyalty=_ledger(facts, "o"),
        erp_cards=cards,
        site_cards={number: list(held) for number, held in cards.items()},
        balances=dict(shown),
    )
    for email, rows in ledgers.loyalty.customers.items():
        rows[0] |= {"is_member": True, "balance": shown[email], "earned": shown[email]}
    return told, ledgers


def audited(told: Told, ledgers: Ledgers) -> Verdict:
    """Audit."""
    verdict = Verdict()
    audit(verdict, told.facts, told.books[CRM], ledgers)
    return verdict


def _ledger(facts: Facts, prefix: str) -> Ledger:
    ledger = Ledger()
    for key, fields in facts.customers.items():
        record: Record = {name: history[-1] for name, history in fields.items()}
        record["phones"] = {record.pop("phone")}
        ledger.customers[facts.day.people[key].email].append(record)
    for order in facts.day.orders:
        ledger.orders[f"{prefix}{facts.numbers[order.key]}"].append(_order(facts, order))
    return ledger


def _order(facts: Facts, order: Placed) -> Record:
    history = facts.orders[order.key]
    status = history["status"][-1]
    lines = sorted(
        (
            line.product,
            Decimal(history[f"line:{line.product}:quantity"][-1]),
            Decimal(history[f"line:{line.product}:price"][-1]),
        )
        for line in order.lines
    )
    return {
        "status": status if status in {"complete", "cancelled"} else "open",
        "lines": lines,
        "amount": sum((count * price for _, count, price in lines), start=Decimal(0)),
    }
