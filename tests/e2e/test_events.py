"""Events: whoever listens hears of every change, in order per record, and of nobody's person."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from pydantic import SecretStr

from gateway.canonical import Kind
from gateway.canonical.paths import MODELS
from gateway.config import Config, EventsSection
from gateway.ops.events import event_schema
from tests.e2e.world import World, open_world, until

pytestmark = pytest.mark.services

EMAIL, PHONE, LAST = "alyona@example.ru", "+79161234567", "Ёжикова"
ANNA = {"last_name": LAST, "name": "Алёна", "phone": PHONE, "email": EMAIL}


@dataclass(frozen=True, slots=True)
class Listener:
    """A queue bound to the exchange."""

    url: str
    exchange: str
    queue: str

    def heard(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        """Take what has come: (body, headers)."""
        with Connection(self.url) as connection:
            channel, taken = connection.default_channel, []
            while (message := channel.basic_get(self.queue, no_ack=True)) is not None:
                body = message.body
                text = body if isinstance(body, str) else bytes(body).decode()
                taken.append((json.loads(text), dict(message.headers)))
            return taken


@pytest.fixture
def listener(rabbitmq_url: str, name_prefix: str) -> Iterator[Listener]:
    """A listener of everything, bound before the gateway starts; removed at the end."""
    made = Listener(rabbitmq_url, f"{name_prefix}.events", f"{name_prefix}.heard")
    with Connection(rabbitmq_url) as connection:
        channel = connection.default_channel
        channel.exchange_declare(made.exchange, type="topic", durable=True, auto_delete=False)
        channel.queue_declare(made.queue, durable=True, auto_delete=False)
        channel.queue_bind(made.queue, made.exchange, routing_key="#")
    yield made
    with Connection(rabbitmq_url) as connection:
        connection.default_channel.queue_delete(made.queue)
        connection.default_channel.exchange_delete(made.exchange)


def telling(listener: Listener, *, personal: bool) -> Callable[[Config], Config]:
    """Return what makes the gateway tell of changes."""
    url = SecretStr(listener.url)
    section = EventsSection(url=url, exchange=listener.exchange, personal=personal)
    return lambda config: config.model_copy(update={"events": section})


@asynccontextmanager
async def told_of_anna(
    folder: Path, listener: Listener, *, personal: bool
) -> AsyncIterator[tuple[World, list[tuple[dict[str, Any], dict[str, str]]]]]:
    """Let Anna register and order at the site, and hear what is told of it."""
    async with open_world(folder, change=telling(listener, personal=personal)) as world:
        user = (await world.site.act("customer.register", **ANNA))["id"]
        item = {"product_id": 501, "quantity": 2, "base_price": "450", "price": "450",
                "name": "Мёд липовый"}  # fmt: skip
        placed = await world.site.act("order.place", customer_id=user, items=[item])
        number = placed["account_number"]
        await until(lambda: world.crm_order(number), what="the CRM has the order")
        await world.crm.act("order.status", number=number, status="assembling")
        await world.quiet()
        heard: list[tuple[dict[str, Any], dict[str, str]]] = []

        async def is_all() -> bool:
            heard.extend(await asyncio.to_thread(listener.heard))
            left = await world.gateway.foundation.store.read(lambda tx: tx.next_events(limit=1))
            return not left

        await until(is_all, what="all events are told")
        heard += await asyncio.to_thread(listener.heard)
        yield world, heard


async def test_every_version_is_told_in_order(tmp_path: Path, listener: Listener) -> None:
    """A listener would miss a change, or end with an older state."""
    async with told_of_anna(tmp_path, listener, personal=False) as (world, heard):
        versions: dict[str, list[int]] = defaultdict(list)
        for body, headers in heard:
            versions[body["id"]].append(body["version"])
            assert headers["x-entity-key"] == body["id"]
            assert headers["x-event-id"] == f"{body['id']}:{body['version']}"
        entities = await world.gateway.foundation.store.read(
            lambda tx: tx.entities(sorted(versions), lock=False)
        )
        assert {key: list(range(1, row.version + 1)) for key, row in entities.items()} == versions
        assert {body["schema"] for body, _ in heard} == {"gateway.customer/1", "gateway.order/1"}
        last = [body for body, _ in heard if body["schema"] == "gateway.order/1"][-1]
        assert last["entity"]["status"] == "assembling"


async def test_events_fit_their_schema(tmp_path: Path, listener: Listener) -> None:
    """A listener that generates its code from the schema could not read what comes."""
    async with told_of_anna(tmp_path, listener, personal=True) as (_, heard):
        for body, _headers in heard:
            kind = Kind(body["schema"].removeprefix("gateway.").partition("/")[0])
            schema = event_schema(kind)
            assert set(schema["properties"]) == set(schema["required"]) == set(body)
            assert schema["properties"]["schema"] == {"const": body["schema"]}
            assert set(body["entity"]) <= set(schema["properties"]["entity"]["properties"])
            MODELS[kind].model_validate(body["entity"])
        whole = json.dumps([body for body, _ in heard], ensure_ascii=False)
        assert EMAIL in whole
        assert LAST in whole


async def test_nobody_is_named_unless_asked_for(tmp_path: Path, listener: Listener) -> None:
    """Analytics would hold everybody's phone without anybody having decided so."""
    async with told_of_anna(tmp_path, listener, personal=False) as (_, heard):
        whole = json.dumps(heard, ensure_ascii=False)
        assert not [secret for secret in (EMAIL, PHONE, LAST, "Алёна") if secret in whole]
        assert any(body["entity"].get("lines") for body, _ in heard)
