"""Visitors of the site, as the CDP sees them: over both doubles and the real core."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import build_gateway
from gateway.canonical import Kind
from gateway.config import parse
from gateway.config.references import Secret
from gateway.contract.encoding import json_body
from gateway.sync.follow import STREAM
from mocks.bitrix.app import BitrixSettings, describe
from mocks.bitrix.app import build_app as build_site
from mocks.mindbox.app import MindboxSettings
from mocks.mindbox.app import build_app as build_cdp
from mocks.mindbox.app import describe as describe_cdp
from mocks.serving import serve
from tests.e2e.world import until
from tests.stores import upgrade

Row = dict[str, Any]
PHONE = "+79161234567"


class Doors:
    """The side doors of both doubles."""

    def __init__(self, site: httpx.AsyncClient, cdp: httpx.AsyncClient) -> None:
        self.site = site
        self.cdp = cdp

    async def act(self, action: str, **details: Any) -> Row:
        """Let somebody do something on the site."""
        return await _told(self.site, "act", {"action": action, **details})

    async def lists(self) -> list[Row]:
        """Return the CDP's product lists that have rows."""
        found = await _told(self.cdp, "inspect", {"what": "lists"})
        return [one for one in found["lists"] if one["items"]]

    async def customer(self) -> str:
        """Return the CDP's number of the one customer, empty for none."""
        found = await _told(self.cdp, "inspect", {"what": "customers", "keys": {}})
        return str(found["customers"][0]["ids"]["mindboxId"]) if found["customers"] else ""


async def _told(door: httpx.AsyncClient, name: str, body: Row) -> Row:
    answer = await door.post(f"/__mock__/{name}", content=json_body(body))
    assert answer.status_code == httpx.codes.OK, answer.text
    found: Row = answer.json()
    return found


@asynccontextmanager
async def followed(folder: Path) -> AsyncIterator[Doors]:
    """Run a gateway that tells the CDP of the site's customers and visitors."""
    async with AsyncExitStack() as stack:
        site_settings, cdp_settings = BitrixSettings(change_hold_s=0.0), MindboxSettings()
        site = await stack.enter_async_context(serve(build_site(site_settings)))
        cdp = await stack.enter_async_context(serve(build_cdp(cdp_settings)))
        about, cdp_about = describe(site_settings, site), describe_cdp(cdp_settings, cdp)
        at_site = await stack.enter_async_context(httpx.AsyncClient(base_url=site))
        at_cdp = await stack.enter_async_context(httpx.AsyncClient(base_url=cdp))
        products = [{"id": 88, "name": "Мангал", "xml_id": "88", "iblock_id": 4}]
        await _told(at_site, "seed", {"products": products})
        config = parse(_document(folder, about, cdp_about))
        upgrade(config.store_url())
        gateway = build_gateway(await lay_foundation(config, exclusive=True, env={}))
        await gateway.start()
        stack.push_async_callback(gateway.stop)

        async def begun() -> bool:
            return await gateway.foundation.store.read(
                lambda tx: all(
                    tx.checkpoint("shop", stream) for stream in (str(Kind.CUSTOMER), STREAM)
                )
            )

        await until(begun, what="both feeds of the site are followed from now on")
        yield Doors(at_site, at_cdp)


def _document(folder: Path, about: Mapping[str, Any], cdp: Mapping[str, Any]) -> Row:
    return {
        "data_dir": str(folder),
        "accounts": {
            "shop": {
                "connector": "bitrix",
                "reads": ["customer"],
                "poll_s": 0.2,
                "settings": {
                    "url": Secret(about["webhook_url"]),
                    "application_token": Secret(about["application_token"]),
                },
            },
            "cdp": {
                "connector": "mindbox",
                "updates": ["customer"],
                "creates": ["customer"],
                "tracks": ["shop"],
                "settings": {
                    "url": cdp["url"],
                    "endpoint_id": cdp["endpoint_id"],
                    "secret_key": Secret(cdp["secret_key"]),
                },
            },
        },
    }


async def test_a_cart_and_a_wish_reach_the_cdp_under_their_customer(tmp_path: Path) -> None:
    """An abandoned basket would be nobody's, or never heard of (C2)."""
    async with followed(tmp_path) as doors:
        made = await doors.act("customer.register", phone=PHONE, last_name="Лапина", name="Вера")
        user = made["id"]
        await until(doors.customer, what="the customer is at the CDP")
        items = [{"product_id": 88, "quantity": 2}]
        await doors.act("basket.save", user_id=user, items=items)
        await doors.act("subscription.add", user_id=user, contact="", product_id=88)

        async def both() -> list[Row] | None:
            found = await doors.lists()
            return found if len(found) > 1 else None

        owner = f"customer:{await doors.customer()}"
        found = await until(both, what="the cart and the wish are at the CDP")
        assert {one["owner"] for one in found} == {owner}

        await doors.act("basket.save", user_id=user, items=[])

        async def emptied() -> bool:
            return len(await doors.lists()) == 1

        await until(emptied, what="the cart is empty at the CDP")
