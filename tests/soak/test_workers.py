"""Three workers on one RabbitMQ and one PostgreSQL: order per entity, and nothing lost by a kill.

At the site people raise the quantity of each order step by step, in the CRM its comment counts
upwards; the other side must be told in that order, steps may be skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from gateway.demo.doubles import Door
from gateway.demo.settings import Infrastructure, crm_seed, event_target, site_seed, write_config
from gateway.demo.shop import GatewayProcesses
from tests.services.private import PrivatePostgres, PrivateRabbit
from tests.services.process import stable_port
from tests.soak.ordeal import begun, write_story
from tests.soak.witness import Vendors, vendors

WORKERS = 3
ORDERS = 16
STEPS = 8
PACE_S = 0.6
DEADLINE_S = 90.0
_LOOK_S = 0.1

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Shop:
    """The vendors, their doors, the gateway's processes and the orders: number → (id, row id)."""

    vendors: Vendors
    site: Door
    crm: Door
    gateway: GatewayProcesses
    orders: dict[str, tuple[int, int]]

    async def work(self) -> None:
        """Let people at both sides work on all orders, a step of each at a time."""
        for step in range(1, STEPS + 1):
            await asyncio.gather(*(self._raise(number, step) for number in self.orders))
            await asyncio.sleep(PACE_S)

    async def _raise(self, number: str, step: int) -> None:
        order_id, row_id = self.orders[number]
        items = [{"id": row_id, "quantity": step + 1}]
        await self.site.act("order.edit_basket", order_id=order_id, items=items)
        await self.crm.act("order.edit", number=number, order={"managerComment": str(step)})

    def is_told(self) -> bool:
        """Tell whether both sides hold the last step of every order."""
        site, crm = self.vendors.site.seen, self.vendors.crm.seen
        return all(
            site[number][-1:] == [STEPS] and crm[number][-1:] == [STEPS + 1]
            for number in self.orders
        )

    def steps(self) -> int:
        """Count what the gateway has changed at both sides."""
        return self.vendors.site.steps() + self.vendors.crm.steps()

    def has_told(self, steps: int) -> bool:
        """Tell whether the gateway has made that many changes."""
        return self.steps() >= steps

    def untold(self) -> list[str]:
        """Return the stories that have not come to their end."""
        site, crm = self.vendors.site.seen, self.vendors.crm.seen
        return [
            f"order {number}: site {site[number]}, CRM {crm[number]}"
            for number in self.orders
            if site[number][-1:] != [STEPS] or crm[number][-1:] != [STEPS + 1]
        ]


@pytest.fixture
async def shop(
    tmp_path: Path,
    name_prefix: str,
    private_postgres: PrivatePostgres,
    private_rabbitmq: PrivateRabbit,
) -> AsyncIterator[Shop]:
    """An open shop whose orders have reached the CRM."""
    where = Infrastructure(private_postgres.new_database(), private_rabbitmq.url)
    async with (
        vendors() as served,
        httpx.AsyncClient(timeout=30.0, trust_env=False) as http,
        _processes(tmp_path, served, name_prefix, where) as gateway,
    ):
        site = Door(served.about["bitrix"]["url"], http)
        crm = Door(served.about["retailcrm"]["url"], http)
        await site.post("seed", site_seed())
        await crm.post("seed", crm_seed())
        await gateway.start()
        await begun(gateway, tmp_path / "audit.log")
        await site.post("settings", {"target": event_target(gateway.port)})
        shop = Shop(served, site, crm, gateway, await _orders(site))
        await _until(lambda: set(served.crm.seen) == set(shop.orders))
        yield shop


@asynccontextmanager
async def _processes(
    folder: Path, served: Vendors, prefix: str, where: Infrastructure
) -> AsyncIterator[GatewayProcesses]:
    port = stable_port()
    config, env = write_config(folder, about=served.about, port=port, prefix=prefix, where=where)
    gateway = GatewayProcesses(config, folder / "gateway.log", port, env, WORKERS)
    await gateway.prepare()
    try:
        yield gateway
    finally:
        await gateway.stop()


async def _orders(site: Door) -> dict[str, tuple[int, int]]:
    buyer = await site.act(
        "customer.register", last_name="Семёнова", name="Алёна", second_name="Фёдоровна",
        phone="8 (912) 345-67-89", email="buyer@example.ru",
    )  # fmt: skip
    placed = {}
    for _ in range(ORDERS):
        item = {
            "product_id": 501, "name": "Мёд липовый", "quantity": 1,
            "base_price": "450.00", "price": "450.00",
        }  # fmt: skip
        answer = await site.act("order.place", customer_id=buyer["id"], items=[item])
        placed[str(answer["account_number"])] = (answer["id"], answer["basket_ids"][0])
    return placed


async def _until(condition: Callable[[], bool]) -> bool:
    """Wait until ``condition`` holds; False when it does not in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE_S
    while loop.time() < deadline:
        if condition():
            return True
        await asyncio.sleep(_LOOK_S)
    return False


async def _kill_in_turn(shop: Shop, victims: Sequence[int]) -> None:
    """Kill each process in the middle of work, and start it again."""
    for victim in victims:
        enough = shop.steps() + ORDERS // 2
        await _until(partial(shop.has_told, enough))
        await shop.gateway.kill(victim)
        await shop.gateway.start()


async def _judge(shop: Shop) -> None:
    """Judge both stories of every order; a bad one's journal is written down."""
    is_told = await _until(shop.is_told)
    site, crm = shop.vendors.site.backwards(), shop.vendors.crm.backwards()
    for number in list(site | crm)[:1]:
        await write_story(shop.gateway, shop.gateway.log.parent, str(shop.orders[number][0]))
    assert is_told, shop.untold()
    assert (site, crm) == ({}, {}), f"logs in {shop.gateway.log.parent}"
    assert set(shop.vendors.crm.seen) == set(shop.orders)


async def test_order_per_entity_holds_over_three_workers(shop: Shop) -> None:
    """Two workers on one order would tell an older quantity or comment after a newer one."""
    await shop.work()
    await _judge(shop)


async def test_killing_each_worker_in_turn_loses_nothing(shop: Shop) -> None:
    """What a killed worker had claimed would be lost, or told late over something newer."""
    killing = asyncio.create_task(_kill_in_turn(shop, range(1, WORKERS + 1)))
    await shop.work()
    await killing
    await _judge(shop)
