"""A fresh PostgreSQL database for every run, and how many transactions were committed in it."""

from __future__ import annotations

import os

import psycopg
from psycopg import sql

from benchmarks.w1.peers.statements import SCHEMA

_NAME = f"gateway_bench_w1_{os.getpid()}"
"""Of this process alone: two benchmarks at a time are a bad idea, not a broken one."""
_CONNECT_S = 3


class Database:
    """The benchmark's database on one server; ``server`` is a libpq URL of any database there."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = sql.Identifier(_NAME)

    @property
    def url(self) -> str:
        """The libpq URL of the benchmark's database."""
        base, _, query = self._server.partition("?")
        address = f"{base.rpartition('/')[0]}/{_NAME}"
        return f"{address}?{query}" if query else address

    def create(self, *, peers_schema: bool) -> None:
        """Make it empty, with the peers' table unless the contestant brings its own schema."""
        self.drop()
        self._administer(sql.SQL("create database {}").format(self._name))
        if peers_schema:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(SCHEMA)

    def drop(self) -> None:
        """Remove it with whoever is still connected."""
        self._administer(sql.SQL("drop database if exists {} with (force)").format(self._name))

    def commits(self) -> int:
        """Transactions committed in it so far, reading ones and the server's own included.

        A backend reports within a second or when it ends: ask after the contestant has ended.
        """
        question = "select xact_commit from pg_stat_database where datname = %s"
        with psycopg.connect(self._server, connect_timeout=_CONNECT_S) as connection:
            row = connection.execute(question, (_NAME,)).fetchone()
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
