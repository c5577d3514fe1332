"""Translators: laws over any customer, order and answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mindbox.config import MindboxSettings
from connectors.mindbox.translator import CustomerTranslator
from connectors.mindbox.translator_order import OrderTranslator
from connectors.mindbox.wire import CustomerWire
from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    CardRef,
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    Money,
    Order,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.canonical.paths import spoken
from gateway.contract import Change
from gateway.sync.merge import changes
from tests.connectors.mindbox.conftest import own_settings
from tests.connectors.retailcrm.strategies import orders

SETTINGS = MindboxSettings.model_validate(own_settings("http://vendor.test"))
CUSTOMERS = CustomerTranslator(SETTINGS)
ORDERS = OrderTranslator(SETTINGS)

texts = st.text("АБЁабвгдеёжщъыьэюяXyz -'\"&<>$[]=+%;,\n№«»0129", max_size=24)
maybe = st.none() | texts
numbers = st.integers(0, 9_999_999).map(lambda n: f"+7916{n:07d}")
addresses = st.integers(0, 999_999).map(lambda n: f"buyer{n}@example.ru")
ranks = st.sampled_from([0, 1, 100])
phones = st.builds(PhoneContact, number=numbers, rank=ranks)
emails = st.builds(EmailContact, address=addresses, rank=ranks)
consents = st.builds(
    Consent,
    id=st.sampled_from(["personal_data", "mailing:email", "mailing:sms", "news"]),
    granted=st.booleans(),
    source=maybe,
)
customers: st.SearchStrategy[Customer] = st.builds(
    Customer,
    name=st.none() | st.builds(PersonName, last=maybe, first=maybe, patronymic=maybe),
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2015, 1, 1)),
    gender=st.none() | st.sampled_from(Gender),
    phones=st.lists(phones, max_size=3, unique_by=lambda c: c.number).map(tuple),
    emails=st.lists(emails, max_size=2, unique_by=lambda c: c.address).map(tuple),
    cards=st.lists(
        st.builds(CardRef, number=st.sampled_from(["1", "2", "3"])),
        max_size=3,
        unique_by=lambda c: c.number,
    ).map(tuple),
    consents=st.lists(consents, max_size=4, unique_by=lambda c: c.id).map(tuple),
    tier=maybe,
    attributes=st.dictionaries(st.sampled_from(["city", "shops", "unmapped"]), maybe),
)


class Memory:
    """The vendor's record: fields are set, ``%CLEAR%`` empties, answers are camel case (2.4, 6)."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {"ids": {"mindboxId": 7}}
        self.custom: dict[str, Any] = {}
        self.topics: dict[tuple[str, str | None], dict[str, Any]] = {}
        self.cards: set[str] = set()

    def take(self, sent: dict[str, Any], cards: set[str]) -> None:
        """Write what was sent."""
        self._put(self.fields, {k: v for k, v in sent.items() if not isinstance(v, dict | list)})
        custom = sent.get("customFields", {})
        self._put(self.custom, {name[:1].lower() + name[1:]: v for name, v in custom.items()})
        for row in sent.get("subscriptions", []):
            self.topics[row["pointOfContact"], row.get("topic")] = row
        self.cards |= cards

    def row(self) -> dict[str, Any]:
        """Return the answer: filled blocks only."""
        more: dict[str, Any] = {
            "customFields": self.custom,
            "subscriptions": list(self.topics.values()),
            "discountCards": [{"ids": {"number": one}} for one in sorted(self.cards)],
        }
        return self.fields | {name: value for name, value in more.items() if value}

    @staticmethod
    def _put(store: dict[str, Any], sent: dict[str, Any]) -> None:
        for name, value in sent.items():
            if value == "%CLEAR%":
                store.pop(name, None)
            elif value != "":
                store[name] = value.strip() if isinstance(value, str) else value


def written(memory: Memory, snapshot: Customer, known: Customer | None) -> Customer:
    """Tell the memory a snapshot as the core would and return what it shall hold."""
    held = CUSTOMERS.held(snapshot, known)
    if known is None:
        sent = CUSTOMERS.to_wire(held, None)
    else:
        sent = CUSTOMERS.to_wire(held, set(changes(spoken(held), _valued(known), Kind.CUSTOMER)))
    memory.take(sent, {one.number for one in held.cards})
    return held


def _valued(entity: Customer) -> dict[str, Any]:
    return {path: value for path, value in spoken(entity).items() if value not in (None, [])}


def unread(memory: Memory, held: Customer) -> dict[str, Any]:
    """Return what differs between what is held and what is read back."""
    seen = CUSTOMERS.observed(CustomerWire.model_validate(memory.row()))
    assert seen is not None
    return changes(spoken(seen.entity), _valued(held), Kind.CUSTOMER)


@given(customers)
def test_what_is_held_survives_writing_and_reading(snapshot: Customer) -> None:
    """Each reading looks like a change made at Mindbox, and the systems write to each other."""
    memory = Memory()
    held = written(memory, snapshot, None)
    assert {k: v for k, v in unread(memory, held).items() if _is_written(k)} == {}


