"""Fixtures of the private services; a folder that uses them imports them into its conftest."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.services.private import PrivatePostgres, PrivateRabbit


def _need(absence: str) -> None:
    """Skip without the binaries, or fail where the environment promises that they are there."""
    if not absence:
        return
    reason = f"{absence}: make services installs it"
    if os.environ.get("GATEWAY_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def private_postgres() -> Iterator[PrivatePostgres]:
    """A running PostgreSQL cluster of this test process, to be killed and started again."""
    _need(PrivatePostgres.absence())
    with PrivatePostgres() as service:
        service.start()
        yield service


@pytest.fixture(scope="session")
def private_rabbitmq() -> Iterator[PrivateRabbit]:
    """A running RabbitMQ node of this test process, to be killed and started again."""
    _need(PrivateRabbit.absence())
    with PrivateRabbit() as service:
        service.start()
        yield service
