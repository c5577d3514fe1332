"""Rules by field, and the digests under which entities are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import Customer, Kind, OrderStatus
from gateway.canonical.paths import spoken
from gateway.sync.lookup import Digester
from gateway.sync.ownership import Ownership, Rule, RuleKind, goes_forward
from tests.gateway.canonical.samples import CUSTOMERS

NEWEST, UNION, FORWARD = Rule(RuleKind.NEWEST), Rule(RuleKind.UNION), Rule(RuleKind.FORWARD)
ERP, SHOP = Rule(RuleKind.OWNER, "erp"), Rule(RuleKind.OWNER, "shop")
RULES = Ownership(
    {
        Kind.CUSTOMER: {"name": ERP, "name/first": SHOP, "attributes/vip": ERP, "phones": NEWEST},
        Kind.ORDER: {"lines": SHOP, "lines/quantity": ERP, "*": ERP},
    }
)


@pytest.mark.parametrize(
    ("kind", "path", "wanted"),
    [
        pytest.param(Kind.CUSTOMER, "name/last", ERP, id="rule of the part"),
        pytest.param(Kind.CUSTOMER, "name/first", SHOP, id="more specific"),
        pytest.param(Kind.CUSTOMER, "attributes/vip", ERP, id="one attribute"),
        pytest.param(Kind.CUSTOMER, "attributes/size", NEWEST, id="another attribute"),
        pytest.param(Kind.CUSTOMER, "phones/+7916", NEWEST, id="instead of the safe default"),
        pytest.param(Kind.CUSTOMER, "cards/7", UNION, id="safe default"),
        pytest.param(Kind.CUSTOMER, "gender", NEWEST, id="nothing is said"),
        pytest.param(Kind.ORDER, "lines/b-17", SHOP, id="item"),
        pytest.param(Kind.ORDER, "lines/b-17/quantity", ERP, id="field of an item"),
        pytest.param(Kind.ORDER, "lines/quantity/price", SHOP, id="item called as a field"),
        pytest.param(Kind.ORDER, "status", FORWARD, id="safe default before the rest"),
        pytest.param(Kind.ORDER, "payments/p/state", FORWARD, id="safe default within an item"),
        pytest.param(Kind.ORDER, "payments/p/amount", UNION, id="safe default of the item"),
        pytest.param(Kind.ORDER, "number", ERP, id="the rest"),
    ],
)
def test_most_specific_rule_holds(kind: Kind, path: str, wanted: Rule) -> None:
    """A field would be decided by another rule than the one that was written for it."""
    assert RULES.rule(kind, path) == wanted


def test_ties_have_one_winner() -> None:
    """Two edits of one second would both win, or none, depending on who is asked."""
    rules = Ownership(priority=("erp", "crm"))
    names = ["erp", "crm", "shop", "till"]

    for one in names:
        for other in names:
            wins = rules.outranks(one, other), rules.outranks(other, one)
            assert wins == (True, True) if one == other else sum(wins) == 1
    assert [rules.outranks(name, "crm") for name in names] == [True, True, False, False]


STATUSES = st.none() | st.sampled_from(OrderStatus).map(str)
STATES = st.none() | st.sampled_from(["pending", "paid", "refunded"])


@given(steps=st.lists(STATUSES, max_size=12), path=st.just("status"))
def test_a_status_never_returns_to_where_it_was(steps: list[str | None], path: str) -> None:
    """Under some sequence of messages an order goes back."""
    _never_returns(steps, path)


@given(steps=st.lists(STATES, max_size=12), path=st.just("payments/p/state"))
def test_a_payment_never_returns_to_where_it_was(steps: list[str | None], path: str) -> None:
    """Under some sequence of messages a refunded payment is paid again."""
    _never_returns(steps, path)


def _never_returns(steps: list[str | None], path: str) -> None:
    passed: list[str | None] = [None]
    for step in steps:
        if goes_forward(Kind.ORDER, path, step, passed[-1]):
            passed.append(step)
    assert len(passed) == len(set(passed))


def test_a_field_without_stages_is_only_filled() -> None:
    """A rule for stages on an ordinary field would let it change back and forth."""
    answers = [goes_forward(Kind.CUSTOMER, "tier", *pair) for pair in (("a", None), ("a", "b"))]

    assert answers == [True, False]


DIGESTER = Digester(b"a secret of tests")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("phones/+79161234567", "8 (916) 123-45-67"),
        ("emails/anna@example.ru", " Anna@Example.ru"),
        ("cards/2000123456789", "2000123456789 "),
        ("cards/12%2F3", "12/3"),
        ("cards/50 %25", "50 %"),
    ],
)
def test_customer_is_found_as_people_type(path: str, query: str) -> None:
    """A customer exists and is not found."""
    (digest,) = DIGESTER.of_entity(Kind.CUSTOMER, {path: True, f"{path}/rank": 0, "gender": "male"})

    assert digest in DIGESTER.of_query(query)


def test_order_is_found_by_its_number_in_any_case() -> None:
    """An order exists and is not found, because its number was typed in small letters."""
    (digest,) = DIGESTER.of_entity(Kind.ORDER, {"number": "К-17a", "customer_id": "c-1"})

    assert digest in DIGESTER.of_query("к-17A")


def test_digests_tell_nothing_and_are_of_one_secret_and_sort() -> None:
    """A stolen index could be searched, or a card number be taken for a phone."""
    phone = DIGESTER.digest("phone", "+79161234567")

    assert "9161234567" not in phone
    assert phone != Digester(b"another").digest("phone", "+79161234567")
    assert phone.partition(":")[2] != DIGESTER.digest("card", "+79161234567").partition(":")[2]
    assert "secret" not in repr(DIGESTER)


@given(customer=CUSTOMERS)
def test_persons_are_matched_by_phones_and_emails_only(customer: Customer) -> None:
    """Two people who share a card would be made one."""
    fields = spoken(customer)
    proofs = DIGESTER.natural(Kind.CUSTOMER, {**fields, "cards/1": True})

    assert {digest.partition(":")[0] for digest in proofs} <= {"phone", "email"}
    assert len(proofs) == sum(
        value is True and path.partition("/")[0] in {"phones", "emails"}
        for path, value in fields.items()
    )
