"""A process that reads a queue: killed in the middle, it loses nothing and makes nothing twice."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from kombu.connection import Connection
from kombu.messaging import Producer

from tests.gateway.cli.run import running
from tests.gateway.ops.house import House, eventually

pytestmark = pytest.mark.services

COUNT = 300
_ACCOUNTS = """\
[accounts.orders]
connector = "canonical"
reads = ["order"]

[accounts.orders.queue]
url = {{ file = "{url_file}" }}
name = "{queue}"
prefetch = 20

[accounts.shop]
"""


@pytest.fixture
def queue(rabbitmq_url: str, name_prefix: str) -> Iterator[str]:
    """A queue of orders, removed at the end with the one for invalid messages."""
    name = f"{name_prefix}.orders"
    with Connection(rabbitmq_url) as connection:
        connection.default_channel.queue_declare(
            name, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
    yield name
    with Connection(rabbitmq_url) as connection:
        for one in (name, f"{name}.invalid"):
            connection.default_channel.queue_delete(one)


def _publish(url: str, queue: str) -> None:
    with Connection(url, transport_options={"confirm_publish": True}) as connection:
        producer = Producer(connection)
        for number in range(COUNT):
            entity = {"number": f"Q-{number}", "status": "new"}
            body = {"kind": "order", "id": f"q-{number}", "version": 1, "entity": entity}
            producer.publish(
                json.dumps(body).encode(), exchange="", routing_key=queue, delivery_mode=2,
                content_type="application/json", content_encoding="binary",
            )  # fmt: skip


def _waiting(url: str, queue: str) -> int:
    with Connection(url) as connection:
        declared = connection.default_channel.queue_declare(queue, passive=True)
        count: int = declared.message_count
        return count


def _at_least(least: int) -> Callable[[Counter[str]], bool]:
    return lambda found: len(found) >= least


async def test_messages_survive_kills_of_their_reader(
    house: House, rabbitmq_url: str, queue: str
) -> None:
    """What was taken from the broker and not stored would be gone; what was stored, come twice."""
    url_file = house.folder / "amqp-url"
    url_file.write_text(rabbitmq_url, "utf-8")
    house.edit_config("[accounts.shop]\n", _ACCOUNTS.format(url_file=url_file, queue=queue))
    await asyncio.to_thread(_publish, rabbitmq_url, queue)

    async def numbers() -> Counter[str]:
        return Counter(str(row["number"]) for row in house.vendor("crm").read()["order"].values())

    for least in (1, COUNT // 3):
        async with running(house, "run") as gateway:
            await eventually(numbers, _at_least(least))
            gateway.process.kill()
            assert await gateway.ended() == -signal.SIGKILL
    async with running(house, "run") as gateway:
        told = await eventually(numbers, lambda found: len(found) == COUNT)

        async def left() -> int:
            return await asyncio.to_thread(_waiting, rabbitmq_url, queue)

        await eventually(left, lambda count: count == 0)
    assert set(told.values()) == {1}
