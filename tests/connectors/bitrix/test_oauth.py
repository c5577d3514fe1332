"""The way in by an application: tokens that rotate, survive a restart, and die."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connectors.bitrix.config import BitrixSettings
from connectors.bitrix.token_store import TokenPair, TokenStore
from gateway.canonical import Kind
from gateway.contract import AuthRejected, ConfigInvalid, Unavailable
from tests.connectors.bitrix.test_customers import register
from tests.connectors.bitrix.world import APPLICATION_TOKEN, SETTINGS, World, connect
from tests.mocks.bitrix.shop import Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HANDLER = "https://gw.example.ru/hooks/shop"


def application(shop_url: str, store: Path, **more: Any) -> BitrixSettings:
    """Return the settings of an account with an application."""
    oauth = {
        "portal": shop_url,
        "client_id": "app.1",
        "client_secret": "s",
        "refresh_token": "rt-1",
        "store": str(store),
        "token_url": f"{shop_url}/oauth/token/",
        **more,
    }
    return BitrixSettings.model_validate({**SETTINGS, "oauth": oauth})


@asynccontextmanager
async def installed(store: Path, **more: Any) -> AsyncIterator[tuple[Shop, World]]:
    """Serve a shop and a connector that enters by the application."""
    async with (
        open_shop(change_hold_s=0.0) as shop,
        connect(shop, application(shop.url, store, **more)) as world,
    ):
        yield shop, world


async def grow_old(shop: Shop) -> None:
    """Let the access tokens expire."""
    now = datetime.fromisoformat((await shop.act("clock.freeze"))["now"])
    await shop.act("clock.freeze", at=(now + timedelta(seconds=3601)).isoformat())


async def test_an_application_passes_the_probe(tmp_path: Path) -> None:
    """An account with an application would be refused at start."""
    async with installed(tmp_path / "tokens.json") as (_, world):
        report = await world.connector.probe()
    assert report.ok, report.notes
    assert report.facts["scopes"] == "catalog,delivery,gateway,pay_system,sale"
    assert (report.facts["crm"], report.facts["users"], report.facts["catalog"]) == (
        "no",
        "no",
        "yes",
    )


async def test_an_old_token_is_renewed_once_for_all_calls(tmp_path: Path) -> None:
    """Two renewals at once leave one of them with a dead token, and the account stops."""
    async with installed(tmp_path / "tokens.json") as (shop, world):
        user_id = await register(world)
        await world.customer(user_id)
        await grow_old(shop)
        world.operations.clear()
        found = await asyncio.gather(*(world.customer(user_id) for _ in range(5)))
        assert [one.external_id for one in found] == [user_id] * 5
        assert world.operations.count("oauth.token") == 1


async def test_a_restart_goes_on_with_the_rotated_token(tmp_path: Path) -> None:
    """The configured token is dead after the first renewal: a restart would need an installer."""
    store = tmp_path / "tokens.json"
    async with installed(store) as (shop, world):
        user_id = await register(world)
        await world.customer(user_id)
        await grow_old(shop)
        await world.customer(user_id)
        assert json.loads(store.read_text())["refresh"] == "rt-3"
        assert stat.S_IMODE(store.stat().st_mode) == 0o600
        async with connect(shop, application(shop.url, store)) as again:
            assert (await again.customer(user_id)).external_id == user_id
            assert "oauth.token" not in again.operations
        await grow_old(shop)
        async with connect(shop, application(shop.url, store, refresh_token=None)) as again:
            assert (await again.customer(user_id)).external_id == user_id


async def test_two_processes_share_one_rotation(tmp_path: Path) -> None:
    """The second process would renew with a token that the first has used up."""
    store = tmp_path / "tokens.json"
    async with installed(store) as (shop, world):
        user_id = await register(world)
        async with connect(shop, application(shop.url, store)) as other:
            await asyncio.gather(world.customer(user_id), other.customer(user_id))
            await grow_old(shop)
            await asyncio.gather(world.customer(user_id), other.customer(user_id))
            tokens = world.operations.count("oauth.token") + other.operations.count("oauth.token")
    assert tokens == 2


async def test_a_new_installation_replaces_the_stored_tokens(tmp_path: Path) -> None:
    """After an application is installed anew the old tokens would be tried for ever."""
    store = tmp_path / "tokens.json"
    store.write_text('{"access": "at-0", "refresh": "rt-0", "seed": "old"}')
    async with installed(store) as (_, world):
        assert (await world.connector.probe()).ok


async def test_a_code_opens_the_account(tmp_path: Path) -> None:
    """An application without an installation event could never begin."""
    async with open_shop(change_hold_s=0.0) as shop:
        answer = await shop.http.get("/oauth/authorize/", params={"client_id": "app.1"})
        code = answer.headers["location"].partition("code=")[2].partition("&")[0]
        settings = application(shop.url, tmp_path / "t", refresh_token=None, code=code)
        async with connect(shop, settings) as world:
            assert (await world.connector.probe()).ok


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"refresh_token": "rt-77"}, "install the application"),
        ({"client_secret": "wrong"}, "client_secret"),
        ({"refresh_token": None}, "no token is stored"),
    ],
)
async def test_dead_tokens_park_the_account(
    tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    """The account would be tried for ever with what cannot work."""
    async with installed(tmp_path / "tokens.json", **change) as (_, world):
        with pytest.raises(AuthRejected, match=word) as rejected:
            await world.connector.readers[Kind.CUSTOMER].get(["7"])
        assert "wrong" not in str(rejected.value)
        assert not (await world.connector.probe()).ok


async def test_a_lost_answer_with_tokens_is_no_lost_write(tmp_path: Path) -> None:
    """A write that was never sent would be held for a human as one of unknown outcome."""
    async with installed(tmp_path / "tokens.json") as (_, world):
        await world.fault({"kind": "cut_after", "path": "oauth/token", "times": 1})
        with pytest.raises(Unavailable):
            await world.connector.readers[Kind.CUSTOMER].get(["7"])


async def test_a_broken_store_is_told_to_the_operator(tmp_path: Path) -> None:
    """A token that cannot be kept would be lost at the next renewal."""
    (tmp_path / "tokens.json").write_text("{")
    async with installed(tmp_path / "tokens.json") as (_, world):
        with pytest.raises(ConfigInvalid, match=r"oauth\.store"):
            await world.connector.readers[Kind.CUSTOMER].get(["7"])
    async with installed(tmp_path / "nowhere" / "tokens.json") as (_, world):
        report = await world.connector.probe()
    assert "oauth.store" in report.notes[0]


async def bound(world: World) -> list[dict[str, Any]]:
    """Return the events that the application has bound."""
    rest = world.connector._parts.rest  # noqa: SLF001 - the connector itself never asks for them
    assert rest is not None
    rows: list[dict[str, Any]] = await rest.client.call("event.get")
    return rows


async def test_events_are_bound_once(tmp_path: Path) -> None:
    """An application would hear nothing, or everything twice after each start."""
    async with installed(tmp_path / "t", handler=HANDLER) as (_, world):
        await world.connector.prepare()
        world.operations.clear()
        await world.connector.prepare()
        assert world.operations.count("event.bind") == 0
        rows = await bound(world)
    assert {(row["event"], row["handler"]) for row in rows} == {
        (event, HANDLER)
        for event in (
            "ONSALEORDERSAVED",
            "ONSALEBEFOREORDERDELETE",
            "ONGATEWAYUSERSAVE",
            "ONGATEWAYUSERDELETE",
            "ONGATEWAYUSERMERGE",
            "ONGATEWAYCARDSAVE",
        )
    }


async def test_a_handler_that_may_not_be_named_is_told(tmp_path: Path) -> None:
    """Events would never come, and nobody would know why."""
    async with installed(tmp_path / "t", handler=HANDLER) as (shop, world):
        await shop.door("settings", {"app": {"handler_hosts": ["other.example.ru"]}})
        with pytest.raises(AuthRejected, match="handler"):
            await world.connector.prepare()


async def test_an_event_that_the_portal_lacks_is_left_out(tmp_path: Path) -> None:
    """A shop without the extension's cards could not be used at all."""
    async with installed(tmp_path / "t", handler=HANDLER) as (shop, world):
        await shop.door("settings", {"extension_installed": False})
        await world.connector.prepare()
        rows = await bound(world)
    assert len(rows) == 2


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"url": "https://shop.example.ru/rest/1/wh0a1b2c3d4e5f6g/", "oauth": {}},
        {"oauth": {"refresh_token": "rt-1", "code": "c"}},
        {"oauth": {"portal": "ftp://shop.example.ru"}},
    ],
)
def test_the_way_in_is_exactly_one(change: dict[str, Any]) -> None:
    """An account with two ways in would use one of them by chance."""
    oauth = {
        "portal": "https://shop.example.ru",
        "client_id": "app.1",
        "client_secret": "s",
        "store": "/tokens.json",
    }
    said = {
        name: {**oauth, **value} if name == "oauth" else value for name, value in change.items()
    }
    with pytest.raises(ValidationError) as invalid:
        BitrixSettings.model_validate({"application_token": APPLICATION_TOKEN, **said})
    assert "rt-1" not in str(invalid.value)


async def test_a_wait_that_was_given_up_leaves_no_lock(tmp_path: Path) -> None:
    """A cancelled call would lock the account's tokens until the process ends."""
    store = TokenStore(tmp_path / "tokens.json")

    async def wait() -> None:
        async with store.turn():
            raise AssertionError

    async with store.turn():
        waiting = asyncio.create_task(wait())
        await asyncio.wait([waiting], timeout=0.05)
        waiting.cancel()
        (ended,) = await asyncio.gather(waiting, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError)
    async with asyncio.timeout(5), store.turn():
        await store.save(TokenPair("a", "r"))
    assert await store.load() == TokenPair("a", "r")
