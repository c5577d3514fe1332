"""Convergence, by long random walks: what the machine beside this module reaches too seldom.

A walk chooses the machine's own steps by weight, so that tellings really are overtaken. A walk that
fails is cut down to the steps that matter before it is shown.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from gateway.canonical import Gender, OrderStatus
from tests.gateway.sync.between import (
    MAX_FLIGHTS,
    Between,
    CustomerBetween,
    OrderBetween,
)
from tests.gateway.sync.vendors import Fate

Step = tuple[str, dict[str, Any]]
Draw = Callable[[random.Random], dict[str, Any]]
Weighted = list[tuple[int, str, Draw]]

WALKS = int(os.environ.get("GATEWAY_WALKS", "60"))
STEPS = 40
PHONES = ["+79031112233", "+79162223344"]
OTHER_PHONES = ["+79035556677", "+79166667788"]


def _side(chance: random.Random) -> str:
    return chance.choice(["shop", "crm"])


COMMON: Weighted = [
    (6, "pull", lambda r: {"side": _side(r)}),
    (3, "hint", lambda r: {"side": _side(r)}),
    (2, "observe", lambda r: {"side": _side(r)}),
    (5, "deliver", lambda r: {"side": _side(r), "fate": r.choice([Fate.DONE, Fate.DONE, *Fate])}),
    (3, "start", lambda r: {"side": _side(r), "what": r.choice(["pull", "observe"])}),
    (5, "start", lambda r: {"side": _side(r), "what": "deliver"}),
    (8, "go_on", lambda r: {"place": r.randrange(MAX_FLIGHTS)}),
    (1, "crash", lambda r: {"place": r.randrange(MAX_FLIGHTS)}),
    (1, "wait", lambda _: {}),
]
CUSTOMER: Weighted = [
    (
        3,
        "rename",
        lambda r: {
            "side": _side(r),
            "first": r.choice(["Алёна", "Пётр", None]),
            "last": r.choice(["Семёнова", "Ли", None]),
        },
    ),
    (2, "regender", lambda r: {"gender": r.choice([*Gender, None])}),
    (2, "promote", lambda r: {"tier": r.choice(["золото", "серебро", None])}),
    (1, "resource", lambda r: {"source": r.choice(["звонок", "ярмарка"])}),
    (
        2,
        "move_house",
        lambda r: {"city": r.choice(["Псков", None]), "street": r.choice(["Садовая", None])},
    ),
    (1, "new_phone", lambda r: {"phone": r.choice(PHONES)}),
    (1, "more_phones", lambda r: {"phone": r.choice(OTHER_PHONES)}),
]
ORDER: Weighted = [
    (2, "move", lambda r: {"side": _side(r), "status": r.choice(list(OrderStatus))}),
    (3, "comment", lambda r: {"side": _side(r), "text": r.choice(["Звоните", "Не звоните", None])}),
    (2, "use_codes", lambda r: {"codes": r.choice([(), ("ЛЕТО",), ("ЛЕТО", "ЗИМА")])}),
    (2, "ship", lambda r: {"method": r.choice(["courier", "post", None])}),
    (2, "note", lambda r: {"text": r.choice(["Перезвонить", "Собран", "Выдан"])}),
    (
        2,
        "repack",
        lambda r: {
            "ids": r.sample("abc", r.randrange(4)),
            "quantity": r.randrange(1, 4),
            "cut": r.choice([None, "card", "points"]),
        },
    ),
]


def _steps(chance: random.Random, weighted: Weighted) -> list[Step]:
    weights = [weight for weight, _, _ in weighted]
    return [(name, draw(chance)) for _, name, draw in chance.choices(weighted, weights, k=STEPS)]


def _fault(machine: type[Between], steps: list[Step], *, is_known: bool) -> str:
    """Walk, and return what is wrong afterwards; an empty string for nothing."""
    story: Any = machine()
    story.make(is_known)
    try:
        for name, values in steps:
            if name == "start" and len(story.flights) >= MAX_FLIGHTS:
                continue
            if name in {"go_on", "crash"} and not story.flights:
                continue
            getattr(story, name)(**values)
        story.teardown()
    except AssertionError as error:
        return str(error) or type(error).__name__
    return ""


def _cut_down(machine: type[Between], steps: list[Step], *, is_known: bool) -> list[Step]:
    """Leave out steps as long as something still is wrong."""
    size = STEPS // 2
    while size:
        start = 0
        while start < len(steps):
            shorter = steps[:start] + steps[start + size :]
            if _fault(machine, shorter, is_known=is_known):
                steps = shorter
            else:
                start += size
        size //= 2
    return steps


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("machine", "own"),
    [pytest.param(CustomerBetween, CUSTOMER, id="a customer"),
     pytest.param(OrderBetween, ORDER, id="an order")],
)  # fmt: skip
def test_walks_end_in_agreement(machine: type[Between], own: Weighted) -> None:
    """Tellings, readings and edits that overtake one another leave the vendors apart for good."""
    for seed in range(WALKS):
        chance = random.Random(seed)
        is_known = chance.random() < 0.8
        steps = _steps(chance, COMMON + own)
        if _fault(machine, steps, is_known=is_known):
            short = _cut_down(machine, steps, is_known=is_known)
            fault = _fault(machine, short, is_known=is_known)
            story = "\n".join(f"    {name} {values}" for name, values in short)
            pytest.fail(f"seed {seed}, known {is_known}: {fault}\n{story}", pytrace=False)
