"""A PostgreSQL database for every run, empty or a copy, and what was committed in it."""

from __future__ import annotations

import os

import psycopg
from psycopg import sql

from benchmarks.w1.peers.statements import SCHEMA

_NAME = f"gateway_bench_w1_{os.getpid()}"
"""Of this process alone: two benchmarks at a time are a bad idea, not a broken one."""
_CONNECT_S = 3


class Database:
    """A database of the benchmark on one server.

    Shape: ``server`` is a libpq URL of any database there; ``role`` goes into the name of one that
    lives beside the contestants' own; ``template`` is a database that it is made as a copy of.
    """

    def __init__(self, server: str, *, role: str = "", template: Database | None = None) -> None:
        self._server = server
        self._template = template
        self.name = f"{_NAME}_{role}" if role else _NAME

    @property
    def url(self) -> str:
        """The libpq URL of this database."""
        base, _, query = self._server.partition("?")
        address = f"{base.rpartition('/')[0]}/{self.name}"
        return f"{address}?{query}" if query else address

    def create(self, *, peers_schema: bool) -> None:
        """Make it anew, with the peers' table unless the contestant brings its own schema.

        Nobody may be connected to its template meanwhile.
        """
        self.drop()
        made = sql.SQL("create database {}").format(sql.Identifier(self.name))
        if self._template is not None:
            # Copied as files: the other way writes all of it to the log as well.
            copied = sql.SQL(" template {} strategy file_copy")
            made += copied.format(sql.Identifier(self._template.name))
        self._administer(made)
        if peers_schema:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(SCHEMA)

    def drop(self) -> None:
        """Remove it with whoever is still connected."""
        dropped = sql.SQL("drop database if exists {} with (force)")
        self._administer(dropped.format(sql.Identifier(self.name)))

    def commits(self) -> int:
        """Transactions committed in it so far, reading ones and the server's own included.

        A backend reports within a second or when it ends: ask after the contestant has ended.
        """
        question = "select xact_commit from pg_stat_database where datname = %s"
        with psycopg.connect(self._server, connect_timeout=_CONNECT_S) as connection:
            row = connection.execute(question, (self.name,)).fetchone()
        return int(row[0]) if row else 0

    def blocks(self) -> int:
        """Blocks of tables and indexes that were touched in it so far, in memory or on disk.

        The cost of its statements without the machine's noise; ask when ``commits`` is asked.
        """
        question = "select blks_hit + blks_read from pg_stat_database where datname = %s"
        with psycopg.connect(self._server, connect_timeout=_CONNECT_S) as connection:
            row = connection.execute(question, (self.name,)).fetchone()
        return int(row[0]) if row else 0

    def version(self) -> str:
        """The server's version."""
        with psycopg.connect(self._server, connect_timeout=_CONNECT_S) as connection:
            row = connection.execute("show server_version").fetchone()
        return str(row[0]).split(" ", maxsplit=1)[0] if row else "unknown"

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            self._server, autocommit=True, connect_timeout=_CONNECT_S
        ) as connection:
            connection.execute(statement)
