"""Shops on the house programme, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.config import HouseSection
from gateway.store import Sealer, SqlStore, open_store
from tests.gateway.loyalty.house.shop import Clock, Shop, rules, shop_on
from tests.stores import upgrade

KEY = b"0123456789abcdef0123456789abcdef"
OpenShop = Callable[[HouseSection], Shop]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database, once per engine."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'gateway.db'}"
    else:
        made = str(request.getfixturevalue("postgres_schema"))
    upgrade(made)
    return made


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    """An open store, once per engine."""
    opened = open_store(url, sealer=Sealer([KEY]), clock=Clock(), group_ms=0)
    yield opened
    await opened.close()


@pytest.fixture
def open_shop(store: SqlStore) -> OpenShop:
    """Open a shop with rules of its own."""
    return lambda form: shop_on(store, form)


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop with the plain rules: ten percent, up to a half by points."""
    return open_shop(rules())
