"""Books by hand: a day as both vendors should hold it, for tests to tamper with."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal

from gateway.demo.books import Book, Record
from gateway.demo.day import Day, Placed, make_day
from gateway.demo.facts import Facts

SHOP, CRM = "site", "crm"
ORDER = 0
EDITED, RIVAL = 1, 2


@dataclass(slots=True)
class Told:
    """What was fed, and what each vendor holds."""

    facts: Facts
    books: dict[str, Book]

    def order(self, where: str, key: int = ORDER) -> Record:
        """Return an order as a vendor holds it."""
        return self.books[where].orders[self.facts.numbers[key]][0]

    def customer(self, where: str, key: int) -> Record:
        """Return a customer as a vendor holds it."""
        return self.books[where].customers[self.facts.day.people[key].email][0]


def number_of(key: int) -> str:
    """Return the number that the site gave an order."""
    return f"{key + 51}"


def consistent() -> Told:
    """Return a day in which both vendors hold the last value of everything."""
    day = make_day(customers=6, orders=5, seed=3)
    facts = Facts(day)
    for person in day.people:
        facts.registered(person.key)
    for order in day.orders:
        facts.placed(order, number_of(order.key))
    line = day.orders[ORDER].lines[0]
    facts.changed(ORDER, "status", "approval")
    facts.changed(ORDER, "status", "assembling")
    facts.changed(ORDER, "paid", value=True)
    facts.changed(ORDER, "manager_comment", "Согласовано")
    facts.changed(ORDER, f"line:{line.product}:quantity", line.quantity + 1)
    facts.edited(EDITED, {"patronymic": "Ильич"})
    facts.edited(RIVAL, {"first": "Яна"})
    facts.edited(RIVAL, {"first": "Инна"})
    return Told(facts, {where: _book(facts, day) for where in (SHOP, CRM)})


def _book(facts: Facts, day: Day) -> Book:
    book = Book()
    for key, fields in facts.customers.items():
        record: Record = {name: history[-1] for name, history in fields.items()}
        record["phones"] = {record.pop("phone")}
        book.customers[day.people[key].email].append(record)
    for order in day.orders:
        book.orders[facts.numbers[order.key]].append(_order(facts, order))
    return deepcopy(book)


def _order(facts: Facts, order: Placed) -> Record:
    history = facts.orders[order.key]
    record: Record = {
        name: values[-1] for name, values in history.items() if not name.startswith("line:")
    }
    record["payments"] = 1
    record["lines"] = sorted(
        (
            line.product,
            Decimal(history[f"line:{line.product}:quantity"][-1]),
            Decimal(history[f"line:{line.product}:price"][-1]),
        )
        for line in order.lines
    )
    return record
