"""Cards of the directory through the connector against the running double."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.bitrix.translator_card import card_from_wire, card_to_wire, held_card
from connectors.bitrix.wire import WireCard
from gateway.canonical import Card, CardState, Kind
from gateway.canonical.paths import known, spoken
from gateway.contract import Change, Exists, Failed, OutcomeUnknown, Rejected, Written
from tests.connectors.bitrix.strategies import moments, set_fields, texts
from tests.connectors.bitrix.test_customers import register
from tests.connectors.bitrix.world import CARD_KEY, World, creation, edit, open_world, settings_for

NUMBER = "2000000000017"
ACTIVE = datetime(2025, 3, 3, 10, 59, tzinfo=UTC)

cards: st.SearchStrategy[Card] = set_fields(  # type: ignore[assignment]
    Card,
    number=st.none() | st.just(NUMBER),
    barcode=texts,
    type=st.none() | texts,
    state=st.none() | st.sampled_from(CardState),
    discount_percent=st.none() | st.integers(-5_000, 200_000).map(lambda n: Decimal(n) / 1000),
    activated_at=st.none() | moments,
    customer_id=st.none() | st.just("c-01jabcdefghjkmnpqrstvw"),
)


def whole_card(**more: Any) -> Card:
    """Return a card as 1C tells it."""
    said: dict[str, Any] = {
        "number": NUMBER,
        "type": "discount",
        "state": CardState.ACTIVE,
        "discount_percent": Decimal("5.00"),
        "activated_at": ACTIVE,
        **more,
    }
    return Card(**said)


async def card(world: World, number: str = NUMBER) -> dict[str, Any]:
    """Return what the shop holds of a card."""
    found: dict[str, Any] = (await world.shop.result("gateway.card.get", {"number": number}))[
        "card"
    ]
    return found


async def test_the_golden_card_is_told_as_the_reference_writes_it(world: World) -> None:
    """The extension would refuse another spelling of an amount, a time or a state (10.12)."""
    user_id = await register(world)
    change = creation(
        world.connector,
        CARD_KEY,
        whole_card(customer_id="c-01jabcdefghjkmnpqrstvw"),
        customer_external_id=user_id,
    )
    sent = card_to_wire(change, NUMBER, settings_for("https://s.example.ru").zone(), is_new=True)
    assert sent == {
        "number": "2000000000017",
        "type": "discount",
        "discountPercent": "5.00",
        "state": "active",
        "userId": int(user_id),
        "activatedAt": "2025-03-03T13:59:00+03:00",
        "xmlId": CARD_KEY,
    }
    assert await world.written(Kind.CARD, change) == Written(NUMBER, version="1", created=True)
    assert (await card(world))["userId"] == int(user_id)


async def test_a_created_card_reads_back_as_it_was_held(world: World) -> None:
    """What is read back and was not held would echo as a change, or be sent for ever."""
    change = creation(world.connector, CARD_KEY, whole_card(barcode="2000000000017", type=None))
    await world.written(Kind.CARD, change)
    reading = await world.connector.readers[Kind.CARD].get([NUMBER, "9", "x" * 65])
    (observed,) = reading.items
    assert observed.key == CARD_KEY
    assert reading.missing == ["9", "x" * 65]
    assert known(spoken(observed.entity)) == known(spoken(change.entity))


async def test_five_hundred_cards_travel_in_one_write(world: World) -> None:
    """A first load of a directory would take a call for each card."""
    changes = [
        creation(world.connector, f"k-01jabcdefghjkmnpqr{n:04d}", whole_card(number=f"{n:013d}"))
        for n in range(500)
    ]
    world.operations.clear()
    outcomes = await world.write(Kind.CARD, *changes)
    assert all(isinstance(one, Written) and one.created for one in outcomes)
    assert world.operations == ["batch"] * 10 + ["gateway.card.put"]


async def test_creating_twice_leaves_the_card_as_people_left_it(world: World) -> None:
    """A repeat after a lost answer would undo what the shop's people did since."""
    change = creation(world.connector, CARD_KEY, whole_card())
    await world.written(Kind.CARD, change)
    await world.shop.act("card.put", number=NUMBER, state="blocked")
    assert await world.write(Kind.CARD, change) == [Exists(NUMBER)]
    assert (await card(world))["state"] == "blocked"


