"""The verdict: it is clean for what is right, and counts every fault in its class and place."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from gateway.demo.verdict import Verdict, judge
from tests.gateway.demo.hand_books import CRM, EDITED, ORDER, RIVAL, SHOP, Told, consistent

BOTH_PLACES = pytest.mark.parametrize("where", [SHOP, CRM])


@pytest.fixture
def told() -> Told:
    """A day that both vendors hold rightly."""
    return consistent()


def verdict_of(told: Told) -> Verdict:
    """Judge."""
    return judge(told.facts, told.books)


def assert_found(told: Told, where: str, about: str, **counts: int) -> None:
    """Prove that exactly these classes are counted, and the first finding names the place."""
    verdict = verdict_of(told)
    assert +verdict.counts == Counter(counts)
    assert not verdict.is_clean
    [what] = counts
    assert verdict.findings[0].startswith(f"{what} at {where}: ")
    assert about in verdict.findings[0]


def test_consistent_books_are_clean(told: Told) -> None:
    """A verdict that finds something in right books would blame a gateway that did all well."""
    verdict = verdict_of(told)
    assert verdict.is_clean
    assert verdict.findings == []


@BOTH_PLACES
def test_a_missing_customer_is_lost(told: Told, where: str) -> None:
    """A customer that one vendor never got must not pass unseen."""
    del told.books[where].customers[told.facts.day.people[EDITED].email]
    assert_found(told, where, f"customer {EDITED}", lost=1)


@BOTH_PLACES
def test_a_missing_order_is_lost(told: Told, where: str) -> None:
    """An order that one vendor never got must not pass unseen."""
    del told.books[where].orders[told.facts.numbers[ORDER]]
    assert_found(told, where, "order 51", lost=1)


@BOTH_PLACES
def test_empty_books_are_all_lost(told: Told, where: str) -> None:
    """A vendor that holds nothing lacks every customer and every order."""
    told.books[where].customers.clear()
    told.books[where].orders.clear()
    assert +verdict_of(told).counts == Counter(lost=6 + 5)


@BOTH_PLACES
def test_a_customer_twice_is_repeated(told: Told, where: str) -> None:
    """Two records for one person are the duplicate that the gateway promises not to make."""
    email = told.facts.day.people[EDITED].email
    told.books[where].customers[email] *= 3
    assert_found(told, where, f"customer {EDITED}", repeated=2)


@BOTH_PLACES
def test_an_order_twice_is_repeated(told: Told, where: str) -> None:
    """An order created twice is goods sent twice."""
    told.books[where].orders[told.facts.numbers[ORDER]] *= 2
    assert_found(told, where, "order 51", repeated=1)


@BOTH_PLACES
@pytest.mark.parametrize("email", ["stranger@example.ru", ""])
def test_a_customer_that_nobody_entered_is_repeated(told: Told, where: str, email: str) -> None:
    """A record made out of nothing is a duplicate too, also one without an e-mail."""
    told.books[where].customers[email].append(dict(told.customer(where, EDITED)))
    assert_found(told, where, "nobody entered", repeated=1)


@BOTH_PLACES
def test_orders_that_nobody_placed_are_each_counted(told: Told, where: str) -> None:
    """Two strange orders under one number are two faults, not one."""
    told.books[where].orders["9999"] += [dict(told.order(where))] * 2
    assert_found(told, where, "nobody placed", repeated=2)


@BOTH_PLACES
def test_a_payment_twice_is_repeated(told: Told, where: str) -> None:
    """A payment told twice is money counted twice."""
    told.order(where)["payments"] = 2
    assert_found(told, where, "payment", repeated=1)


@BOTH_PLACES
def test_a_missing_payment_is_lost(told: Told, where: str) -> None:
    """A payment not yet paid is invisible in ``paid``; its absence must show by itself."""
    told.order(where)["payments"] = 0
    assert_found(told, where, "payment", lost=1)


@BOTH_PLACES
def test_a_line_twice_is_repeated(told: Told, where: str) -> None:
    """A line told twice is goods packed twice."""
    order = told.order(where)
    order["lines"] = sorted([*order["lines"], order["lines"][0]])
    assert_found(told, where, "line", repeated=1)


@BOTH_PLACES
def test_a_missing_line_is_lost(told: Told, where: str) -> None:
    """A line that did not arrive is goods that nobody packs."""
    order = told.order(where, key=1)
    gone = order["lines"].pop()
    assert_found(told, where, f"line {gone[0]}", lost=1)


@BOTH_PLACES
def test_a_line_that_nobody_ordered_is_repeated(told: Told, where: str) -> None:
    """Goods of another order in this one must not pass unseen."""
    told.order(where)["lines"].append((999, Decimal(1), Decimal(5)))
    assert_found(told, where, "line 999", repeated=1)


@BOTH_PLACES
@pytest.mark.parametrize("status", ["new", "approval"])
def test_an_earlier_status_is_stale(told: Told, where: str, status: str) -> None:
    """A status one or two steps behind is a change that arrived too late or never."""
    told.order(where)["status"] = status
    assert_found(told, where, "status", stale=1)


@BOTH_PLACES
@pytest.mark.parametrize("status", ["complete", "cancelled", "?"])
def test_a_status_that_never_was_differs(told: Told, where: str, status: str) -> None:
    """A status that nobody set is no lag: it is wrong."""
    told.order(where)["status"] = status
    assert_found(told, where, "status", differing=1)


@BOTH_PLACES
def test_an_earlier_quantity_is_stale(told: Told, where: str) -> None:
    """The quantity before the operator's edit means that the edit was lost or overwritten."""
    line = told.facts.day.orders[ORDER].lines[0]
    order = told.order(where)
    order["lines"] = [
        (product, quantity - (product == line.product), price)
        for product, quantity, price in order["lines"]
    ]
    assert_found(told, where, f"line:{line.product}:quantity", stale=1)


