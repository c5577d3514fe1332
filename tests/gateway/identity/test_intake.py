"""Intake: the rules hold when a record is seen for the first time, as they do in the scan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import count
from typing import Any

from gateway.canonical import Confirmation, Customer, Kind, PersonName, PhoneContact
from gateway.config import IdentitySection
from gateway.contract import Observed
from gateway.identity.matching.intake import Intake
from gateway.identity.matching.neighbours import Neighbours
from gateway.ports import PairRow, PairState, Tx
from gateway.store import SqlStore
from gateway.sync.apply import Applier
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import Digester
from gateway.sync.ownership import Ownership
from tests.store.rows import HeldClock

DIGESTER = Digester(b"a secret of tests")
PHONE = "+79161112233"
_IDS = count(1)
"""Nobody is given the id of another, whichever core makes it."""


def seen(
    account: str,
    name: str,
    number: str = PHONE,
    *,
    confirmed: bool = False,
    born: date | None = None,
) -> Incoming:
    """Return a record of somebody that an account shows for the first time."""
    proof = Confirmation.CONFIRMED if confirmed else Confirmation.UNKNOWN
    last, _, first = name.partition(" ")
    values: dict[str, Any] = {"phones": (PhoneContact(number=number, confirmation=proof),)}
    if name:
        values["name"] = PersonName(last=last, first=first)
    if born:
        values["birth_date"] = born
    observed = Observed(external_id=f"{account}-{name}", entity=Customer(**values))
    return Incoming(account, Kind.CUSTOMER, observed, None, "r-1")


def applier(clock: HeldClock) -> Applier:
    """Build the core's part with the rules."""
    new: Callable[[Kind], str] = lambda kind: f"{kind[0]}-{next(_IDS)}"  # noqa: E731 - a short one
    intake = Intake.by(IdentitySection(), DIGESTER, clock)
    return Applier(
        {}, Ownership(), DIGESTER, clock, new, lambda: f"i-{next(_IDS)}", recogniser=intake
    )


async def taken_in(store: SqlStore, clock: HeldClock, *batches: list[Incoming]) -> dict[str, str]:
    """Take batches in one after the other; return who each record is."""
    core = applier(clock)
    for batch in batches:
        await store.run(partial(core.apply, incoming=batch))

    def look(tx: Tx) -> dict[str, str]:
        return {
            item.observed.external_id: link.entity_id
            for batch in batches
            for item in batch
            for link in tx.links(item.account, Kind.CUSTOMER, [item.observed.external_id]).values()
        }

    return await store.read(look)


async def pairs(store: SqlStore) -> list[PairRow]:
    """Return all that stands about anybody."""
    return await store.read(
        lambda tx: [
            row for state in PairState for row in tx.list_pairs(state, below=None, limit=99)
        ]
    )


async def test_one_person_of_two_systems_is_one_customer(store: SqlStore, clock: HeldClock) -> None:
    """A person would be doubled in every system."""
    who = await taken_in(
        store,
        clock,
        [seen("shop", "Иванова Анна")],
        [seen("till", "Иванова Аня")],
        [seen("crm", "")],
    )
    assert len(set(who.values())) == 1
    assert await pairs(store) == []


async def test_a_household_is_two_customers_and_the_pair_is_kept(
    store: SqlStore, clock: HeldClock
) -> None:
    """A wife's points would be her husband's; or nobody knew why there are two."""
    husband, wife = seen("shop", "Иванов Пётр"), seen("till", "Иванова Анна")
    who = await taken_in(store, clock, [husband], [wife])
    assert len(set(who.values())) == 2
    (row,) = await pairs(store)
    assert (row.state, set(row.pair)) == (PairState.APART, set(who.values()))
    assert "name_different" in [code for code, *_ in row.findings["against"]]


async def test_members_of_one_batch_are_kept_apart_too(store: SqlStore, clock: HeldClock) -> None:
    """The first load brings whole families at once."""
    who = await taken_in(store, clock, [seen("shop", "Иванов Пётр"), seen("till", "Иванова Анна")])
    assert len(set(who.values())) == 2


async def test_the_fitting_one_of_a_household_is_found(store: SqlStore, clock: HeldClock) -> None:
    """With two at one phone nobody was recognised, and the CRM's Anna became a third."""
    who = await taken_in(
        store,
        clock,
        [seen("shop", "Иванов Пётр"), seen("till", "Иванова Анна")],
        [seen("crm", "Иванова Анна")],
    )
    assert who["crm-Иванова Анна"] == who["till-Иванова Анна"]


async def test_a_doubt_is_put_before_a_person(store: SqlStore, clock: HeldClock) -> None:
    """Father and son would be one, or nobody be asked."""
    father = seen("shop", "Иванов Иван", born=date(1960, 1, 2), confirmed=True)
    son = seen("till", "Иванов Иван", born=date(1990, 5, 6), confirmed=True)
    who = await taken_in(store, clock, [father], [son])
    assert len(set(who.values())) == 2
    (row,) = await pairs(store)
    assert row.state is PairState.OPEN


async def test_a_placeholder_recognises_nobody(store: SqlStore, clock: HeldClock) -> None:
    """All who have no phone would be the first of them."""
    nobody = "+79999999999"
    who = await taken_in(
        store, clock, [seen("shop", "", nobody)], [seen("till", "Иванова Анна", nobody)]
    )
    assert len(set(who.values())) == 2


async def test_taking_in_again_changes_nothing(store: SqlStore, clock: HeldClock) -> None:
    """A repeated reading would make a third customer, or ask again."""
    one, other = seen("shop", "Иванов Пётр"), seen("till", "Иванова Анна")
    who = await taken_in(store, clock, [one], [other])
    rows = await pairs(store)
    again = await taken_in(store, clock, [one, other], [other])
    assert again == who
    assert await pairs(store) == rows


async def test_a_proved_phone_beats_a_name_and_not_name_and_birth_date(
    store: SqlStore, clock: HeldClock
) -> None:
    """Whoever answered at the phone would get a second customer for each name that was typed."""
    born, other = date(1990, 5, 6), date(1960, 1, 2)
    neighbours = Neighbours.by(IdentitySection(), DIGESTER, clock)
    (mine,) = set(
        (await taken_in(store, clock, [seen("shop", "Иванова Анна", born=born)])).values()
    )
    await store.run(lambda tx: neighbours.prove(tx, mine, "phone", PHONE, source="form"))
    who = await taken_in(store, clock, [seen("till", "Орлов Пётр")])
    assert who["till-Орлов Пётр"] == mine
    who = await taken_in(store, clock, [seen("crm", "Орлов Пётр", born=other, confirmed=True)])
    assert who["crm-Орлов Пётр"] != mine
    (row,) = await pairs(store)
    assert row.pair == tuple(sorted([mine, who["crm-Орлов Пётр"]]))


async def test_names_choose_among_those_who_have_a_proved_phone(
    store: SqlStore, clock: HeldClock
) -> None:
    """A husband's record would be his wife's, since she proved the phone that both have."""
    who = await taken_in(store, clock, [seen("shop", "Иванов Пётр"), seen("till", "Иванова Анна")])
    wife, husband = who["till-Иванова Анна"], who["shop-Иванов Пётр"]
    neighbours = Neighbours.by(IdentitySection(), DIGESTER, clock)
    await store.run(lambda tx: neighbours.prove(tx, wife, "phone", PHONE, source="form"))
    who = await taken_in(store, clock, [seen("crm", "Иванов Пётр")])
    assert who["crm-Иванов Пётр"] == husband
