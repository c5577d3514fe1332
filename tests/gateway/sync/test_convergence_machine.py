"""Convergence: whatever happens, in the end both vendors hold what the snapshot says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.gateway.sync.between import Between, CustomerBetween, OrderBetween

QUICK = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.generate],  # walks are cut down faster than the machine shrinks
    derandomize=True,  # the walks of the module beside this one look further
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("machine", [CustomerBetween, OrderBetween])
def test_two_vendors_and_the_snapshot_agree_in_the_end(machine: type[Between]) -> None:
    """Some order of edits, reads, writes and crashes leaves the vendors apart for good."""
    run_state_machine_as_test(machine, settings=QUICK)
