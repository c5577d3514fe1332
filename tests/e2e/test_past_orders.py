"""Orders of the past reach the CDP by imports, present ones at once: double and real core."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.canonical import Customer, Kind, Money, Order, OrderLine, OrderStatus, ProductRef
from gateway.canonical import PhoneContact as Phone
from gateway.config import Config, parse
from gateway.config.references import Secret
from gateway.contract import Hint, Observed
from gateway.contract.encoding import json_body
from mocks.mindbox.app import MindboxSettings, build_app, describe
from mocks.serving import serve
from tests.e2e.world import until
from tests.stores import upgrade

ANNA = Customer(phones=(Phone(number="+79161234567", rank=0),))
LACES = OrderLine(
    id="1", product=ProductRef(external_id="88"), quantity=Decimal(2), price=Money.of(300)
)
OLD = ("site-1", "site-2", "site-3")
NEW = "site-4"
REAL_TIME = "OformlenieZakaza"


@dataclass
class Shop:
    """A shop's own system, the gateway that takes its records, and the CDP's side door."""

    config: Config
    door: httpx.AsyncClient
    gateway: Gateway
    said: Counter[str] = field(default_factory=Counter)

    async def start(self) -> None:
        """Begin a life of the gateway."""
        self.gateway = build_gateway(await lay_foundation(self.config, exclusive=True, env={}))
        await self.gateway.start()

    async def say(self, number: str, status: OrderStatus = OrderStatus.COMPLETE) -> None:
        """Let the shop tell an order as it is now; those with a small number are of last year."""
        self.said[number] += 1
        placed = datetime(2026 if number == NEW else 2025, 11, 1, 12, tzinfo=UTC)
        order = Order(number=number, placed_at=placed, status=status, lines=(LACES,))
        seen = Observed(number, order, customer_external_id="anna")
        hint = Hint(Kind.ORDER, number, f"{number}:{self.said[number]}", carried=seen)
        await self.gateway.receiver.receive("shop", [hint], correlation_id=number)

    async def ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Use the CDP's side door."""
        answer = await self.door.post(f"/__mock__/{what}", content=json_body(body))
        assert answer.status_code == httpx.codes.OK, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def inspect(self, what: str) -> list[dict[str, Any]]:
        """Look at a part of the CDP."""
        rows: list[dict[str, Any]] = (await self.ask("inspect", {"what": what}))[what]
        return rows

    async def is_quiet(self) -> bool:
        """Whether all that was said is told."""
        later = datetime(2100, 1, 1, tzinfo=UTC)
        due = await self.gateway.foundation.store.read(
            lambda tx: tx.due_deliveries(now=later, silent_since=later, limit=10)
        )
        return not due and len(await self.inspect("orders")) == len(self.said)

    async def acts(self) -> int:
        """Count what started mechanics."""
        (anna,) = await self.inspect("customers")
        return int(anna["actions"].count(REAL_TIME))


@asynccontextmanager
async def open_shop(folder: Path) -> AsyncIterator[Shop]:
    """Run a gateway between a shop's own system and the CDP."""
    async with AsyncExitStack() as stack:
        settings = MindboxSettings()
        url = await stack.enter_async_context(serve(build_app(settings)))
        config = parse(_document(folder, describe(settings, url)))
        upgrade(config.store_url())
        door = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        gateway = build_gateway(await lay_foundation(config, exclusive=True, env={}))
        await gateway.start()
        shop = Shop(config, door, gateway)
        anna = Hint(Kind.CUSTOMER, "anna", "anna:1", carried=Observed("anna", ANNA))
        await gateway.receiver.receive("shop", [anna], correlation_id="anna")
        yield shop
        await shop.gateway.stop()


def _document(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    flow = ["customer", "order"]
    shop = {
        "connector": "canonical",
        "reads": flow,
        "settings": {"secret": Secret("a secret of the shop")},
    }
    settings = {
        "url": about["url"],
        "endpoint_id": about["endpoint_id"],
        "secret_key": Secret(about["secret_key"]),
        "history_before": "2026-01-01T00:00:00+03:00",
        "history_pace_s": 0.05,
        "history_look_s": 0.2,
    }
    cdp = {"connector": "mindbox", "updates": flow, "creates": flow, "settings": settings}
    return {
        "data_dir": str(folder),
        "sync": {"relay_s": 0.1, "silent_s": 0.2},
        "accounts": {"shop": shop, "cdp": cdp},
    }


async def test_the_past_arrives_once_and_starts_nothing(tmp_path: Path) -> None:
    """People who bought a year ago get letters; or an order is lost or twice after a bad moment."""
    async with open_shop(tmp_path) as shop:
        cut = {"kind": "cut_after", "path": "bulk", "times": 1}
        await shop.ask("faults", {"seed": 1, "rules": [cut]})
        for number in (*OLD, NEW):
            await shop.say(number)

        async def sent() -> bool:
            return bool(await shop.inspect("jobs"))

        await until(sent, what="a file was taken whose answer was lost")
        await shop.gateway.stop()
        await shop.start()
        await until(shop.is_quiet, what="all orders are told")
        assert {one["totalPrice"] for one in await shop.inspect("orders")} == {600}
        assert {one["state"] for one in await shop.inspect("jobs")} == {"Done"}
        assert await shop.acts() == 1

        await shop.say(OLD[0], OrderStatus.RETURNED)
        await until(shop.is_quiet, what="the edit of an old order is told")

        async def returned() -> bool:
            orders = await shop.inspect("orders")
            words = [one["lines"][0]["status"]["ids"]["externalId"] for one in orders]
            return Counter(words) == {"Delivered": 3, "Returned": 1}

        await until(returned, what="the order was returned there")
        assert await shop.acts() == 2
        assert len(await shop.inspect("orders")) == 4
