"""Figures over time: counted from the journal, replaced, added to, summed up and purged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ports import Grain, TallyRow
from gateway.store import SqlStore
from tests.store.rows import NOON, in_order, sentence

HOUR = NOON.replace(minute=0, second=0, microsecond=0)
WHATS = ["received", "told"]


def minute(number: int) -> datetime:
    """The beginning of a minute after noon."""
    return HOUR + timedelta(minutes=number)


def row(number: int, what: str, count: int, *, account: str = "crm") -> TallyRow:
    """Return a minute's figure."""
    return TallyRow(minute(number), Grain.MINUTE, account, what, count)


async def read(
    store: SqlStore, grain: Grain = Grain.MINUTE, *, account: str | None = None
) -> list[TallyRow]:
    """Read two hours."""
    return list(
        await store.read(
            lambda tx: tx.tally(
                grain=grain, since=HOUR, until=minute(120), whats=[*WHATS, "calls"],
                account=account,
            )
        )
    )  # fmt: skip


async def test_the_journal_is_counted_by_half_open_times(store: SqlStore) -> None:
    """A sentence on the border would count in two minutes, or in none."""
    moments = [minute(0), minute(1) - timedelta(microseconds=1), minute(1), minute(2)]
    rows = [sentence("c1", at=at, count=2) for at in moments]
    await store.run(lambda tx: tx.write_journal([*rows, sentence("", "polled", at=minute(0))]))

    async def counted(number: int) -> Mapping[tuple[str, str, str], int]:
        since, until = minute(number), minute(number + 1)
        return await store.read(lambda tx: tx.count_between(since=since, until=until))

    told, polled = ("loyalty", "delivered", "done"), ("loyalty", "polled", "done")
    found = [await counted(number) for number in range(4)]
    assert found == [{told: 4, polled: 1}, {told: 2}, {told: 2}, {}]
    assert await store.read(lambda tx: tx.journal_begins()) == minute(0)


async def test_an_empty_journal_begins_nowhere(store: SqlStore) -> None:
    """The first start would fail."""
    assert await store.read(lambda tx: tx.journal_begins()) is None


async def test_replacing_a_minute_again_changes_nothing(store: SqlStore) -> None:
    """A crash between computing and noting it would double the figures."""
    await store.run(lambda tx: tx.add_tally([row(1, "calls", 9), row(3, "told", 1)]))

    async def replaced(count: int) -> None:
        rows = [row(1, "received", count), row(2, "told", 1)]
        await store.run(
            lambda tx: tx.replace_tally(rows, since=minute(1), until=minute(3), whats=WHATS)
        )

    for count in (5, 7, 7):
        await replaced(count)
    assert await read(store) == [
        row(1, "calls", 9), row(1, "received", 7), row(2, "told", 1), row(3, "told", 1),
    ]  # fmt: skip


async def test_a_minute_that_has_nothing_any_more_is_cleared(store: SqlStore) -> None:
    """What was counted wrongly would stay for ever."""
    await store.run(lambda tx: tx.add_tally([row(1, "told", 3)]))
    await store.run(lambda tx: tx.replace_tally([], since=minute(1), until=minute(2), whats=WHATS))
    assert await read(store) == []


async def test_additions_of_several_processes_add_up(store: SqlStore) -> None:
    """Calls of one process would hide those of another."""
    await store.run(lambda tx: tx.add_tally([row(1, "calls", 2), row(1, "calls", 3)]))
    await store.run(lambda tx: tx.add_tally([row(1, "calls", 4)]))
    await store.run(lambda tx: tx.add_tally([]))
    assert await read(store) == [row(1, "calls", 9)]


async def test_all_kinds_are_read_when_none_is_named(store: SqlStore) -> None:
    """Calls by operation have names that nobody knows beforehand."""
    await store.run(lambda tx: tx.add_tally([row(1, "told", 2), row(1, "calls orders.get", 3)]))
    found = await store.read(
        lambda tx: tx.tally(grain=Grain.MINUTE, since=HOUR, until=minute(9), whats=())
    )
    assert [one.what for one in found] == ["calls orders.get", "told"]


async def test_an_account_is_read_alone(store: SqlStore) -> None:
    """The page of one account would show the traffic of all."""
    await store.run(lambda tx: tx.add_tally([row(1, "told", 2), row(1, "told", 3, account="shop")]))
    assert await read(store, account="shop") == [row(1, "told", 3, account="shop")]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 119), st.sampled_from(WHATS), st.integers(1, 50)), max_size=30
    )
)
async def test_hours_are_the_sum_of_their_minutes(
    store: SqlStore, figures: list[tuple[int, str, int]]
) -> None:
    """The chart of a week would tell another story than that of an hour."""
    await store.run(
        lambda tx: tx.replace_tally(
            [row(*one) for one in figures], since=HOUR, until=minute(120), whats=WHATS
        )
    )
    roll = in_order(lambda tx: tx.roll_up(HOUR), lambda tx: tx.roll_up(minute(60)))
    await store.run(roll)
    await store.run(roll)
    expected: dict[tuple[datetime, str], int] = {}
    for number, what, count in figures:
        key = (minute(number // 60 * 60), what)
        expected[key] = expected.get(key, 0) + count
    assert {(one.at, one.what): one.count for one in await read(store, Grain.HOUR)} == expected


@pytest.mark.parametrize(("minutes", "hours", "left"), [(1, 0, 3), (2, 60, 1), (0, 0, 4)])
async def test_old_figures_go_and_young_ones_stay(
    store: SqlStore, minutes: int, hours: int, left: int
) -> None:
    """The table would grow for ever, or lose the last hour."""
    await store.run(
        in_order(
            lambda tx: tx.add_tally([row(0, "told", 1), row(1, "told", 2)]),
            lambda tx: tx.roll_up(HOUR),
            lambda tx: tx.add_tally([row(60, "told", 1)]),
        )
    )
    gone = await store.run(
        lambda tx: tx.purge_tally(
            minutes_before=minute(minutes), hours_before=minute(hours), limit=10
        )
    )
    assert gone == 4 - left
    assert len([*await read(store), *await read(store, Grain.HOUR)]) == left
