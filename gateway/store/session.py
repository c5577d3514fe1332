"""Session: how parts of a transaction speak to one connection, whichever engine it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import orjson
import psycopg

from gateway.store.statement import ROWS, Dialect, PostgresDialect, Row, SqliteDialect, Statement

Record = Mapping[str, Any]

POSTGRES = PostgresDialect()
SQLITE = SqliteDialect()


class Session(Protocol):
    """One connection inside a transaction."""

    dialect: Dialect
    serial: bool

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Run a statement once and return its rows."""

    def each(self, statement: Statement, records: Sequence[Record], **common: Any) -> list[Row]:
        """Run a statement for many given rows (of the same keys); return all rows it made."""


class SqliteSession:
    """SQLite: one writer at a time, in this process, so that rows may come one by one."""

    dialect: Dialect = SQLITE
    serial = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Run once."""
        compiled = self.dialect.compiled(statement)
        found = self._connection.execute(compiled.text, compiled.bound(params)).fetchall()
        return [compiled.read(row) for row in found] if compiled.readers else found

    def each(self, statement: Statement, records: Sequence[Record], **common: Any) -> list[Row]:
        """Run per row: there is no round trip to save."""
        made: list[Row] = []
        for record in records:
            made += self.all(statement, **record, **common)
        return made


class PostgresSession:
    """PostgreSQL: many rows are one statement.

    In a pipeline a statement without rows is not waited for: what is wrong with it is raised by a
    later one, or in the end.
    """

    dialect: Dialect = POSTGRES
    serial = False

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """Run once."""
        compiled = self.dialect.compiled(statement)
        # The text is compiled from tables and constants of this program, never from data.
        text = cast("Any", compiled.text)
        cursor = self._connection.execute(text, compiled.bound(params))
        return cursor.fetchall() if compiled.returns else []

    def each(self, statement: Statement, records: Sequence[Record], **common: Any) -> list[Row]:
        """Run once over a JSON array; PostgreSQL reads hexadecimal text as bytes."""
        if not records:
            return []
        rows = orjson.dumps(records, default=_hexadecimal).decode()
        return self.all(statement, **{ROWS: rows}, **common)


def _hexadecimal(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    msg = f"a {type(value).__name__} cannot be stored"
    raise TypeError(msg)
