"""The private services: what they confirmed is there after a kill and a start on the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from tests.services.private import PrivatePostgres, PrivateRabbit
from tests.services.process import PrivateService, stable_port

pytestmark = pytest.mark.services


@pytest.fixture
def postgres(private_postgres: PrivatePostgres) -> Iterator[PrivatePostgres]:
    """The cluster, running before and after the test."""
    yield private_postgres
    _revive(private_postgres)


@pytest.fixture
def rabbitmq(private_rabbitmq: PrivateRabbit) -> Iterator[PrivateRabbit]:
    """The node, running before and after the test."""
    yield private_rabbitmq
    _revive(private_rabbitmq)


def _revive(service: PrivateService) -> None:
    if service.pid is None:
        service.start()


def test_a_commit_survives_the_death_of_the_database(postgres: PrivatePostgres) -> None:
    """Without real fsync a kill test would blame the gateway for what the database lost."""
    with closing(psycopg.connect(postgres.dsn)) as connection:
        connection.execute("CREATE TABLE покупки (сумма int)")
        connection.execute("INSERT INTO покупки VALUES (450)")
        connection.commit()
        connection.execute("INSERT INTO покупки VALUES (999)")
        postgres.kill()
    postgres.start()
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.execute("SELECT сумма FROM покупки").fetchall() == [(450,)]


def test_a_confirmed_message_survives_the_death_of_the_broker(
    rabbitmq: PrivateRabbit, name_prefix: str
) -> None:
    """Without durable queues a kill test would blame the bus for what the broker lost."""
    queue = Queue(
        f"{name_prefix}заказы", Exchange(""), f"{name_prefix}заказы",
        durable=True, queue_arguments={"x-queue-type": "quorum"},
    )  # fmt: skip
    options = {"confirm_publish": True}
    with Connection(rabbitmq.url) as connection:
        queue(connection.default_channel).declare()
    # RabbitMQ 3.10 writes a new quorum queue's name to its disk a second later; a kill within that
    # second would leave a queue without a leader, which is not what is asked here.
    rabbitmq.restart()
    with Connection(rabbitmq.url, transport_options=options) as connection:
        connection.Producer().publish(
            {"n": 1}, routing_key=queue.name, delivery_mode=2, confirm_timeout=10
        )
        rabbitmq.kill()
        connection.collect()
    rabbitmq.start()
    with (
        Connection(rabbitmq.url) as connection,
        connection.SimpleQueue(queue(connection.default_channel)) as box,
    ):
        message = box.get(timeout=20)
        message.ack()
        assert message.payload == {"n": 1}


def test_a_graceful_restart_keeps_port_and_data(postgres: PrivatePostgres) -> None:
    """A service that comes back elsewhere would look to the gateway as if it were gone."""
    before, url = postgres.pid, postgres.url
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE возвраты (сумма int)")
    postgres.restart()
    assert postgres.pid != before
    assert postgres.url == url
    with psycopg.connect(postgres.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM возвраты").fetchone() == (0,)


def test_what_runs_is_not_started_twice(postgres: PrivatePostgres) -> None:
    """A second server would be started whose end nobody waits for."""
    with pytest.raises(RuntimeError, match="runs already"):
        postgres.start()


def test_a_closed_service_leaves_nothing_behind() -> None:
    """Every test run would leave a server or a folder on the machine."""
    service = PrivateRabbit()
    with service:
        assert service.pid is None
        assert service.folder.exists()
    assert not service.folder.exists()


def test_ports_are_outside_the_ephemeral_range() -> None:
    """A client's connection could take the port while the service is down."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(stable_port() < low for _ in range(20))
