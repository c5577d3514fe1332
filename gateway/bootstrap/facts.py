"""Facts: what a process knows of itself, for its gauges."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from gateway.bootstrap.foundation import Foundation, limit_of
from gateway.bootstrap.running import Gateway
from gateway.bus import KombuBus, LinkHealth
from gateway.contract import RateLimit
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
        limits=_limits(gateway.foundation),
        counts=role != WORK,
    )


def _is_up(health: Callable[[], LinkHealth]) -> bool:
    return health().connected


def _limits(foundation: Foundation) -> dict[str, RateLimit]:
    found = {}
    for name, account in foundation.accounts.items():
        limit = limit_of(foundation.config.accounts[name], account.connector.manifest)
        if limit is not None:
            found[name] = limit
    return found
