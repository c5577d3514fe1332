"""Plans: the databases find sentences by the indexes that were made for the question."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from sqlalchemy.engine import make_url

from gateway.canonical import Kind
from gateway.ports import JournalFilter, Span
from gateway.store import SqlStore
from gateway.store.entities import EntityPart
from gateway.store.journal_pages import JournalPages
from gateway.store.part import Part
from gateway.store.postgres import PostgresEngine
from gateway.store.session import Session
from gateway.store.statement import Row, Statement
from tests.store.rows import HeldClock, customer, later, sentence
from tests.store.test_sale_plans import AskedPostgres, AskedSqlite

HISTORY = 3_000


class _Answering(AskedSqlite):
    """A session that notes what it is asked, and finds nothing of one row."""

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Note a statement."""
        super().all(statement, **params)
        return [(0, 0)] if statement.name == "journal edge" else []


class _AnsweringPostgres(AskedPostgres):
    """The same."""

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Note a statement."""
        super().all(statement, **params)
        return [(0, 0)] if statement.name == "journal edge" else []


def _paged(**wanted: str) -> Callable[[Session], Part]:
    def ask(session: Session) -> Part:
        part = JournalPages(session, sealer=cast("Any", None), clock=HeldClock(), stamp=str)
        part.journal_page(JournalFilter(**cast("Any", wanted)), Span(before=2_000))
        return part

    return ask


def _belonging(session: Session) -> Part:
    part = EntityPart(session, sealer=cast("Any", None), clock=HeldClock(), stamp=str)
    part.belongings("c-1", kind="order", before=None, most=9)
    return part


QUESTIONS: Mapping[str, Callable[[Session], Part]] = {
    "ix_journal_entity_id": _paged(entity_id="c7", account="shop"),
    "ix_journal_correlation_id": _paged(correlation_id="r-7"),
    "ix_journal_account": _paged(account="operator", outcome="refused"),
    "ix_entity_customer_id": _belonging,
}
"""What is asked, by the index that serves it."""


@pytest.mark.parametrize("name", QUESTIONS)
async def test_each_question_has_its_index(store: SqlStore, url: str, name: str) -> None:
    """With a million sentences a page would read them all."""
    await store.run(
        lambda tx: tx.write_journal(
            [
                sentence(
                    f"c{n % 300}", at=later(n), correlation_id=f"r-{n % 500}",
                    account="operator" if n % 100 == 0 else f"a{n % 3}",
                )
                for n in range(HISTORY)
            ]
        )
    )  # fmt: skip
    await store.run(
        lambda tx: tx.put_entities(
            [
                customer(f"o-{n:05}", kind=Kind.ORDER, fields={"customer_id": f"c-{n % 200}"})
                for n in range(HISTORY)
            ]
        )
    )
    for plan in _plans(url, QUESTIONS[name]):
        assert name in plan, plan
        assert "Seq Scan" not in plan


def _plans(url: str, question: Callable[[Session], Part]) -> list[str]:
    session = _Answering() if url.startswith("sqlite") else _AnsweringPostgres()
    question(cast("Session", session))
    return [
        _plan(url, session.dialect.compiled(one).text, session.dialect.compiled(one).bound(params))
        for one, params in session.statements
    ]


def _plan(url: str, text: str, values: Mapping[str, Any]) -> str:
    if url.startswith("sqlite"):
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("ANALYZE")
        plan = [row[-1] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values)]
        raw.close()
        return "\n".join(plan)
    engine = PostgresEngine(make_url(url), writer="")
    with engine.connect("plans", None) as connection:
        connection.execute("ANALYZE journal")
        connection.execute("ANALYZE entity")
        # The text is compiled from tables and constants of this program.
        found = connection.execute(cast("Any", f"EXPLAIN {text}"), values)
        return "\n".join(str(row[0]) for row in found)
