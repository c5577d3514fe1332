"""Persisted: work on the store that is not given up while the store is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.contract import Log, StoreError

R = TypeVar("R")
_PAUSE_S = 1.0


async def persisted(
    call: Callable[[], Awaitable[R]],
    *,
    log: Log,
    loop: str,
    sleep: Callable[[float], Awaitable[None]],
) -> R:
    """Call until the store answers; ``loop`` names in the log who waits for it."""
    while True:
        try:
            return await call()
        except StoreError as error:
            log.warning("store.unavailable", loop=loop, cause=str(error))
            await sleep(_PAUSE_S)
