"""PostgreSQL: the production engine, over psycopg 3.

Each writer leaves the number of its last group in its own row of ``commit_mark``, within that
transaction. When the connection is lost during COMMIT, reading that row (and waiting for whoever
still holds it) tells whether the group was committed. A transaction id asked after the fact would
not do: after a crash the server may give the same id out again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from gateway.store.engine import Trouble
from gateway.store.session import PostgresSession
from gateway.store.statement import Row

CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    # A cut cable is noticed within half a minute on both sides; a lost client's locks are freed.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
SETTINGS = {
    "TimeZone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
BY_KEY = {
    # All that the writer does is by key. A plan that was made while a table was small, or before
    # anybody counted its rows, must not read the whole of it.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "plan_cache_mode": "force_custom_plan",
}
CONFLICTS = frozenset({"40001", "40P01", "55P03", "23505"})
FULL = frozenset({"53100", "54000"})
AWAY_CLASSES = frozenset({"08", "57", "53", "58"})
READ_ONLY = "25006"
"""A standby, or a primary that was demoted: connecting again finds the new primary."""
OLD_MARK_DAYS = 30

REGISTER = """
INSERT INTO commit_mark (writer, number, at) VALUES (%s, 0, now()) ON CONFLICT (writer) DO NOTHING
"""
FORGET = "DELETE FROM commit_mark WHERE at < now() - make_interval(days => %s)"
MARK = """
INSERT INTO commit_mark (writer, number, at) VALUES (%s, %s, now())
ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at
"""
COMMITTED = "SELECT number FROM commit_mark WHERE writer = %s FOR UPDATE"


class PostgresConnection:
    """A connection in manual transaction mode (the driver's autocommit)."""

    def __init__(self, raw: psycopg.Connection[Row], *, writer: str) -> None:
        self._raw = raw
        self._writer = writer
        self._pipeline = ExitStack()
        self.session = PostgresSession(raw)

    def begin(self, number: int, *, piped: bool) -> None:
        """Begin and leave the commit mark."""
        if piped:
            self._pipeline.enter_context(self._raw.pipeline())
        self._raw.execute("BEGIN")
        self._raw.execute(MARK, [self._writer, number])

    def finish(self) -> None:
        """Leave the pipeline."""
        self._pipeline.close()

    def begin_reading(self) -> None:
        """See one committed state."""
        self._raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def save(self) -> None:
        """Set the savepoint."""
        self._raw.execute("SAVEPOINT work")

    def release(self) -> None:
        """Forget the savepoint."""
        self._raw.execute("RELEASE work")

    def undo(self) -> None:
        """Go back to the savepoint."""
        self._raw.execute("ROLLBACK TO work; RELEASE work")

    def commit(self) -> None:
        """Commit; a failed transaction answers ROLLBACK here, which must not pass for success."""
        if self._raw.execute("COMMIT").statusmessage != "COMMIT":
            raise psycopg.errors.InFailedSqlTransaction

    def rollback(self) -> None:
        """Undo, if there is a transaction on a living connection."""
        with suppress(psycopg.Error):  # it is what is undone here
            self._pipeline.close()
        status = self._raw.info.transaction_status
        if not self._raw.closed and status != psycopg.pq.TransactionStatus.IDLE:
            self._raw.execute("ROLLBACK")

    def committed(self, number: int) -> bool:
        """Read this writer's mark; waits while a transaction of a lost connection holds it."""
        found = self._raw.execute(COMMITTED, [self._writer]).fetchone()
        return found is not None and found[0] == number

    def close(self) -> None:
        """Close the connection."""
        with suppress(psycopg.Error):
            self._pipeline.close()
        self._raw.close()


class PostgresEngine:
    """One database."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, url: URL, *, writer: str) -> None:
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        options = url.query.get("options", ())
        self._options = [options] if isinstance(options, str) else list(options)
        self._writer = writer

    def connect_writer(self) -> PostgresConnection:
        """Connect and register this writer's mark, so that it exists before it is ever in doubt."""
        raw = self.connect("gateway writer", BY_KEY)
        try:
            raw.execute(FORGET, [OLD_MARK_DAYS])
            raw.execute(REGISTER, [self._writer])
        except psycopg.Error:
            raw.close()
            raise
        return PostgresConnection(raw, writer=self._writer)

    def connect_reader(self) -> PostgresConnection:
        """Connect for reading."""
        return PostgresConnection(self.connect("gateway reader"), writer="")

    def connect(
        self, name: str, settings: Mapping[str, str] | None = None
    ) -> psycopg.Connection[Row]:
        """Open a plain connection that commits each statement."""
        chosen = {**SETTINGS, **(settings or {})}
        given = self._options + [f"-c {key}={value}" for key, value in chosen.items()]
        return psycopg.connect(
            self._dsn, autocommit=True, application_name=name, options=" ".join(given), **CONNECT
        )

    def trouble(self, error: Exception) -> Trouble:
        """Classify an error of the driver."""
        return trouble_of(error)

    def code(self, error: Exception) -> str:
        """SQLSTATE and the constraint concerned."""
        state = getattr(error, "sqlstate", None) or type(error).__name__
        diagnosis = getattr(error, "diag", None)
        constraint = getattr(diagnosis, "constraint_name", None)
        return f"{state}: {constraint}" if constraint else str(state)


def trouble_of(error: BaseException | None) -> Trouble:
    """Classify by SQLSTATE; an operational error without one is a lost connection."""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, psycopg.errors.PipelineAborted):
        return Trouble.REFUSED
    if state is None:
        lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        return Trouble.AWAY if lost else Trouble.REFUSED
    if state in CONFLICTS:
        return Trouble.CONFLICT
    if state in FULL:
        return Trouble.FULL
    return Trouble.AWAY if state[:2] in AWAY_CLASSES or state == READ_ONLY else Trouble.REFUSED
