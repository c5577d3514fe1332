"""World: the demo's shop in this process: both doubles, the gateway, its HTTP door, all for real.

Nothing is faked but the vendors, and these are served over HTTP. The configuration is the demo's
own, only its pace is faster.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from gateway.bootstrap.foundation import Foundation, lay_foundation
from gateway.bootstrap.running import Gateway, build_gateway
from gateway.canonical import Kind
from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import door_of
from gateway.config import Config, HttpSection, LogSection, load
from gateway.contract import GatewayError
from gateway.demo.counts import pending
from gateway.demo.doubles import CrmApi, Door, SiteApi
from gateway.demo.settings import Infrastructure, crm_seed, event_target, site_seed, write_config
from gateway.ingress.app import build_http
from gateway.ports import JournalRow, LinkRow, Tx, Wake
from gateway.telemetry import LogForm, adopt_stdlib
from mocks.bitrix.app import BitrixSettings
from mocks.bitrix.app import build_app as build_site
from mocks.bitrix.app import describe as describe_site
from mocks.retailcrm.app import RetailCrmSettings
from mocks.retailcrm.app import build_app as build_crm
from mocks.retailcrm.app import describe as describe_crm
from mocks.serving import serve
from tests.e2e.overhearing import overheard
from tests.stores import upgrade

T = TypeVar("T")
Row = dict[str, Any]

SHOP, CRM = "shop", "crm"
WITHIN_S = 9.0
_LOOK_S = 0.1
_QUIET_S = 1.0


async def until(
    condition: Callable[[], Awaitable[T | None]], *, what: str, within_s: float = WITHIN_S
) -> T:
    """Return the first true answer of ``condition``; fail with ``what`` when none comes in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        answer = await condition()
        if answer:
            return answer
        if loop.time() > deadline:
            msg = f"not within {within_s} s: {what}"
            raise AssertionError(msg)
        await asyncio.sleep(_LOOK_S)


@dataclass(slots=True)
class World:
    """A running shop. ``wakes`` are all wake-ups, ``log`` all log lines."""

    about: Row
    site: Door
    crm: Door
    site_api: SiteApi
    crm_api: CrmApi
    gateway: Gateway
    url: str
    http: httpx.AsyncClient
    log: io.StringIO
    config: Path
    env: dict[str, str]
    wakes: list[Wake] = field(default_factory=list)

    async def site_user(self, email: str) -> Row | None:
        """Return the one buyer of the site with this e-mail."""
        found = [user for user in await self.site_api.users() if user["email"] == email]
        assert len(found) <= 1, f"the site has {len(found)} buyers with one e-mail"
        return found[0] if found else None

    async def site_order(self, order_id: int) -> Row:
        """Return an order of the site with its rows and payments."""
        answer = await self.site_api.call("sale.order.get", {"id": order_id})
        order: Row = answer["order"]
        return order

    async def crm_customers(self, **query: str) -> list[Row]:
        """Return customers of the CRM, by default all."""
        return await self.crm_api.rows("customers", **query)

    async def crm_customer(self, email: str) -> Row | None:
        """Return the one customer of the CRM with this e-mail."""
        found = [one for one in await self.crm_customers() if one.get("email") == email]
        assert len(found) <= 1, f"the CRM has {len(found)} customers with one e-mail"
        return found[0] if found else None

    async def crm_order(self, number: str) -> Row | None:
        """Return the one order of the CRM with this number."""
        found = [o for o in await self.crm_api.rows("orders") if o["number"] == str(number)]
        assert len(found) <= 1, f"the CRM has {len(found)} orders with one number"
        return found[0] if found else None

    async def link(self, account: str, kind: Kind, external_id: object) -> LinkRow | None:
        """Return the link of a vendor's record."""
        wanted = str(external_id)
        found = await self.gateway.foundation.store.read(
            lambda tx: tx.links(account, kind, [wanted])
        )
        return found.get(wanted)

    async def links_of(self, entity_id: str) -> dict[str, LinkRow]:
        """Return an entity's links by account."""
        found = await self.gateway.foundation.store.read(lambda tx: tx.links_of([entity_id]))
        return {link.account: link for link in found.get(entity_id, ())}

    async def story(self, entity_id: str) -> Sequence[JournalRow]:
        """Return all that happened to an entity."""
        return await self.gateway.foundation.store.read(lambda tx: tx.story(entity_id, limit=1000))

    async def effects(self) -> int:
        """Count the calls that changed something at either vendor."""
        entries = [*(await self.site.journal(0))[0], *(await self.crm.journal(0))[0]]
        return sum(entry["effect"] in {"created", "changed"} for entry in entries)

    async def quiet(self, *, within_s: float = WITHIN_S, for_s: float = _QUIET_S) -> None:
        """Wait until nothing is left to do, no event is under way and no vendor is told anything.

        ``for_s`` is longer than any poll, so that a late answer to an old page is seen.
        """
        loop = asyncio.get_running_loop()
        seen, since = -1, loop.time()

        async def is_quiet() -> bool:
            nonlocal seen, since
            left = await self.gateway.foundation.store.read(pending)
            shown = (await self.http.get(f"{self.site.url}/__mock__/settings")).json()
            effects = await self.effects()
            if left or shown["events"]["pending"] or effects != seen:
                seen, since = effects, loop.time()
            return loop.time() - since > for_s

        await until(is_quiet, what="everything is told", within_s=within_s)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the gateway looks and tries. Units: seconds."""

    shop_poll_s: float = 0.3
    crm_poll_s: float = 0.6
    relay_s: float = 0.2
    silent_s: float = 0.5
    retry_first_s: float = 0.1
    retry_cap_s: float = 0.5
    probe_s: float = 0.5


def hurried(config: Config, pace: Pace) -> Config:
    """Return the demo's configuration at another pace."""
    polls = {SHOP: pace.shop_poll_s, CRM: pace.crm_poll_s}
    sync = {
        name: getattr(pace, name)
        for name in ("relay_s", "silent_s", "retry_first_s", "retry_cap_s", "probe_s")
    }
    return config.model_copy(
        update={
            "log": LogSection(level="debug"),  # the search for personal data shall miss no line
            "accounts": {
                name: section.model_copy(update={"poll_s": polls[name]})
                for name, section in config.accounts.items()
            },
            "sync": config.sync.model_copy(
                update={**sync, "circuit_pause_s": 0.3, "circuit_cap_s": 0.5}
            ),
        }
    )


