"""A house for tests: a configuration with two fake vendors, and a gateway on it."""

from __future__ import annotations

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.config import load
from gateway.contract import WebhookRequest
from tests.gateway.ops.fake_vendor import Vendor
from tests.stores import upgrade

R = TypeVar("R")
REPOSITORY = Path(__file__).parents[3]
TOKEN = "t0ken-of-both-vendors"
DEADLINE_S = 20.0

PHONE, EMAIL, FIRST, LAST = "+79161234567", "alyona.yozhikova@example.ru", "Алёна", "Ёжикова"
PLANTED = (PHONE, "9161234567", "916) 123", EMAIL, FIRST, LAST, TOKEN, "улица Мира")
CUSTOMER = {
    "name/first": FIRST,
    "name/last": LAST,
    f"phones/{PHONE}": True,
    f"phones/{PHONE}/raw": "8 (916) 123-45-67",
    f"emails/{EMAIL}": True,
    "address/text": "Казань, улица Мира, 7",
}
ORDER = {
    "number": "А-1025",
    "status": "new",
    "contact/phone": PHONE,
    "contact/name/first": FIRST,
    "customer_comment": f"Позвоните {LAST}",
    "lines/1": True,
    "lines/1/quantity": "2",
    "lines/1/price": {"amount": "990.00", "currency": "RUB"},
}
_TOML = """\
data_dir = "data"

[http]
port = 0

[bus]
prefix = "{prefix}"

[sync]
relay_s = 0.1
silent_s = 0.2
retry_first_s = 0.1
probe_s = 0.2

[accounts.shop]
connector = "fake"
reads = ["customer", "order"]
updates = ["customer", "order"]
creates = ["customer"]
poll_s = 0.2

[accounts.shop.settings]
state = "{folder}/shop.json"
token = {{ env = "FAKE_TOKEN" }}

[accounts.crm]
connector = "fake"
reads = ["customer", "order"]
updates = ["customer", "order"]
creates = ["customer", "order"]
poll_s = 0.2

[accounts.crm.settings]
state = "{folder}/crm.json"
token = {{ env = "FAKE_TOKEN" }}
"""


@dataclass(slots=True)
class House:
    """Folder, configuration and vendors of one test."""

    folder: Path
    prefix: str
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        about = self.site / "fake_vendor-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-vendor\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(
            "[gateway.connectors]\nfake = tests.gateway.ops.fake_vendor:CONNECTOR\n"
        )
        self.config.write_text(_TOML.format(prefix=self.prefix, folder=self.folder), "utf-8")

    @property
    def site(self) -> Path:
        """Where the fake connector is installed."""
        return self.folder / "site"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "gateway.toml"

    @property
    def url(self) -> str:
        """The store's URL."""
        return f"sqlite:///{self.folder / 'data' / 'gateway.db'}"

    @property
    def env(self) -> dict[str, str]:
        """Environment of a process that shall see this house."""
        return {
            **os.environ,
            "PYTHONPATH": f"{self.site}{os.pathsep}{REPOSITORY}",
            "FAKE_TOKEN": TOKEN,
            "GATEWAY_CONFIG": str(self.config),
        }

    def vendor(self, name: str) -> Vendor:
        """Return a vendor's file."""
        return Vendor(self.folder / f"{name}.json")

    def edit_config(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.config.read_text("utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new, 1), "utf-8")

    @asynccontextmanager
    async def foundation(self) -> AsyncIterator[Foundation]:
        """Open the foundation on an up-to-date store."""
        upgrade(load(self.config).store_url())
        made = await lay_foundation(load(self.config), exclusive=False, log_to=self.log)
        try:
            yield made
        finally:
            await made.close()

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[Gateway]:
        """Run a gateway without its HTTP door."""
        async with self.foundation() as foundation:
            gateway = build_gateway(foundation)
            await gateway.start()
            try:
                yield gateway
            finally:
                await gateway.stop()

    @asynccontextmanager
    async def after_refusal(self, **fields: Any) -> AsyncIterator[Gateway]:
        """Run a gateway whose CRM has refused a customer's name for good."""
        bad = {**CUSTOMER, "name/first": f"{FIRST}7", **fields}
        self.vendor("shop").change(customer={"7": bad})
        async with self.gateway() as gateway:
            await hint(gateway, "customer", "7")
            await eventually(lambda: letters(gateway.foundation), lambda found: len(found) == 1)
            yield gateway


async def hint(gateway: Gateway, kind: str, external_id: str, *, account: str = "shop") -> None:
    """Let a vendor say that a record changed."""
    call = {"token": TOKEN, "kind": kind, "id": external_id, "event": os.urandom(8).hex()}
    source = gateway.foundation.accounts[account].connector.webhooks
    assert source is not None
    hints = source.receive(WebhookRequest(json.dumps(call).encode()))
    await gateway.receiver.receive(account, hints, correlation_id="test")


async def letters(foundation: Foundation, *, state: str = "open") -> list[Any]:
    """Return letters."""
    return list(
        await foundation.store.read(
            lambda tx: tx.dead_letters(state=state, account=None, limit=100)
        )
    )


async def eventually(
    look: Callable[[], Awaitable[R]],
    is_good: Callable[[R], object],
    *,
    deadline_s: float = DEADLINE_S,
) -> R:
    """Look until what is seen is good; fail with what was seen last."""
    loop = asyncio.get_running_loop()
    until = loop.time() + deadline_s
    while True:
        seen = await look()
        if is_good(seen):
            return seen
        if loop.time() > until:
            pytest.fail(f"not within {deadline_s} s; last seen: {seen}")
        await asyncio.sleep(0.02)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name_prefix: str) -> House:
    """A house of its own; the fake connector can be found in this process too."""
    made = House(tmp_path, name_prefix.rstrip("_"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(made.site))
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("GATEWAY_CONFIG", str(made.config))
    monkeypatch.setenv("GATEWAY_OPERATOR", "olga")
    return made
