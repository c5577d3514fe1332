"""Vocabulary: every event that the log may hold, as data for tests and for the reference.

Event names are dotted, lower case, ``room.past_participle``; their values carry ids, never content.
One vocabulary, so that a search finds all of a kind. What happened to one customer or order stands
in the journal, not in the log. Nothing of this is loaded by a running gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEBUG, INFO, WARNING = "debug", "info", "warning"

COMMON: Mapping[str, str] = {
    "event": "the name, see below",
    "level": "`debug`, `info` or `warning`; errors of libraries come as `error`",
    "timestamp": "ISO 8601, UTC",
    "correlation_id": "what caused it: the same as in the answer's header and in the journal",
    "account": "the account concerned, as the configuration names it",
    "connector": "that account's connector",
}
"""Keys that any line may have, and what they mean."""

FAULT: Mapping[str, str] = {
    "error": "type of an exception",
    "at": "where it was raised, innermost last",
    "reason": "its text, where that is our own",
    "caused_by": "types of what led to it",
}
"""Keys that stand for ``exc_info``."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event. ``keys`` are those beside the common ones."""

    level: str
    meaning: str
    keys: frozenset[str]


def _of(level: str, meaning: str, keys: str = "") -> LogEvent:
    return LogEvent(level, meaning, frozenset(keys.split()))


