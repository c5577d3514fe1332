"""Plans: letters about one subject are found by it, however many letters are open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy.engine import make_url

from gateway.store import SqlStore
from gateway.store.inbox import InboxPart
from gateway.store.letters import LetterPart
from gateway.store.part import Part
from gateway.store.postgres import BY_KEY, PostgresEngine
from gateway.store.session import Session
from gateway.store.statement import Row
from tests.store.rows import NOON, HeldClock, hint, letter
from tests.store.test_sale_plans import AskedPostgres, AskedSqlite

P = TypeVar("P", bound=Part)
MANY = 3_000
INDEX = "uq_dead_letter_open"


def _about(session: Session) -> None:
    _made(LetterPart, session).letters_about(["c7"])


def _close(session: Session) -> None:
    _made(LetterPart, session).close_dead("delivery", "c7", "loyalty", state="dropped")


def _purge(session: Session) -> None:
    _made(InboxPart, session)._purge_inbox(NOON, 9)  # noqa: SLF001 - what retention asks


def _made(part: type[P], session: Session) -> P:
    sealer: Any = _Sealing()
    return part(session, sealer=sealer, clock=HeldClock(), stamp=str)


class _Sealing:
    """Seals nothing: only the questions are looked at."""

    def seal(self, _: str, value: object) -> bytes:
        """Write a value."""
        return str(value).encode()


QUESTIONS: Mapping[str, Callable[[Session], None]] = {
    "about": _about,
    "close": _close,
    "purge": _purge,
}


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("known", [False, True], ids=["never counted", "counted"])
async def test_letters_of_a_subject_are_found_by_it(
    store: SqlStore, url: str, name: str, *, known: bool
) -> None:
    """Each page of an entity, and each row that retention looks at, would read all open letters."""
    rows = [letter(f"{n:05}", subject=f"c{n}") for n in range(MANY)]
    await store.run(lambda tx: tx.put_dead(rows))
    await store.run(lambda tx: tx.receive([hint(f"c{n}") for n in range(MANY)]))
    plan = _plan(url, QUESTIONS[name], known=known)
    assert INDEX in plan
    assert "Seq Scan on dead_letter" not in plan
    assert "SCAN dead_letter" not in plan


def _plan(url: str, question: Callable[[Session], None], *, known: bool) -> str:
    """Ask the engine how it would answer; ``known``: after it has counted its rows."""
    embedded = url.startswith("sqlite")
    session: Any = AskedSqlite() if embedded else AskedPostgres()
    question(session)
    ((statement, params),) = session.statements
    compiled = session.dialect.compiled(statement)
    text, values = compiled.text, compiled.bound(params)
    if embedded:
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        if known:
            raw.execute("ANALYZE")
        found: list[Row] = raw.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
        raw.close()
        return "\n".join(str(row[-1]) for row in found)
    with PostgresEngine(make_url(url), writer="").connect("plans", BY_KEY) as connection:
        connection.autocommit = True
        if known:
            connection.execute("VACUUM ANALYZE dead_letter")
        # The text is compiled from tables and constants of this program.
        rows = connection.execute(cast("Any", f"EXPLAIN {text}"), values).fetchall()
        return "\n".join(str(row[0]) for row in rows)
