"""Schema: its state, and the way up. Migrations are packaged beside this module.

A migration's file begins with its revision, and revisions are counted up without branches; so their
names alone tell the newest one, and asking for the state of a schema needs no Alembic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from gateway.contract import ConfigInvalid, StoreError
from gateway.store import postgres, sqlite
from gateway.store.engine import store_error

FOLDER = Path(__file__).with_name("migrations")
VERSION_TABLE = "schema_version"
_VERSION = sa.table(VERSION_TABLE, sa.column("version_num", sa.Text)).c.version_num
UPGRADE_LOCK = 7_205_759_403
"""Number of the advisory lock under which one process at a time upgrades a PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The schema that the database has and the one that this program needs.

    ``current`` is empty for an empty database. ``known`` tells that this program has that revision.
    """

    current: str
    head: str
    known: bool = True

    @property
    def fits(self) -> bool:
        """The database is as this program needs it."""
        return self.current == self.head

    def require(self) -> None:
        """Raise ``StoreError`` with the remedy unless it fits."""
        if not self.known:
            msg = (
                f"a newer program wrote this database (schema {self.current}, this program knows "
                f"{self.head}): run that version or restore a backup"
            )
            raise StoreError(msg)
        if not self.fits:
            msg = (
                f"the database has schema {self.current or 'none'}, this program needs "
                f"{self.head}: run `gateway db upgrade`"
            )
            raise StoreError(msg)


def parsed(url: str) -> URL:
    """Read a store URL; raises ``ConfigInvalid`` for an engine that is not supported."""
    try:
        made = make_url(url)
    except sa.exc.ArgumentError:
        msg = "store.url: not a URL; use sqlite:////folder/file.db or postgresql://user@host/name"
        raise ConfigInvalid(msg) from None
    if made.get_backend_name() not in {"sqlite", "postgresql"}:
        msg = f"store.url: {made.get_backend_name()} is not supported; use sqlite or postgresql"
        raise ConfigInvalid(msg)
    return made


def schema_state(url: str) -> SchemaState:
    """Tell which schema the database has; raises ``StoreError`` when it does not answer."""
    known = revisions()
    head = known[-1]
    location = parsed(url)
    if location.get_backend_name() == "sqlite" and not sqlite.database_path(location).exists():
        return SchemaState("", head)
    with _connection(location) as connection:
        current = ""
        if sa.inspect(connection).has_table(VERSION_TABLE):
            current = connection.scalar(sa.select(_VERSION)) or ""
    return SchemaState(current, head, known=not current or current in known)


def upgrade(url: str) -> SchemaState:
    """Bring the database to this program's schema, in one transaction; return what it is now.

    Raises ``StoreError`` when a newer program wrote it.
    """
    from gateway.store.migrating import migrate  # noqa: PLC0415 - a worker does without Alembic

    state = schema_state(url)
    if not state.known:
        state.require()
    location = parsed(url)
    if location.get_backend_name() == "sqlite":
        sqlite.database_path(location).parent.mkdir(parents=True, exist_ok=True)
    with _connection(location) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        migrate(connection, FOLDER)
    return schema_state(url)


def revisions() -> list[str]:
    """Return the revisions that this program knows, the first one first."""
    return sorted(file.name.partition("_")[0] for file in FOLDER.glob("versions/[0-9]*.py"))


@contextmanager
def _connection(location: URL) -> Iterator[sa.Connection]:
    engine = made_engine(location)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
        is_sqlite = location.get_backend_name() == "sqlite"
        trouble = (sqlite if is_sqlite else postgres).trouble_of(error.orig)
        raise store_error(trouble, str(code)) from None
    finally:
        engine.dispose()


def made_engine(location: URL) -> sa.Engine:
    """Make a SQLAlchemy engine without a pool, with real transactions for SQLite's DDL too."""
    if location.get_backend_name() == "postgresql":
        return sa.create_engine(location.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    engine = sa.create_engine(location.set(drivername="sqlite+pysqlite"), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _: object) -> None:  # noqa: ANN401 - the driver's connection
        sqlite.prepared(raw)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
