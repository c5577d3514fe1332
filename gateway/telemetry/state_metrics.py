"""State metrics: gauges of what stands where, shown as a whole each time they are looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from prometheus_client import CollectorRegistry, Gauge

from gateway.telemetry import catalogue
from gateway.telemetry.masking import redacted

K = TypeVar("K", bound=tuple[str, ...])
MOST_CAUSES = 50
OTHER = "other"
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,48}", re.ASCII)


class Shown:
    """A gauge whose samples are replaced together; what vanished is set to 0."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._before: set[tuple[str, ...]] = set()

    def show(self, values: Mapping[K, float]) -> None:
        """Set the samples. Shape: label values in the catalogue's order → value."""
        for key in self._before - set(values):
            self._gauge.labels(*key).set(0)
        for key, value in values.items():
            self._gauge.labels(*key).set(value)
        self._before |= set(values)


class Causes:
    """Cause codes as labels: vendors make some of them up, so few are kept and none that tells."""

    def __init__(self, most: int = MOST_CAUSES) -> None:
        self._known: set[str] = set()
        self._most = most

    def label(self, code: str) -> str:
        """Return the code, or ``other`` for one too many, or of no form of a code."""
        if code in self._known:
            return code
        is_code = _CODE.fullmatch(code) is not None and redacted(code) == code
        if not is_code or len(self._known) >= self._most:
            return OTHER
        self._known.add(code)
        return code


class StateMetrics:
    """The gauges that are read from the store and from the parts of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.due = Shown(catalogue.DUE.gauge(registry))
        self.oldest_due = Shown(catalogue.OLDEST_DUE.gauge(registry))
        self.circuit = Shown(catalogue.CIRCUIT.gauge(registry))
        self.paused = Shown(catalogue.PAUSED.gauge(registry))
        self.parked = Shown(catalogue.PARKED.gauge(registry))
        self.limit = Shown(catalogue.LIMIT.gauge(registry))
        self.inbox = Shown(catalogue.INBOX.gauge(registry))
        self.oldest_inbox = Shown(catalogue.OLDEST_INBOX.gauge(registry))
        self.operations = Shown(catalogue.OPERATIONS.gauge(registry))
        self.moved = Shown(catalogue.MOVED.gauge(registry))
        self.connected = Shown(catalogue.CONNECTED.gauge(registry))
        self.ready = Shown(catalogue.READY.gauge(registry))
        self.build = Shown(catalogue.BUILD.gauge(registry))
        self._dead = Shown(catalogue.DEAD.gauge(registry))
        self._events = catalogue.EVENTS.gauge(registry)
        self._oldest_event = catalogue.OLDEST_EVENT.gauge(registry)
        self._causes = Causes()

    def dead(self, letters: Mapping[tuple[str, str], int]) -> None:
        """Show open letters. Shape: (account, cause code) → letters; the most frequent come first.

        Which causes become labels is decided by their number at first sight, and stays so.
        """
        shown: dict[tuple[str, ...], float] = {}
        for (account, code), count in _by_count(letters):
            key = (account, self._causes.label(code))
            shown[key] = shown.get(key, 0) + count
        self._dead.show(shown)

    def events(self, count: int, oldest_s: float) -> None:
        """Show how many changes listeners are still to be told of, and the age of the oldest."""
        self._events.set(count)
        self._oldest_event.set(oldest_s)


def _by_count(letters: Mapping[tuple[str, str], int]) -> Sequence[tuple[tuple[str, str], int]]:
    return sorted(letters.items(), key=lambda item: (-item[1], item[0]))
