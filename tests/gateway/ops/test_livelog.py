"""Live log: pages, what comes late, and what leaves as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from gateway.ops import livelog
from gateway.ops.cursor import Cursor, Gap, unfilled
from gateway.ops.faults import Refused
from gateway.ops.livelog import Form, LiveLog, arguments_of, filter_of, fits
from gateway.ports import JournalFilter, JournalRow
from gateway.store import SqlStore
from tests.store.conftest import OpenStore
from tests.store.rows import NOON, HeldClock, later, sentence
from tests.stores import upgrade


def _row(step: int, **changes: Any) -> JournalRow:
    account = ("shop", "crm", "operator")[step % 3]
    values: dict[str, Any] = {
        "account": account,
        "at": later(step),
        "detail": {"step": step, "why": "третий" if step == 3 else ""},
        **changes,
    }
    return sentence(f"c{step % 5}", f"event.{step % 2}", **values)


async def _write(store: SqlStore, first: int, last: int) -> None:
    await store.run(lambda tx: tx.write_journal([_row(n) for n in range(first, last)]))


async def test_pages_lead_back_and_forth(store: SqlStore, clock: HeldClock) -> None:
    """A link to an older page would repeat or leave out a sentence."""
    await _write(store, 0, 50)
    log = LiveLog(store, clock)
    first = await log.page(JournalFilter(), limit=20)
    assert [one.detail["step"] for one in first.steps] == list(range(49, 29, -1))
    assert (first.newer, first.looked_to) == (None, None)
    second = await log.page(JournalFilter(), before=first.older, limit=20)
    assert [one.detail["step"] for one in second.steps] == list(range(29, 9, -1))
    back = await log.page(JournalFilter(), after=second.newer, limit=20)
    assert back.steps == first.steps
    last = await log.page(JournalFilter(), before=second.older, limit=20)
    assert (len(last.steps), last.older) == (10, None)


async def test_a_filter_says_how_far_it_came(store: SqlStore, clock: HeldClock) -> None:
    """A page without lines would read as: nothing of the kind ever happened."""
    await _write(store, 0, 50)
    log = LiveLog(store, clock, scan=10)
    page = await log.page(JournalFilter(text="третий"))
    assert (page.steps, page.looked_to) == ((), later(40))
    seen = 1
    while page.older is not None and not page.steps:
        page = await log.page(JournalFilter(text="третий"), before=page.older)
        seen += 1
    assert ([one.detail["step"] for one in page.steps], seen) == ([3], 5)


async def test_a_tail_brings_each_sentence_once(store: SqlStore, clock: HeldClock) -> None:
    """A live page would show lines twice, or miss those between two looks."""
    await _write(store, 0, 30)
    log = LiveLog(store, clock)
    wanted = JournalFilter(account="shop")
    tail = await log.tail(wanted, limit=5)
    assert [one.detail["step"] for one in tail.steps] == [15, 18, 21, 24, 27]
    seen: list[int] = []
    for first in (30, 37, 44):
        await _write(store, first, first + 7)
        tail = await log.tail(wanted, cursor=tail.cursor, limit=400)
        seen += [one.detail["step"] for one in tail.steps]
    assert seen == [30, 33, 36, 39, 42, 45, 48]
    quiet = await log.tail(wanted, cursor=tail.cursor)
    assert (quiet.steps, quiet.cursor) == ((), tail.cursor)


async def test_a_tail_that_lags_catches_up_in_bounded_steps(
    store: SqlStore, clock: HeldClock
) -> None:
    """Who paused for an hour would get a page of a million lines, or lose what came meanwhile."""
    await _write(store, 0, 3)
    log = LiveLog(store, clock, scan=9)
    tail = await log.tail(JournalFilter(event="event.1"))
    await _write(store, 3, 60)
    seen: list[int] = []
    for _ in range(20):
        tail = await log.tail(JournalFilter(event="event.1"), cursor=tail.cursor, limit=3)
        assert len(tail.steps) <= 3
        seen += [one.detail["step"] for one in tail.steps]
    assert seen == list(range(3, 60, 2))


@pytest.mark.services
async def test_a_tail_misses_no_late_commit(
    postgres_schema: str, open_it: OpenStore, clock: HeldClock
) -> None:
    """Two writers commit out of order: the first number would never be shown."""
    upgrade(postgres_schema)
    store = open_it(postgres_schema)
    log = LiveLog(store, clock)
    await _write(store, 0, 2)
    tail = await log.tail(JournalFilter(account="crm"))
    with _slow_writer(postgres_schema) as slow:
        await _write(store, 2, 5)
        tail = await log.tail(JournalFilter(account="crm"), cursor=tail.cursor)
        assert [one.detail["step"] for one in tail.steps] == [4]
        assert not (await log.tail(JournalFilter(account="crm"), cursor=tail.cursor)).steps
        slow.commit()
    late = await log.tail(JournalFilter(account="crm"), cursor=tail.cursor)
    assert [one.event for one in late.steps] == ["late"]
    again = await log.tail(JournalFilter(account="crm"), cursor=late.cursor)
    assert (again.steps, again.cursor) == ((), late.cursor)


@pytest.mark.services
async def test_a_number_that_never_comes_is_given_up(
    postgres_schema: str, open_it: OpenStore, clock: HeldClock
) -> None:
    """Each transaction that was undone would be looked for as long as the page is open."""
    upgrade(postgres_schema)
    store = open_it(postgres_schema)
    log = LiveLog(store, clock)
    await _write(store, 0, 2)
    tail = await log.tail(JournalFilter())
    with _slow_writer(postgres_schema) as slow:
        slow.rollback()
    await _write(store, 2, 3)
    tail = await log.tail(JournalFilter(), cursor=tail.cursor)
    assert len(Cursor.read(tail.cursor).gaps) == 1
    clock.move(61)
    tail = await log.tail(JournalFilter(), cursor=tail.cursor)
    assert Cursor.read(tail.cursor).gaps == ()


def _slow_writer(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Write a sentence of the CRM and do not commit it yet."""
    made = make_url(url)
    connection = psycopg.connect(
        host=made.host, port=made.port or 5432, user=made.username, password=made.password,
        dbname=made.database, options=str(made.query.get("options", "")),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO journal (at, entity_id, kind, account, event, outcome, correlation_id,"
        " detail, count) VALUES (now(), 'c1', 'customer', 'crm', 'late', 'done', '', '{}', 1)"
    )
    return connection


async def test_an_export_goes_on_where_it_ended(
    store: SqlStore, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An auditor would get the last part of the year and believe that it is all."""
    await _write(store, 0, 70)
    monkeypatch.setattr(livelog, "EXPORT_IDS", 25)
    monkeypatch.setattr(livelog, "_BATCH", 4)
    log, before = LiveLog(store, clock, scan=10), None
    steps: list[int] = []
    parts = 0
    while True:
        export = await log.export(JournalFilter(account="crm"), Form.NDJSON, before=before)
        lines = b"".join([part async for part in log.written(export)]).splitlines()
        steps += [json.loads(line)["detail"]["step"] for line in lines]
        parts += 1
        before = export.goes_on
        if before is None:
            break
    assert steps == [n for n in range(69, -1, -1) if n % 3 == 1]
    assert parts == 3
    empty = await log.export(JournalFilter(account="nobody"), Form.CSV)
    assert (empty.goes_on, b"".join([part async for part in log.written(empty)])[:3]) == (
        None, b"id,",
    )  # fmt: skip


async def test_a_spreadsheet_runs_no_formula_of_a_vendor(store: SqlStore, clock: HeldClock) -> None:
    """A cause such as ``=HYPERLINK(…)`` would be run on an accountant's machine."""
    evil = '=HYPERLINK("http://evil")'
    row = sentence("c1", evil, account=evil, outcome="+1", detail={"cause": 'ё, "кавычки"\n2'})
    await store.run(lambda tx: tx.write_journal([row]))
    log = LiveLog(store, clock)
    export = await log.export(JournalFilter(), Form.CSV)
    text = b"".join([part async for part in log.written(export, language="ru")]).decode()
    (line,) = csv.DictReader(io.StringIO(text))
    assert (line["event"], line["account"], line["outcome"]) == (f"'{evil}", f"'{evil}", "'+1")
    assert json.loads(line["detail"]) == {"cause": 'ё, "кавычки"\n2'}


@pytest.mark.parametrize("text", ["x", "1_2", "-5", "1_2-3", "9" * 30, "1_" + "2-3-4_" * 99, "１"])
async def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    """An address that was cut in a chat would end as a fault of the gateway."""
    with pytest.raises(Refused):
        Cursor.read(text)


RANGES = st.lists(st.tuples(st.integers(1, 300), st.integers(0, 40)), max_size=6)


@settings(deadline=None)
@given(RANGES, st.sets(st.integers(1, 400), max_size=60))
def test_gaps_shrink_by_what_came(ranges: list[tuple[int, int]], came: set[int]) -> None:
    """A number would be looked for that was shown, or not any more that was not."""
    gaps = [Gap(low, low + width, int(NOON.timestamp())) for low, width in ranges]
    left = unfilled(gaps, sorted(came), NOON + timedelta(seconds=30))

    def numbers(of: Iterable[Gap]) -> set[int]:
        return {one for gap in of for one in range(gap.low, gap.high + 1)}

    assert numbers(left) == numbers(gaps) - came
    assert unfilled(gaps, [], NOON + timedelta(seconds=90)) == ()
    cursor = Cursor(7, left[:60])
    assert Cursor.read(str(cursor)) == cursor


def test_a_filter_is_read_as_it_is_written() -> None:
    """A permalink would lead to another page than it was taken from."""
    wanted = filter_of(
        {"account": " shop ", "since": "2026-03-02T12:00", "until": "2026-03-02T15:00+03:00",
         "text": "Отказ", "page": "7"}
    )  # fmt: skip
    assert (wanted.account, wanted.text) == ("shop", "Отказ")
    assert (wanted.since, wanted.until) == (wanted.until, wanted.since)
    assert filter_of(arguments_of(wanted)) == wanted
    with pytest.raises(Refused, match="since"):
        filter_of({"since": "yesterday"})


def test_what_comes_late_is_filtered_as_the_rest() -> None:
    """A sentence of another account would slip into a filtered page."""
    row = sentence("c1", detail={"why": "Отказ"})
    assert fits(row, JournalFilter(account="loyalty", kind="customer", text="отказ"))
    others = (
        JournalFilter(account="shop"), JournalFilter(kind="order"), JournalFilter(text="успех"),
        JournalFilter(since=later(1)), JournalFilter(until=NOON), JournalFilter(entity_id="c2"),
    )  # fmt: skip
    assert not any(fits(row, other) for other in others)
