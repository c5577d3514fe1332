"""Plans: the databases find sales by the indexes that were made for the question."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy.engine import make_url

from gateway.ports import SaleProgress, SaleRow
from gateway.store import Sealer, SqlStore
from gateway.store.postgres import BY_KEY, PostgresEngine
from gateway.store.sales import SalePart
from gateway.store.session import PostgresSession, SqliteSession
from gateway.store.statement import Row, Statement
from tests.store.rows import NOON, HeldClock, later, sale

HISTORY, OPEN_EACH = 3_000, 100
QUESTIONS: Mapping[str, Callable[[SalePart], object]] = {
    "ix_sale_open": lambda part: part.open_sales(limit=9),
    "ix_sale_due": lambda part: part.due_sales(now=NOON, limit=9),
    "ix_sale_caller": lambda part: part.last_place("till-1"),
    "ix_sale_progress": lambda part: part.list_sales(
        progress=SaleProgress.DEAD, processor=None, limit=9
    ),
    "ix_sale_changed_at": lambda part: part.purge_sales(before=NOON, limit=9),
}
"""What is asked, by the index that serves it."""


class AskedSqlite(SqliteSession):
    """A session that only notes what it is asked."""

    def __init__(self) -> None:
        self.statements: list[tuple[Statement, Mapping[str, Any]]] = []

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Note a statement; nothing is found."""
        self.statements.append((statement, params))
        return []


class AskedPostgres(PostgresSession):
    """The same."""

    def __init__(self) -> None:
        self.statements: list[tuple[Statement, Mapping[str, Any]]] = []

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Note a statement; nothing is found."""
        self.statements.append((statement, params))
        return []


def _history() -> list[SaleRow]:
    rows = []
    for number in range(HISTORY):
        is_open = number % OPEN_EACH == 0
        rows.append(
            sale(
                f"{number:05}",
                place=number,
                changed_at=later(number),
                due_at=later(number) if is_open else None,
                progress=SaleProgress.RESERVED if is_open else SaleProgress.COMMITTED,
                content={},
            )
        )
    return rows


def _plan(
    url: str,
    sealer: Sealer,
    question: Callable[[SalePart], object],
    settings: Mapping[str, str] | None = None,
) -> str:
    """Ask the engine how it would answer a question."""
    embedded = url.startswith("sqlite")
    session = AskedSqlite() if embedded else AskedPostgres()
    question(SalePart(session, sealer=sealer, clock=HeldClock(), stamp=str))
    ((statement, params),) = session.statements
    compiled = session.dialect.compiled(statement)
    text, values = compiled.text, compiled.bound(params)
    if embedded:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("ANALYZE")
        plan = [row[-1] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values)]
        raw.close()
        return "\n".join(plan)
    engine = PostgresEngine(make_url(url), writer="")
    with engine.connect("plans", settings) as connection:
        connection.execute("ANALYZE sale")
        # The text is compiled from tables and constants of this program.
        found = connection.execute(cast("Any", f"EXPLAIN {text}"), values)
        return "\n".join(str(row[0]) for row in found)


async def test_each_question_has_its_index(store: SqlStore, url: str, sealer: Sealer) -> None:
    """After a year tills would wait for a settler that reads all that was ever sold."""
    await store.run(lambda tx: tx.put_sales(_history()))
    for name, question in QUESTIONS.items():
        assert name in _plan(url, sealer, question), name
    listed = _plan(url, sealer, lambda p: p.list_sales(progress=None, processor=None, limit=9))
    assert "ix_sale_changed_at" in listed
    counted = _plan(url, sealer, lambda part: part.count_sales())
    assert "ix_sale_progress" in counted
    assert "Seq Scan" not in counted
    assert "SCAN sale\n" not in f"{counted}\n"


async def test_a_sale_is_found_by_its_key(store: SqlStore, url: str, sealer: Sealer) -> None:
    """Each move to the store would read the whole table."""
    await store.run(lambda tx: tx.put_sales(_history()))
    key = "sqlite_autoindex_sale_1" if url.startswith("sqlite") else "pk_sale"
    for question in (
        lambda part: part.sales(["till-1:00001"]),
        lambda part: part.sale_versions(["till-1:00001"]),
    ):
        assert key in _plan(url, sealer, question)
    swapped = _plan(url, sealer, lambda part: part.swap_sales([sale("00001", 2)]), BY_KEY)
    assert key in swapped
