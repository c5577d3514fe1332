"""Metrics: a bounded set of counters, gauges and histograms for Prometheus.

Labels are names from the configuration and from code, never ids; what a connector might let grow
(operations) is cut off at a fixed number. Each ``Metrics`` has a registry of its own.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.telemetry.till_metrics import TillMetrics

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_OPERATIONS = 200
OTHER = "other"
NO_ANSWER = "none"
_CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)


class Metrics:
    """What the gateway counts. Every method is quick and never waits.

    ``tills`` is the part of tills and sites.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._operations: set[str] = set()
        # Finding a sample by its labels costs more than counting.
        self._told: dict[tuple[str, str, int | None], tuple[Counter, Histogram]] = {}
        self._received = self._counter(
            "gateway_received", "Hints and records taken in", "account", "kind", "result"
        )
        self._deliveries = self._counter(
            "gateway_deliveries", "Deliveries by how they ended", "account", "kind", "result"
        )
        self._calls = self._counter(
            "gateway_vendor_calls", "Calls to vendors", "account", "operation", "status_class"
        )
        self._call_seconds = Histogram(
            "gateway_vendor_call_seconds",
            "Time from sending to the whole answer",
            ["account", "operation"],
            buckets=_CALL_SECONDS,
            registry=self.registry,
        )
        self._due = self._gauge("gateway_due", "Deliveries by state", "account", "state")
        self._oldest = self._gauge("gateway_oldest_due_seconds", "Age of the oldest due", "account")
        self._circuit = self._gauge("gateway_circuit_open", "1 while calls are held", "account")
        self._used = self._counter(
            "gateway_budget_used", "Calls that left under the account's budget", "account"
        )
        self._limit = self._gauge(
            "gateway_budget_limit", "Calls per second that the account's limit allows", "account"
        )
        self._published = self._counter("gateway_bus_published", "Envelopes published")
        self.tills = TillMetrics(self.registry)

    def received(self, *, account: str, kind: str, result: str, count: int = 1) -> None:
        """Count what came in; ``result`` is ``new``, ``repeated``, ``merged``, ``rejected`` …."""
        self._received.labels(account, kind, result).inc(count)

    def delivered(self, *, account: str, kind: str, result: str, count: int = 1) -> None:
        """Count how deliveries ended; ``result`` is ``sent``, ``unchanged`` or a state."""
        self._deliveries.labels(account, kind, result).inc(count)

    def vendor_called(
        self, *, account: str, operation: str, status: int | None, seconds: float
    ) -> None:
        """Count one call. ``status`` is ``None`` when no whole answer came."""
        if operation not in self._operations:
            if len(self._operations) < MOST_OPERATIONS:
                self._operations.add(operation)
            else:
                operation = OTHER
        key = (account, operation, status)
        told = self._told.get(key)
        if told is None:
            status_class = NO_ANSWER if status is None else f"{status // 100}xx"
            told = self._told[key] = (
                self._calls.labels(account, operation, status_class),
                self._call_seconds.labels(account, operation),
            )
        told[0].inc()
        told[1].observe(seconds)

    def due(self, *, account: str, state: str, count: int) -> None:
        """Set how many deliveries of an account are in a state."""
        self._due.labels(account, state).set(count)

    def oldest_due(self, *, account: str, seconds: float) -> None:
        """Set the age of an account's oldest due delivery; 0 when none is due."""
        self._oldest.labels(account).set(seconds)

    def circuit(self, *, account: str, is_open: bool) -> None:
        """Set whether an account's calls are held back."""
        self._circuit.labels(account).set(int(is_open))

    def budget_used(self, *, account: str, calls: int) -> None:
        """Count calls that left under an account's budget."""
        self._used.labels(account).inc(calls)

    def budget_limit(self, *, account: str, per_s: float) -> None:
        """Set how many calls per second are allowed; 0 for no limit."""
        self._limit.labels(account).set(per_s)

    def published(self, count: int = 1) -> None:
        """Count envelopes that the bus confirmed."""
        self._published.inc(count)

    def exposition(self) -> bytes:
        """Return all metrics as Prometheus text; serve it as ``CONTENT_TYPE``."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self.registry)
