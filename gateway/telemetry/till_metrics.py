"""Till metrics: calls of tills and sites, and what they left to be settled."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0)


class TillMetrics:
    """What is counted at the doors of tills. Every method is quick and never waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._told: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._calls = Counter(
            "gateway_till_calls", "Calls of tills by how they were answered", ["step", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "gateway_till_call_seconds", "Time from a till's call to its answer", ["step"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._unsettled = Gauge(
            "gateway_till_unsettled", "Sales and returns not settled", ["account", "progress"],
            registry=registry,
        )  # fmt: skip
        self._shadowed = Counter(
            "gateway_shadow_comparisons", "Comparisons with a shadow", ["account", "result"],
            registry=registry,
        )  # fmt: skip
        self._guessed = Counter(
            "gateway_guessable", "Tries at cards and codes", ["what", "result"], registry=registry
        )
        self._guessing = Gauge(
            "gateway_guessing", "1 while somebody guesses", ["what"], registry=registry
        )

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
