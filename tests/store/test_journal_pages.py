"""Pages of the journal: by keyset, bounded, and without a hole where a commit comes late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from gateway.canonical import Kind
from gateway.ports import JournalFilter, JournalPage, JournalRow, Span
from gateway.store import Sealer, SqlStore, open_store
from gateway.store.schema import made_engine, parsed
from gateway.store.tables import journal
from tests.store.rows import HeldClock, customer, later, letter, sentence
from tests.stores import upgrade

ACCOUNTS = ("shop", "crm", "operator")


def _rows(count: int) -> list[JournalRow]:
    return [
        sentence(
            f"c{step % 3}" if step % 4 else "",
            f"event.{step % 2}",
            account=ACCOUNTS[step % 3],
            outcome="done" if step % 5 else "dead",
            correlation_id=f"r-{step // 2}" if step % 7 else "",
            detail={"step": step, "why": "Отказ: 50%_ скидки" if step % 10 == 0 else ""},
            at=later(step),
        )
        for step in range(count)
    ]


async def _filled(store: SqlStore, count: int = 60) -> list[JournalRow]:
    await store.run(lambda tx: tx.write_journal(_rows(count)))
    page = await _page(store, JournalFilter(), Span(most=1000))
    return list(page.rows)


async def _page(store: SqlStore, wanted: JournalFilter, span: Span) -> JournalPage:
    return await store.read(lambda tx: tx.journal_page(wanted, span))


def _fits(row: JournalRow, wanted: JournalFilter) -> bool:
    same = all(
        getattr(row, name) == getattr(wanted, name)
        for name in ("account", "event", "outcome", "entity_id", "correlation_id")
        if getattr(wanted, name)
    )
    since = wanted.since is None or row.at >= wanted.since
    until = wanted.until is None or row.at < wanted.until
    return same and since and until and wanted.text in str(row.detail)


async def _walked(
    store: SqlStore, wanted: JournalFilter, *, newest_first: bool, most: int, scan: int
) -> list[JournalRow]:
    """Turn pages until the end."""
    span = Span(newest_first=newest_first, most=most, scan=scan)
    found: list[JournalRow] = []
    while True:
        page = await _page(store, wanted, span)
        assert len(page.rows) <= most
        found += page.rows
        if page.reached is None:
            return found
        side = {"before": page.reached} if newest_first else {"after": page.reached}
        span = replace(span, **side)  # type: ignore[arg-type]  # one of two numbers


FILTERS: Sequence[JournalFilter] = (
    JournalFilter(),
    JournalFilter(account="crm"),
    JournalFilter(account="operator", outcome="dead"),
    JournalFilter(event="event.1", outcome="done"),
    JournalFilter(entity_id="c1"),
    JournalFilter(entity_id="c1", account="shop"),
    JournalFilter(correlation_id="r-5"),
    JournalFilter(text="Отказ"),
    JournalFilter(since=later(20), until=later(40)),
    JournalFilter(account="shop", since=later(33)),
    JournalFilter(since=later(999)),
    JournalFilter(until=later(-9)),
)


@pytest.mark.parametrize("newest_first", [True, False])
async def test_every_filter_turns_all_its_pages(store: SqlStore, newest_first: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A page would repeat or lose a sentence, or end before the filter's last one."""
    stored = await _filled(store)
    for wanted in FILTERS:
        expected = sorted(
            (row for row in stored if _fits(row, wanted)),
            key=lambda row: row.id,
            reverse=newest_first,
        )
        for most, scan in ((7, 1000), (100, 11), (3, 5)):
            walked = await _walked(store, wanted, newest_first=newest_first, most=most, scan=scan)
            assert walked == expected, (wanted, most, scan)


async def test_a_page_looks_through_a_bounded_number_of_rows(store: SqlStore) -> None:
    """A filter that finds nothing would read a million rows in one call."""
    stored = await _filled(store)
    page = await _page(store, JournalFilter(event="never"), Span(scan=10))
    assert (page.rows, page.reached) == ([], stored[9].id)
    last = await _page(store, JournalFilter(event="never"), Span(scan=10, before=stored[-10].id))
    assert last.reached is None


@pytest.mark.parametrize("typed", ["отказ", "ОТКАЗ: 50%_", "Отказ: 50%_ ск", '"why":"Отказ'])
async def test_a_text_is_found_as_it_stands(store: SqlStore, typed: str) -> None:
    """A percent sign would match anything, and a small letter nothing."""
    await _filled(store, 20)
    found = await _page(store, JournalFilter(text=typed.capitalize()), Span())
    expected = 0 if typed.startswith('"') else 2
    assert len(found.rows) == expected
    assert not (await _page(store, JournalFilter(text="50_"), Span())).rows


async def test_a_sentence_that_was_written_late_is_found_by_its_time(store: SqlStore) -> None:
    """What a till did while the store was away would be missing in the hour in which it did it."""
    await _filled(store)
    late = sentence("c9", "sale", at=later(10))
    await store.run(lambda tx: tx.write_journal([late]))
    found = await _page(store, JournalFilter(since=later(9), until=later(12)), Span())
    assert [row.event for row in found.rows] == ["sale", "event.1", "event.0", "event.1"]


