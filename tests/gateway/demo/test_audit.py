"""The audit: it is clean for what is right, and finds every fault in its class and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from gateway.demo.ledgers import Ledger, Ledgers
from tests.gateway.demo.hand_books import CRM, EDITED, RIVAL, Told
from tests.gateway.demo.hand_ledgers import (
    ANNULLED,
    CANCELLED,
    CDP,
    COMPLETE,
    LOYALTY,
    WORKING,
    audited,
    told_everywhere,
)

Tamper = Callable[[Told, Ledgers], object]
BOTH = pytest.mark.parametrize("where", [CDP, LOYALTY])


def ledger_of(ledgers: Ledgers, where: str) -> Ledger:
    """Return a vendor's ledger."""
    return ledgers.cdp if where == CDP else ledgers.loyalty


def order_key(where: str, key: int) -> str:
    """Return by what a vendor knows an order."""
    return f"{'o-' if where == CDP else 'o'}{key + 51}"


def assert_found(told: Told, ledgers: Ledgers, place: str, **counts: int) -> None:
    """Prove that exactly these classes are counted, and the first finding names the place."""
    verdict = audited(told, ledgers)
    assert +verdict.counts == Counter(counts)
    [what] = counts
    assert verdict.findings[0].startswith(f"{what} at {place}: ")


def test_right_ledgers_are_clean() -> None:
    """An audit that finds something in right ledgers would blame a gateway that did all well."""
    verdict = audited(*told_everywhere())
    assert verdict.findings == []
    assert verdict.is_clean


@BOTH
def test_customers_are_missed_repeated_and_invented(where: str) -> None:
    """Each fault about a person is seen at either vendor."""
    told, ledgers = told_everywhere()
    email = told.facts.day.people[EDITED].email
    rows = ledger_of(ledgers, where).customers
    kept = rows.pop(email)
    assert_found(told, ledgers, where, lost=1)
    rows[email] = kept * 3
    assert_found(told, ledgers, where, repeated=2)
    rows[email] = kept
    rows["nobody@example.ru"] = kept
    assert_found(told, ledgers, where, repeated=1)


@BOTH
def test_an_older_value_is_stale_and_a_foreign_one_differs(where: str) -> None:
    """What was fed before and what was never fed are different faults."""
    told, ledgers = told_everywhere()
    person = told.facts.day.people[EDITED]
    row = ledger_of(ledgers, where).customers[person.email][0]
    row["patronymic"] = person.patronymic
    assert_found(told, ledgers, where, stale=1)
    row["patronymic"] = "Никакович"
    assert_found(told, ledgers, where, differing=1)


@BOTH
def test_rivals_must_agree_everywhere(where: str) -> None:
    """Either of two simultaneous edits may win, but not one here and the other there."""
    told, ledgers = told_everywhere()
    email = told.facts.day.people[RIVAL].email
    ledger_of(ledgers, where).customers[email][0]["first"] = "Яна"
    assert_found(told, ledgers, where, differing=1)


def test_who_never_finished_his_registration_is_lost() -> None:
    """A person who is no member earns nothing."""
    told, ledgers = told_everywhere()
    email = told.facts.day.people[EDITED].email
    ledgers.loyalty.customers[email][0]["is_member"] = False
    assert_found(told, ledgers, LOYALTY, lost=1)


@BOTH
def test_orders_are_missed_and_invented(where: str) -> None:
    """Each fault about an order is seen at either vendor."""
    told, ledgers = told_everywhere()
    orders = ledger_of(ledgers, where).orders
    kept = orders.pop(order_key(where, COMPLETE))
    assert_found(told, ledgers, where, lost=1)
    orders[order_key(where, COMPLETE)] = kept
    orders["o-9"] = kept
    assert_found(told, ledgers, where, repeated=1)


def test_only_loyalty_needs_no_purchase_of_a_cancelled_order() -> None:
    """What was cancelled before it was told has nothing to be cancelled; CDP keeps it all."""
    told, ledgers = told_everywhere()
    del ledgers.loyalty.orders[order_key(LOYALTY, CANCELLED)]
    assert audited(told, ledgers).is_clean
    del ledgers.cdp.orders[order_key(CDP, CANCELLED)]
    assert_found(told, ledgers, CDP, lost=1)


@BOTH
def test_an_order_that_stayed_open_is_stale(where: str) -> None:
    """Points come when an order is complete there."""
    told, ledgers = told_everywhere()
    ledger_of(ledgers, where).orders[order_key(where, COMPLETE)][0]["status"] = "open"
    assert_found(told, ledgers, where, stale=1)


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        pytest.param(CDP, "lines", [], id="lines at CDP"),
        pytest.param(LOYALTY, "amount", Decimal("0.01"), id="the sum at loyalty"),
    ],
)
def test_other_content_differs(where: str, field: str, value: object) -> None:
    """An order of the right state and the wrong goods is wrong."""
    told, ledgers = told_everywhere()
    ledger_of(ledgers, where).orders[order_key(where, COMPLETE)][0][field] = value
    assert_found(told, ledgers, where, differing=1)


def buyer(told: Told) -> str:
    """Return whose order is complete."""
    return told.facts.day.people[told.facts.day.orders[COMPLETE].person].email


def test_points_are_neither_lost_nor_doubled_nor_old() -> None:
    """Points are money."""
    told, ledgers = told_everywhere()
    row = ledgers.loyalty.customers[buyer(told)][0]
    ledgers.balances[buyer(told)] = row["balance"] = row["earned"] * 2
    assert_found(told, ledgers, LOYALTY, repeated=1)
    ledgers.balances[buyer(told)] = row["balance"] = Decimal(0)
    assert_found(told, ledgers, LOYALTY, lost=1)
    row["balance"] = row["earned"]
    assert_found(told, ledgers, "site", stale=1)


@pytest.mark.parametrize("where", ["erp", "site"])
def test_cards_are_missed_repeated_old_and_invented(where: str) -> None:
    """A card that works at the till and not at the site is what shops complain about."""
    told, ledgers = told_everywhere()
    cards = ledgers.erp_cards if where == "erp" else ledgers.site_cards
    del cards[WORKING]
    assert_found(told, ledgers, where, lost=1)
    cards[WORKING] = [True, True]
    assert_found(told, ledgers, where, repeated=1)
    cards[WORKING] = [True]
    cards[ANNULLED] = [True]
    assert_found(told, ledgers, where, stale=1)
    cards[ANNULLED] = [False]
    cards["2990000000009"] = [True]
    assert_found(told, ledgers, where, repeated=1)


def test_the_crm_tells_which_order_has_which_key() -> None:
    """Without the key an order counts as lost, and what has it as placed by nobody."""
    told, ledgers = told_everywhere()
    told.books[CRM].orders["51"][0]["key"] = ""
    verdict = audited(told, ledgers)
    assert +verdict.counts == Counter(lost=2, repeated=2)
