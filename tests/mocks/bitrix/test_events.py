"""Outgoing events: bodies, one attempt, faults on the way (reference 1.10, 10.9, 10.13)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from tests.mocks.bitrix.shop import Json, Shop

LIMIT_S = 10.0


@dataclass
class Handler:
    """The receiver of the shop's events; answers ``status`` once ``gate`` is open."""

    status: int = 200
    bodies: list[dict[str, str]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: Request) -> Response:
        """Keep one event."""
        pairs = parse_qsl((await request.body()).decode(), strict_parsing=True)
        async with self.news:
            self.bodies.append(dict(pairs))
            self.types.append(request.headers["content-type"])
            self.news.notify_all()
        await self.gate.wait()
        return Response(status_code=self.status)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the events bring."""
        async with asyncio.timeout(LIMIT_S), self.news:
            await self.news.wait_for(holds)

    def names(self) -> list[str]:
        """The names of the events in order of arrival."""
        return [body["event"] for body in self.bodies]


@asynccontextmanager
async def _handler(shop: Shop, **settings: Any) -> AsyncIterator[Handler]:
    handler = Handler()
    handler.gate.set()
    app = Starlette(routes=[Route("/hooks/shop", handler.receive, methods=["POST"])])
    async with serve(app) as url:
        target = {"url": f"{url}/hooks/shop", "delay_s": 0.0}
        faults = settings.pop("event_faults", {})
        body = {"target": {**target, **settings}, "event_faults": faults}
        await shop.door("settings", body)
        yield handler


async def _settled(shop: Shop) -> Json:
    """Wait until no event is on its way and return the tally."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            events: Json = (await shop.peek("settings"))["events"]
            if events["pending"] == 0:
                return events


async def test_order_event_is_the_documented_form(shop: Shop) -> None:
    """The body must hold exactly the documented keys, all values texts, never JSON."""
    async with _handler(shop) as handler:
        await shop.act("clock.freeze", at="2025-03-03T14:10:02+03:00")
        order = await shop.order(xmlId="gw-1001")
        await handler.until(lambda: len(handler.bodies) == 1)
        assert handler.types == ["application/x-www-form-urlencoded"]
        assert handler.bodies[0] == {
            "event": "ONSALEORDERSAVED",
            "event_handler_id": "14",
            "data[FIELDS][ID]": str(order),
            "data[FIELDS][XML_ID]": "gw-1001",
            "data[FIELDS][ACTION]": "save",
            "ts": "1741000202",
            "auth[domain]": "shop.example.ru",
            "auth[client_endpoint]": "https://shop.example.ru/rest/",
            "auth[server_endpoint]": "https://oauth.bitrix.info/rest/",
            "auth[member_id]": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "auth[application_token]": "abcdefabcdefabcdefabcdefabcdef12",
        }


async def test_extension_events_carry_no_personal_data(shop: Shop) -> None:
    """An event of the extension names the entity only: the receiver reads it afterwards."""
    async with _handler(shop) as handler:
        await shop.act("coupon.create", code="SPRING", discount_id=15)
        await shop.act("customer.register", name="Анна", phone="8 (999) 000-11-22")
        await shop.act("card.put", number="2000000000017", user_id=20)
        await shop.act("order.place", customer_id=20, items=[{"product_id": 88}], coupon="SPRING")
        await handler.until(lambda: len(handler.bodies) == 4)
        user, card, coupon = (
            next(row for row in handler.bodies if row["event"] == name)
            for name in ("ONGATEWAYUSERSAVE", "ONGATEWAYCARDSAVE", "ONGATEWAYCOUPONUSE")
        )
        assert {key: user[f"data[FIELDS][{key}]"] for key in ("ID", "OP", "ORIGIN", "VERSION")} == {
            "ID": "20", "OP": "save", "ORIGIN": "site", "VERSION": "1",
        }  # fmt: skip
        assert "auth[client_endpoint]" not in user
        assert card["data[FIELDS][ID]"] == "2000000000017"
        assert (coupon["data[FIELDS][CODE]"], coupon["data[FIELDS][ORDER_ID]"]) == ("SPRING", "51")
        assert "Анна" not in str(handler.bodies)
        assert "0001122" not in str(handler.bodies)


async def test_own_writes_come_back_as_events(shop: Shop) -> None:
    """API saves fire events as visits do: the gateway must meet its own echo."""
    async with _handler(shop) as handler:
        order = await shop.order()
        await shop.result("sale.order.update", {"id": order, "fields": {"comments": "x"}})
        fields = {"phone": "+79990001122"}
        body = {"idempotencyKey": "k1", "origin": "gateway", "fields": fields}
        await shop.result("gateway.user.add", body)
        await handler.until(lambda: len(handler.bodies) == 3)
        assert sorted(handler.names()) == ["ONGATEWAYUSERSAVE"] + ["ONSALEORDERSAVED"] * 2
        user = next(row for row in handler.bodies if row["event"] == "ONGATEWAYUSERSAVE")
        assert user["data[FIELDS][ORIGIN]"] == "gateway"


