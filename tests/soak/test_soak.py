"""Soak: a shop's day in which the gateway dies again and again, judged by what the vendors hold.

``make test`` runs the short form; ``make soak`` sets SOAK_KILLS and runs the long one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.demo.settings import Infrastructure
from tests.services.private import PrivatePostgres, PrivateRabbit
from tests.soak.conftest import FIGURES
from tests.soak.ordeal import SEED, SIZE, Ordeal, Shaken, undergo

WORKERS = 3

pytestmark = [pytest.mark.soak, pytest.mark.timeout(420 + 3 * SIZE.day_s)]


def _judge(ordeal: Ordeal, engine: str, request: pytest.FixtureRequest, folder: Path) -> None:
    request.node.user_properties.append((FIGURES, ordeal.figures(engine)))
    assert ordeal.complaints() == [], f"seed {SEED}, logs in {folder}"
    assert ordeal.outcome.result["kills"] == SIZE.kills


async def test_nothing_is_lost_when_the_embedded_gateway_is_killed(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A kill of the one process would lose, repeat or turn back what the shop was told."""
    ordeal = await undergo(tmp_path, where=Infrastructure(), workers=1)
    _judge(ordeal, "embedded", request, tmp_path)


@pytest.mark.services
async def test_nothing_is_lost_when_workers_broker_and_database_are_killed(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    private_postgres: PrivatePostgres,
    private_rabbitmq: PrivateRabbit,
) -> None:
    """A death anywhere in production would lose, repeat or turn back what the shop was told."""
    where = Infrastructure(private_postgres.new_database(), private_rabbitmq.url)
    shaken = Shaken(private_postgres, private_rabbitmq)
    ordeal = await undergo(tmp_path, where=where, workers=WORKERS, shaken=shaken)
    _judge(ordeal, "production", request, tmp_path)
    assert shaken.count == 2
