"""Fault legs as they are run, with the gateway alone and little work."""

from __future__ import annotations

import pytest

from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.legs.outage import vendor_away
from benchmarks.w1.legs.queue_legs import poisoned
from benchmarks.w1.legs.setting import Setting
from benchmarks.w1.work import SEED

ORDERS = 40

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]


@pytest.fixture
def setting(postgres_url: str, rabbitmq_url: str) -> Setting:
    """The services of the other tests, and a small size."""
    server = postgres_url.replace("+psycopg", "")
    return Setting(
        postgres=server, broker=rabbitmq_url, contestants=[GatewayContestant("gateway")],
        orders=ORDERS, seed=SEED, deadline_s=60.0,
    )  # fmt: skip


def test_what_cannot_be_read_is_set_aside(setting: Setting) -> None:
    """The leg would show a figure that nobody has ever seen to be right."""
    (row,) = poisoned(setting)
    assert row.figures["set aside"] == "3/3"
    assert row.is_clean, row
    assert row.events == ORDERS * 125 // 100 + 3


def test_a_long_outage_leaves_one_telling_per_order(setting: Setting) -> None:
    """The leg would end before its three days, or the simulated clock would upset the gateway."""
    (row,) = vendor_away(setting, steps=4)
    assert row.is_clean, row
    assert row.figures["most due"] == ORDERS
    # Of eight versions one is told; a call that was under way when the clock leapt is made again.
    assert row.figures["calls"] in range(ORDERS, ORDERS + ORDERS // 10 + 1)
    assert row.figures["refused"] == 0
