"""Catalogue: every metric, with its labels and where their values come from.

Labels are names from the configuration and from code, never ids; what a connector or a vendor might
let grow (operations, causes) is cut off at a fixed number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

LABELS: Mapping[str, str] = {
    "account": "a name from `[accounts]`",
    "cause": "a cause code of connectors and the gateway; `other` beyond the first 50",
    "feed": "a kind of records, or `behaviour`",
    "kind": "`customer`, `card`, `product`, `order`; `mixed` or empty for several or none",
    "link": "`wakes`, `events`, or `intake:` and an account",
    "operation": "a connector's name of a vendor call; `other` beyond the first 200",
    "outcome": "how a call of a till was answered",
    "part": "a part of `/readyz`",
    "progress": "where a sale of a till stands",
    "result": "how it ended",
    "role": "`run`, `serve`, `work` or `console`",
    "state": "a state of the row",
    "status_class": "`1xx` to `5xx`, `none` without a whole answer, `other`",
    "step": "an operation of a till or site",
    "version": "the program's version",
    "what": "`cards` or `codes`",
}
"""Label → where its values come from."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One metric. Shape: a counter's samples end with ``_total``, which its name leaves out."""

    name: str
    kind: str
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """The names that a query can ask for."""
        if self.kind == COUNTER:
            return (f"{self.name}_total",)
        if self.kind == HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_count", f"{self.name}_sum")
        return (self.name,)

    def counter(self, registry: CollectorRegistry) -> Counter:
        """Make it as a counter."""
        return Counter(self.name, self.text, self.labels, registry=registry)

    def gauge(self, registry: CollectorRegistry) -> Gauge:
        """Make it as a gauge."""
        return Gauge(self.name, self.text, self.labels, registry=registry)

    def histogram(self, registry: CollectorRegistry) -> Histogram:
        """Make it as a histogram."""
        return Histogram(self.name, self.text, self.labels, buckets=self.buckets, registry=registry)


_CALL_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0)
_TILL_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0)
_LAG_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
_COMMIT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_WORKS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

RECEIVED = Spec(
    "gateway_received", COUNTER, "Hints and records taken in", ("account", "kind", "result")
)
DELIVERIES = Spec(
    "gateway_deliveries", COUNTER, "Deliveries by how they ended", ("account", "kind", "result")
)
DELIVERY_LAG = Spec(
    "gateway_delivery_lag_seconds", HISTOGRAM, "Time from a change being due to its arrival",
    ("account",), _LAG_S,
)  # fmt: skip
CALLS = Spec(
    "gateway_vendor_calls", COUNTER, "Calls to vendors", ("account", "operation", "status_class")
)
CALL_SECONDS = Spec(
    "gateway_vendor_call_seconds", HISTOGRAM, "Time from sending to the whole answer",
    ("account", "operation"), _CALL_S,
)  # fmt: skip
PUBLISHED = Spec("gateway_bus_published", COUNTER, "Envelopes published")
SPANS = Spec("gateway_spans", COUNTER, "Spans by what became of them", ("result",))
COMMIT_SECONDS = Spec(
    "gateway_store_commit_seconds", HISTOGRAM, "Time of a transaction with its commit", (),
    _COMMIT_S,
)  # fmt: skip
COMMIT_WORKS = Spec(
    "gateway_store_commit_works", HISTOGRAM, "Pieces of work that shared a commit", (), _WORKS
)

DUE = Spec("gateway_due", GAUGE, "Deliveries by state", ("account", "state"))
OLDEST_DUE = Spec("gateway_oldest_due_seconds", GAUGE, "Age of the oldest due", ("account",))
CIRCUIT = Spec("gateway_circuit_open", GAUGE, "1 while calls are held", ("account",))
PAUSED = Spec("gateway_account_paused", GAUGE, "1 while an operator holds it", ("account",))
PARKED = Spec("gateway_account_parked", GAUGE, "1 while credentials are refused", ("account",))
USED = Spec(
    "gateway_budget_used", COUNTER, "Calls that left under the account's budget", ("account",)
)
LIMIT = Spec(
    "gateway_budget_limit", GAUGE, "Calls per second that are allowed, 0 for any", ("account",)
)
DEAD = Spec("gateway_dead_letters", GAUGE, "Open letters by cause", ("account", "cause"))
INBOX = Spec("gateway_inbox", GAUGE, "Received and not worked off", ("account", "state"))
OLDEST_INBOX = Spec(
    "gateway_oldest_inbox_seconds", GAUGE, "Age of the oldest in the inbox", ("account",)
)
OPERATIONS = Spec("gateway_operations", GAUGE, "Keyed operations by state", ("account", "state"))
EVENTS = Spec("gateway_events_outbox", GAUGE, "Changes that listeners are still to be told of")
OLDEST_EVENT = Spec("gateway_oldest_event_seconds", GAUGE, "Age of the oldest of these")
MOVED = Spec(
    "gateway_feed_moved_timestamp_seconds", GAUGE, "When a feed's cursor last moved",
    ("account", "feed"),
)  # fmt: skip
CONNECTED = Spec("gateway_bus_connected", GAUGE, "1 while connected to the broker", ("link",))
READY = Spec("gateway_ready", GAUGE, "1 while a part can work, as /readyz says", ("part",))
BUILD = Spec("gateway_build_info", GAUGE, "Always 1", ("version", "role"))

TILL_CALLS = Spec(
    "gateway_till_calls", COUNTER, "Calls of tills by how they were answered", ("step", "outcome")
)
TILL_SECONDS = Spec(
    "gateway_till_call_seconds", HISTOGRAM, "Time from a till's call to its answer", ("step",),
    _TILL_S,
)  # fmt: skip
UNSETTLED = Spec(
    "gateway_till_unsettled", GAUGE, "Sales and returns not settled", ("account", "progress")
)
SHADOWED = Spec(
    "gateway_shadow_comparisons", COUNTER, "Comparisons with a shadow", ("account", "result")
)
GUESSED = Spec("gateway_guessable", COUNTER, "Tries at cards and codes", ("what", "result"))
GUESSING = Spec("gateway_guessing", GAUGE, "1 while somebody guesses", ("what",))

FLOW = (
    RECEIVED, DELIVERIES, DELIVERY_LAG, CALLS, CALL_SECONDS, USED, LIMIT, CIRCUIT, PAUSED, PARKED,
)  # fmt: skip
BACKLOG = (
    DUE, OLDEST_DUE, INBOX, OLDEST_INBOX, OPERATIONS, DEAD, EVENTS, OLDEST_EVENT, MOVED,
)  # fmt: skip
TILLS = (TILL_CALLS, TILL_SECONDS, UNSETTLED, SHADOWED, GUESSED, GUESSING)
PARTS = (READY, CONNECTED, PUBLISHED, COMMIT_SECONDS, COMMIT_WORKS, SPANS, BUILD)
CATALOGUE = (*FLOW, *BACKLOG, *TILLS, *PARTS)
"""All metrics of ours; ``process_*`` of the Prometheus client come beside them."""
