"""Gauged: what they show is what there is, found by the indexes of those who look for work."""

from __future__ import annotations

import sqlite3
from typing import Any, cast

from sqlalchemy.engine import make_url

from gateway.canonical import Kind
from gateway.ports import DeliveryState, EventRow, Gauged, InboxState
from gateway.store import SqlStore
from gateway.store.gauged import QUESTIONS
from gateway.store.postgres import PostgresEngine
from gateway.store.session import PostgresSession, SqliteSession
from gateway.store.statement import Statement
from tests.store.conftest import OpenStore
from tests.store.rows import NOON, hint, in_order, later, operation

DONE, OPEN = 3000, 20


async def test_an_empty_store_has_no_backlog(store: SqlStore) -> None:
    """A gauge of a fresh house must be 0 and not missing."""
    assert await store.read(lambda tx: tx.gauged()) == Gauged({}, {}, {}, 0, None, {})


async def test_what_waits_is_counted_and_what_is_done_is_not(store: SqlStore) -> None:
    """An operator would look for work that there is not, or not look."""
    rows = [
        hint("1", received_at=later(5)), hint("2"), hint("3", account="crm"), hint("4"),
    ]  # fmt: skip
    events = [EventRow("o-1", Kind.ORDER, n, later(n), {"number": "1"}) for n in (1, 2)]
    await store.run(
        in_order(
            lambda tx: tx.receive(rows),
            lambda tx: tx.take_inbox(["2", "4"], holder="a", until=later(60)),
            lambda tx: tx.finish_inbox(["4"], state=InboxState.DONE, now=NOON),
            lambda tx: tx.put_operations([operation("a"), operation("b")]),
            lambda tx: tx.put_events(events),
            lambda tx: tx.move_checkpoint("shop", "order", old=None, new="p1", now=later(7)),
        )
    )
    found = await store.read(lambda tx: tx.gauged())
    assert found.inbox == {("shop", "new"): 1, ("shop", "working"): 1, ("crm", "new"): 1}
    assert found.oldest_inbox == {"shop": NOON, "crm": NOON}
    assert found.operations == {(operation("a").account, "due"): 2}
    assert (found.events, found.oldest_event) == (2, later(1))
    assert found.moved == {("shop", "order"): later(7)}


async def test_counting_reads_no_history(store: SqlStore, url: str) -> None:
    """Each scrape of a shop's second year would read all that ever came in."""
    rows = [hint(f"{n:05}", token=f"t-{n}") for n in range(DONE)]
    ids = [row.id for row in rows[OPEN:]]
    past = [operation(f"{n:05}", state=DeliveryState.DONE) for n in range(DONE)]
    await store.run(
        in_order(
            lambda tx: tx.receive(rows),
            lambda tx: tx.take_inbox(ids, holder="a", until=later(60)),
            lambda tx: tx.finish_inbox(ids, state=InboxState.DONE, now=NOON),
            lambda tx: tx.put_operations([*past, operation("new")]),
        )
    )
    for name, question in QUESTIONS.items():
        plan = _plan(url, question)
        assert name in plan, plan
        assert "Seq Scan on inbox" not in plan
        assert "SCAN inbox\n" not in f"{plan}\n"


def _plan(url: str, question: Statement) -> str:
    if url.startswith("sqlite"):
        text = SqliteSession.dialect.compiled(question).text
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("ANALYZE")
        plan = [str(row[-1]) for row in raw.execute(f"EXPLAIN QUERY PLAN {text}")]
        raw.close()
        return "\n".join(plan)
    text = PostgresSession.dialect.compiled(question).text
    with PostgresEngine(make_url(url), writer="").connect("plans") as connection:
        connection.execute("ANALYZE")
        # The text is compiled from tables and constants of this program.
        found = connection.execute(cast("Any", f"EXPLAIN {text}"))
        return "\n".join(str(row[0]) for row in found)


async def test_each_commit_is_told_with_its_size(open_it: OpenStore, url: str) -> None:
    """Slow disks show here first, before anything waits."""
    told: list[tuple[int, float]] = []
    store = open_it(url, on_commit=lambda works, seconds: told.append((works, seconds)))
    for _ in range(3):
        await store.run(lambda tx: tx.next_mark())
    assert [works for works, _ in told] == [1, 1, 1]
    assert store.commits == 3
    assert all(seconds > 0 for _, seconds in told)
