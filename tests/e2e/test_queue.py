"""A queue of others: what they publish is told to everybody, once, and never lost on the way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.messaging import Producer
from pydantic import SecretStr

from gateway.canonical import Kind
from gateway.config import AccountSection, Config, QueueSection
from tests.e2e.world import World, open_world, until

pytestmark = pytest.mark.services

ACCOUNT = "orders"
PHONE, NAME = "+79161234567", "Ёжикова"


@dataclass(frozen=True, slots=True)
class Others:
    """The system that publishes, and whoever looks at the queues afterwards."""

    url: str
    queue: str

    def publish(self, *bodies: object, headers: Mapping[str, str] | None = None) -> None:
        """Publish messages, persistent, in order."""
        with Connection(self.url, transport_options={"confirm_publish": True}) as connection:
            producer = Producer(connection)
            for body in bodies:
                text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
                producer.publish(
                    text.encode(), routing_key=self.queue, exchange="", delivery_mode=2,
                    content_type="application/json", content_encoding="binary",
                    headers=dict(headers or {}),
                )  # fmt: skip

    def waiting(self, queue: str | None = None) -> int:
        """Count messages that nobody has in hand."""
        with Connection(self.url) as connection:
            declared = connection.default_channel.queue_declare(queue or self.queue, passive=True)
            count: int = declared.message_count
            return count

    def take_invalid(self) -> list[Any]:
        """Return what was set aside, with its headers."""
        with Connection(self.url) as connection:
            channel, taken = connection.default_channel, []
            while (message := channel.basic_get(f"{self.queue}.invalid", no_ack=True)) is not None:
                taken.append(message)
            return taken


@pytest.fixture
def others(rabbitmq_url: str, name_prefix: str) -> Iterator[Others]:
    """A source with a queue of its own, removed at the end."""
    made = Others(rabbitmq_url, f"{name_prefix}.orders")
    with Connection(rabbitmq_url) as connection:
        connection.default_channel.queue_declare(
            made.queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    yield made
    with Connection(rabbitmq_url) as connection:
        for name in (made.queue, f"{made.queue}.invalid"):
            connection.default_channel.queue_delete(name)


@pytest.fixture
async def world(tmp_path: Path, others: Others) -> AsyncIterator[World]:
    """The shop, with a third account that only listens to the queue."""

    def listening(config: Config) -> Config:
        queue = QueueSection(url=SecretStr(others.url), name=others.queue)
        section = AccountSection(connector="canonical", reads=frozenset({Kind.ORDER}), queue=queue)
        return config.model_copy(update={"accounts": {**config.accounts, ACCOUNT: section}})

    async with open_world(tmp_path, change=listening) as running:
        yield running


def order(number: str, version: int = 1, **fields: object) -> dict[str, Any]:
    """A message with an order of one line."""
    line = {
        "id": "1", "quantity": "2", "price": {"amount": "450.00", "currency": "RUB"},
        "base_price": {"amount": "450.00", "currency": "RUB"}, "product": {"external_id": "501"},
    }  # fmt: skip
    entity = {
        "number": number, "status": "new", "lines": [line],
        "contact": {"name": {"last": NAME, "first": "Алёна"}, "phone": PHONE}, **fields,
    }  # fmt: skip
    return {"kind": "order", "id": f"src-{number}", "version": version, "entity": entity}


async def _told(world: World, others: Others, number: str) -> dict[str, Any]:
    found = await until(lambda: world.crm_order(number), what=f"the CRM has order {number}")

    async def is_empty() -> bool:
        return await asyncio.to_thread(others.waiting) == 0

    await until(is_empty, what="the queue is empty")
    return found


async def test_an_order_from_the_queue_reaches_the_crm(world: World, others: Others) -> None:
    """Whatever others publish would wait in the queue for ever."""
    await asyncio.to_thread(others.publish, order("Q-1", customer_comment="Позвоните"))
    found = await _told(world, others, "Q-1")
    assert found["customerComment"] == "Позвоните"
    assert found["lastName"] == NAME


async def test_repeated_and_older_messages_change_nothing(world: World, others: Others) -> None:
    """A source that repeats itself or is late would turn the order back, or make it twice."""
    first, second = order("Q-2"), order("Q-2", 2, customer_comment="Не звоните")
    await asyncio.to_thread(others.publish, first, first, second, first, second)
    found = await _told(world, others, "Q-2")
    await world.quiet()
    assert (await world.crm_order("Q-2") or {})["customerComment"] == "Не звоните"
    link = await world.link(ACCOUNT, Kind.ORDER, "src-Q-2")
    assert link is not None
    assert link.sequence == 2
    story = await world.story(link.entity_id)
    assert sum(row.event == "received" and row.outcome == "created" for row in story) == 1
    assert found["id"] == (await world.crm_order("Q-2") or {})["id"]


async def test_a_late_older_version_is_told_in_the_story(world: World, others: Others) -> None:
    """Nobody could see why a message had no effect."""
    await asyncio.to_thread(others.publish, order("Q-3", 5))
    await _told(world, others, "Q-3")
    await asyncio.to_thread(others.publish, order("Q-3", 4, customer_comment="старое"))
    link = await world.link(ACCOUNT, Kind.ORDER, "src-Q-3")
    assert link is not None

    async def is_told() -> bool:
        return any(row.outcome == "older" for row in await world.story(link.entity_id))

    await until(is_told, what="the story tells of the older version")
    assert (await world.crm_order("Q-3") or {}).get("customerComment") in (None, "")


async def test_invalid_messages_are_set_aside_with_the_reason(world: World, others: Others) -> None:
    """One bad message would block the queue, or vanish without a word."""
    bad = [
        "это не JSON",
        {**order("Q-4"), "surname": NAME},
        order("Q-5", status=f"{NAME} {PHONE}"),
        {"kind": "order", "id": "", "entity": {}},
    ]
    headers = {"trace": "t-1"}
    await asyncio.to_thread(others.publish, *bad, order("Q-6"), headers=headers)
    await _told(world, others, "Q-6")

    async def are_set_aside() -> bool:
        waiting = await asyncio.to_thread(others.waiting, f"{others.queue}.invalid")
        return waiting == len(bad)

    await until(are_set_aside, what="all bad messages are set aside")
    taken = others.take_invalid()
    reasons = [message.headers["x-invalid-reason"] for message in taken]
    assert reasons == [
        "the message: json invalid",
        "surname: extra forbidden",
        "entity.status: enum",
        "id: string too short",
    ]
    assert {message.headers["trace"] for message in taken} == {"t-1"}
    assert taken[0].body.decode() == bad[0]
    assert not any(secret in world.log.getvalue() for secret in (PHONE, NAME))


async def test_what_came_is_not_kept_beside_the_snapshot(world: World, others: Others) -> None:
    """A second copy of everybody's data would outlive the erasure of the first."""
    await asyncio.to_thread(others.publish, order("Q-7"))
    await _told(world, others, "Q-7")
    await world.quiet()
    with sqlite3.connect(world.config.parent / "data" / "gateway.db") as database:
        kept = database.execute("select * from inbox where account = ?", [ACCOUNT]).fetchall()
    assert kept
    assert not any(isinstance(cell, bytes) or NAME in str(cell) for row in kept for cell in row)
