"""Conservation: no interleaving of calls, repeats, time and crashes makes or loses points."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gateway.loyalty.house.machine import HouseMachine

WALKS = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_points_are_neither_made_nor_lost() -> None:
    """Some order of events would earn twice, lose points, or let a balance fall too low."""
    run_state_machine_as_test(HouseMachine, settings=WALKS)
