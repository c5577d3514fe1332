"""Plans: the databases find facts by the indexes that were made for the question."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy.engine import make_url

from gateway.ports.reports import CardFact, FactKind, FactSource, Place, PurchaseFact
from gateway.store import Sealer, SqlStore
from gateway.store.postgres import PostgresEngine
from gateway.store.session import Session
from gateway.store.transaction import SqlTx
from tests.store.rows import NOON, HeldClock
from tests.store.test_sale_plans import AskedPostgres, AskedSqlite

HISTORY, DAY = 3_000, date(2026, 3, 2)
SINCE = date(2026, 1, 1)
QUESTIONS: Mapping[str, Callable[[SqlTx], object]] = {
    "ix_purchase_fact_buyer": lambda tx: tx.purchase_facts(buyers=["c-17"]),
    "ix_purchase_fact_named": lambda tx: tx.purchase_facts(named=["phone:17"]),
    "ix_purchase_fact_pair": lambda tx: tx.purchase_facts(pairs=["till:2026-03-02:17"]),
    "ix_purchase_fact_of": lambda tx: tx.purchase_facts(of=["till:17"]),
    "ix_purchase_fact_unknown": lambda tx: tx.unknown_buyers(after="", limit=9),
    "ix_card_fact_holder": lambda tx: tx.card_facts([], holders=["c-17"]),
}
"""What is asked, by the index that serves it."""


def fact(number: int) -> PurchaseFact:
    """Return a receipt of a named buyer; one of a hundred is of nobody who is known."""
    named = f"phone:{number}"
    return PurchaseFact(
        f"till:{number}", FactSource.SALE, FactKind.PURCHASE, Place.TILL, NOON, DAY, "shop", "",
        "till", f"{number}", 100, "RUB", named if number % 100 == 0 else f"c-{number}", named, 0,
        0, f"till:{number - 1}" if number % 100 == 0 else "", "committed", stands=True,
    )  # fmt: skip


def _plan(url: str, sealer: Sealer, question: Callable[[SqlTx], object]) -> str:
    """Ask the engine how it would answer a question."""
    embedded = url.startswith("sqlite")
    session: Any = AskedSqlite() if embedded else AskedPostgres()
    question(SqlTx(cast("Session", session), sealer=sealer, clock=HeldClock(), stamp=str))
    statement, params = session.statements[-1]
    compiled = session.dialect.compiled(statement)
    text, values = compiled.text, compiled.bound(params)
    if embedded:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("ANALYZE")
        plan = [row[-1] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values)]
        raw.close()
        return "\n".join(plan)
    engine = PostgresEngine(make_url(url), writer="")
    with engine.connect("plans", None) as connection:
        connection.execute("ANALYZE purchase_fact, card_fact, fact_sum")
        # The text is compiled from tables and constants of this program.
        found = connection.execute(cast("Any", f"EXPLAIN {text}"), values)
        return "\n".join(str(row[0]) for row in found)


async def test_each_question_has_its_index(store: SqlStore, url: str, sealer: Sealer) -> None:
    """With a million receipts each changed customer would read all of them."""
    facts = [fact(number) for number in range(HISTORY)]
    cards = [CardFact(f"k-{n}", DAY, DAY, f"c-{n}" if n % 9 == 0 else "") for n in range(HISTORY)]
    await store.run(lambda tx: tx.put_purchase_facts(facts, gone=[]))
    await store.run(lambda tx: tx.put_card_facts(cards, gone=[]))
    for name, question in QUESTIONS.items():
        assert name in _plan(url, sealer, question), name
    assert "ix_purchase_fact_buyer" in _plan(url, sealer, lambda tx: tx.first_purchases(["c-17"]))


async def test_sums_are_found_by_figure_and_day(store: SqlStore, url: str, sealer: Sealer) -> None:
    """A report of a month would read the sums of all years."""
    days = [SINCE + timedelta(days=number) for number in range(300)]
    sums = {(f"figure-{n}", day, "shop", ""): 1 for n in range(20) for day in days}
    await store.run(lambda tx: tx.add_fact_sums(sums))
    plan = _plan(
        url, sealer,
        lambda tx: tx.fact_sums(
            ["figure-3"], since=SINCE, until=SINCE + timedelta(days=9), shop=None, by_month=True
        ),
    )  # fmt: skip
    assert ("sqlite_autoindex_fact_sum" if url.startswith("sqlite") else "pk_fact_sum") in plan
