"""Till metrics: calls of tills and sites, and what they left to be settled."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from gateway.telemetry import catalogue


class TillMetrics:
    """What is counted at the doors of tills. Every method is quick and never waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._told: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._calls = catalogue.TILL_CALLS.counter(registry)
        self._seconds = catalogue.TILL_SECONDS.histogram(registry)
        self._unsettled = catalogue.UNSETTLED.gauge(registry)
        self._shadowed = catalogue.SHADOWED.counter(registry)
        self._guessed = catalogue.GUESSED.counter(registry)
        self._guessing = catalogue.GUESSING.gauge(registry)

    def called(self, *, step: str, outcome: str, seconds: float) -> None:
        """Count one call of a till.

        ``outcome`` is ``answered``, ``refused``, ``failed``, or why it was degraded.
        """
        told = self._told.get((step, outcome))
        if told is None:
            told = self._calls.labels(step, outcome), self._seconds.labels(step)
            self._told[step, outcome] = told
        told[0].inc()
        told[1].observe(seconds)

    def unsettled(self, *, account: str, progress: str, count: int) -> None:
        """Set how many sales and returns of a processor are not settled."""
        self._unsettled.labels(account, progress).set(count)

    def shadowed(self, *, account: str, result: str) -> None:
        """Count a comparison with a shadow: ``equal``, ``differs``, ``unanswered`` …."""
        self._shadowed.labels(account, result).inc()

    def guessed(self, *, what: str, result: str) -> None:
        """Count a try at ``cards`` or ``codes``; ``result`` is ``hit``, ``miss`` or ``limited``."""
        self._guessed.labels(what, result).inc()

    def guessing(self, *, what: str, is_on: bool) -> None:
        """Set whether somebody guesses cards or codes now."""
        self._guessing.labels(what).set(int(is_on))
