"""The description is true: what is generated from it is answered as it says, and never with 5xx."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeAlias

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, negative_data_rejection, positive_data_acceptance
from schemathesis.core.result import Ok

from gateway.cli.http import HttpServer, listen
from gateway.cli.processes import door_of
from gateway.config import HttpSection
from gateway.ingress.app import build_http
from tests.gateway.ingress.pos.memory import MemoryTills
from tests.gateway.ingress.pos.served import (
    KEY,
    PLANTED,
    MemoryCards,
    application,
    part_of,
)
from tests.gateway.loyalty.world import World
from tests.gateway.ops.house import House

DEADLINE_S = 30.0
EXAMPLES = 6
OURS = ("/pos", "/checkout", "/cards")
Operation: TypeAlias = schemathesis.APIOperation[Any, Any, Any, Any]


@asynccontextmanager
async def served(house: House, log: io.StringIO) -> AsyncIterator[str]:
    """Serve a whole gateway with the doors of tills over the real service."""
    world = World()
    world.ledger.balances["m-1"] = Decimal(100)
    part = replace(part_of(MemoryTills(), log=log, cards=MemoryCards()), service=world.service)
    async with house.gateway() as gateway:
        socket = listen(HttpSection(port=0))
        door = replace(door_of(gateway, works=True), till=part)
        async with HttpServer(build_http(door), socket).serving():
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"


@contextmanager
def beside(house: House, log: io.StringIO) -> Iterator[str]:
    """Serve in a thread: what generates the calls is synchronous."""
    ready, done, told = threading.Event(), threading.Event(), []

    async def live() -> None:
        async with served(house, log) as base:
            told.append(base)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    try:
        assert ready.wait(DEADLINE_S)
        yield told[0]
    finally:
        done.set()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def explored(operation: Operation, base: str, mode: GenerationMode, seen: Counter[int]) -> None:
    """Make calls of a kind and hold the answers against the description."""
    # Not every text is a phone: what a schema cannot say is refused as a problem.
    excluded = [positive_data_acceptance]
    if operation.path.endswith("/receipts"):
        # A bad receipt is told so in its own result.
        excluded.append(negative_data_rejection)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def explore(case: schemathesis.Case[Operation]) -> None:
        response = case.call(base_url=base, headers={"Authorization": f"Bearer {KEY}"})
        seen[response.status_code] += 1
        case.validate_response(response, excluded_checks=excluded)

    explore()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_whole_api_answers_as_it_is_described(house: House, mode: GenerationMode) -> None:
    """A generated client breaks on the first answer that differs; a 5xx was foreseen by nobody."""
    load_all_checks()
    log, seen = io.StringIO(), Counter[int]()
    with beside(house, log) as base:
        schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
        found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
        assert len(found) > 30
        for operation in found:
            # The others take any text: there is no wrong one to be made.
            if mode is GenerationMode.POSITIVE or operation.path.startswith(OURS):
                explored(operation, base, mode, seen)
    assert seen[422] > 0
    assert seen[200] > 0 or mode is GenerationMode.NEGATIVE
    assert not [secret for secret in PLANTED if secret in log.getvalue()]


def test_every_call_is_described_with_its_bodies_and_refusals() -> None:
    """A call that is not described is found by nobody; one that refers to nothing breaks tools."""
    described = application(part_of(MemoryTills(), log=io.StringIO(), cards=None)).openapi()
    text = json.dumps(described)
    names = set(described["components"]["schemas"])
    assert {one.split('"')[0] for one in text.split("#/components/schemas/")[1:]} <= names
    for path, calls in described["paths"].items():
        for call in calls.values():
            assert set(call["responses"]) & {"default", "422"}, path
            if path.startswith(OURS):
                assert call["security"] == [{"key": []}, {"header": []}]
                assert {"200", "400", "401", "403", "422", "429", "503"} <= set(call["responses"])
