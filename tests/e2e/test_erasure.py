"""Erasure from end to end: one person at site, CRM and CDP, told and then gone everywhere."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.erasing import build_erasing
from gateway.canonical import Kind
from gateway.config import AccountSection, Config
from gateway.config.references import Secret
from gateway.ports import ErasureRow
from gateway.store import Sealer
from mocks.mindbox.app import MindboxSettings, build_app, describe
from mocks.serving import serve
from tests.e2e import planted
from tests.e2e.hiding import Shop, open_planted
from tests.e2e.planted import traces
from tests.e2e.world import SHOP, until
from tests.gateway.identity.erasing.planting import readable

CDP = "cdp"
ALL_VALUES = (planted.LAST, planted.FIRST, planted.EMAIL.lower(), planted.BIRTH, "9167654321")


def _with_cdp(config: Config, cdp: dict[str, Any]) -> Config:
    account = AccountSection.model_validate(
        {
            "connector": "mindbox",
            "updates": ["customer"],
            "creates": ["customer"],
            "settings": {
                "url": cdp["url"],
                "endpoint_id": cdp["endpoint_id"],
                "secret_key": Secret(cdp["secret_key"]),
            },
        }
    )
    return config.model_copy(update={"accounts": {**config.accounts, CDP: account}})


@pytest.fixture
async def cdp() -> AsyncIterator[dict[str, Any]]:
    """The CDP's double, which knows the card that the buyer will have."""
    settings = MindboxSettings()
    async with serve(build_app(settings)) as url, httpx.AsyncClient() as http:
        cards = [{"number": planted.CARD}]
        made = await http.post(f"{url}/__mock__/seed", json={"cards": cards})
        assert made.status_code == httpx.codes.OK, made.text
        yield {**describe(settings, url), "door": url}


@pytest.fixture
async def shop(tmp_path: Path, cdp: dict[str, Any]) -> AsyncIterator[Shop]:
    """The planted shop, whose customers the CDP has too."""
    async with open_planted(tmp_path, change=lambda config: _with_cdp(config, cdp)) as running:
        yield Shop(running, tmp_path)


async def _at_cdp(shop: Shop, cdp: dict[str, Any]) -> list[dict[str, Any]]:
    found = await shop.world.http.post(
        f"{cdp['door']}/__mock__/inspect", json={"what": "customers", "keys": {}}
    )
    assert found.status_code == httpx.codes.OK
    customers: list[dict[str, Any]] = found.json()["customers"]
    return customers


async def test_a_person_is_told_and_then_gone_everywhere(shop: Shop, cdp: dict[str, Any]) -> None:
    """P8: a name that is left in one system comes back to all."""
    world = shop.world
    foundation = world.gateway.foundation
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: world.crm_order(number), what="the order is in the CRM")
    await world.quiet()
    there = json.dumps(await _at_cdp(shop, cdp), ensure_ascii=False)
    assert [one for one in ALL_VALUES if one not in there] == [], "the CDP does not have him"
    link = await world.link(SHOP, Kind.CUSTOMER, user)
    assert link is not None
    stage = build_backstage(foundation)
    told = json.dumps(
        dict((await stage.people.exporter.export(link.entity_id)).document), ensure_ascii=False
    )
    for value in (planted.LAST, planted.ADDRESS, planted.COMMENT, planted.EMAIL.lower()):
        assert value in told, "the person is not told everything"

    erasing = build_erasing(foundation, world.gateway.outbound.wake)
    row = await erasing.begin(link.entity_id, who="olga", reason="request 17", despite=True)

    async def done() -> ErasureRow | None:
        await erasing.work_off()
        found = await foundation.store.read(lambda tx: tx.erasure(row.id))
        return found if found is not None and found.state == "done" else None

    protocol = await until(done, what="all systems have answered", within_s=30)
    assert {name: one["outcome"] for name, one in protocol.record["there"].items()} == {
        "shop": "erased", "crm": "erased", CDP: "erased",
    }  # fmt: skip
    assert protocol.record["there"]["shop"]["left"] == ["orders"]
    assert protocol.record["there"][CDP]["left"] == ["cards"]
    await world.quiet()
    (cleared,) = await _at_cdp(shop, cdp)
    found = traces(json.dumps(cleared, ensure_ascii=False))
    assert found == ["card"], "bound cards stay there, and nothing else of him"
    await _assert_gone(shop, number, set(protocol.record["there"]["crm"]["left"]))


async def _assert_gone(shop: Shop, number: str, left: set[str]) -> None:
    """Look at both vendors and into every row of the store."""
    world = shop.world
    assert await world.site_user(planted.EMAIL.lower()) is None
    assert await world.crm_customer(planted.EMAIL.lower()) is None
    users = json.dumps(await world.site_api.users(), ensure_ascii=False)
    customers = json.dumps(await world.crm_customers(), ensure_ascii=False)
    order = json.dumps(await world.crm_order(number), ensure_ascii=False)
    assert not [name for name in traces(users) if name not in {"address", "street"}]
    for text in (customers, order):
        found = traces(text)
        assert planted.LAST not in text, found
        assert planted.ADDRESS not in text, found
        assert planted.COMMENT not in text, found
        assert ("7654321" in text.replace("-", "")) <= ("phones" in left)

    sealer = Sealer.from_environment(shop.folder / "data", {**os.environ, **world.env})
    url = f"sqlite:///{shop.folder / 'data' / 'gateway.db'}"
    held = {table: traces(text) for table, text in readable(url, sealer) if traces(text)}
    assert held == {}
