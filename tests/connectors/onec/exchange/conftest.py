"""Fixtures: a real gateway with a shop, a CRM, and a 1C that comes to its exchange door."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.connectors.onec.exchange.onec import LOGIN, OneC
from tests.gateway.ingress.test_door import Served, opened
from tests.gateway.ops.house import TOKEN, House

_ERP = """
[accounts.erp]
connector = "onec"
reads = ["product", "order"]
updates = ["order"]
creates = ["order"]

[accounts.erp.settings.exchange]
username = "{username}"
password = {{ env = "ERP_PASSWORD" }}
{more}
statuses = {{ N = "new", P = "assembling", F = "complete" }}
price_types = {{ "pt-1" = "retail" }}
stores = {{ "st-1" = "main" }}
payment_methods = {{ "2" = "card" }}
delivery_methods = {{ "3" = "courier" }}
names = {{ N = "Принят", "2" = "Карта", "3" = "Курьер" }}
"""


class Shop:
    """A house with 1C; each ``open`` is a gateway of its own on the same folders."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._running = AsyncExitStack()

    async def open(self) -> tuple[Served, OneC]:
        """Start the gateway, after stopping the one before."""
        await self._running.aclose()
        served = await self._running.enter_async_context(opened(self.house))
        return served, OneC(served.http)

    async def close(self) -> None:
        """Stop it."""
        await self._running.aclose()

    @property
    def spool(self) -> Path:
        """Where the files of 1C lie."""
        return self.house.folder / "data" / "exchange" / "erp"

    def set_up(self, more: str = "") -> None:
        """Add the account."""
        text = self.house.config.read_text("utf-8")
        erp = _ERP.format(username=LOGIN[0], more=more)
        self.house.config.write_text(text + erp, "utf-8")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name_prefix: str) -> House:
    """A house of its own; the fake connector can be found in this process too."""
    made = House(tmp_path, name_prefix.rstrip("_"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("ERP_PASSWORD", LOGIN[1])
    monkeypatch.setenv("GATEWAY_CONFIG", str(made.config))
    return made


@pytest.fixture
async def shop_with(house: House) -> AsyncIterator[Callable[[str], Shop]]:
    """Makes the shop with more settings of the exchange."""
    async with AsyncExitStack() as stack:

        def make(more: str = "") -> Shop:
            shop = Shop(house)
            shop.set_up(more)
            stack.push_async_callback(shop.close)
            return shop

        yield make


@pytest.fixture
def shop(shop_with: Callable[[str], Shop]) -> Shop:
    """The shop with usual settings."""
    return shop_with("")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a test left: a parser that was used by two threads ends the process here."""
    yield
    gc.collect()
