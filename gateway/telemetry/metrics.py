"""Metrics: a bounded set of counters, gauges and histograms for Prometheus.

``catalogue.py`` names them all. Each ``Metrics`` has a registry of its own.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.telemetry import catalogue
from gateway.telemetry.masking import redacted
from gateway.telemetry.state_metrics import OTHER, StateMetrics
from gateway.telemetry.till_metrics import TillMetrics

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_OPERATIONS = 200
LONGEST = 100
NO_ANSWER = "none"
_CLASSES = {number: f"{number}xx" for number in range(1, 6)}


class Metrics:
    """What the gateway counts. Every method is quick and never waits.

    ``tills`` is the part of tills and sites, ``state`` what stands where.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations: set[str] = set()
        # Finding a sample by its labels costs more than counting.
        self._told: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._lags: dict[str, Histogram] = {}
        self._received = catalogue.RECEIVED.counter(self.registry)
        self._deliveries = catalogue.DELIVERIES.counter(self.registry)
        self._lag = catalogue.DELIVERY_LAG.histogram(self.registry)
        self._calls = catalogue.CALLS.counter(self.registry)
        self._call_seconds = catalogue.CALL_SECONDS.histogram(self.registry)
        self._used = catalogue.USED.counter(self.registry)
        self._published = catalogue.PUBLISHED.counter(self.registry)
        self._commit_seconds = catalogue.COMMIT_SECONDS.histogram(self.registry)
        self._commit_works = catalogue.COMMIT_WORKS.histogram(self.registry)
        self._spans = catalogue.SPANS.counter(self.registry)
        self.state = StateMetrics(self.registry)
        self.tills = TillMetrics(self.registry)
        ProcessCollector(registry=self.registry)

    def received(self, *, account: str, kind: str, result: str, count: int = 1) -> None:
        """Count what came in; ``result`` is ``new``, ``repeated``, ``merged``, ``rejected`` …."""
        self._received.labels(account, kind, result).inc(count)

    def delivered(self, *, account: str, kind: str, result: str, count: int = 1) -> None:
        """Count how deliveries ended; ``result`` is ``sent``, ``unchanged`` or a state."""
        self._deliveries.labels(account, kind, result).inc(count)

    def arrived(self, *, account: str, seconds: float) -> None:
        """Note how long after it was due a change arrived."""
        lag = self._lags.get(account)
        if lag is None:
            lag = self._lags[account] = self._lag.labels(account)
        lag.observe(max(0.0, seconds))

    def vendor_called(
        self, *, account: str, operation: str, status: int | None, seconds: float
    ) -> None:
        """Count one call. ``status`` is ``None`` when no whole answer came."""
        if operation not in self._operations and not self._is_welcome(operation):
            operation = OTHER
        status_class = NO_ANSWER if status is None else _CLASSES.get(status // 100, OTHER)
        key = (account, operation, status_class)
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = (
                self._calls.labels(account, operation, status_class),
                self._call_seconds.labels(account, operation),
            )
        told[0].inc()
        told[1].observe(seconds)

    def _is_welcome(self, operation: str) -> bool:
        """Take a new operation as a label: few of them, and none that holds what is no name."""
        is_name = len(operation) <= LONGEST and redacted(operation) == operation
        if not is_name or len(self._operations) >= MOST_OPERATIONS:
            return False
        self._operations.add(operation)
        return True

    def budget_used(self, *, account: str, calls: int) -> None:
        """Count calls that left under an account's budget."""
        self._used.labels(account).inc(calls)

    def published(self, count: int = 1) -> None:
        """Count envelopes that the bus confirmed."""
        self._published.inc(count)

    def committed(self, works: int, seconds: float) -> None:
        """Note one commit of the store and how many pieces of work shared it; from any thread."""
        self._commit_works.observe(works)
        self._commit_seconds.observe(seconds)

    def spans(self, *, result: str, count: int) -> None:
        """Count spans that were ``exported`` or ``lost``; from any thread."""
        self._spans.labels(result).inc(count)

    def exposition(self) -> bytes:
        """Return all metrics as Prometheus text; serve it as ``CONTENT_TYPE``."""
        return generate_latest(self.registry)
