"""Stores for tests: each comes from one that was brought up once.

A new file of the embedded engine is a copy, and a new schema of PostgreSQL is made by the same
statements without Alembic. Bringing one up costs many times that, and thousands of tests want one.
``tests/store/test_schema.py`` tries the way up itself.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL

from gateway import store
from gateway.store import schema_state, sqlite
from gateway.store.schema import made_engine, parsed

_POSTGRES: list[str] = []


def upgrade(url: str) -> None:
    """Bring a database to this program's schema, as ``gateway.store.upgrade`` does."""
    location = parsed(url)
    if location.get_backend_name() == "sqlite":
        _copy(url, sqlite.database_path(location))
    elif schema_state(url).current:
        store.upgrade(url)
    else:
        _replay(url, location)


def _copy(url: str, path: Path) -> None:
    if path.exists():
        store.upgrade(url)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_empty())


@cache
def _empty() -> bytes:
    """Return the file of an empty database with this program's schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        store.upgrade(f"sqlite:///{path}")
        assert [one.name for one in Path(folder).iterdir()] == [path.name]  # all is in the file
        return path.read_bytes()


def _replay(url: str, location: URL) -> None:
    engine = made_engine(location)
    if not _POSTGRES:
        _POSTGRES.extend(_statements(url))
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(";\n".join(_POSTGRES))


def _statements(url: str) -> list[str]:
    """Bring a database up; return what it was told, as text that needs no values."""
    told: list[str] = []

    def note(_: object, __: object, statement: str, values: object, *___: object) -> None:
        if not values and not statement.lstrip().upper().startswith("SELECT"):
            told.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        store.upgrade(url)
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)
    return told
