"""One suite, two engines: a migrated database and an open store of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.store import Sealer, SqlStore, open_store
from tests.store.rows import HeldClock
from tests.stores import upgrade

KEY = b"0123456789abcdef0123456789abcdef"
OpenStore = Callable[..., SqlStore]


@pytest.fixture
def clock() -> HeldClock:
    """A clock that the test moves."""
    return HeldClock()


@pytest.fixture
def sealer() -> Sealer:
    """The data key of all tests."""
    return Sealer([KEY])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once per engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gateway.db'}"
    return str(request.getfixturevalue("postgres_schema"))


@pytest.fixture
def url(empty_url: str) -> str:
    """The URL of a migrated database, once per engine."""
    upgrade(empty_url)
    return empty_url


@pytest.fixture
async def open_it(sealer: Sealer, clock: HeldClock) -> AsyncIterator[OpenStore]:
    """Open stores that are closed at the end."""
    opened: list[SqlStore] = []

    def _open(url: str, **options: Any) -> SqlStore:
        values: dict[str, Any] = {"sealer": sealer, "clock": clock} | options
        store = open_store(url, **values)
        opened.append(store)
        return store

    yield _open
    for store in opened:
        await store.close()


@pytest.fixture
def store(url: str, open_it: OpenStore) -> SqlStore:
    """An open store, once per engine."""
    return open_it(url)
