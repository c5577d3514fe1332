"""The journal is counted by the minute and the hour: once, whoever does it and whenever it ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.canonical import Kind
from gateway.config import RetentionSection
from gateway.ops.tally import (
    COUNTED,
    FAILED,
    HOUR,
    LATE,
    MINUTE,
    RECEIVED,
    RETRIED,
    SETTLE,
    SOLD,
    TOLD,
    Tally,
    what_of,
)
from gateway.ports import Grain, JournalRow
from gateway.store import Sealer, SqlStore, open_store
from tests.gateway.contract.fakes import FakeLog
from tests.store.rows import NOON, HeldClock
from tests.stores import upgrade

KEY = b"0123456789abcdef0123456789abcdef"
BEGIN = NOON.replace(minute=0, second=0, microsecond=0)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    """An open store, once per engine."""
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_schema"))
    upgrade(url)
    made = open_store(url, sealer=Sealer([KEY]), clock=HeldClock())
    yield made
    await made.close()


def tally(store: SqlStore, clock: HeldClock, holder: str = "me") -> Tally:
    """Return the service."""
    return Tally(store, RetentionSection(), clock, FakeLog(), holder)


def told(at: datetime, *, event: str = "delivered", outcome: str = "sent") -> JournalRow:
    """Return a sentence."""
    return JournalRow(at, "c-1", Kind.CUSTOMER, "crm", event, outcome, "x")


async def write(store: SqlStore, *rows: JournalRow) -> None:
    """Write sentences."""
    await store.run(lambda tx: tx.write_journal(rows))


async def figures(store: SqlStore, grain: Grain = Grain.MINUTE) -> dict[datetime, int]:
    """Return what was told, over time."""
    rows = await store.read(
        lambda tx: tx.tally(
            grain=grain, since=BEGIN - 9 * HOUR, until=BEGIN + 9 * HOUR, whats=[TOLD]
        )
    )
    return {row.at: row.count for row in rows}


@pytest.mark.parametrize(
    ("event", "outcome", "what"),
    [
        ("received", "merged", RECEIVED), ("received", "unchanged", RECEIVED),
        ("received", "echo", None), ("received", "invalid", FAILED),
        ("delivered", "sent", TOLD), ("delivered", "unchanged", None),
        ("operation", "done", TOLD), ("operation", "submitted", None),
        ("delivery", "retried", RETRIED), ("delivery", "dead", FAILED),
        ("sale", "committed", SOLD), ("sale", "reserved", None), ("account", "parked", None),
    ],
)  # fmt: skip
def test_a_sentence_counts_as_one_thing_or_nothing(
    event: str, outcome: str, what: str | None
) -> None:
    """A change would count as received and told, or a retry as a success."""
    assert what_of(event, outcome) == what
    assert what is None or what in COUNTED


async def test_a_minute_is_counted_when_it_is_over(store: SqlStore) -> None:
    """The last point of every chart would be too low."""
    clock = HeldClock()
    clock.at = BEGIN + MINUTE + SETTLE - timedelta(microseconds=1)
    await write(store, told(BEGIN), told(BEGIN + timedelta(seconds=59)), told(BEGIN + MINUTE))
    await tally(store, clock).count()
    assert await figures(store) == {}
    clock.move(0.000001)
    assert await tally(store, clock).count() == 1
    assert await figures(store) == {BEGIN: 2}
    assert await figures(store, Grain.HOUR) == {BEGIN: 2}


async def test_a_late_commit_is_counted_the_second_time(store: SqlStore) -> None:
    """A sentence that waited for the database would never be in a chart."""
    clock = HeldClock()
    clock.at = BEGIN + MINUTE + SETTLE
    await write(store, told(BEGIN))
    await tally(store, clock).count()
    clock.move(LATE.total_seconds())
    await tally(store, clock).count()
    await write(store, told(BEGIN + timedelta(seconds=1)))
    assert (await figures(store))[BEGIN] == 1
    clock.move(LATE.total_seconds())
    await tally(store, clock).count()
    assert (await figures(store))[BEGIN] == 2
    assert await figures(store, Grain.HOUR) == {BEGIN: 2}


async def test_a_minute_is_read_twice_and_not_for_ever(store: SqlStore) -> None:
    """Counting would cost more and more."""
    clock = HeldClock()
    clock.at = BEGIN
    await write(store, told(BEGIN))
    counted = 0
    for _ in range(120):
        clock.move(60)
        counted += await tally(store, clock).count()
    assert 2 * 95 <= counted <= 2 * 120


async def test_what_was_written_before_the_first_start_is_in_the_charts(store: SqlStore) -> None:
    """After an upgrade all charts would be empty for a day."""
    clock = HeldClock()
    clock.at = BEGIN + 5 * HOUR
    moments = [BEGIN - 100 * 24 * HOUR, BEGIN, BEGIN + 3 * HOUR]
    await write(store, *(told(at) for at in moments))
    await tally(store, clock).count()
    assert await figures(store) == dict.fromkeys(moments[1:], 1)
    assert await figures(store, Grain.HOUR) == dict.fromkeys(moments[1:], 1)


async def test_two_processes_at_once_count_nothing_twice(store: SqlStore) -> None:
    """Two workers would show twice the traffic."""
    clock = HeldClock()
    clock.at = BEGIN + 3 * HOUR
    await write(store, *(told(BEGIN + n * MINUTE) for n in range(170)))
    await asyncio.gather(*(tally(store, clock, f"p{n}").count() for n in range(4)))
    await tally(store, clock).count()
    assert await figures(store) == {BEGIN + n * MINUTE: 1 for n in range(170)}
    assert sum((await figures(store, Grain.HOUR)).values()) == 170


async def test_one_process_has_the_duty(store: SqlStore) -> None:
    """Every worker would read the whole journal."""
    clock = HeldClock()
    clock.at = BEGIN + HOUR
    await write(store, told(BEGIN))
    assert await tally(store, clock, "a").count_when_mine() == 59
    assert await tally(store, clock, "b").count_when_mine() == 0
    clock.move(3600)
    assert await tally(store, clock, "b").count_when_mine() > 0


async def test_what_retention_deleted_stays_in_the_charts(store: SqlStore) -> None:
    """After a long stop the last minutes before it would fall to nothing."""
    clock = HeldClock()
    clock.at = BEGIN + MINUTE + SETTLE
    await write(store, told(BEGIN))
    section = RetentionSection(journal_days=1)
    service = Tally(store, section, clock, FakeLog(), "me")
    await service.count()
    clock.move(LATE.total_seconds())
    await service.count()
    clock.move(3 * 24 * 3600)
    await store.run(
        lambda tx: tx.purge(
            inbox_before=clock.at, journal_before=clock.at - timedelta(days=1),
            letters_before=clock.at, limit=9,
        )
    )  # fmt: skip
    await service.count()
    assert await figures(store) == {BEGIN: 1}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 900), st.integers(0, 3), st.integers(0, 300)),
        min_size=1, max_size=25,
    )
)  # fmt: skip
async def test_in_the_end_the_figures_are_those_of_the_journal(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]]
) -> None:
    """Whatever came when, and however late it was committed, the chart would tell otherwise."""
    url = f"sqlite:///{tmp_path_factory.mktemp('tally') / 'gateway.db'}"
    upgrade(url)
    clock = HeldClock()
    clock.at = BEGIN
    store = open_store(url, sealer=Sealer([KEY]), clock=clock)
    expected: Counter[datetime] = Counter()
    try:
        for pause_s, rows, late_s in steps:
            clock.move(pause_s)
            at = max(BEGIN, clock.at - timedelta(seconds=late_s))
            await write(store, *[told(at)] * rows)
            expected[at.replace(second=0, microsecond=0)] += rows
            await tally(store, clock).count()
        for _ in range(3):
            clock.move(LATE.total_seconds() + 60)
            await tally(store, clock).count()
        assert await figures(store) == {at: count for at, count in expected.items() if count}
        hours: Counter[datetime] = Counter()
        for at, count in expected.items():
            hours[at.replace(minute=0)] += count
        assert await figures(store, Grain.HOUR) == {at: n for at, n in hours.items() if n}
    finally:
        await store.close()
