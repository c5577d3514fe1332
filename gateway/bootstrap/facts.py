"""Facts: what a process knows of itself, for its gauges."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from gateway.bootstrap.running import Gateway
from gateway.bus import KombuBus, LinkHealth
from gateway.ops.gauges import Facts

WORK = "work"


def facts_of(gateway: Gateway, *, role: str, works: bool) -> Facts:
    """Return the facts of a process; ``role`` is ``run``, ``serve`` or ``work``."""
    bus = gateway.bus
    links: dict[str, Callable[[], bool]] = {}
    if isinstance(bus, KombuBus):
        links["wakes"] = lambda: bus.health()["connected"]
    if works:
        links |= {name: partial(_is_up, health) for name, health in gateway.links().items()}
    return Facts(
        role=role,
        version=version("retail-gateway"),
        links=links,
        counts=role != WORK,
    )


def _is_up(health: Callable[[], LinkHealth]) -> bool:
    return health().connected