@BOTH_PLACES
def test_a_quantity_that_never_was_differs(told: Told, where: str) -> None:
    """A quantity out of nowhere is a wrong parcel."""
    order = told.order(where)
    product, _, price = order["lines"][0]
    order["lines"][0] = (product, Decimal(77), price)
    assert_found(told, where, f"line:{product}:quantity", differing=1)


@BOTH_PLACES
def test_a_price_off_by_a_kopeck_differs(told: Told, where: str) -> None:
    """Prices are compared to the kopeck, or rounding would eat money unseen."""
    order = told.order(where)
    product, quantity, price = order["lines"][-1]
    order["lines"][-1] = (product, quantity, price + Decimal("0.01"))
    assert_found(told, where, f"line:{product}:price", differing=1)


@BOTH_PLACES
def test_an_unpaid_order_that_was_paid_is_stale(told: Told, where: str) -> None:
    """A payment that was made and is not shown is asked for a second time."""
    told.order(where)["paid"] = False
    assert_found(told, where, "paid", stale=1)


@BOTH_PLACES
def test_a_lost_comment_of_the_manager_is_stale(told: Told, where: str) -> None:
    """An empty comment is its earlier value."""
    told.order(where)["manager_comment"] = ""
    assert_found(told, where, "manager_comment", stale=1)


@BOTH_PLACES
@pytest.mark.parametrize("name", ["coupon", "card", "comment", "email"])
def test_any_other_field_differs(told: Told, where: str, name: str) -> None:
    """The reason of a discount, the comment and the buyer are judged too."""
    told.order(where)[name] = "чужое"
    assert_found(told, where, name, differing=1)


@BOTH_PLACES
def test_an_earlier_patronymic_is_stale(told: Told, where: str) -> None:
    """A profile edit that did not arrive is stale."""
    told.customer(where, EDITED)["patronymic"] = told.facts.day.people[EDITED].patronymic
    assert_found(told, where, "patronymic", stale=1)


@BOTH_PLACES
@pytest.mark.parametrize("name", ["last", "first", "patronymic", "birth_date", "email"])
def test_a_profile_field_that_never_was_differs(told: Told, where: str, name: str) -> None:
    """Every field of a profile is judged."""
    told.customer(where, EDITED)[name] = None
    assert_found(told, where, f"customer {EDITED}", differing=1)


@BOTH_PLACES
@pytest.mark.parametrize("extra", [frozenset(), frozenset({"+79990000000"})])
def test_a_wrong_set_of_phones_differs(told: Told, where: str, extra: frozenset[str]) -> None:
    """No phone is a customer who cannot be reached; one more is somebody else's."""
    customer = told.customer(where, EDITED)
    customer["phones"] = customer["phones"] | extra if extra else set()
    assert_found(told, where, "phone", differing=1)


@pytest.mark.parametrize("name", ["Яна", "Инна"])
def test_either_of_two_rival_edits_is_right(told: Told, name: str) -> None:
    """Who wins is a rule's matter; the verdict only asks that both vendors agree."""
    for where in (SHOP, CRM):
        told.customer(where, RIVAL)["first"] = name
    assert verdict_of(told).is_clean


def test_rival_edits_that_stay_unequal_differ(told: Told) -> None:
    """Each vendor with its own value is a conflict that nobody resolved."""
    told.customer(SHOP, RIVAL)["first"] = "Яна"
    assert_found(told, "both", "rival", differing=1)


def test_the_value_before_rival_edits_is_stale(told: Told) -> None:
    """Agreement on the old value means that both edits were lost."""
    for where in (SHOP, CRM):
        told.customer(where, RIVAL)["first"] = told.facts.day.people[RIVAL].first
    assert_found(told, "both", "rival", stale=1)


def test_a_value_that_no_rival_entered_differs(told: Told) -> None:
    """Agreement on a third value is no resolution."""
    for where in (SHOP, CRM):
        told.customer(where, RIVAL)["first"] = "Зоя"
    assert_found(told, "both", "rival", differing=1)


def test_a_rival_customer_who_is_lost_at_both_is_lost_only(told: Told) -> None:
    """One missing person must be counted as lost and not as a conflict besides."""
    for where in (SHOP, CRM):
        del told.books[where].customers[told.facts.day.people[RIVAL].email]
    assert +verdict_of(told).counts == Counter(lost=2)


def test_many_faults_are_all_counted_but_few_are_shown(told: Told) -> None:
    """The list for a person stays short, the count does not."""
    told.books[CRM].orders["9999"] = [dict(told.order(CRM)) for _ in range(5)]
    for index in range(30):
        told.books[CRM].customers[f"x{index}@example.ru"] = [dict(told.customer(CRM, EDITED))]
    verdict = verdict_of(told)
    assert verdict.counts["repeated"] == 35
    assert len(verdict.findings) == 20


def test_findings_hold_no_personal_data(told: Told) -> None:
    """Findings go to logs and screens of others."""
    told.books[CRM].customers.clear()
    told.customer(SHOP, EDITED)["last"] = "Чужой"
    told.books[SHOP].customers["stranger@example.ru"] = [dict(told.customer(SHOP, RIVAL))]
    text = "\n".join(verdict_of(told).findings)
    assert text
    for person in told.facts.day.people:
        for value in (person.last, person.email, person.phone):
            assert value not in text
    assert "stranger" not in text
