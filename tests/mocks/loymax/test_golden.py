"""The documented samples, each replayed in the state that it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.replay import EXCHANGES, Replay
from tests.mocks.loymax.scenes import CUSTOMER, MEMBER, OPERATOR, SCENES, Do, Scene


async def _login(replay: Replay, who: str) -> None:
    double = replay.double
    logins: dict[str, tuple[str, Callable[[], Any]]] = {
        MEMBER: ("acc-1", double.member),
        OPERATOR: ("op-1", double.operator),
        CUSTOMER: ("cust-1", double.customer),
        "shop-2": ("shop-2", lambda: double.merchant("shop-app-2")),
    }
    name, login = logins[who]
    replay.bind(name, await login())


async def _do(replay: Replay, step: Do) -> None:
    if "login" in step:
        await _login(replay, step["login"])
        return
    if "call" in step:
        verb, path, who = step["call"]
        tokens = {OPERATOR: replay.double.operator, CUSTOMER: replay.double.customer}
        await replay.double.data(verb, path, await tokens[who](), step.get("body", {}))
        return
    for name, body in step.items():
        await replay.double.door(name, **body)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_documented_sample_holds(scene: Scene, start: Start) -> None:
    """A sample that differs means that the double is not the vendor of its reference."""
    double = await start(seed=None if scene.seed is None else dict(scene.seed), **scene.settings)
    replay = Replay(double)
    for who in scene.needs.split():
        await _login(replay, who)
    for step in scene.steps:
        if isinstance(step, str):
            await replay.run(step, scene.ignore)
        else:
            await _do(replay, step)


def test_every_sample_is_replayed() -> None:
    """A sample that no scene plays proves nothing; the questionnaire's has a test of its own."""
    played = {step for scene in SCENES for step in scene.steps if isinstance(step, str)}
    assert set(EXCHANGES) - played == {"user.questions"}
    assert len(EXCHANGES) == 116
