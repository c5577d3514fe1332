"""The part of the door that serves tills and sites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.contract import Clock, Log, TillService
from gateway.ingress.pos.callers import Callers
from gateway.ingress.pos.cards import CardChecks


@dataclass(frozen=True, slots=True)
class TillPart:
    """All that the doors of tills are built from.

    Shape: ``new_id`` names sales that are only reckoned; without ``cards`` no card is checked.
    Units: ``future_s`` as in ``[pos]``.
    """

    service: TillService
    callers: Callers
    clock: Clock
    log: Log
    new_id: Callable[[], str]
    future_s: float = 600.0
    cards: CardChecks | None = None
