"""Scrape: all metrics as text, with the gauges fresh and the readiness among them."""

from __future__ import annotations

from gateway.ops.gauges import Gauges
from gateway.ops.health import Health
from gateway.telemetry import Metrics


async def scraped(health: Health, gauges: Gauges, metrics: Metrics) -> bytes:
    """Return the metrics as Prometheus text; a store that does not answer holds nobody up."""
    report = await health.ready()
    metrics.state.ready.show({(part,): int(one.ok) for part, one in report.findings.items()})
    await gauges.refresh(counts=report.findings["store"].ok)
    return metrics.exposition()
