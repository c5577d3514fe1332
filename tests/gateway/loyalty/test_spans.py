"""Spans of tills: a till's call, its processor's calls, and what was settled later, in one tree."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from gateway.contract import LoyaltyProcessing
from gateway.ids import SystemClock
from gateway.loyalty.service import LoyaltyService
from gateway.telemetry import Metrics, build_log
from gateway.telemetry.tracing import Tracing
from tests.gateway.collector import Collector, collecting
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.world import TILL, World

STORY = "till-call-1"


@dataclass
class Called:
    """A processor whose steps are calls over the network, as a connector's are."""

    ledger: Any
    tracing: Tracing

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Return a step that is noted as a call when it ends."""
        step = getattr(self.ledger, name)

        async def call(*arguments: object, **named: object) -> object:
            status = None
            try:
                answer = await step(*arguments, **named)
                status = 200
            finally:
                self.tracing.called(account="main", operation=name, status=status, seconds=0.0)
            return answer

        return call


def traced(world: World, collector: Collector) -> Tracing:
    """Let a world write spans."""
    tracing = Tracing(
        collector.url, ratio=1.0, log=build_log(io.StringIO()), count=Metrics().spans,
        facts={"service.instance.id": "till"},
    )  # fmt: skip
    world.serving = replace(world.serving, spans=tracing, correlation=lambda: STORY)
    world.advancer.spans = tracing
    for processor in world.processors.values():
        processor.processing = cast("LoyaltyProcessing", Called(processor.processing, tracing))
    world.service = LoyaltyService(world.serving)
    return tracing


async def test_a_sale_that_is_settled_later_stays_in_the_tills_story() -> None:
    """The shop asks why the points came an hour later: the answer is in one tree, or nowhere."""
    world = World()
    with collecting() as collector:
        tracing = traced(world, collector)
        world.ledger.script.append(Fault.AWAY)
        began = SystemClock().now()
        await world.service.commit(TILL, world.sale("s1"))
        await world.settle()
        await asyncio.to_thread(tracing.close)
    assert {one.facts["gateway.correlation_id"] for one in collector.spans
            if one.name != "vendor.call"} == {STORY}  # fmt: skip
    (till,) = [one for one in collector.spans if one.name == "till"]
    assert not till.parent
    assert (till.facts["gateway.step"], till.facts["gateway.outcome"]) == ("commit", "away")
    settles = [one for one in collector.spans if one.name == "settle"]
    assert settles
    assert {one.parent for one in settles} == {till.id}
    calls = [one for one in collector.spans if one.name == "vendor.call"]
    over = {one.id: one.name for one in (till, *settles)}
    assert {over[one.parent] for one in calls} == {"till", "settle"}
    assert {one.trace for one in collector.spans} == {till.trace}
    assert till.began >= int(began.timestamp() * 1e9)
