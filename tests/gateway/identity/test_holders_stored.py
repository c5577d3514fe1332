"""Holders of cards on each engine: its locks and statements do what those in memory do."""

from __future__ import annotations

import asyncio
from functools import partial

from gateway.canonical import Customer
from gateway.ports import MergeState, Tx
from gateway.store import SqlStore
from tests.gateway.identity.holding import (
    ANNA,
    EMAIL,
    NO_NAME,
    NUMBER,
    PHONE,
    CardDesk,
    card,
    order,
    person,
)


async def test_two_copies_of_an_order_make_one_customer_of_one_card(store: SqlStore) -> None:
    """Two copies of an order that come at one moment make two customers, or wait in a circle."""
    desk = CardDesk()
    apply = desk.applier.apply
    said = order(phone=PHONE, email=EMAIL, name=ANNA)
    await store.run(partial(apply, incoming=[card()]))
    await asyncio.gather(
        store.run(partial(apply, incoming=[said])),
        store.run(partial(apply, incoming=[said])),
    )
    await store.run(partial(apply, incoming=[person("erp", "n-1", NO_NAME)]))
    await store.run(partial(apply, incoming=[card("n-1", external_id="k-9")]))

    def look(tx: Tx) -> tuple[list[Customer], int]:
        rows = tx.entities([f"c-{number}" for number in range(1, 30)]).values()
        people = [row.entity for row in rows if isinstance(row.entity, Customer)]
        return people, len(tx.merges(state=MergeState.CONFIRMED, limit=9))

    people, merges = await store.read(look)
    desk.store.end()
    holders = [who for who in people if NUMBER in {held.number for held in who.cards}]

    assert [[held.number for held in who.phones] for who in holders] == [[PHONE]]
    assert (len(people), merges) == (2, 1)  # 1C's nameless one is to become one with her
