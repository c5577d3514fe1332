"""The scan: finds what the rules find, can be cut anywhere, and asks nobody twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.people.matched import snapshot_of
from benchmarks.people.records import made_base
from benchmarks.people.report import Trial
from gateway.canonical import Kind
from gateway.config import IdentitySection
from gateway.identity.matching import Decider, Outcome
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.record import Recorder
from gateway.identity.matching.scan import DONE, LEASE, Progress, Scan, ScanRuns
from gateway.ports import EntityRow, PairRow, PairState, Tx
from gateway.store import SqlStore
from gateway.sync.lookup import Digester
from tests.store.rows import NOON, HeldClock

DIGESTER = Digester(b"a secret of tests")
SECTION = IdentitySection()
STATES = {
    PairState.PROPOSED: Outcome.SAME,
    PairState.OPEN: Outcome.REVIEW,
    PairState.APART: Outcome.DIFFERENT,
}


def scan_of(store: SqlStore, clock: HeldClock, *, page: int = 7, holder: str = "one") -> Scan:
    """Build a scan of small pages."""
    graph = Graph(DIGESTER, SECTION)
    return Scan(store, graph, Decider(SECTION), Recorder(clock), clock, holder, page=page)


async def fill(store: SqlStore, rows: Sequence[EntityRow]) -> None:
    """Put snapshots with their digests."""

    def work(tx: Tx) -> None:
        tx.put_entities(rows)
        tx.put_matches({row.id: DIGESTER.of_entity(row.kind, row.fields) for row in rows})

    await store.run(work)


async def everything(store: SqlStore) -> dict[str, PairRow]:
    """Return all that stands about anybody."""

    def look(tx: Tx) -> list[PairRow]:
        return [
            row for state in PairState for row in tx.list_pairs(state, below=None, limit=10_000)
        ]

    found = await store.read(look)
    return {row.id: row for row in found}


def customer(name: str, **fields: object) -> EntityRow:
    """Return somebody with an e-mail."""
    values = {
        "emails/anna@shop.ru": True,
        **{key.replace("__", "/"): v for key, v in fields.items()},
    }
    return EntityRow(
        name,
        Kind.CUSTOMER,
        1,
        values,
        {"": ("site", NOON.isoformat())},
        NOON,
        NOON,
    )


def silent(_: Progress) -> None:
    """Hear nothing."""


async def test_the_scan_decides_as_the_rules_do(store: SqlStore, clock: HeldClock) -> None:
    """The measured shares would be those of something else than what runs."""
    records = made_base(1_500, seed=2)
    await fill(store, [snapshot_of(record) for record in records])
    heard: list[Progress] = []
    progress = await scan_of(store, clock, page=50).run(heard.append)
    rows = await everything(store)
    decisions = {
        f"{one.pair[0]}.{one.pair[1]}": (one.outcome, one.rule, round(one.points * 100))
        for one in Trial(records).base.decisions(SECTION)
    }
    assert {
        name: (STATES[row.state], row.rule, row.points) for name, row in rows.items()
    } == decisions
    assert len(heard) > 5
    assert progress.cursor == DONE
    assert sum(progress.states.values()) == len(rows)
    assert "+7" not in repr([row.findings for row in rows.values()])


async def test_a_scan_that_is_cut_goes_on(store: SqlStore, clock: HeldClock) -> None:
    """A base of half a million could never be scanned by a process that is restarted daily."""
    await fill(store, [snapshot_of(record) for record in made_base(400, seed=2)])
    await scan_of(store, clock).run(silent)
    whole = await everything(store)
    await scan_of(store, clock).run(silent, restart=True)
    assert await everything(store) == whole
    pages = 1
    while (await scan_of(store, clock, holder=f"h{pages}").run(silent, pages=1)).cursor != DONE:
        pages += 1
    assert pages > 5
    assert await everything(store) == whole


async def test_two_scans_do_not_run_at_once(store: SqlStore, clock: HeldClock) -> None:
    """Both would move the place on and leave pages out."""
    await fill(store, [snapshot_of(record) for record in made_base(200, seed=2)])
    later = clock.now() + timedelta(minutes=1)
    await store.run(lambda tx: tx.lease(LEASE, holder="other", now=clock.now(), until=later))
    with pytest.raises(ScanRuns):
        await scan_of(store, clock).run(silent)
    assert await everything(store) == {}


async def test_a_different_is_remembered_until_there_is_new_evidence(
    store: SqlStore, clock: HeldClock
) -> None:
    """An operator would be asked about the same two each night."""
    known, confirmed = {"name__first": "Анна"}, {"emails/anna@shop.ru/confirmation": "confirmed"}
    one, other = customer("c-1", **known, **confirmed), customer("c-2")
    await fill(store, [one, other])
    await scan_of(store, clock).run(silent)
    (row,) = (await everything(store)).values()
    assert row.state is PairState.OPEN
    said = replace(row, state=PairState.DIFFERENT, decided_by="olga")
    await store.run(lambda tx: tx.put_pairs([said]))
    await scan_of(store, clock).run(silent)
    assert (await everything(store)) == {row.id: said}
    more = {"phones/+79161112233": True}
    await fill(store, [replace(two, fields={**two.fields, **more}) for two in (one, other)])
    await scan_of(store, clock).run(silent)
    (again,) = (await everything(store)).values()
    assert (again.state, again.rule) == (PairState.OPEN, "new_evidence")


@pytest.mark.parametrize("state", [PairState.SAME, PairState.DENIED])
async def test_what_a_person_said_is_not_taken_back_by_rules(
    store: SqlStore, clock: HeldClock, state: PairState
) -> None:
    """What somebody decided would be asked again, or merging lose its order."""
    await fill(store, [customer("c-1", name__first="Анна"), customer("c-2", name__first="Пётр")])
    await scan_of(store, clock).run(silent)
    (row,) = (await everything(store)).values()
    assert row.state is PairState.APART
    said = replace(row, state=state, decided_by="olga")
    await store.run(lambda tx: tx.put_pairs([said]))
    await scan_of(store, clock).run(silent)
    assert (await everything(store)) == {row.id: said}


async def test_a_recycled_number_ends_the_older_line(store: SqlStore, clock: HeldClock) -> None:
    """The former owner's account would open to whoever has the number now."""
    phone = "phones/+79161112233"

    def owner(name: str, first: str, day: int) -> EntityRow:
        at = NOON.replace(day=day).isoformat()
        fields = {phone: True, f"{phone}/confirmation": "confirmed", "name/first": first}
        return EntityRow(name, Kind.CUSTOMER, 1, fields, {"": ("till", at)}, NOON, NOON)

    await fill(store, [owner("c-1", "Анна", 1), owner("c-2", "Пётр", 20)])
    await scan_of(store, clock).run(silent)
    (proof,) = await store.read(lambda tx: tx.proofs(["c-1", "c-2"]))
    assert (proof.entity_id, proof.expired) == ("c-1", "confirmed_by_another")
    graph = Graph(DIGESTER, SECTION)
    profiles = await store.read(lambda tx: graph.load(tx, ["c-1", "c-2"]))
    assert not profiles["c-1"].confirmed("phone")
    assert profiles["c-2"].confirmed("phone")
