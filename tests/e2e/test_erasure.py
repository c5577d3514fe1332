"""Erasure from end to end: one person at the site and in the CRM, told and then gone everywhere."""

from __future__ import annotations

import json
import os

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.erasing import build_erasing
from gateway.canonical import Kind
from gateway.ports import ErasureRow
from gateway.store import Sealer
from tests.e2e import planted
from tests.e2e.hiding import Shop
from tests.e2e.planted import traces
from tests.e2e.world import SHOP, until
from tests.gateway.identity.erasing.planting import readable


async def test_a_person_is_told_and_then_gone_everywhere(shop: Shop) -> None:
    """P8: a name that is left in one system comes back to all."""
    world = shop.world
    foundation = world.gateway.foundation
    user = await shop.register()
    number = await shop.order(user)
    await until(lambda: world.crm_order(number), what="the order is in the CRM")
    await world.quiet()
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

    protocol = await until(done, what="both systems have answered", within_s=30)
    assert {name: one["outcome"] for name, one in protocol.record["there"].items()} == {
        "shop": "erased", "crm": "erased",
    }  # fmt: skip
    assert protocol.record["there"]["shop"]["left"] == ["orders"]
    await world.quiet()
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
