"""Verdict: what was fed in against what both vendors hold. Pure.

*Lost* is a customer, order, payment or line that one of them lacks; *repeated* one that it has
twice or that nobody entered; *stale* a field that shows an earlier value than the last one;
*differing* any other field that is not what was fed, or not the same at both.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.demo.books import Book, Record
from gateway.demo.facts import Facts

_SHOWN = 20


@dataclass(slots=True)
class Verdict:
    """Counts, and the first findings for a person to look at; without personal data."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def add(self, what: str, where: str, detail: str, count: int = 1) -> None:
        """Note a finding."""
        self.counts[what] += count
        if len(self.findings) < _SHOWN:
            self.findings.append(f"{what} at {where}: {detail}")

    def compare(self, where: str, about: str, held: object, history: list[Any]) -> None:
        """Compare what a vendor holds with the values that were fed, the last of which counts."""
        if held == history[-1]:
            return
        self.add("stale" if held in history[:-1] else "differing", where, about)

    @property
    def is_clean(self) -> bool:
        """True when nothing was found."""
        return not any(self.counts.values())


def judge(facts: Facts, books: dict[str, Book]) -> Verdict:
    """Compare all that was fed with what each vendor holds."""
    verdict = Verdict()
    for where, book in books.items():
        _customers(verdict, facts, where, book)
        _orders(verdict, facts, where, book)
    _rivals(verdict, facts, books)
    return verdict


def _customers(verdict: Verdict, facts: Facts, where: str, book: Book) -> None:
    fed = {facts.day.people[key].email: key for key in facts.customers}
    for email, key in fed.items():
        records = book.customers.get(email, [])
        name = f"customer {key}"
        if not records:
            verdict.add("lost", where, name)
            continue
        if len(records) > 1:
            verdict.add("repeated", where, name, len(records) - 1)
        _customer(verdict, facts, where, key, records[0])
    for email in set(book.customers) - set(fed):
        verdict.add("repeated", where, "a customer that nobody entered", len(book.customers[email]))


def _customer(verdict: Verdict, facts: Facts, where: str, key: int, record: Record) -> None:
    for name, history in facts.customers[key].items():
        if (key, name) in facts.rivals:
            continue
        if name == "phone":
            if record["phones"] != {history[-1]}:
                verdict.add("differing", where, f"customer {key}: phone")
        else:
            verdict.compare(where, f"customer {key}: {name}", record[name], history)


def _orders(verdict: Verdict, facts: Facts, where: str, book: Book) -> None:
    for key, number in facts.numbers.items():
        records = book.orders.get(number, [])
        if not records:
            verdict.add("lost", where, f"order {number}")
            continue
        if len(records) > 1:
            verdict.add("repeated", where, f"order {number}", len(records) - 1)
        _order(verdict, facts.orders[key], where, number, records[0])
    for number in set(book.orders) - set(facts.numbers.values()):
        verdict.add("repeated", where, "an order that nobody placed", len(book.orders[number]))


def _order(
    verdict: Verdict, history: dict[str, list[Any]], where: str, number: str, record: Record
) -> None:
    about = f"order {number}"
    if record["payments"] > 1:
        verdict.add("repeated", where, f"{about}: payment", record["payments"] - 1)
    if record["payments"] < 1:
        verdict.add("lost", where, f"{about}: payment")
    products = Counter(product for product, _, _ in record["lines"])
    for product, count in products.items():
        if count > 1:
            verdict.add("repeated", where, f"{about}: line {product}", count - 1)
    lines = {product: (quantity, price) for product, quantity, price in record["lines"]}
    fed = {int(name.split(":")[1]) for name in history if name.startswith("line:")}
    for product in fed - set(lines):
        verdict.add("lost", where, f"{about}: line {product}")
    for product in set(lines) - fed:
        verdict.add("repeated", where, f"{about}: line {product} that nobody ordered")
    for name, values in history.items():
        if not name.startswith("line:"):
            verdict.compare(where, f"{about}: {name}", record[name], values)
            continue
        _, product_text, what = name.split(":")
        if int(product_text) in lines:
            held = lines[int(product_text)][0 if what == "quantity" else 1]
            verdict.compare(where, f"{about}: {name}", held, [Decimal(v) for v in values])


def _rivals(verdict: Verdict, facts: Facts, books: dict[str, Book]) -> None:
    """Fields edited in two places at once: one of the two values, the same everywhere."""
    for key, name in facts.rivals:
        email = facts.day.people[key].email
        held = {
            book.customers[email][0][name] for book in books.values() if book.customers.get(email)
        }
        about = f"customer {key}: {name} after rival edits"
        if len(held) > 1:
            verdict.add("differing", "both", about)
            continue
        before, *edits = facts.customers[key][name]
        for value in held - set(edits):
            verdict.add("stale" if value == before else "differing", "both", about)