async def test_one_order_event_per_hit(shop: Shop) -> None:
    """A batch is one hit: its second order save is announced by nobody."""
    async with _handler(shop) as handler:
        add = "sale.order.add?fields[lid]=s1&fields[personTypeId]=1&fields[currency]=RUB"
        await shop.result("batch", {"cmd": {"a": add, "b": add}})
        assert (await _settled(shop))["delivered"] == 1
        assert handler.bodies[0]["data[FIELDS][ID]"] == "51"


async def test_unwanted_and_refused_changes_fire_nothing(shop: Shop) -> None:
    """Only chosen events are sent, and only for what was committed."""
    async with _handler(
        shop, events=["ONSALEBEFOREORDERDELETE", "ONPAYMENTENTITYSAVED"]
    ) as handler:
        order = await shop.order()
        await shop.refused("sale.order.update", {"id": order, "fields": {"statusId": "ZZ"}})
        fields = {"orderId": order, "paySystemId": 2, "sum": 5}
        await shop.result("sale.payment.add", {"fields": fields})
        await shop.act("order.delete", order_id=order)
        await handler.until(lambda: len(handler.bodies) == 2)
        assert handler.names() == ["ONPAYMENTENTITYSAVED", "ONSALEBEFOREORDERDELETE"]
        assert handler.bodies[1]["data[FIELDS][ACTION]"] == "delete"


async def test_refused_event_is_not_sent_again(shop: Shop) -> None:
    """There is no retry: what the handler refused is lost for good."""
    async with _handler(shop) as handler:
        handler.status = 503
        await shop.order()
        tally = await _settled(shop)
        assert (tally["refused"], len(handler.bodies)) == (1, 1)
        await shop.door("settings", {"target": {"url": "http://127.0.0.1:9/closed"}})
        await shop.order()
        assert (await _settled(shop))["lost"] == 1


async def test_faults_on_the_way_are_tallied(shop: Shop) -> None:
    """Doubled and dropped events must come out as the seeded chance says."""
    faults = {"seed": 3, "duplicate_probability": 0.5, "drop_probability": 0.3}
    async with _handler(shop, event_faults=faults) as handler:
        for _ in range(40):
            await shop.order()
        tally = await _settled(shop)
        assert 0 < tally["dropped"] < 40
        assert 0 < tally["duplicated"] < 40
        assert len(handler.bodies) == 40 - tally["dropped"] + tally["duplicated"]


async def test_held_back_events_are_overtaken(shop: Shop) -> None:
    """A reordered event must arrive late, but arrive."""
    faults = {"seed": 1, "reorder_probability": 0.5, "reorder_max_s": 0.3}
    async with _handler(shop, event_faults=faults, concurrency=1) as handler:
        for _ in range(20):
            await shop.order()
        await handler.until(lambda: len(handler.bodies) == 20)
        ids = [int(body["data[FIELDS][ID]"]) for body in handler.bodies]
        assert ids != sorted(ids)
        assert sorted(ids) == list(range(51, 71))


async def test_slow_handler_does_not_hold_up_the_api(shop: Shop) -> None:
    """Sending runs beside the API, a bounded number at a time."""
    async with _handler(shop, concurrency=2) as handler:
        handler.gate.clear()
        for _ in range(6):
            await shop.order()
        await handler.until(lambda: len(handler.bodies) == 2)
        assert (await shop.peek("settings"))["events"]["pending"] == 6
        assert len(handler.bodies) == 2
        handler.gate.set()
        await handler.until(lambda: len(handler.bodies) == 6)


@pytest.mark.parametrize(
    ("switch", "events"),
    [("save", 2), ("delete", 1), ("never", 0)],
)
async def test_deleted_event_is_wired_as_the_switch_says(
    shop: Shop, switch: str, events: int
) -> None:
    """In the core ``ONORDERDELETED`` fires on saves: a receiver must not trust it (switch S15)."""
    await shop.door("settings", {"order_deleted_event": switch})
    async with _handler(shop, events=["ONORDERDELETED"]) as handler:
        order = await shop.order()
        await shop.result("sale.order.update", {"id": order, "fields": {"comments": "x"}})
        await shop.result("sale.order.delete", {"id": order})
        await _settled(shop)
        assert len(handler.bodies) == events
