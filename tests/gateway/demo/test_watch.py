"""The watch: the day is judged only after everything that the vendors tell was read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.demo import watch as module
from gateway.demo.watch import Watch
from gateway.sync.pull import end_of
from tests.gateway.demo.conftest import Shop
from tests.gateway.sync.stepping import HeldClock, StepStore

ORDERS, END = str(Kind.ORDER), end_of(Kind.ORDER)


class Feed:
    """One feed's checkpoints, moved as a gateway moves them."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.store = StepStore(self.clock)
        self.pages = 0

    def page(self, *, is_last: bool) -> None:
        """Note that a page was read, and whether it was the last."""
        self.clock.move(1)
        for stream in (ORDERS, END) if is_last else (ORDERS,):
            self.store.now(partial(self._move, stream=stream))
        self.pages += 1

    def _move(self, tx: Any, *, stream: str) -> None:  # noqa: ANN401 - a transaction
        before = tx.checkpoint("crm", stream)
        old = before.cursor if before else None
        tx.move_checkpoint("crm", stream, old=old, new=str(self.pages), now=self.clock.now())


async def _walk(feed: Feed, is_last: Callable[[], bool]) -> None:
    while True:
        feed.page(is_last=is_last())
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the watch look and give up sooner."""
    for name, value in (("_LOOK_S", 0.01), ("_QUIET_S", 0.05), ("_QUIET_LIMIT_S", 1.0)):
        monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize("reaches_the_end", [False, True])
async def test_pages_of_what_is_known_are_not_the_end(
    shop: Shop,
    reaches_the_end: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A backlog without any effect would be judged before what lies behind it was read."""
    feed = Feed()
    feed.page(is_last=True)
    walking = asyncio.create_task(_walk(feed, lambda: reaches_the_end))
    try:
        watch = Watch(feed.store, [("crm", END)], shop.site, shop.crm)
        assert await watch.quiet() is reaches_the_end
        assert feed.pages > 2
    finally:
        walking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await walking


async def test_one_end_is_not_enough(shop: Shop) -> None:
    """The page that ends first may have been asked for before the last step of the day."""
    feed = Feed()
    feed.page(is_last=True)
    once = iter([True])
    walking = asyncio.create_task(_walk(feed, lambda: next(once, False)))
    try:
        watch = Watch(feed.store, [("crm", END)], shop.site, shop.crm)
        assert await watch.quiet() is False
    finally:
        walking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await walking
