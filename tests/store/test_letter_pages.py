"""Letters for people: counted by cause, by day, and read page by page along the indexes."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy.engine import make_url

from gateway.canonical import Kind
from gateway.ports import DeadLetter, LetterFilter, Opened, Tx
from gateway.store import SqlStore
from gateway.store.letter_pages import LetterPagePart
from gateway.store.postgres import PostgresEngine
from gateway.store.statement import Row, Statement
from tests.store.rows import NOON, HeldClock, later, letter
from tests.store.test_sale_plans import AskedPostgres, AskedSqlite

MANY = 3_000
SENT = random.Random(1).randbytes(500).hex()
OPEN = LetterFilter()


def _shelf() -> list[DeadLetter]:
    """Letters of two accounts and three causes, some of one moment."""
    return [
        letter(
            f"l{n:02}",
            subject=f"c{n}",
            account="crm" if n % 3 else "shop",
            cause_code=("BAD", "GONE", "outcome_unknown")[n % 4 % 3],
            kind=Kind.ORDER if n % 5 == 0 else Kind.CUSTOMER,
            source="operation" if n % 7 == 0 else "delivery",
            last_at=later(n // 2),
            held=n % 4 == 2,
        )
        for n in range(40)
    ]


async def _put(store: SqlStore, rows: list[DeadLetter]) -> None:
    await store.run(lambda tx: tx.put_dead(rows))


def _bare(row: DeadLetter) -> DeadLetter:
    return replace(row, request={}, answer={}, note="")


def _fits(row: DeadLetter, where: LetterFilter) -> bool:
    names = ("state", "account", "cause_code", "kind", "source")
    given = {name: getattr(where, name) for name in names}
    return all(value in {None, str(getattr(row, name))} for name, value in given.items()) and (
        where.until is None or row.last_at <= where.until
    )


def _page(tx: Tx, where: LetterFilter, before: tuple[datetime, str] | None) -> Sequence[DeadLetter]:
    return tx.letter_page(where, limit=7, before=before)


async def test_groups_are_counted_the_largest_first(store: SqlStore) -> None:
    """An operator would begin with the one letter instead of the thousand."""
    rows = _shelf()
    await _put(store, rows)
    counts = await store.read(lambda tx: tx.letter_counts(OPEN, limit=99))
    assert [one.letters for one in counts] == sorted((c.letters for c in counts), reverse=True)
    for one in counts:
        where = LetterFilter(account=one.account, cause_code=one.cause_code)
        mine = [row for row in rows if _fits(row, where)]
        assert (one.letters, one.held, one.last_at, one.newest) == (
            len(mine), sum(row.held for row in mine), mine[-1].last_at, mine[-1].id,
        )  # fmt: skip
    assert sum(one.letters for one in counts) == len(rows)
    assert len(await store.read(lambda tx: tx.letter_counts(OPEN, limit=2))) == 2


WHERES = [
    OPEN,
    LetterFilter(account="crm"),
    LetterFilter(account="crm", cause_code="BAD"),
    LetterFilter(kind="order"),
    LetterFilter(source="operation", until=later(9)),
    LetterFilter(account="crm", cause_code="BAD", kind="customer", source="delivery"),
    LetterFilter(until=later(7)),
    LetterFilter(state="dropped"),
]


@pytest.mark.parametrize("where", WHERES, ids=str)
async def test_pages_leave_nothing_out_and_repeat_nothing(
    store: SqlStore, where: LetterFilter
) -> None:
    """A letter between two pages would never be decided."""
    rows = _shelf()
    await _put(store, random.Random(7).sample(rows, len(rows)))
    await store.run(lambda tx: tx.close_dead("delivery", "c1", "crm", state="dropped", note="ё"))
    rows[1] = replace(rows[1], state="dropped")
    wanted = [_bare(row) for row in rows if _fits(row, where)]
    seen: list[DeadLetter] = []
    before: tuple[datetime, str] | None = None
    for _ in range(len(rows)):
        read = partial(_page, where=where, before=before)
        page = await store.read(read)
        if not page:
            break
        seen += page
        before = (page[-1].last_at, page[-1].id)
    assert seen == sorted(wanted, key=lambda row: (row.last_at, row.id), reverse=True)


async def test_letters_are_found_by_their_ids(store: SqlStore) -> None:
    """A group would have no words for its cause."""
    rows = _shelf()
    await _put(store, rows)
    found = await store.read(lambda tx: tx.letters(["l03", "l05", "none"]))
    assert found == {"l03": _bare(rows[3]), "l05": _bare(rows[5])}
    assert await store.read(lambda tx: tx.letters([])) == {}


async def test_openings_are_counted_by_day(store: SqlStore, clock: HeldClock) -> None:
    """A trend that forgets what was decided since would show a calm week after each clean-up."""
    await _put(store, [letter("l1"), letter("l2", subject="c2")])
    clock.move(86_400)
    await _put(store, [letter("l3", subject="c3", account="crm")])
    await _put(store, [letter("l4", last_at=later(9))])  # it failed again: no new letter
    await store.run(lambda tx: tx.close_dead("delivery", "c2", "loyalty", state="dropped"))
    midnight = NOON.replace(hour=0, minute=0, second=0, microsecond=0)
    found = await store.read(lambda tx: tx.letters_opened(OPEN, since=midnight, span_s=86_400))
    assert sorted(found, key=lambda one: one.span) == [
        Opened("loyalty", "rejected", 0, 2),
        Opened("crm", "rejected", 1, 1),
    ]
    crm = LetterFilter(account="crm", until=NOON)
    hours = await store.read(lambda tx: tx.letters_opened(crm, since=midnight, span_s=3600))
    assert hours == [Opened("crm", "rejected", 36, 1)]
    nothing = midnight + timedelta(days=9)
    assert not await store.read(lambda tx: tx.letters_opened(OPEN, since=nothing, span_s=60))


QUESTIONS: Mapping[str, tuple[str, Callable[[LetterPagePart], object]]] = {
    "groups": ("ix_dead_letter_cause", lambda part: part.letter_counts(OPEN, limit=9)),
    "trend": (
        "ix_dead_letter_opened_at",
        lambda part: part.letters_opened(OPEN, since=later(MANY - 10), span_s=3600),
    ),
    "newest": ("ix_dead_letter_state", lambda part: part.letter_page(OPEN, limit=9)),
    "next page": (
        "ix_dead_letter_state",
        lambda part: part.letter_page(OPEN, limit=9, before=(later(9), "l")),
    ),
    "of a cause": (
        "ix_dead_letter_cause",
        lambda part: part.letter_page(
            LetterFilter(account="a1", cause_code="c1"), limit=9, before=(later(99), "l")
        ),
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_each_question_has_its_index(store: SqlStore, url: str, name: str) -> None:
    """With fifty thousand letters the page would take seconds."""
    rows = [
        letter(
            f"{n:05}", subject=f"c{n}", account=f"a{n % 9}", cause_code=f"c{n % 7}",
            last_at=later(n), request={"a": SENT},
        )
        for n in range(MANY)
    ]  # fmt: skip
    await _put(store, rows)
    index, question = QUESTIONS[name]
    plan = _plan(url, question)
    assert index in plan
    assert "Seq Scan" not in plan
    assert "SCAN dead_letter" not in plan


def _plan(url: str, question: Callable[[LetterPagePart], object]) -> str:
    """Ask the engine how it would answer a question."""
    embedded = url.startswith("sqlite")
    session: Any = AskedSqlite() if embedded else AskedPostgres()
    part = LetterPagePart(session, sealer=cast("Any", None), clock=HeldClock(), stamp=str)
    question(part)
    noted: list[tuple[Statement, Mapping[str, Any]]] = session.statements
    ((statement, params),) = noted
    compiled = session.dialect.compiled(statement)
    text, values = compiled.text, compiled.bound(params)
    if embedded:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("ANALYZE")
        found: list[Row] = raw.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
        raw.close()
        return "\n".join(str(row[-1]) for row in found)
    with PostgresEngine(make_url(url), writer="").connect("plans", None) as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE dead_letter")  # as the server does by itself
        # The text is compiled from tables and constants of this program.
        rows = connection.execute(cast("Any", f"EXPLAIN {text}"), values).fetchall()
        return "\n".join(str(row[0]) for row in rows)