@given(customers, customers)
def test_edit_leaves_exactly_what_is_held(first: Customer, second: Customer) -> None:
    """A field that was emptied stays, or one that was not touched goes."""
    memory = Memory()
    held = written(memory, first, None)
    again = written(memory, second, held)
    if second.name is None or first.name is None or again.name is not None:
        assert {
            k: v for k, v in unread(memory, again).items() if _is_written(k)
            and not (k.startswith("name") and second.name is None)
        } == {}  # fmt: skip


def _is_written(path: str) -> bool:
    return not path.startswith(("bonuses", "tier"))


@given(customers)
def test_held_is_a_fixed_point(snapshot: Customer) -> None:
    """Telling the same twice is two edits."""
    held = CUSTOMERS.held(snapshot, None)
    assert spoken(CUSTOMERS.held(held, held)) == spoken(held)


@given(orders)
def test_held_order_is_a_fixed_point(snapshot: Order) -> None:
    """An order that nobody touched is told again each night."""
    held = ORDERS.held(snapshot, None)
    assert spoken(ORDERS.held(held, held)) == spoken(held)


@given(orders)
def test_order_body_depends_on_what_is_held_alone(snapshot: Order) -> None:
    """What the vendor is told differs from what the core believes that it was told."""
    goods = tuple(
        one.model_copy(
            update={"product": ProductRef(external_id="SKU-1"), "price": one.price or Money.of(1)}
        )
        for one in snapshot.lines
    )
    whole = snapshot.model_copy(update={"lines": goods}) if goods else snapshot
    held = ORDERS.held(whole, None)
    body = ORDERS.body(Change(key="o-1", entity=held, changed=frozenset()))
    assert body == ORDERS.body(
        Change(key="o-1", entity=ORDERS.held(held, held), changed=frozenset())
    )
    lines = body["order"]["lines"]
    assert [line["lineNumber"] for line in lines] == list(range(1, len(held.lines) + 1))
    if held.status is not None and held.status.value in ("cancelled", "returned"):
        assert body["order"]["totalPrice"] == 0


WIRES: list[tuple[str, dict[str, Any], str]] = [
    ("gender", {"sex": "other"}, "gender"),
    ("birthday", {"birthDate": "17.04.1990"}, "birth_date"),
    ("hashed-phone", {"mobilePhone": "0cc175b9c0f1b6a831c399e269772661"}, "phones"),
    ("hashed-email", {"email": "92eb5ffee6ae2fec3ad71c777531578f"}, "emails"),
]


@pytest.mark.parametrize(("told", "path"), [row[1:] for row in WIRES], ids=[r[0] for r in WIRES])
def test_unknown_values_are_let_pass_in_silence(told: dict[str, Any], path: str) -> None:
    """A word that is new in the vendor's dictionary empties the field at all other systems."""
    wire = CustomerWire.model_validate({"ids": {"mindboxId": 7}, "firstName": "Ян", **told})
    seen = CUSTOMERS.observed(wire)
    assert seen is not None
    assert path not in spoken(seen.entity)
    assert len(seen.remarks) == 1
    assert not any(str(value) in seen.remarks[0] for value in told.values())
    assert seen.entity.name is not None
    assert seen.entity.name.first == "Ян"


def test_exported_row_without_custom_fields_says_nothing_of_them() -> None:
    """An export that was set up without custom fields empties them all over the shop."""
    wire = CustomerWire.model_validate({"ids": {"mindboxId": 7}})
    exported = CUSTOMERS.observed(wire, exported=True)
    answered = CUSTOMERS.observed(wire)
    assert exported is not None
    assert answered is not None
    assert "attributes/city" not in spoken(exported.entity)
    assert spoken(answered.entity)["attributes/city"] is None


def test_tier_is_not_spoken_of_where_none_is_set_up() -> None:
    """The tier that the shop keeps is emptied by Mindbox, which was never asked for one."""
    settings = MindboxSettings.model_validate(
        own_settings("http://vendor.test", tier_segmentation=None)
    )
    wire = CustomerWire.model_validate({"ids": {"mindboxId": 7}, "segmentations": []})
    seen = CustomerTranslator(settings).observed(wire)
    assert seen is not None
    assert "tier" not in spoken(seen.entity)


def test_balances_are_matched_by_name_whatever_their_order() -> None:
    """The points of another account are shown as the customer's."""
    rows = [
        {"systemName": "Other", "available": 5},
        {"balanceType": {"ids": {"systemName": "MainPoints"}}, "availableValue": "12.5"},
    ]
    for told in (rows, rows[::-1]):
        wire = CustomerWire.model_validate({"ids": {"mindboxId": 7}, "balances": told})
        seen = CUSTOMERS.observed(wire)
        assert seen is not None
        assert seen.entity.bonuses == (
            BonusAccount(
                programme="mindbox",
                available=BonusPoints(points=Decimal("12.5")),
                pending=None,
            ),
        )
