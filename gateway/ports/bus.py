"""Bus port: wakes and distributes work. A lost envelope costs time, never data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wake:
    """An envelope: wakes work on one entity key. Holds ids only, never personal data.

    ``task`` is ``route`` (``ref`` is an inbox id) or ``deliver`` (``ref`` is an entity id,
    ``account`` the destination). ``key`` is what order is kept by.
    """

    task: str
    ref: str
    account: str
    key: str
    correlation_id: str = ""


class Bus(Protocol):
    """Distribution of wake-ups: order per shard, at least once while the store relays again."""

    async def publish(self, wakes: Sequence[Wake]) -> None:
        """Publish to the shards of their keys; returns after the broker confirmed all.

        Raises ``ConnectionError`` when it cannot; the relay repeats later.
        """

    async def consume(self, handler: Callable[[Sequence[Wake]], Awaitable[None]]) -> None:
        """Start handing batches of wake-ups to ``handler``; acknowledged when it returns.

        An exception gives the batch back. Returns at once; ``close`` ends it.
        """

    async def close(self) -> None:
        """Stop consuming, finish publishing, release connections; may be called twice."""
