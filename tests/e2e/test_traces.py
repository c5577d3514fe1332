"""Traces: one order of the site is one tree, in one process and in several."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.bus import open_bus
from gateway.config import load
from gateway.demo.doubles import CrmApi, Door
from gateway.demo.settings import Infrastructure, crm_seed, event_target, site_seed, write_config
from gateway.ids import SystemClock
from mocks.bitrix.app import BitrixSettings
from mocks.bitrix.app import build_app as build_site
from mocks.bitrix.app import describe as describe_site
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.app import build_app as build_crm
from mocks.retailcrm.app import describe as describe_crm
from mocks.serving import serve
from tests.e2e.selling import FORM
from tests.e2e.world import Row, until
from tests.gateway.cli.run import running
from tests.gateway.collector import Collector, Seen, collecting
from tests.gateway.contract.fakes import FakeLog
from tests.stores import upgrade

TOLD = ("Семёнова", "Алёна", "79161234567", "9161234567", "semyonova")
_SELDOM_S = "3600.0"
"""The feeds are read at the start and not again: what is traced came by a hint."""


@dataclass
class Heard:
    """Which calls told a vendor of a trace."""

    app: ASGIApp
    traceparents: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the header and pass the call on."""
        found = dict(scope.get("headers", ())).get(b"traceparent")
        if found is not None:
            self.traceparents.append(found.decode())
        await self.app(scope, receive, send)


@dataclass
class Stage:
    """Both vendors, a collector, and the gateway's configuration."""

    folder: Path
    env: dict[str, str]
    site: Door
    crm: CrmApi
    told: dict[str, Heard]
    collector: Collector

    async def ready(self, port: int) -> None:
        """Let the site tell the gateway what changes."""
        await self.site.post("settings", {"target": {**event_target(port), "delay_s": 0.02}})

    async def ordered(self) -> None:
        """Let a buyer order; wait until the CRM has it."""
        user = (await self.site.act("customer.register", **FORM))["id"]
        item = {"product_id": 501, "name": "Мёд липовый", "quantity": 2, "base_price": "450.00"}
        form = {"customer_id": user, "items": [{**item, "price": "450.00"}]}
        placed = await self.site.act("order.place", **form)

        async def there() -> Row | None:
            rows = await self.crm.rows("orders")
            return next((o for o in rows if o["number"] == str(placed["account_number"])), None)

        await until(there, what="the order is in the CRM", within_s=30)

    async def tree(self) -> list[Seen]:
        """Return the spans of the story that brought the order to the CRM."""

        async def brought() -> str | None:
            return next((one.trace for one in self.collector.spans if _is_delivery(one)), None)

        trace = await until(brought, what="the delivery is traced", within_s=30)
        return await self.collector.waited(_is_whole, trace=trace)


def _is_whole(spans: Sequence[Seen]) -> bool:
    """Tell whether each step has come, with the calls of reading and of telling."""
    names = {one.id: one.name for one in spans}
    called = {names.get(one.parent) for one in spans if one.name == "vendor.call"}
    return {"receive", "route", "deliver"} <= set(names.values()) and called >= {"route", "deliver"}


def _is_delivery(span: Seen) -> bool:
    is_order = span.facts.get("gateway.kind") == "order"
    arrived = span.facts.get("gateway.outcome") in {"created", "sent"}
    return span.name == "deliver" and is_order and arrived


@asynccontextmanager
async def staged(folder: Path, where: Infrastructure, prefix: str) -> AsyncIterator[Stage]:
    """Serve the vendors and the collector, and write the configuration."""
    async with AsyncExitStack() as stack:
        collector = stack.enter_context(collecting())
        site_settings, crm_settings = BitrixSettings(change_hold_s=0.2), RetailCrmSettings()
        told = {"shop": Heard(build_site(site_settings)), "crm": Heard(build_crm(crm_settings))}
        site_url = await stack.enter_async_context(serve(told["shop"]))
        crm_url = await stack.enter_async_context(serve(told["crm"]))
        about = {
            "bitrix": describe_site(site_settings, site_url),
            "retailcrm": dict(describe_crm(crm_settings, crm_url)),
        }
        path, env = write_config(folder, about=about, port=0, prefix=prefix, where=where)
        text = path.read_text("utf-8").replace("poll_s = 1.0", f"poll_s = {_SELDOM_S}")
        text = text.replace("poll_s = 1.5", f"poll_s = {_SELDOM_S}\ntraceparent = true")
        path.write_text(f'{text}\n[traces]\nendpoint = "{collector.url}"\n', "utf-8")
        upgrade(load(path, env=env).store_url())
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0, trust_env=False))
        site, crm = Door(site_url, http), Door(crm_url, http)
        await site.post("seed", site_seed())
        await crm.post("seed", crm_seed())
        yield Stage(
            folder, {**os.environ, **env, "GATEWAY_CONFIG": str(path)}, site,
            CrmApi(crm_url, about["retailcrm"]["keys"]["auditor"], http), told, collector,
        )  # fmt: skip


def _is_one_tree(spans: Sequence[Seen]) -> None:
    """Check that every span hangs on the right one and began after it."""
    by_id = {one.id: one for one in spans}
    assert len(by_id) == len(spans)
    assert [one.name for one in spans if not one.parent] == ["receive"]
    over = {"route": {"receive"}, "deliver": {"route"}, "vendor.call": {"route", "deliver"}}
    for one in spans:
        if one.parent:
            parent = by_id[one.parent]
            assert parent.name in over[one.name], (one.name, parent.name)
            assert parent.began <= one.began


def _is_discreet(stage: Stage) -> None:
    """Check that spans say nothing of people, and that only the asked vendor is told of traces."""
    said = repr(stage.collector.spans)
    assert [word for word in TOLD if word in said] == []
    calls = {f"00-{one.trace}-{one.id}-01" for one in stage.collector.spans}
    assert stage.told["shop"].traceparents == []
    assert calls & set(stage.told["crm"].traceparents)


async def test_an_order_is_one_tree_in_one_process(tmp_path: Path, name_prefix: str) -> None:
    """Whoever asks where an order's minute went must see all of it at once."""
    async with (
        staged(tmp_path, Infrastructure(), name_prefix) as stage,
        running(stage, "run") as gateway,
    ):
        await stage.ready((await gateway.event("run.started"))["port"])
        await stage.ordered()
        spans = await stage.tree()
        _is_one_tree(spans)
        assert len({one.process for one in spans}) == 1
        _is_discreet(stage)


@pytest.mark.services
async def test_an_order_is_one_tree_across_processes(
    tmp_path: Path, name_prefix: str, postgres_schema: str, rabbitmq_url: str
) -> None:
    """The process that received it knows nothing of the one that sends it on."""
    prefix = name_prefix.rstrip("_")
    where = Infrastructure(postgres_schema, rabbitmq_url)
    async with (
        staged(tmp_path, where, prefix) as stage,
        running(stage, "serve") as serve_process,
        running(stage, "work") as work_process,
    ):
        await work_process.event("run.started")
        await stage.ready((await serve_process.event("run.started"))["port"])
        await stage.ordered()
        spans = await stage.tree()
        _is_one_tree(spans)
        processes = {one.name: one.process for one in spans}
        assert processes["receive"] != processes["route"] == processes["deliver"]
        _is_discreet(stage)
    bus = open_bus(rabbitmq_url, prefix=prefix, clock=SystemClock(), log=FakeLog())
    await bus.delete_queues()
    await bus.close()
