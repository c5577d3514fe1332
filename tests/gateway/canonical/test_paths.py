"""Paths: an entity and its flat map say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from gateway.canonical import Canonical, Customer, Kind, Order, OrderLine, PersonName, PhoneContact
from gateway.canonical.paths import Fields, folded, item_of, items_of, known, pattern, spoken
from tests.gateway.canonical.samples import CARDS, CUSTOMERS, ORDERS, PRODUCTS


@settings(max_examples=150, deadline=None)
@given(entity=CUSTOMERS | CARDS | PRODUCTS | ORDERS)
def test_folding_takes_back_unfolding(entity: Canonical) -> None:
    """A stored snapshot comes back as another customer or order than was stored."""
    assert folded(type(entity), spoken(entity)) == entity


@settings(max_examples=100, deadline=None)
@given(entity=CUSTOMERS | CARDS | PRODUCTS | ORDERS)
def test_unfolding_takes_back_folding(entity: Canonical) -> None:
    """A map that went through an entity differs from itself, so that a vendor is told for ever."""
    fields = spoken(entity)

    assert spoken(folded(type(entity), fields)) == fields


@settings(max_examples=100, deadline=None)
@given(order=ORDERS)
def test_every_path_leads_to_its_items_and_pattern(order: Order) -> None:
    """A key with a separator in it leads to another item, or to another rule."""
    fields = spoken(order)
    for path, value in fields.items():
        assert all(fields[marker] is True for marker in items_of(path, Kind.ORDER))
        assert (item_of(path, Kind.ORDER) == path) is (value is True)
        assert set(pattern(path, Kind.ORDER).split("/")) <= _WORDS_OF_ORDERS


_WORDS_OF_ORDERS = set(Order.model_fields) | set(OrderLine.model_fields) | {
    "method", "cost", "address", "city", "text", "reason", "amount", "code",
}  # fmt: skip


def test_silence_and_emptiness_are_told_apart() -> None:
    """A vendor that does not know phones would take them away everywhere."""
    assert spoken(Customer()) == {}
    assert spoken(Customer(phones=(), gender=None)) == {"phones": [], "gender": None}


def test_known_keeps_values_only() -> None:
    """A snapshot that stores emptiness grows and looks different from one that does not."""
    fields: Fields = {
        "gender": None,
        "phones": [],
        "tier": "",
        "cards/7": True,
        "attributes/a": "0",
    }

    assert known(fields) == {"tier": "", "cards/7": True, "attributes/a": "0"}


def test_item_without_marker_is_put_together_all_the_same() -> None:
    """A copy whose marker was lost could not be read any more."""
    phone = PhoneContact(number="+79161234567", rank=3)

    assert folded(Customer, {"phones/+79161234567/rank": 3}) == Customer(phones=(phone,))


def test_lines_come_in_their_order_and_not_in_that_of_their_ids() -> None:
    """The lines of an order are shuffled on their way to a vendor."""
    fields = {"lines/b/sort": 1, "lines/a/sort": 2}

    assert [line.id for line in folded(Order, fields).lines] == ["b", "a"]


def test_unknown_path_is_refused_without_its_value() -> None:
    """A value of a misspelt field is lost in silence, or shown in an error."""
    with pytest.raises(ValueError, match="nmae") as caught:
        folded(Customer, {"nmae/first": "Алевтина"})

    assert "Алевтина" not in str(caught.value)


PATTERNS = [
    ("gender", Kind.CUSTOMER, "gender", ()),
    ("name/first", Kind.CUSTOMER, "name/first", ()),
    ("phones", Kind.CUSTOMER, "phones", ()),
    ("phones/+7916", Kind.CUSTOMER, "phones", ("phones/+7916",)),
    ("phones/+7916/rank", Kind.CUSTOMER, "phones/rank", ("phones/+7916",)),
    ("attributes/vip", Kind.CUSTOMER, "attributes/vip", ()),
    ("attributes/a%2Fb", Kind.CUSTOMER, "attributes/a%2Fb", ()),
    ("lines/a%2Fb/quantity", Kind.ORDER, "lines/quantity", ("lines/a%2Fb",)),
    ("lines/a/product/sku", Kind.ORDER, "lines/product/sku", ("lines/a",)),
    (
        "lines/a/discounts/d/amount",
        Kind.ORDER,
        "lines/discounts/amount",
        ("lines/a", "lines/a/discounts/d"),
    ),
    ("delivery/address/city", Kind.ORDER, "delivery/address/city", ()),
    ("promo_codes", Kind.ORDER, "promo_codes", ()),
]


@pytest.mark.parametrize(("path", "kind", "wanted", "items"), PATTERNS)
def test_pattern_and_items(path: str, kind: Kind, wanted: str, items: tuple[str, ...]) -> None:
    """A rule of the configuration would not meet its field, or a removal would miss its item."""
    assert pattern(path, kind) == wanted
    assert items_of(path, kind) == items


def test_name_is_unfolded_by_its_parts() -> None:
    """Two systems that know different parts of a name would take them from each other."""
    assert spoken(Customer(name=PersonName(first="Алёна"))) == {"name/first": "Алёна"}
