"""Neighbours: a code that proves a contact, and an order that brings two customers together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gateway.canonical import Kind
from gateway.config import IdentitySection
from gateway.identity.matching import Decision, Outcome
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.neighbours import Neighbours
from gateway.ports import EntityRow, PairState, Tx
from gateway.store import SqlStore
from gateway.sync.lookup import PHONE, Digester
from tests.store.rows import NOON, HeldClock

DIGESTER = Digester(b"a secret of tests")
SECTION = IdentitySection()
NUMBER = "+79161112233"


async def fill(store: SqlStore, **people: dict[str, object]) -> None:
    """Put customers; ``c_1`` is c-1."""

    def work(tx: Tx) -> None:
        for key, fields in people.items():
            name, origins = key.replace("_", "-"), {"": ("site", NOON.isoformat())}
            tx.put_entities([EntityRow(name, Kind.CUSTOMER, 1, fields, origins, NOON, NOON)])
            tx.put_matches({name: DIGESTER.of_entity(Kind.CUSTOMER, fields)})

    await store.run(work)


async def compared(store: SqlStore, clock: HeldClock, name: str) -> Sequence[Decision]:
    """Compare somebody."""
    neighbours = Neighbours.by(SECTION, DIGESTER, clock)
    return await store.run(partial(neighbours.compare, entity_id=name))


async def test_a_code_takes_a_number_from_its_former_owner(
    store: SqlStore, clock: HeldClock
) -> None:
    """The former owner would still be recognised by a number that is somebody else's."""
    phone = {f"phones/{NUMBER}": True, f"phones/{NUMBER}/confirmation": "confirmed"}
    await fill(
        store,
        c_1={**phone, "name/first": "Анна"},
        c_2={f"phones/{NUMBER}": True, "name/first": "Пётр"},
    )
    clock.at = NOON.replace(day=20)
    neighbours = Neighbours.by(SECTION, DIGESTER, clock)
    await store.run(lambda tx: neighbours.prove(tx, "c-2", PHONE, NUMBER, source="form:club"))
    graph = Graph(DIGESTER, SECTION)
    profiles = await store.read(lambda tx: graph.load(tx, ["c-1", "c-2"]))
    assert not profiles["c-1"].confirmed(PHONE)
    assert profiles["c-2"].confirmed(PHONE)
    (row,) = await store.read(lambda tx: tx.pairs_of(["c-1"]))
    assert row.state is PairState.APART


async def test_an_order_that_brings_two_together_is_seen_at_once(
    store: SqlStore, clock: HeldClock
) -> None:
    """One who left a phone here and an e-mail there would stay two until the next scan."""
    name = {"name/last": "Орлова", "name/first": "Анна"}
    phone, email = {f"phones/{NUMBER}": True}, {"emails/anna@shop.ru": True}
    await fill(store, c_1={**phone, **name}, c_2={**email, **name})
    assert await compared(store, clock, "c-1") == []
    await fill(store, c_1={**phone, **email, **name})
    (decision,) = await compared(store, clock, "c-1")
    assert (decision.pair, decision.outcome) == (("c-1", "c-2"), Outcome.SAME)
    (row,) = await store.read(lambda tx: tx.list_pairs(PairState.PROPOSED, below=None, limit=9))
    assert row.pair == ("c-1", "c-2")
    assert await compared(store, clock, "c-9") == ()
