"""Cards and points of a customer's own service, over SOAP 1.1, SOAP 1.2 and HTTP alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Card, CardState, Kind
from gateway.contract import (
    AuthRejected,
    Change,
    Exists,
    Failed,
    Missing,
    Operation,
    Rejected,
    TranslationFailed,
    Unavailable,
    Written,
)
from gateway.contract.operations import BONUS_POST
from mocks.onec import demo
from tests.connectors.bench import Bench, Copy
from tests.connectors.onec.services.conftest import BARCODE, CARDS, OpenBase, http, soap

NEW = "2990000000998"
KEY = "k-0123456789abcdefghjkmn"
WAYS = [
    pytest.param(soap(), {}, id="soap 1.1"),
    pytest.param(soap(version="1.2"), {}, id="soap 1.2"),
    pytest.param(http(), {}, id="http, errors by status"),
    pytest.param(http(), {"custom_errors": "flag", "custom_bom": True}, id="http, a flag in 200"),
    pytest.param(http(), {"custom_errors": "text"}, id="http, plain text"),
]
each_way = pytest.mark.parametrize(("sections", "switches"), WAYS)


def creation(number: str | None = NEW, key: str = KEY, **more: Any) -> Change[Card]:
    """Return a card that 1C shall get."""
    state = more.pop("state", CardState.ACTIVE)
    card = Card(number=number, state=state)
    return Change(key=key, entity=card, changed=frozenset({"number", "state"}), **more)


def posting(key: str, kind: str, points: str, **more: Any) -> Operation:
    """Return points to be posted to the card of the demonstration data."""
    payload = {"customer_external_id": BARCODE, "kind": kind, "points": points, **more}
    return Operation(key, BONUS_POST, payload)


async def balance(base: Bench) -> Decimal:
    """Return the points of the customer of the demonstration data."""
    told = await base.act("points.balance", partner=demo.PARTNER, at="2026-02-04T00:00:00")
    return Decimal(str(told["spendable"]))


@each_way
async def test_card_is_read_by_its_barcode(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """A card that was activated at a till never reaches the site."""
    base = await open_base(sections, **switches)
    found = await base.look(Kind.CARD, BARCODE)
    assert found.external_id == BARCODE
    assert found.entity == Card(number=BARCODE, state=CardState.ACTIVE, type="club")
    assert found.customer_external_id == demo.PARTNER


@each_way
async def test_unknown_card_is_missing(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """An unknown card is taken for a fault of the service and asked for for ever."""
    base = await open_base(sections, **switches)
    reading = await base.connector.readers[Kind.CARD].get(["2990000000001", BARCODE])
    assert list(reading.missing) == ["2990000000001"]
    assert [one.external_id for one in reading.items] == [BARCODE]


@each_way
async def test_card_is_made_once(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """A lost answer makes a second card, or another's card is taken for a new one."""
    base = await open_base(sections, **switches)
    first, again = [await base.write(Kind.CARD, creation()) for _ in range(2)]
    assert first == again == [Written(NEW, created=True)]
    (other,) = await base.write(Kind.CARD, creation(key="k-another"))
    assert other == Exists(NEW)
    assert (await base.look(Kind.CARD, NEW)).entity.state is CardState.ACTIVE


@each_way
async def test_card_is_blocked_and_works_again(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """The second time that a card is blocked, 1C takes it for a repeat of the first."""
    base = await open_base(sections, **switches)
    copy = Copy(KEY, BARCODE, {"number": BARCODE, "state": "active"})
    for state in (CardState.BLOCKED, CardState.ACTIVE, CardState.BLOCKED):
        await base.tell(Kind.CARD, copy, Card(number=BARCODE, state=state))
        assert (await base.look(Kind.CARD, BARCODE)).entity.state is state


@each_way
async def test_refusals_are_outcomes(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """One refused card hides what became of its neighbours."""
    base = await open_base(sections, **switches)
    gone = creation(external_id="2990000000001", key="k-2", state=CardState.BLOCKED)
    outcomes = await base.write(Kind.CARD, creation(None, "k-1"), gone, creation(NEW, "k-3"))
    errors = [type(one.error) if isinstance(one, Failed) else None for one in outcomes]
    assert errors == [TranslationFailed, Missing, None]


@each_way
async def test_points_are_posted_once(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """A repeat after a lost answer doubles the points."""
    base = await open_base(sections, **switches)
    await base.act("clock.freeze", at="2026-02-03T18:10:00")
    before = await balance(base)
    performer = base.connector.operations[BONUS_POST]
    gift = posting("gift-1", "accrue", "50.50", expires_at="2031-01-01T00:00:00+03:00")
    told = [await performer.perform(gift) for _ in range(2)]
    assert told[0] == told[1]
    assert await balance(base) == before + Decimal("50.5")
    spent = posting("spent-1", "redeem", "20", options={"card": BARCODE})
    told = [await performer.perform(spent) for _ in range(2)]
    assert told[0] == told[1]
    assert await balance(base) == before + Decimal("30.5")
    assert await performer.find("gift-1") is None


REFUSED = [
    (posting("r-1", "redeem", "100000"), Rejected, "NOT_ENOUGH"),
    (posting("r-2", "accrue", "1", options={"card": "2990000000001"}), Missing, "CARD_NOT_FOUND"),
]


@each_way
async def test_refusal_tells_its_code_and_no_text(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """The text of a configuration may name a person, and goes to a log."""
    base = await open_base(sections, **switches)
    for operation, error, code in REFUSED:
        with pytest.raises(error) as caught:
            await base.connector.operations[BONUS_POST].perform(operation)
        assert (type(caught.value), caught.value.vendor_code) == (error, code)
        assert "балл" not in str(caught.value)


@each_way
async def test_troubles_of_the_base_are_the_contracts_errors(
    open_base: OpenBase, sections: Mapping[str, Any], switches: Mapping[str, Any]
) -> None:
    """A page of the web server is read as a fault of the service, and nothing is repeated."""
    base = await open_base(sections, **switches)
    await base.look(Kind.CARD, BARCODE)
    await base.switch(answer_html=True)
    with pytest.raises(Unavailable):
        await base.look(Kind.CARD, BARCODE)
    await base.switch(answer_html=False)
    assert (await base.look(Kind.CARD, BARCODE)).external_id == BARCODE


@pytest.mark.parametrize("sections", [soap(), http()], ids=["soap", "http"])
async def test_wrong_login_is_told_as_such(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A changed password looks like a service that is away."""
    base = await open_base({**sections, "username": "Никто"})
    with pytest.raises(AuthRejected):
        await base.connector.readers[Kind.CARD].get([BARCODE])


async def test_many_calls_at_once_keep_apart(open_base: OpenBase) -> None:
    """Answers of calls in several threads get to each other's callers."""
    base = await open_base(soap(at_once=5))
    made = await asyncio.gather(
        *(base.write(Kind.CARD, creation(f"29900000005{n:02}", f"k-{n}")) for n in range(12))
    )
    assert [one.external_id for (one,) in made] == [f"29900000005{n:02}" for n in range(12)]
    found = await asyncio.gather(*(base.look(Kind.CARD, f"29900000005{n:02}") for n in range(12)))
    assert [one.entity.number for one in found] == [f"29900000005{n:02}" for n in range(12)]


async def test_no_feed_is_an_empty_feed(open_base: OpenBase) -> None:
    """The core waits for changes that this service never tells."""
    base = await open_base({"soap": {"loyalty": "LoyaltyExchange.1cws", "cards": CARDS}})
    assert await base.walk(Kind.CARD, None) == ([], "pushed")