EVENTS: Mapping[str, LogEvent] = {
    "run.started": _of(INFO, "A process is up.", "serves works port accounts metrics_port"),
    "run.stopping": _of(INFO, "A signal came: nothing new is taken."),
    "run.stopped": _of(INFO, "The process has ended in order."),
    "run.drain_cut": _of(
        WARNING, "Work was still going on when the time for it was over.", "after_s"
    ),
    "intake.refused": _of(
        WARNING, "A message of an account's queue could not be read and was set aside.", "cause"
    ),
    "intake.postponed": _of(WARNING, "Messages could not be stored and wait.", "cause messages"),
    "intake.unexplained": _of(
        WARNING, "A message ended in a way that nobody foresaw and was set aside.", "error"
    ),
    "events.postponed": _of(
        WARNING, "Listeners could not be told of changes and are told later.", "cause"
    ),
    "events.failed": _of(
        WARNING, "A round of telling listeners ended in a way that nobody foresaw.", "error"
    ),
    "events.unreadable": _of(
        WARNING, "A version does not fit the model any more and was left out.", "entity_id version"
    ),
    "letters.failed": _of(
        WARNING, "Decisions about many letters stopped unforeseen; they are gone on with.", "error"
    ),
    "support.refused": _of(
        WARNING, "A question from a chat did not prove its origin or could not be answered.",
        "account cause",
    ),
    "support.late": _of(
        WARNING, "The answer to a question from a chat did not come in time.", "account cause"
    ),
    "alerts.began": _of(WARNING, "An alert began; people are told.", "rule subject"),
    "alerts.over": _of(INFO, "An alert is over; people are told.", "rule since subject"),
    "alerts.failed": _of(
        WARNING, "A look at what alerts watch ended unforeseen and is tried again.", "error"
    ),
    "alerts.probe_failed": _of(
        WARNING, "An account could not be asked for its balance.", "account error"
    ),
    "alerts.store_away": _of(
        WARNING, "The store is away; alerts are told without it.", "cause"
    ),
    "alerts.not_sent": _of(
        WARNING, "A message about an alert could not be sent while the store is away.",
        "address cause",
    ),
    "alerts.not_kept": _of(
        WARNING, "How far an outage was told could not be written into the data folder.", "error"
    ),
    "erasures.postponed": _of(
        WARNING, "Erasures of persons wait for the store and go on later.", "cause"
    ),
    "merges.postponed": _of(
        WARNING, "Confirmed merges of persons wait for the store and are done later.", "cause"
    ),
    "merges.unsent": _of(
        WARNING, "A person could not be written to about a merge; tried again where that may help.",
        "cause",
    ),
    "ops.unproved": _of(WARNING, "A call of the operator API had no known key."),
    "console.postponed": _of(
        WARNING, "A page could not be shown, for the store is away.", "cause"
    ),
    "hook.refused": _of(
        WARNING, "A call to our door did not prove its origin or could not be read.", "status"
    ),
    "hook.postponed": _of(WARNING, "A call could not be stored and shall come again.", "cause"),
    "http.failed": _of(WARNING, "A call ended by our own fault.", "exc_info"),
    "exchange.postponed": _of(
        WARNING, "A call to the exchange door could not be stored and shall come again.", "cause"
    ),
    "exchange.untidy": _of(
        WARNING, "Files that a vendor handed over cannot be removed: look at the disk.", "cause"
    ),
    "till.unproved": _of(WARNING, "A call to the doors of tills had no known key."),
    "till.denied": _of(WARNING, "The key of a till's call lacks the scope.", "caller scope"),
    "till.malformed": _of(
        WARNING, "A till's call cannot be read, or fields of it are wrong.", "caller call code at"
    ),
    "till.receipts_refused": _of(WARNING, "Some receipts of a batch were refused.", "caller count"),
    "till.postponed": _of(
        WARNING, "A till's call could not be kept and shall come again.", "call cause"
    ),
    "till.step_failed": _of(
        WARNING, "A step of a sale ended in a way that nobody foresaw; it is taken up again.",
        "error",
    ),
    "till.settling_failed": _of(
        WARNING, "Settling ended in a way that nobody foresaw; it is taken up again.", "error"
    ),
    "till.not_written": _of(
        WARNING, "A processor's answer could not be put on disk and is looked up later.", "cause"
    ),
    "till.late_answer_lost": _of(
        WARNING, "A late answer of a processor could not be put on disk.", "error"
    ),
    "till.refresh_postponed": _of(
        WARNING, "What others changed could not be read now.", "cause"
    ),
    "till.lease_lost": _of(
        WARNING, "Another process serves tills on this store, see `pos.shared`."
    ),
    "switches.kept": _of(
        WARNING, "The switches could not be read and stay as they were.", "cause"
    ),
    "observe.postponed": _of(
        WARNING, "A record could not be read now; it is read again later.",
        "error operation attempts delay_s",
    ),
    "pull.postponed": _of(
        WARNING, "A feed could not be read now; it is read again later.", "kind error operation"
    ),
    "pull.failed": _of(
        WARNING, "A round of a feed ended in a way that nobody foresaw.", "kind error"
    ),
    "follow.postponed": _of(
        WARNING, "A feed of visitors' behaviour could not be read now.", "error operation"
    ),
    "deliver.probed": _of(
        INFO, "Creations of unknown outcome were looked up at the vendor.", "asked found"
    ),
    "deliver.unexplained": _of(WARNING, "A connector raised what it must not.", "error"),
    "operate.unexplained": _of(
        WARNING, "A connector raised what it must not, in a keyed operation.", "error"
    ),
    "remarks.dropped": _of(
        WARNING, "What connectors saw of their vendors could not be written down.", "count"
    ),
    "lane.failed": _of(
        WARNING, "A batch ended in a way that nobody foresaw; its rows are taken up again.", "error"
    ),
    "relay.failed": _of(
        WARNING, "A look for forgotten work ended in a way that nobody foresaw.", "error"
    ),
    "account.circuit_open": _of(
        WARNING, "A vendor went away: its account rests; told once.", "rest_s"
    ),
    "account.answers_again": _of(INFO, "The vendor is back; told once."),
    "account.parked": _of(
        WARNING, "The vendor refuses the credentials: no calls are made.", "reason"
    ),
    "account.still_parked": _of(INFO, "A try of a parked account failed.", "error"),
    "account.resumed": _of(INFO, "A parked account works again."),
    "account.paused": _of(INFO, "An operator holds an account; this process obeys."),
    "account.unpaused": _of(INFO, "The operator lets it go on."),
    "account.not_prepared": _of(
        WARNING, "What the connector needs at the vendor could not be made yet.", "error"
    ),
    "vendor.called": _of(
        DEBUG, "One answered call.", "operation status duration_ms sent_bytes received_bytes"
    ),
    "vendor.call_failed": _of(
        WARNING, "No whole answer came.", "operation duration_ms error reason"
    ),
    "mindbox.export_cancelled": _of(
        WARNING, "Mindbox gave up an export; it is asked for again.", "since"
    ),
    "retailcrm.history_unreadable": _of(
        WARNING, "A change of RetailCRM's history names a field of unknown form.", "field"
    ),
    "notify.balance_low": _of(
        WARNING, "The account that sends messages is about to run out of money.", "balance"
    ),
    "bus.connected": _of(INFO, "A connection to the broker is up.", "role after_failures"),
    "bus.lost": _of(
        WARNING, "A connection to the broker broke, or was not made.", "role cause failures"
    ),
    "bus.consuming": _of(INFO, "The shards that this process is subscribed to.", "shards"),
    "bus.unreachable": _of(
        WARNING, "Wake-ups could not be published; the relay wakes again.", "error dropped"
    ),
    "bus.returned": _of(WARNING, "The broker gave messages back as not routable.", "messages"),
    "bus.refused": _of(WARNING, "The broker did not confirm messages.", "multiple"),
    "bus.handler_failed": _of(
        WARNING, "Wake-ups could not be handled and come again.", "wakes failures cause"
    ),
    "bus.dropped": _of(
        WARNING, "Wake-ups that fail every time were dropped; the relay wakes again.", "refs"
    ),
    "bus.unreadable": _of(WARNING, "A message of the bus is none of ours.", "shard cause"),
    "bus.drain_cut": _of(
        WARNING, "Wake-ups were in hand when the time to end was over.", "batches"
    ),
    "store.unavailable": _of(
        WARNING, "The database takes no work now.", "loop feed during cause"
    ),
    "store.development_key": _of(WARNING, "The data key lies beside the data.", "data_dir"),
    "house.upkeep_failed": _of(
        WARNING, "The house's work of every minute ended in a way that nobody foresaw.", "error"
    ),
    "forms.postponed": _of(
        WARNING, "A questionnaire could not be kept now, and its visitor was told so.", "form cause"
    ),
    "forms.failed": _of(
        WARNING, "A questionnaire went on in a way that nobody foresaw, and is taken up again.",
        "form error",
    ),
    "forms.not_joined": _of(
        INFO, "Two customers whose contacts one person confirmed are for people to join.",
        "form cause",
    ),
    "cards.guessing": _of(
        WARNING, "Somebody guesses card numbers: once when it begins, once when it is over.",
        "outcome misses",
    ),
    "codes.guessing": _of(
        WARNING, "Somebody guesses one-time codes: once when it begins and once at its end.",
        "outcome misses",
    ),
    "sales.postponed": _of(
        WARNING, "The store takes no sales of tills, they wait in the local log.", "cause"
    ),
    "sales.resumed": _of(INFO, "The store takes sales again.", "pages"),
    "sales.left": _of(WARNING, "Sales wait in the local log for the next start.", "pages"),
    "sales.failed": _of(
        WARNING, "Moving sales ended in a way that nobody foresaw and is tried again.", "cause"
    ),
    "sales.refused": _of(
        WARNING, "A sale cannot be stored as it is and stays in the local log: a fault.", "sales"
    ),
    "retention.purged": _of(
        INFO, "What was finished and old was deleted.",
        "inbox journal dead_letter sale erased_name awaited_buyer"
    ),
    "retention.postponed": _of(WARNING, "Clean-up waits for the store.", "cause"),
    "reports.built": _of(INFO, "The facts of reports hold all that was stored.", "seen"),
    "reports.build_failed": _of(
        WARNING, "A round of building reports ended unforeseen and is tried again.", "error"
    ),
    "tally.failed": _of(WARNING, "A round of counting for charts ended unforeseen.", "error"),
    "gauges.skipped": _of(WARNING, "The backlog could not be counted.", "cause"),
    "probe.failed": _of(WARNING, "A call to the worker's port ended by our own fault.", "error"),
    "traces.lost": _of(
        WARNING, "Spans could not be handed to the collector; told once.", "spans cause"
    ),
    "traces.resumed": _of(INFO, "The collector takes spans again.", "lost"),
}  # fmt: skip
"""Event → what it means."""
