"""The doors over the real loyalty service and a strict ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.gateway.ingress.pos.served import (
    OTHER_KEY,
    PHONE,
    PLANTED,
    Served,
    basket,
    opened,
)
from tests.gateway.ingress.test_door import problem_of
from tests.gateway.loyalty.world import World

Sold = Callable[..., dict[str, Any]]


@asynccontextmanager
async def at_work() -> AsyncIterator[tuple[World, Served, Sold]]:
    """Open the doors; the third is a receipt of now, for a member with a hundred points."""
    world = World()
    world.ledger.balances[PHONE] = Decimal(100)

    def sold(**changes: Any) -> dict[str, Any]:
        return basket(id=..., at=world.clock.now().isoformat(), **changes)

    async with opened(
        change=lambda part: replace(part, service=world.service, clock=world.clock)
    ) as served:
        yield world, served, sold


async def test_a_sale_with_points_is_told_the_same_however_often_it_is_sent() -> None:
    """A till that lost an answer would spend or earn twice."""
    async with at_work() as (world, served, sold):
        quoted = await served.call("/pos/v1/quote", {"id": "s-1", **sold()})
        assert (quoted.status_code, quoted.json()["available"]) == (200, "100")
        for step, stage in (("reserve", "reserved"), ("commit", "committed")):
            path = f"/pos/v1/sales/s-1/{step}"
            first = await served.call(path, sold(points=40), headers={"Idempotency-Key": step})
            again = await served.call(path, sold(points=40), headers={"Idempotency-Key": step})
            assert (first.json()["stage"], again.json()["stage"]) == (stage, stage), first.text
            assert "idempotent-replayed" not in first.headers
            assert again.headers["idempotent-replayed"] == "true"
        before = world.ledger.balances[PHONE]
        other = await served.call("/pos/v1/sales/s-1/commit", sold(points=40, total=..., lines=[
            {"id": "1", "sku": "A-1", "quantity": 9, "price": 100}
        ]))  # fmt: skip
        problem_of(other, 409, "sale-differs")
        problem_of(await served.call("/pos/v1/sales/s-1/cancel"), 409, "sale-committed")
        assert world.ledger.balances[PHONE] == before


async def test_a_key_with_another_content_is_refused_by_its_header() -> None:
    """The second receipt would be answered with the first one's points."""
    async with at_work() as (_, served, sold):
        headers = {"Idempotency-Key": '"k-1"'}
        await served.call("/pos/v1/sales/s-1/commit", sold(), headers=headers)
        answer = await served.call("/pos/v1/sales/s-2/commit", sold(), headers=headers)
        problem = problem_of(answer, 422, "key-reused")
        assert [one["path"] for one in problem["errors"]] == ["Idempotency-Key"]


async def test_a_stolen_key_neither_sees_nor_changes_another_tills_sale() -> None:
    """Whoever takes one till would take them all."""
    async with at_work() as (world, served, sold):
        await served.call("/pos/v1/sales/s-1/reserve", sold(points=40))
        seen = await served.call("/pos/v1/sales/s-1", method="GET", key=OTHER_KEY)
        problem_of(seen, 404, "sale-unknown")
        await served.call("/pos/v1/sales/s-1/cancel", key=OTHER_KEY)
        await world.settle()
        closed = await served.call("/pos/v1/sales/s-1/commit", sold(points=40))
        assert closed.json()["stage"] == "committed", closed.text


async def test_an_offline_batch_settles_once() -> None:
    """A batch whose answer was lost is sent again: its points must not be."""
    async with at_work() as (world, served, sold):
        at = (world.clock.now() - timedelta(hours=2)).isoformat()
        batch = {
            "receipts": [
                {"kind": "sale", "id": "s-1", **sold(), "at": at},
                {"kind": "return", "id": "r-1", "sale_id": "s-1", "at": at},
                {"kind": "sale", "id": "s-2", **sold(), "at": at},
            ]
        }
        for _ in range(2):
            answer = await served.call("/pos/v1/receipts", batch)
            assert [one["taken"] for one in answer.json()["results"]] == [True] * 3, answer.text
        await world.settle()
        assert world.ledger.balances[PHONE] == Decimal(135)
        assert not [secret for secret in PLANTED if secret in served.log.getvalue()]