@asynccontextmanager
async def open_world(
    folder: Path,
    *,
    pace: Pace | None = None,
    events: bool = True,
    site: BitrixSettings | None = None,
    crm: RetailCrmSettings | None = None,
    held: Mapping[str, Row] | None = None,
    change: Callable[[Config], Config] = lambda config: config,
    before: Callable[[Foundation], None] = lambda _: None,
) -> AsyncIterator[World]:
    """Run a shop until the block ends. It is yielded when every feed has its first cursor.

    ``held`` is what the systems hold beforehand, by account, beside the demo's own seed;
    ``change`` may alter the configuration, ``before`` put something between the core and a
    connector; ``events`` turns the site's outgoing webhook on.
    """
    async with AsyncExitStack() as stack:
        about = await _vendors(stack, site, crm)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0, trust_env=False))
        crm_url = about["retailcrm"]["url"]
        doors = Door(about["bitrix"]["url"], http), Door(crm_url, http)
        for door, own, name in zip(doors, (site_seed(), crm_seed()), (SHOP, CRM), strict=True):
            await door.post("seed", {**own, **(held or {}).get(name, {})})
        socket = listen(HttpSection(port=0))
        stack.callback(socket.close)
        port = socket.getsockname()[1]
        where, name = Infrastructure(), f"e2e-{port}"
        path, env = write_config(folder, about=about, port=port, prefix=name, where=where)
        log = io.StringIO()
        config = change(hurried(load(path, env=env), pace or Pace()))
        gateway = await stack.enter_async_context(_running(config, env, log, before))
        world = World(
            about=about, site=doors[0], crm=doors[1],
            site_api=SiteApi(about["bitrix"]["webhook_url"], http),
            crm_api=CrmApi(crm_url, about["retailcrm"]["keys"]["auditor"], http),
            gateway=gateway, url=f"http://127.0.0.1:{port}", http=http, log=log, config=path,
            env=env,
        )  # fmt: skip
        server = HttpServer(build_http(door_of(gateway, works=True)), socket)
        _ = await stack.enter_async_context(server.serving())
        stack.enter_context(overheard(world.gateway, world.wakes))
        await until(lambda: _feeds_began(gateway), what="every feed has a cursor")
        if events:
            await doors[0].post("settings", {"target": {**event_target(port), "delay_s": 0.02}})
        yield world


async def _vendors(
    stack: AsyncExitStack, site: BitrixSettings | None, crm: RetailCrmSettings | None
) -> Row:
    """Serve both doubles; return their addresses and credentials."""
    site_settings = site or BitrixSettings(change_hold_s=0.2)
    crm_settings = crm or RetailCrmSettings()
    site_url = await stack.enter_async_context(serve(build_site(site_settings)))
    crm_url = await stack.enter_async_context(serve(build_crm(crm_settings)))
    return {
        "bitrix": describe_site(site_settings, site_url),
        "retailcrm": dict(describe_crm(crm_settings, crm_url)),
    }


@asynccontextmanager
async def _running(
    config: Config, env: dict[str, str], log: io.StringIO, before: Callable[[Foundation], None]
) -> AsyncIterator[Gateway]:
    upgrade(config.store_url())
    undo = adopt_stdlib(log, form=LogForm.JSON, safe_errors=(GatewayError,))
    try:
        foundation = await lay_foundation(config, exclusive=True, env=env, log_to=log)
        before(foundation)
        gateway = build_gateway(foundation)
        try:
            await gateway.start()
            yield gateway
        finally:
            await gateway.stop()
    finally:
        undo()


async def _feeds_began(gateway: Gateway) -> bool:
    def read(tx: Tx) -> bool:
        return all(
            tx.checkpoint(account, str(kind)) is not None
            for account in (SHOP, CRM)
            for kind in (Kind.CUSTOMER, Kind.ORDER)
        )

    return await gateway.foundation.store.read(read)


def log_events(world: World, event: str) -> list[Row]:
    """Return the log lines of one event."""
    lines = (json.loads(line) for line in world.log.getvalue().splitlines())
    return [line for line in lines if line["event"] == event]