@given(st.sets(st.integers(1, 60), max_size=40), st.integers(0, 30))
@settings(max_examples=60)
def test_gaps_are_what_is_missing(kept: set[int], after: int) -> None:
    """See ``_gaps_of``: the rule that the statement is compared with."""
    until = max(kept, default=0)
    ranges = _gaps_of(kept, after, until)
    missing = {one for low, high in ranges for one in range(low, high + 1)}
    assert missing == {one for one in range(after + 1, until) if one not in kept}


def _gaps_of(kept: set[int], after: int, until: int) -> list[tuple[int, int]]:
    inside = sorted(one for one in kept if after < one <= until)
    pairs = zip([after, *inside], inside, strict=False)
    return [(low + 1, high - 1) for low, high in pairs if high - low > 1][::-1]


async def test_missing_numbers_are_named(url: str, store: SqlStore) -> None:
    """A tail would go past a sentence that is not committed yet."""
    stored = await _filled(store, 12)
    ids = sorted(row.id for row in stored)
    gone = {ids[2], ids[3], ids[7]}
    _delete(url, gone)
    found = await store.read(lambda tx: tx.journal_gaps(ids[0], ids[-1], most=9))
    assert found == _gaps_of(set(ids) - gone, ids[0], ids[-1])
    assert await store.read(lambda tx: tx.journal_gaps(ids[0], ids[-1], most=1)) == found[:1]
    rows = await store.read(lambda tx: tx.journal_ids([(ids[6], ids[8]), (ids[0], ids[0])]))
    assert [row.id for row in rows] == [ids[0], ids[6], ids[8]]
    assert await store.read(lambda tx: tx.journal_head()) == ids[-1]


def _delete(url: str, ids: set[int]) -> None:

    with made_engine(parsed(url)).begin() as connection:
        connection.execute(journal.delete().where(journal.c.id.in_(ids)))


async def test_what_belongs_to_a_customer_comes_newest_first(store: SqlStore) -> None:
    """A customer's page would have to read all orders to show his."""
    rows = [
        customer(
            f"o-{n:02}", kind=Kind.ORDER, fields={"number": str(n), "customer_id": f"c-{n % 2}"}
        )
        for n in range(9)
    ]
    await store.run(lambda tx: tx.put_entities([*rows, customer("c-0")]))

    async def of(before: str | None) -> list[str]:
        found = await store.read(
            lambda tx: tx.belongings("c-0", kind="order", before=before, most=3)
        )
        return [row.id for row in found]

    assert await of(None) == ["o-08", "o-06", "o-04"]
    assert await of("o-04") == ["o-02", "o-00"]
    moved = customer("o-08", kind=Kind.ORDER, fields={"number": "8", "customer_id": "c-1"})
    await store.run(lambda tx: tx.put_entities([moved]))
    assert await of(None) == ["o-06", "o-04", "o-02"]
    cards = await store.read(lambda tx: tx.belongings("c-0", kind="card", before=None, most=3))
    assert not cards


async def test_open_letters_about_a_subject_are_found(store: SqlStore) -> None:
    """The page of an order would not say that it waits for a person."""
    rows = [letter("l1"), letter("l2", account="crm", last_at=later(3)), letter("l3", subject="c2")]
    await store.run(lambda tx: tx.put_dead(rows))
    await store.run(lambda tx: tx.put_dead([letter("l4", subject="c3", state="open")]))
    await store.run(lambda tx: tx.close_dead("delivery", "c3", "loyalty", state="dropped"))
    found = await store.read(lambda tx: tx.letters_about(["c1", "c3"]))
    assert [row.id for row in found] == ["l2", "l1"]


@pytest.mark.services
async def test_a_late_commit_leaves_a_gap_that_is_filled(postgres_schema: str) -> None:
    """PostgreSQL gives numbers before it commits: a tail by number alone would lose the first."""
    upgrade(postgres_schema)
    store = open_store(postgres_schema, sealer=Sealer([b"k" * 32]), clock=HeldClock())
    try:
        await store.run(lambda tx: tx.write_journal([sentence("c1", "first")]))
        first = await store.read(lambda tx: tx.journal_head())
        with _slow(postgres_schema) as slow:
            await store.run(lambda tx: tx.write_journal([sentence("c1", "third")]))
            head = await store.read(lambda tx: tx.journal_head())
            gaps = await store.read(lambda tx: tx.journal_gaps(first, head, most=9))
            assert (head, gaps) == (first + 2, [(first + 1, first + 1)])
            assert not await store.read(lambda tx: tx.journal_ids(gaps))
            slow.commit()
        (row,) = await store.read(lambda tx: tx.journal_ids(gaps))
        assert row.event == "second"
    finally:
        await store.close()


def _slow(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Write a sentence and do not commit it."""
    made = make_url(url)
    connection = psycopg.connect(
        host=made.host, port=made.port or 5432, user=made.username, password=made.password,
        dbname=made.database, options=str(made.query.get("options", "")),
    )  # fmt: skip
    connection.execute(
        "INSERT INTO journal (at, entity_id, kind, account, event, outcome, correlation_id,"
        " detail, count) VALUES (now(), 'c1', 'customer', 'loyalty', 'second', 'done', '', '{}', 1)"
    )
    return connection
