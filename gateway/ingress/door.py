"""Door: the parts of the running gateway that HTTP needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.contract import ExchangeDesk, Log, TillService
from gateway.ops.gauges import Gauges
from gateway.ops.health import Health
from gateway.sync.account import Account
from gateway.sync.receive import Receiver
from gateway.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class Door:
    """All that the HTTP door is built from; it opens nothing itself.

    Shape: ``till_service`` is ``None`` in a process that serves no tills.
    """

    accounts: Mapping[str, Account]
    receiver: Receiver
    desks: Mapping[str, ExchangeDesk]
    health: Health
    metrics: Metrics
    gauges: Gauges
    log: Log
    till_service: TillService | None = None
