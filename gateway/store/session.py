"""Session: how parts of a transaction speak to one connection, whichever engine it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import orjson
import psycopg

from gateway.store.statement import (
    PLACE,
    ROWS,
    Dialect,
    PostgresDialect,
    Row,
    SqliteDialect,
    Statement,
    bytes_of,
)

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
        """Run once over a JSON array, with the bytes of all rows beside it."""
        if not records:
            return []
        aside = self.dialect.compiled(statement).aside
        beside = {bytes_of(name): [record[name] for record in records] for name in aside}
        if aside:
            records = [
                {
                    **{name: value for name, value in record.items() if name not in aside},
                    PLACE: place,
                }
                for place, record in enumerate(records, 1)
            ]
        return self.all(statement, **{ROWS: orjson.dumps(records).decode()}, **beside, **common)
