"""Direct delivery of the extension's events, and its keys in progress (reference 10.10, 10.13)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest

from tests.mocks.bitrix.receiver import LIMIT_S, receiver
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop

TOKEN = b"abcdefabcdefabcdefabcdefabcdef12"


async def _direct(shop: Shop, url: str, **more: object) -> None:
    target = {"url": url, "delay_s": 0.0, "delivery": "direct", "direct_delays_s": [0.01], **more}
    await shop.door("settings", {"target": target})


async def _settled(shop: Shop) -> Json:
    async with asyncio.timeout(LIMIT_S):
        while True:
            tally: Json = (await shop.peek("settings"))["events"]["direct"]
            if tally["pending"] == 0:
                return tally


async def test_direct_events_are_signed(shop: Shop) -> None:
    """The signature is the HMAC of the raw body with the application token."""
    async with receiver() as (url, hook):
        await _direct(shop, url)
        await shop.act("customer.register", name="Анна", phone="+79990001122")
        await hook.until(lambda: len(hook.bodies) == 1)
        digest = hmac.new(TOKEN, hook.raw[0], hashlib.sha256).hexdigest()
        assert hook.signatures == [f"sha256={digest}"]
        assert hook.bodies[0]["event"] == "ONGATEWAYUSERSAVE"


async def test_direct_events_are_retried_in_order(shop: Shop) -> None:
    """A refused event comes again until 2xx; later ones of its entity wait behind it."""
    async with receiver() as (url, hook):
        hook.refusals = 2
        await _direct(shop, url)
        user = (await shop.act("customer.register", name="Анна", phone="+79990001122"))["id"]
        await shop.act("customer.edit", id=user, fields={"name": "Аня"})
        await hook.until(lambda: len(hook.bodies) == 4)
        versions = [body["data[FIELDS][VERSION]"] for body in hook.bodies]
        assert versions == ["1", "1", "1", "2"]
        tally = await _settled(shop)
        assert (tally["delivered"], tally["retried"]) == (2, 2)


async def test_direct_event_is_given_up_in_the_end(shop: Shop) -> None:
    """After the limit the event is lost and the next one has its turn."""
    async with receiver() as (url, hook):
        hook.refusals = 1
        await _direct(shop, url, direct_limit_s=0.0)
        user = (await shop.act("customer.register", name="Анна", phone="+79990001122"))["id"]
        await shop.act("customer.edit", id=user, fields={"name": "Аня"})
        await hook.until(lambda: len(hook.bodies) == 2)
        tally = await _settled(shop)
        assert (tally["lost"], tally["delivered"]) == (1, 1)


async def test_vendor_events_stay_in_the_queue(shop: Shop) -> None:
    """Only the extension delivers by itself: order events are neither signed nor retried."""
    async with receiver() as (url, hook):
        hook.refusals = 1
        await _direct(shop, url)
        await shop.order()
        await hook.until(lambda: len(hook.bodies) == 1)
        assert (hook.signatures, hook.bodies[0]["event"]) == ([""], "ONSALEORDERSAVED")


async def test_key_of_a_running_call_is_in_progress() -> None:
    """Two calls with one key at once: the later is told so, and finds the answer afterwards."""
    async with open_shop(write_s=1.0) as shop:
        body = {"idempotencyKey": "k-1", "fields": {"phone": "+79990001122"}}
        answers = await asyncio.gather(
            *(shop.ask("gateway.user.add", body) for _ in range(2)),
        )
        [refused] = [answer["error"] for status, answer in answers if status == 409]
        assert refused == "GW_IN_PROGRESS"
        replay = await shop.result("gateway.user.add", body)
        assert (replay["replayed"], replay["id"]) == ("Y", 20)


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("gateway.account.get", 404),
        ("gateway.order.coupons", 404),
        ("gateway.user.list", 200),
        ("gateway.info", 200),
    ],
)
async def test_feature_that_is_not_installed(shop: Shop, method: str, status: int) -> None:
    """Methods of a feature that ``gateway.info`` does not list do not exist (10.10)."""
    await shop.door("settings", {"features": ["user"]})
    assert (await shop.ask(method))[0] == status
    assert (await shop.result("gateway.info"))["features"] == ["user"]
