"""A process that is killed between two statements; started by ``test_crash``.

Arguments: the store's URL and the points to die at. At each point a forked child opens the store,
runs one work and kills itself: point 1 before the first statement, 2 before the second, and so on;
``commit`` before and ``tell`` after the commit. Prints how many statements the work has.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from gateway.ports import InboxState, Tx
from gateway.store import Sealer, open_store
from gateway.store.postgres import PostgresConnection
from gateway.store.session import PostgresSession, SqliteSession
from gateway.store.sqlite import SqliteConnection
from gateway.store.statement import Row, Statement
from tests.store.rows import HeldClock, customer, due, hint, later, link, sentence

KEY = b"0123456789abcdef0123456789abcdef"


def work(tx: Tx, key: str) -> None:
    """What the router does with a hint: everything in one transaction."""
    tx.receive([hint(key)])
    tx.take_inbox([key], holder="w", until=later(30))
    tx.lock_keys([key])
    tx.put_entities([customer(key)])
    tx.put_links([link(key)])
    tx.mark_due([due(key)])
    tx.write_journal([sentence(key)])
    tx.finish_inbox([key], state=InboxState.DONE, now=later(1))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm_statements(session: type[SqliteSession | PostgresSession], point: int) -> list[int]:
    """Make a session's process die before its statement ``point``; return the counter."""
    counter: list[int] = []
    plain = session.all

    def counted(self: object, statement: Statement, **params: object) -> list[Row]:
        if not statement.name.startswith("seal proof"):
            counter.append(1)
        if len(counter) == point:
            _die()
        return plain(self, statement, **params)  # type: ignore[arg-type]

    session.all = counted  # type: ignore[method-assign]
    return counter


def _arm_commit(connection: type[SqliteConnection | PostgresConnection], point: str) -> None:
    """Make a connection's process die before or after its commit."""
    plain = connection.commit

    def commit(self: object) -> None:
        if point == "commit":
            _die()
        plain(self)  # type: ignore[arg-type]
        if point == "tell":
            _die()

    connection.commit = commit  # type: ignore[method-assign]


def _arm(url: str, point: str) -> list[int]:
    """Make this process die at a point; return the counter of its statements."""
    embedded = url.startswith("sqlite")
    _arm_commit(SqliteConnection if embedded else PostgresConnection, point)
    at = int(point) if point.isdigit() else -1
    return _arm_statements(SqliteSession if embedded else PostgresSession, at)


async def _live(url: str, key: str) -> None:
    store = open_store(url, sealer=Sealer([KEY]), clock=HeldClock(), exclusive=True)
    await store.run(lambda tx: work(tx, key))
    await store.close()


def main(url: str, points: Sequence[str]) -> None:
    """Fork a child per point, one after the other."""
    for point in points:
        child = os.fork()
        if child == 0:
            counter = _arm(url, point)
            asyncio.run(_live(url, f"at-{point}"))
            os._exit(100 + len(counter))
        _, status = os.waitpid(child, 0)
        print(point, os.waitstatus_to_exitcode(status))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