async def test_a_card_of_the_shop_is_left_to_be_merged(world: World) -> None:
    """The holder whom the shop knows would be overwritten by a directory that lacks him."""
    user_id = int(await register(world))
    await world.shop.act("card.put", number=NUMBER, user_id=user_id, xml_id="0c-17")
    assert await world.write(Kind.CARD, creation(world.connector, CARD_KEY, whole_card())) == [
        Exists(NUMBER)
    ]
    there = await card(world)
    assert (there["userId"], there["xmlId"]) == (user_id, "0c-17")


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_creation_cut_after_commit_is_found(world: World, *, is_restarted: bool) -> None:
    """A lost answer would leave cards of which the gateway does not know, or make them anew."""
    changes = [
        creation(world.connector, CARD_KEY, whole_card()),
        creation(world.connector, "k-01jbbbbbbbbbbbbbbbbbbb", whole_card(number="18")),
    ]
    await world.fault({"kind": "cut_after", "path": "gateway.card.put", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await world.connector.writers[Kind.CARD].write(changes)
    writer = world.connector.writers[Kind.CARD]
    keys = [*(change.key for change in changes), "k-01jccccccccccccccccccc"]
    if is_restarted:
        async with open_world(url=f"{world.shop.url}/rest/1/wh0a1b2c3d4e5f6g/") as other:
            found = await other.connector.writers[Kind.CARD].find(keys)
    else:
        found = await writer.find(keys)
    assert found == {changes[0].key: NUMBER, changes[1].key: "18"}
    assert await writer.write(changes) == [Exists(NUMBER), Exists("18")]
    assert (await card(world))["version"] == 1


async def test_a_refused_card_does_not_hide_its_neighbours(world: World) -> None:
    """One card of a stranger would hold up a whole directory."""
    held = {"customer_id": "c-01jabcdefghjkmnpqrstvw"}
    good = creation(world.connector, CARD_KEY, whole_card())
    bad = creation(
        world.connector, "k-2", whole_card(number="18", **held), customer_external_id="4040"
    )
    worse = replace(bad, key="k-3", entity=whole_card(number="19", **held))
    worse = replace(worse, customer_external_id="c-7")
    long = creation(world.connector, "k-4", whole_card(number="9" * 65))
    outcomes = await world.write(Kind.CARD, good, bad, worse, long)
    assert isinstance(outcomes[0], Written)
    reasons = [one.error for one in outcomes[1:] if isinstance(one, Failed)]
    assert [type(error) for error in reasons] == [Rejected] * 3
    assert [str(error).count("4040") for error in reasons] == [0, 0, 0]
    assert "holder is no user" in str(reasons[0])


async def test_a_holder_comes_and_goes(world: World) -> None:
    """A card would stay with a customer who gave it back, or never reach the one who has it."""
    user_id = await register(world)
    await world.written(Kind.CARD, creation(world.connector, CARD_KEY, whole_card()))
    (observed,) = (await world.connector.readers[Kind.CARD].get([NUMBER])).items
    wanted = whole_card(customer_id="c-01jabcdefghjkmnpqrstvw")
    bind = edit(world.connector, observed, wanted, customer_external_id=user_id)
    assert bind.changed == {"customer_id"}
    assert await world.written(Kind.CARD, bind) == Written(NUMBER, version="2")
    (observed,) = (await world.connector.readers[Kind.CARD].get([NUMBER])).items
    assert observed.customer_external_id == user_id
    unbind = replace(bind, entity=whole_card(), known=wanted, version="2")
    await world.written(Kind.CARD, replace(unbind, customer_external_id=None))
    assert (await card(world))["userId"] is None


async def test_the_same_state_wanted_again_is_told_again(world: World) -> None:
    """Blocking a card a second time would be taken for a repeat of the first and do nothing."""
    version = await world.written(Kind.CARD, creation(world.connector, CARD_KEY, whole_card()))
    current = version.version
    for state in (CardState.BLOCKED, CardState.ACTIVE, CardState.BLOCKED):
        change = Change(
            key=CARD_KEY,
            entity=whole_card(state=state),
            changed=frozenset({"state"}),
            external_id=NUMBER,
            version=current,
        )
        current = (await world.written(Kind.CARD, change)).version
        assert (await card(world))["state"] == state
    assert current == "4"
    nothing = replace(change, changed=frozenset(), version=None)
    assert (await world.written(Kind.CARD, nothing)).version == "4"


async def test_the_feed_tells_the_shops_changes_and_not_our_own(world: World) -> None:
    """Our own directory would come back as news, or a card that a visitor took would be missed."""
    reader = world.connector.readers[Kind.CARD]
    start = await reader.pull(None, limit=50)
    assert not start.items
    await world.written(Kind.CARD, creation(world.connector, CARD_KEY, whole_card()))
    user_id = await register(world)
    await world.shop.act("card.put", number="18", user_id=int(user_id), state="active")
    page = await reader.pull(start.cursor, limit=50)
    assert [(item.external_id, item.customer_external_id) for item in page.items] == [
        ("18", user_id)
    ]
    assert (await reader.pull(page.cursor, limit=50)).items == []


async def test_a_first_load_walks_the_directory(world: World) -> None:
    """A shop's own cards would stay unknown until each of them changes."""
    for n in range(7):
        await world.shop.act("card.put", number=f"30{n}")
    url = f"{world.shop.url}/rest/1/wh0a1b2c3d4e5f6g/"
    async with open_world(url=url, cards_full_load=True) as loading:
        reader, cursor, seen = loading.connector.readers[Kind.CARD], None, []
        for _ in range(4):
            page = await reader.pull(cursor, limit=3)
            cursor = page.cursor
            seen += [item.external_id for item in page.items]
    assert seen == [f"30{n}" for n in range(7)]
    assert not page.has_more


QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ACCOUNT = settings_for("https://shop.example.ru")


@QUICK
@given(cards, st.none() | cards)
def test_holding_a_held_card_changes_nothing(entity: Card, before: Card | None) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    base = None if before is None else held_card(before, None, ACCOUNT)
    held = held_card(entity, base, ACCOUNT)
    assert spoken(held_card(held, base, ACCOUNT)) == spoken(held)


@QUICK
@given(cards)
def test_a_card_on_the_wire_reads_as_it_was_held(entity: Card) -> None:
    """A discount or a day that the wire rounds otherwise would be told for ever."""
    held = held_card(
        entity.model_copy(update={"number": NUMBER, "customer_id": None}), None, ACCOUNT
    )
    change = Change(key=CARD_KEY, entity=held, changed=frozenset(known(spoken(held))))
    sent = card_to_wire(change, NUMBER, ACCOUNT.zone(), is_new=True)
    observed = card_from_wire(WireCard.model_validate(sent), ACCOUNT)
    assert known(spoken(observed.entity)) == known(spoken(held))
    assert observed.key == CARD_KEY
