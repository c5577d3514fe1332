"""Retry policy and circuit breaker: bounded waits, in long outages too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.policy import RetryPolicy
from tests.gateway.sync.stepping import HeldClock

DRAWS = st.floats(0, 1, exclude_max=True)


@given(attempts=st.integers(-1, 10**9), draw=DRAWS)
def test_every_delay_is_above_zero_and_below_the_cap(attempts: int, draw: float) -> None:
    """A delivery hammers its vendor, or is left behind because its thousandth delay overflows."""
    policy = RetryPolicy(first_s=1, cap_s=600)

    delay = policy.delay_s(attempts, draw=lambda: draw)

    assert 0 < delay <= 600


@pytest.mark.parametrize(
    ("attempts", "lowest", "highest"),
    [
        pytest.param(1, 0.1, 1.0, id="first"),
        pytest.param(2, 0.2, 2.0, id="doubled"),
        pytest.param(11, 60.0, 600.0, id="capped"),
    ],
)
def test_delays_grow_and_are_spread(attempts: int, lowest: float, highest: float) -> None:
    """All clients of a vendor that comes back would call it in the same moment."""
    policy = RetryPolicy(first_s=1, cap_s=600)

    assert policy.delay_s(attempts, draw=lambda: 0.0) == pytest.approx(lowest)
    assert policy.delay_s(attempts, draw=lambda: 1.0) == pytest.approx(highest)


@given(asked=st.floats(-10, 10_000), attempts=st.integers(1, 50), draw=DRAWS)
def test_what_the_vendor_asks_for_wins(asked: float, attempts: int, draw: float) -> None:
    """A vendor that says when to come back would be called before."""
    assert RetryPolicy().delay_s(attempts, draw=lambda: draw, asked_s=asked) == max(asked, 0)


def _circuit() -> tuple[Circuit, HeldClock]:
    clock = HeldClock()
    return Circuit(CircuitPolicy(failures=3, pause_s=5, cap_s=60), clock), clock


def test_it_opens_after_failures_in_a_row_only() -> None:
    """A vendor with one failure in a hundred calls would rest all day."""
    circuit, _ = _circuit()

    told = [circuit.failed(), circuit.failed()]
    circuit.succeeded()
    told += [circuit.failed(), circuit.failed()]
    assert (told, circuit.is_open) == ([False] * 4, False)

    assert circuit.failed()
    assert circuit.is_open
    assert circuit.rest_s == 5


def test_failures_while_it_is_open_do_not_prolong_the_pause() -> None:
    """Calls that were under way when it opened would keep a healthy vendor resting."""
    circuit, clock = _circuit()
    for _ in range(3):
        circuit.failed()

    clock.move(4)
    assert not circuit.failed()
    assert circuit.rest_s == 1


def test_one_failure_after_the_pause_opens_it_again_for_longer() -> None:
    """A vendor that is still away would get the full number of failing calls after each pause."""
    circuit, clock = _circuit()
    for _ in range(3):
        circuit.failed()
    pauses = []
    for _ in range(6):
        clock.move(circuit.rest_s)
        assert not circuit.is_open
        assert circuit.failed()
        pauses.append(circuit.rest_s)

    assert pauses == [10, 20, 40, 60, 60, 60]


def test_success_closes_it_and_forgets_all() -> None:
    """The next outage would start with the long pause of the last one."""
    circuit, clock = _circuit()
    for _ in range(3):
        circuit.failed()
    clock.move(5)

    assert circuit.succeeded()
    assert not circuit.succeeded()
    assert [circuit.failed() for _ in range(3)] == [False, False, True]
    assert circuit.rest_s == 5


def test_an_outage_of_days_keeps_its_pauses() -> None:
    """After a thousand openings the doubling overflows and the failure itself raises."""
    circuit, clock = _circuit()
    for _ in range(1500):
        circuit.failed()
        clock.move(circuit.rest_s)

    circuit.failed()

    assert circuit.rest_s == 60


def test_a_circuit_with_a_quiet_time_stays_closed_while_anything_succeeds() -> None:
    """Of a processor that fails half its calls, tills would get none of the other half."""
    clock = HeldClock()
    circuit = Circuit(CircuitPolicy(failures=2, pause_s=5.0, quiet_s=2.0), clock)
    circuit.succeeded()
    for _ in range(5):
        assert not circuit.failed()
    clock.move(1.9)
    assert not circuit.failed()
    clock.move(0.2)
    assert circuit.failed()
    assert circuit.is_open
