"""When a feed is pulled again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.canonical import Kind, Order
from gateway.contract import AuthRejected, Page, RateLimited, Unavailable
from tests.gateway.sync.reductions import whole_order
from tests.gateway.sync.stepping import HeldClock, at_once
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import World

POLL_S = 60.0


@pytest.fixture
def world() -> Iterator[World]:
    """Two vendors of orders."""
    clock = HeldClock()
    vendors = [Vendor(name, Kind.ORDER, clock, whole_order) for name in ("shop", "crm")]
    built = World(*vendors, clock=clock)
    assert built.accounts["shop"].flow.poll_s == POLL_S
    yield built
    built.close()


def _failing(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> list[Exception]:
    left = list(errors)
    real = Vendor.pull

    async def pull(vendor: Vendor, cursor: str | None, *, limit: int) -> Page[Any]:
        if left:
            raise left.pop(0)
        return await real(vendor, cursor, limit=limit)

    monkeypatch.setattr(Vendor, "pull", pull)
    return left


def _pulls(world: World, count: int) -> list[float]:
    core = world.core()
    account = world.accounts["shop"]
    return [at_once(core.puller.pull(account, Kind.ORDER)) for _ in range(count)]


def test_a_feed_that_failed_is_read_again_soon(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One cut connection would keep a change waiting for a whole poll interval."""
    _failing(monkeypatch, Unavailable("cut"), Unavailable("cut"))
    first, second, third = _pulls(world, 3)
    assert 0 < first < second < POLL_S
    assert third == POLL_S


def test_what_the_vendor_asks_for_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor that names a time would be asked before it, and answer with a longer ban."""
    _failing(monkeypatch, RateLimited("slower", retry_after_s=7.0))
    assert _pulls(world, 2) == [7.0, POLL_S]


def test_a_feed_with_more_is_read_on_at_once(world: World) -> None:
    """A backlog would be read one page per poll interval."""
    for number in range(150):
        world.vendors["shop"].create(Order(number=str(number), lines=()))
    assert _pulls(world, 2) == [0.0, POLL_S]


def test_a_parked_account_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused key would be tried many times a minute, until the vendor locks it."""
    left = _failing(monkeypatch, AuthRejected("refused"), Unavailable("cut"))
    _pulls(world, 1)
    assert _pulls(world, 3) == [POLL_S] * 3
    assert len(left) == 1


def test_an_open_circuit_is_waited_for(world: World) -> None:
    """A vendor that is away would be looked at again only after a poll interval."""
    circuit = world.accounts["shop"].circuit
    while not circuit.is_open:
        circuit.failed()
    assert _pulls(world, 1) == [circuit.rest_s]


def test_what_a_page_could_not_read_is_read_by_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of many calls that fails would keep all others of the page from being told."""
    external_id = world.vendors["shop"].create(Order(number="К-17", lines=()))

    async def pull(vendor: Vendor, cursor: str | None, *, limit: int) -> Page[Any]:
        del vendor, cursor, limit
        return Page([], "1", has_more=False, unread=[external_id])

    monkeypatch.setattr(Vendor, "pull", pull)
    _pulls(world, 1)
    world.do("observe", "shop")
    assert list(world.links("shop")) == [external_id]


def test_what_waited_for_the_first_reading_is_told_at_its_end(world: World) -> None:
    """A new order would be kept for seconds after everything is known that it waited for."""
    world.vendors["shop"].create(Order(number="К-17", lines=()))
    world.do("pull", "shop")
    (entity_id,) = world.due("crm")
    world.do("deliver", "crm")
    assert (world.due("crm"), world.links("crm")) == ([], {})
    world.do("pull", "crm")
    assert world.due("crm") == [entity_id]
    world.do("deliver", "crm")
    assert len(world.links("crm")) == 1
