"""Fixtures for every test: services under unique names, and no call that leaves this machine.

The guard is an audit hook: it sees each connection and look-up made through Python's own sockets.
Native clients (libpq, uvloop, pyreqwest) do not pass through it; their tests name 127.0.0.1.
"""

from __future__ import annotations

import atexit
import gc
import ipaddress
import os
import ssl
import sys
import tempfile
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from kombu.connection import Connection
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.browser import browsing, chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browsing", "chromium"]

POSTGRES_URL = "postgresql+psycopg://gateway:gateway@127.0.0.1:5432/postgres"
RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:5672//"
SERVICE_FIXTURES = frozenset({"postgres_url", "rabbitmq_url"})
CONNECT_TIMEOUT_S = 5
# A busy machine draws slowly, which says nothing about a strategy. `thorough` is for a night.
settings.register_profile(
    "quick", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def _is_here(host: object) -> bool:
    """Tell whether a host names this machine; no host at all means a wildcard or a local socket."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_outside(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: refuse a connection, a datagram or a look-up that would leave this machine."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        if not isinstance(address, tuple):  # a unix socket, or a socket already connected
            return
        host = address[0]
    else:
        return
    if not _is_here(host):
        msg = f"a test reached for {host!r}; tests talk to loopback only"
        raise RuntimeError(msg)


sys.addaudithook(_refuse_outside)


def pytest_configure() -> None:
    """Trust one authority instead of 140: reading them costs 20 to 40 ms for each client.

    Nothing here leaves the machine. The processes that tests start inherit the variable; clients
    that are told to look at no variable ask certifi.
    """
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not known:
        return
    file = Path(tempfile.gettempdir()) / f"gateway-tests-{uuid.uuid4().hex}.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(known[0]), "ascii")
    atexit.register(file.unlink)
    os.environ["SSL_CERT_FILE"] = str(file)
    os.environ.pop("SSL_CERT_DIR", None)
    certifi.where = partial(str, file)


def pytest_collection_finish() -> None:
    """Leave what the collection made out of every later look for garbage: it stays to the end."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the users of service fixtures, so that ``-m "not services"`` leaves them out.

    The soak comes first: each of its tests takes a minute or more, most of it waiting, and a run
    that begins with them has the rest done by the time they end.
    """
    items.sort(key=lambda item: "soak" not in item.path.parts)
    for item in items:
        if SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.services)


def _give_up(service: str, variable: str, error: Exception) -> None:
    """Skip for a missing service, or fail where the environment promises that it is there."""
    reason = f"{service} does not answer ({type(error).__name__}): make services, or set {variable}"
    if os.environ.get("GATEWAY_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of this test process, as a SQLAlchemy URL; dropped at the end.

    All tests of the process share it: a test that needs it clean makes its own schema.
    """
    admin = make_url(os.environ.get("GATEWAY_TEST_POSTGRES", POSTGRES_URL))
    dsn = admin.set(drivername="postgresql").render_as_string(hide_password=False)
    name = f"gateway_test_{uuid.uuid4().hex[:12]}"
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
    except psycopg.OperationalError as error:
        _give_up("PostgreSQL", "GATEWAY_TEST_POSTGRES", error)
        raise
    with connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield admin.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture
def postgres_schema(postgres_url: str, name_prefix: str) -> Iterator[str]:
    """The URL of an empty schema of its own."""
    name = name_prefix.rstrip("_")
    url = make_url(postgres_url).set(drivername="postgresql")
    dsn = url.render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        own = url.update_query_dict({"options": f"-csearch_path={name}"})
        yield own.render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The AMQP URL of a broker that answers; shared, so name queues after ``name_prefix``."""
    url = os.environ.get("GATEWAY_TEST_RABBITMQ", RABBITMQ_URL)
    try:
        with Connection(url, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            connection.connect()
    except OSError as error:
        _give_up("RabbitMQ", "GATEWAY_TEST_RABBITMQ", error)
    return url


@pytest.fixture
def name_prefix() -> str:
    """A prefix that no other test uses, for queues, exchanges, schemas and channels."""
    return f"test_{uuid.uuid4().hex[:12]}_"
