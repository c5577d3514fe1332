"""Conservation: no interleaving of calls, repeats, time and crashes makes or loses points."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest
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


def walked(seed: int, steps: int) -> HouseMachine:
    """Take a long walk that buys, pays and returns more often than the machine does by itself."""
    chance, machine = random.Random(seed), HouseMachine()
    machine.register()

    def pick() -> int:
        return chance.randrange(10**6)

    def cut() -> str:
        return chance.choice(["", "", "", "", "before", "after"])

    def begin() -> None:
        goods = [
            (chance.choice(["9.99", "33.33", "100", "250"]), chance.choice("123"))
            for _ in range(chance.randint(1, 3))
        ]
        part = Decimal(chance.choice(["0", "0.333", "0.5", "1"]))
        machine.begin(pick(), goods, part, online=chance.random() < 1 / 3, cut=cut())

    rules: list[tuple[int, Callable[[], None]]] = [
        (6, begin),
        (6, lambda: machine.close(pick(), cut())),
        (4, lambda: machine.bring_back(pick(), pick(), whole=chance.random() < 1 / 3, cut=cut())),
        (2, lambda: machine.give(pick(), chance.randint(1, 9000), chance.choice([1, 5, 30, None]))),
        (1, lambda: machine.give_up(pick(), cut())),
        (3, lambda: machine.wait(chance.choice([0, 1, 3, 25, 80]), keeps_up=chance.random() < 0.5)),
        (2, lambda: machine.hand_over(pick())),
        (1, machine.say_again),
    ]
    weights = [weight for weight, _ in rules]
    for _ in range(steps):
        chance.choices(rules, weights)[0][1]()
        machine.conserves()
        machine.blocks_what_is_reserved()
        machine.stays_within_its_minimum()
    return machine


@pytest.mark.parametrize("seed", [*range(12), 1013])
def test_long_walks_neither_make_nor_lose_points(seed: int) -> None:
    """What needs many purchases, lapsed reservations and dead lots at once would go unseen."""
    machine = walked(seed, steps=160)
    assert any(one.closed for one in machine.sales)
    assert any(one.returned for one in machine.sales)
