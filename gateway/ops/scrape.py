"""Scrape: all metrics as text, with the gauges fresh and the readiness among them."""

from __future__ import annotations

from typing import Protocol

from gateway.ops.gauges import Gauges
from gateway.ops.health import HealthReport
from gateway.telemetry import Metrics


class Asked(Protocol):
    """Who knows whether the process can work."""

    async def ready(self) -> HealthReport:
        """Tell; see ``Health``."""


async def scraped(health: Asked, gauges: Gauges, metrics: Metrics) -> bytes:
    """Return the metrics as Prometheus text; a store that does not answer holds nobody up."""
    report = await health.ready()
    metrics.state.ready.show({(part,): int(one.ok) for part, one in report.findings.items()})
    await gauges.refresh(counts=report.findings["store"].ok)
    return metrics.exposition()
