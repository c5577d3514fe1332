"""The service fixtures themselves: what the other service tests stand on."""

from __future__ import annotations

import socket

import psycopg
import pytest
from kombu.connection import Connection
from sqlalchemy.engine import make_url


def test_the_database_is_our_own(postgres_url: str) -> None:
    """A database shared with other programs would be written to by the store's tests."""
    url = make_url(postgres_url)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == (url.database,)
        owner = """SELECT pg_get_userbyid(datdba) = current_user FROM pg_database
                   WHERE datname = current_database() AND datname LIKE 'gateway_test_%'"""
        assert connection.execute(owner).fetchone() == (True,)


def test_the_broker_takes_a_queue_under_the_prefix(rabbitmq_url: str, name_prefix: str) -> None:
    """Without a working broker and a name of one's own, bus tests would disturb each other."""
    options = {"exclusive": True, "durable": False}  # the broker drops it with the connection
    with (
        Connection(rabbitmq_url) as connection,
        connection.SimpleQueue(f"{name_prefix}заказы", queue_opts=options) as queue,
    ):
        queue.put({"n": 1})
        message = queue.get(timeout=10)
        message.ack()
        assert message.payload == {"n": 1}


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "shop.example"])
def test_a_call_that_leaves_this_machine_is_refused(host: str) -> None:
    """A test could reach a real vendor by a wrong base URL and nobody would notice."""
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.create_connection((host, 9), timeout=0.1)


def test_a_call_within_this_machine_passes() -> None:
    """A guard that refuses loopback too would forbid every double and every service."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()
