"""Stores for tests: a new file of the embedded engine is a copy of one that was brought up once.

Bringing one up costs 300 times what a copy costs, and thousands of tests want one.
``tests/store/test_schema.py`` tries the way up itself.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from gateway import store
from gateway.store import sqlite
from gateway.store.schema import parsed


def upgrade(url: str) -> None:
    """Bring a database to this program's schema, as ``gateway.store.upgrade`` does."""
    location = parsed(url)
    path = sqlite.database_path(location) if location.get_backend_name() == "sqlite" else None
    if path is None or path.exists():
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
