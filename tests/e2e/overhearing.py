"""Overhearing: every wake-up of a gateway, whether or not it takes the way over the bus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.bootstrap.running import Gateway
from gateway.ports import Wake


@contextmanager
def overheard(gateway: Gateway, heard: list[Wake]) -> Iterator[None]:
    """Note every wake-up: each may be published, whether or not this process takes it itself."""
    bus, outbound = gateway.bus, gateway.outbound
    publish, near = bus.publish, outbound.near

    def overhear_near(wake: Wake) -> bool:
        heard.append(wake)
        return near(wake)

    async def overhear(wakes: Sequence[Wake]) -> None:
        heard.extend(wakes)
        await publish(wakes)

    bus.publish = overhear  # type: ignore[method-assign]
    outbound.near = overhear_near
    try:
        yield
    finally:
        bus.publish = publish  # type: ignore[method-assign]
        outbound.near = near
