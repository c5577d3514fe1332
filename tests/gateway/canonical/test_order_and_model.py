"""Orders' stages, and what all canonical values promise about themselves."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.canonical import (
    Address,
    Canonical,
    Consent,
    Customer,
    EmailContact,
    Order,
    OrderContact,
    OrderStatus,
    PersonName,
    PhoneContact,
    may_follow,
)
from gateway.canonical.order import FINAL
from gateway.canonical.paths import spoken

PLANTED = "Секретова-Ёлкина"


def test_stages_are_answered_for_all_pairs_and_nothing_follows_itself() -> None:
    """A pair of statuses that nobody thought of would stop a feed, or an echo count as a step."""
    for new, current in itertools.product(OrderStatus, [*OrderStatus, None]):
        assert isinstance(may_follow(new, current), bool)
        if new is current:
            assert not may_follow(new, current)


def test_no_order_ever_comes_back_to_a_stage() -> None:
    """Two systems would send an order round and round."""
    for start in OrderStatus:
        reached, open_ends = set(), [start]
        while open_ends:
            current = open_ends.pop()
            steps = [new for new in OrderStatus if may_follow(new, current)]
            open_ends += [new for new in steps if new not in reached]
            reached.update(steps)
        assert start not in reached


def test_final_stages_are_final_and_completed_orders_can_only_be_returned() -> None:
    """A cancelled order would be delivered, or a delivered one cancelled."""
    for stage in FINAL:
        assert [new for new in OrderStatus if may_follow(new, stage)] == []
    after = [new for new in OrderStatus if may_follow(new, OrderStatus.COMPLETE)]
    assert after == [OrderStatus.RETURNED]


def test_every_open_stage_can_be_cancelled() -> None:
    """A customer's cancellation would be refused as a step backwards."""
    still_open = set(OrderStatus) - FINAL - {OrderStatus.COMPLETE}

    assert all(may_follow(OrderStatus.CANCELLED, stage) for stage in still_open)


VALUES: list[Canonical] = [
    PersonName(last=PLANTED),
    PhoneContact(number=PLANTED),
    EmailContact(address=PLANTED),
    Address(text=PLANTED),
    Customer(name=PersonName(first=PLANTED), attributes={"note": PLANTED}),
    Order(contact=OrderContact(name=PersonName(last=PLANTED)), customer_comment=PLANTED),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values_tell_their_fields_and_never_what_is_in_them(value: Canonical) -> None:
    """A name or phone would stand in a log or a traceback."""
    for text in (repr(value), str(value), f"{value}", f"{[value]}"):
        assert PLANTED not in text
        assert text.strip("[]").startswith(type(value).__name__)


WRONG: list[tuple[type[Canonical], dict[str, Any]]] = [
    (Customer, {"birth_date": PLANTED}),
    (Customer, {"gender": PLANTED}),
    (Customer, {"phones": [{"number": [PLANTED]}]}),
    (Customer, {"surname": PLANTED}),
    (Order, {"placed_at": PLANTED}),
    (Order, {"lines": [{"id": "a", "quantity": PLANTED}]}),
]


@pytest.mark.parametrize(("model", "values"), WRONG)
def test_refusals_name_the_field_and_not_the_value(
    model: type[Canonical], values: dict[str, Any]
) -> None:
    """The refused value would stand in a log."""
    with pytest.raises(ValidationError) as caught:
        model(**values)

    assert next(iter(values)) in str(caught.value)
    assert PLANTED not in str(caught.value)
    assert PLANTED not in repr(caught.value)


def test_values_cannot_be_changed() -> None:
    """A value shared by two readers would change under one of them."""
    name = PersonName(last="Ёлкина")

    with pytest.raises(ValidationError):
        name.last = "Иванова"  # type: ignore[misc]


def test_equal_moments_look_equal() -> None:
    """Two vendors in two zones would tell each other the same moment for ever."""
    moscow = datetime(2026, 3, 2, 15, tzinfo=timezone(timedelta(hours=3)))
    utc = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert spoken(Order(placed_at=moscow)) == spoken(Order(placed_at=utc))
    assert spoken(Customer(registered_at=moscow)) == spoken(Customer(registered_at=utc))
    one, other = (Consent(id="mailing", granted=True, at=at) for at in (moscow, utc))
    assert spoken(Customer(consents=(one,))) == spoken(Customer(consents=(other,)))


def test_moment_without_a_zone_is_refused() -> None:
    """A registration would move by hours from vendor to vendor."""
    with pytest.raises(ValidationError):
        Customer(registered_at=datetime(2026, 3, 2, 12))  # noqa: DTZ001
