"""Any history: changes, merges, returns, batches and crashes in any order end in the same facts."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.canonical import Kind
from gateway.contract import StoreError
from gateway.ops.report_build import LEASE_S, Builder
from gateway.ports import EntityRow, SaleProgress, SaleRow, Store, Tx
from gateway.ports.reports import PurchaseFact
from gateway.store import Sealer, SqlStore, open_store
from gateway.store.schema import made_engine, parsed
from gateway.store.tables import metadata
from tests.gateway.reports.history import (
    Truth,
    build,
    builder,
    customer,
    give_back,
    order,
    phone_of,
    put,
    sale,
    told,
)
from tests.store.conftest import KEY
from tests.store.rows import HeldClock
from tests.stores import upgrade

R = TypeVar("R")
DAY_S = 86_400.0
KILLED = "killed"
PEOPLE = ORDERS = SALES = st.integers(0, 3)


@dataclass
class Dying:
    """A store whose process is killed before or after its nth write from now."""

    store: SqlStore
    writes: int
    after: bool

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Write, or die."""
        self.writes -= 1
        if self.writes == 0 and not self.after:
            raise StoreError(KILLED)
        done = await self.store.run(work)
        if self.writes == 0:
            raise StoreError(KILLED)
        return done

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Read."""
        return await self.store.read(work)

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take slots of a budget."""
        return await self.store.reserve(account, calls=calls, interval_s=interval_s)

    async def close(self) -> None:
        """Leave the store open: it is the test's."""


def people() -> st.SearchStrategy[EntityRow]:
    """Return customers with phones of their own and of others, with an e-mail or not, or gone."""

    def made(person: int, phones: set[int], *, email: bool, gone: bool) -> EntityRow:
        extra = {f"phones/{phone_of(one)}": True for one in phones}
        extra |= {f"emails/p{person}@example.ru": True} if email else {}
        return replace(customer(person, **extra), deleted=gone)

    return st.builds(
        made, PEOPLE, st.sets(PEOPLE, max_size=2), email=st.booleans(),
        gone=st.sampled_from([False, False, True]),
    )  # fmt: skip


def orders() -> st.SearchStrategy[EntityRow]:
    """Return orders of anybody, at any stage, changed in their sum, or gone."""

    def made(number: int, person: int | None, status: str, cost: int, *, gone: bool) -> EntityRow:
        said = {} if person is None else {"customer_id": f"c-{person:04}"}
        price = {"amount": f"{cost}.10", "currency": "RUB"}
        row = order(number, status=status, **said, **{"lines/1/price": price})
        return replace(row, deleted=gone)

    stages = st.sampled_from(["new", "complete", "cancelled", "returned"])
    return st.builds(
        made, ORDERS, st.none() | PEOPLE, stages, st.integers(1, 9),
        gone=st.sampled_from([False, False, False, True]),
    )  # fmt: skip


def sales() -> st.SearchStrategy[SaleRow]:
    """Return sales of tills and of the checkout, settled, cancelled, and some given back.

    A sale never becomes another one; its versions differ in how far it has come.
    """

    def made(number: int, version: int, *, back: bool) -> SaleRow:
        online = number % 2 == 0
        member = {} if number == 3 else {"member": {"phone": phone_of(number)}}
        content = {"number": f"А-{number}", "is_online": True} if online else {}
        row = sale(number, content=content | member, version=version)
        if back:
            return give_back(row, version=1)
        progress = (SaleProgress.RESERVED, SaleProgress.COMMITTED, SaleProgress.CANCELLED)
        return replace(row, progress=progress[version])

    return st.builds(made, SALES, st.integers(0, 2), back=st.booleans())


STEPS = st.lists(
    st.one_of(people(), orders(), sales(), st.tuples(st.integers(1, 40), st.booleans())),
    max_size=40,
)
"""What happens, and between: a build that is killed at a write, before or after it."""


@contextmanager
def fresh(url: str | None) -> Iterator[tuple[SqlStore, HeldClock]]:
    """Open an empty store: a new file, or the tables of ``url`` emptied."""
    clock = HeldClock()
    with tempfile.TemporaryDirectory() as folder:
        where = url or f"sqlite:///{Path(folder) / 'gateway.db'}"
        upgrade(where)
        if url is not None:
            with made_engine(parsed(url)).begin() as connection:
                for table in ("entity", "sale", "match_key", "checkpoint", "lease", *FACTS):
                    connection.execute(metadata.tables[table].delete())
        store = open_store(where, sealer=Sealer([KEY]), clock=clock, group_ms=0)
        try:
            yield store, clock
        finally:
            asyncio.run(store.close())


FACTS = (
    "fact_change", "purchase_fact", "buyer_fact", "person_fact", "card_fact", "fact_sum",
)  # fmt: skip


async def _facts(store: Store) -> list[PurchaseFact]:
    """Return all purchases."""
    found = await store.read(lambda tx: tx.fact_subjects("purchase", after="", limit=999))
    ids = [subject for _, subject in found]
    return list(await store.read(lambda tx: tx.purchase_facts(ids=ids)))


async def _live(store: SqlStore, clock: HeldClock, steps: list[object]) -> None:
    truth = Truth()
    for step in steps:
        if isinstance(step, EntityRow | SaleRow):
            known = truth.sales.get(step.id)
            if isinstance(step, EntityRow) or known is None or known.version < step.version:
                truth.learn(step)
            await store.run(partial(put, rows=[step]))
            continue
        assert isinstance(step, tuple)
        made: Builder = builder(Dying(store, *step), clock, f"p{clock.seconds}", batch=3)
        try:
            await build(made)
        except StoreError:
            clock.move(LEASE_S + 1)
    clock.move(LEASE_S + 1)
    made = builder(store, clock, "last", batch=3)
    await build(made)
    clock.move(DAY_S)  # a phone that somebody gave back is looked at once a day
    await build(made)
    assert await told(store) == truth.sums()
    before = await _facts(store)
    await made.restart()
    await build(made)
    assert await _facts(store) == before
    assert await told(store) == truth.sums()
    orders = {one.id for one in truth.living(Kind.ORDER)}
    assert {one.id for one in before if one.id.startswith("o-")} == orders


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_history_ends_in_the_facts_of_its_last_state(steps: list[object]) -> None:
    """A report would depend on when a process was killed."""
    with fresh(None) as (store, clock):
        asyncio.run(_live(store, clock, steps))


def test_a_return_before_its_sale_is_worth_what_the_sale_says_when_it_is_settled() -> None:
    """What is read while the sale is under way would stay in the report for good."""
    sold = sale(0, progress=SaleProgress.RESERVED)
    back = give_back(replace(sold, progress=SaleProgress.COMMITTED), version=1)
    done = replace(sold, progress=SaleProgress.COMMITTED, version=2)
    buyer = customer(0, **{f"phones/{phone_of(0)}": True})
    known = replace(sold, content={**sold.content, "member": {"phone": phone_of(0)}})
    settled = replace(known, progress=done.progress, version=2)
    for steps in (
        [back, sold],
        [sold, back],
        [back, sold, (40, False), done],
        [buyer, back, (40, False), known],
        [buyer, back, (40, False), known, (40, False), settled],
    ):
        with fresh(None) as (store, clock):
            asyncio.run(_live(store, clock, list(steps)))


@pytest.mark.services
@given(steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_same_on_postgresql(postgres_schema: str, steps: list[object]) -> None:
    """Its planner and its order of texts are others."""
    with fresh(postgres_schema) as (store, clock):
        asyncio.run(_live(store, clock, steps))
