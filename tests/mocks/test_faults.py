"""The fault plan and its middleware, around an application that counts its effects."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from mocks.faults import FaultInvalid, FaultMiddleware, FaultPlan, FaultRule
from mocks.serving import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response


class Counter:
    """An application whose only effect is to keep what it was sent."""

    def __init__(self, plan: FaultPlan) -> None:
        """Wrap the counting handler with the plan."""
        self.kept: list[bytes] = []
        routes = [
            Route("/orders", self._keep, methods=["POST"]),
            Route("/__mock__/health", self._keep, methods=["POST"]),
        ]
        self.app = FaultMiddleware(Starlette(routes=routes), plan)

    async def _keep(self, request: Request) -> Response:
        self.kept.append(await request.body())
        return JSONResponse({"kept": len(self.kept)})


@asynccontextmanager
async def _running(
    *rules: FaultRule,
) -> AsyncIterator[tuple[Counter, FaultPlan, httpx.AsyncClient]]:
    plan = FaultPlan(rules)
    counter = Counter(plan)
    async with serve(counter.app) as url, httpx.AsyncClient(base_url=url, timeout=10) as client:
        yield counter, plan, client


async def test_status_answers_without_the_handler() -> None:
    """A status fault that ran the handler would commit what it says it refused."""
    rule = FaultRule("status", status=429, body="{}", retry_after="7", times=1)
    async with _running(rule) as (counter, plan, client):
        answer = await client.post("/orders", content=b"a")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert counter.kept == []
        assert (await client.post("/orders", content=b"b")).json() == {"kept": 1}
        assert plan.fired == {"status": 1}


@pytest.mark.parametrize(("kind", "effects"), [("cut_before", 0), ("cut_after", 1)])
async def test_cut_breaks_the_connection(kind: str, effects: int) -> None:
    """A cut that delivered its answer, or cut_after that lost the effect, would hide bugs."""
    rule = FaultRule.from_json({"kind": kind, "times": 1})
    async with _running(rule) as (counter, _, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/orders", content=b"payload")
        assert counter.kept == [b"payload"] * effects
        assert (await client.post("/orders", content=b"again")).status_code == 200


@pytest.mark.parametrize(("kind", "effects"), [("hang_before", 0), ("hang_after", 1)])
async def test_hang_stays_silent_until_the_client_leaves(kind: str, effects: int) -> None:
    """A hang that answered would never exercise the caller's time-out."""
    rule = FaultRule.from_json({"kind": kind, "times": 1})
    async with _running(rule) as (counter, _, client):
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/orders", content=b"payload", timeout=0.2)
        assert counter.kept == [b"payload"] * effects


async def test_delay_runs_the_handler_later() -> None:
    """A delay that dropped the request would be a cut."""
    async with _running(FaultRule("delay", delay_s=0.01)) as (counter, plan, client):
        assert (await client.post("/orders", content=b"a")).status_code == 200
        assert (counter.kept, plan.fired) == ([b"a"], {"delay": 1})


async def test_side_door_is_never_faulted() -> None:
    """A fault on the side door would lock the test out of its own double."""
    async with _running(FaultRule("status")) as (_, plan, client):
        assert (await client.post("/__mock__/health")).status_code == 200
        assert plan.fired == {}


async def test_path_chooses_the_victims() -> None:
    """A rule that ignored its path would fault calls that the test wants to pass."""
    async with _running(FaultRule("status", path=r"/payments$")) as (_, _, client):
        assert (await client.post("/orders", content=b"a")).status_code == 200


def test_same_seed_gives_the_same_faults() -> None:
    """Faults that differed from run to run could not be replayed."""
    rule = FaultRule("status", probability=0.3)
    first, second = FaultPlan([rule], seed=5), FaultPlan([rule], seed=5)
    decisions = [first.decide("/x") is None for _ in range(200)]
    assert decisions == [second.decide("/x") is None for _ in range(200)]
    assert 30 <= first.fired["status"] <= 90


def test_replacing_the_plan_clears_the_tally() -> None:
    """A tally that survived a new plan would credit it with old faults."""
    plan = FaultPlan([FaultRule("status", times=1)])
    assert plan.decide("/x") is not None
    assert plan.decide("/x") is None
    plan.set_rules([FaultRule("status", times=1)], seed=1)
    assert plan.fired == {}
    assert plan.decide("/x") is not None


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "explode"},
        {},
        {"kind": "status", "colour": "red"},
        {"kind": "status", "probability": 2},
        {"kind": "status", "path": "("},
        {"kind": "delay", "delay_s": -1},
        {"kind": "status", "status": 7},
        {"kind": "status", "times": "many"},
    ],
)
def test_rule_that_makes_no_sense_is_refused(row: dict[str, object]) -> None:
    """A rule swallowed in silence would leave a test without its fault."""
    with pytest.raises(FaultInvalid):
        FaultRule.from_json(row)


def test_rule_of_a_method_spares_other_methods() -> None:
    """A cut that is meant for a creation would take the look-up before it."""
    plan = FaultPlan([FaultRule("cut_after", path="/cards$", method="POST", times=1)])
    assert plan.decide("/cards", "GET") is None
    assert plan.decide("/cards", "POST") is not None
    assert plan.decide("/cards", "POST") is None
