"""Telemetry: logs without personal data, a bounded set of metrics, and traces where asked for.

Event names are dotted, lower case, ``room.past_participle``; their values carry ids, never content.
One vocabulary, so that a search finds all of a kind:

``run.*``
    ``run.started``, ``run.stopping``, ``run.stopped``: a process and its graceful end;
    ``run.drain_cut``: work was still going on when the time for it was over.
``intake.*``
    ``intake.refused``: a message of an account's queue could not be read and was set aside;
    ``intake.postponed``: messages could not be stored and wait; ``intake.unexplained``: one could
    not be taken in for a reason that nobody foresaw and was set aside.
``events.*``
    ``events.postponed``: listeners could not be told and are told later; ``events.failed``: a round
    of telling ended in a way that nobody foresaw; ``events.unreadable``: a version does not fit the
    model any more and was left out.
``letters.failed``
    Decisions about many letters came to a stop in a way that nobody foresaw; they are gone on with.
``hook.*``, ``http.*``
    ``hook.refused``: a call to our door did not prove its origin or could not be read;
    ``hook.postponed``: it could not be stored and shall come again; ``http.failed``: our fault.
``ops.unproved``, ``console.postponed``
    A call of the operator API had no known key; a page could not be shown, for the store is away.
``merges.postponed``
    Confirmed merges of persons could not be done, for the store is away; they are done later.
``exchange.postponed``
    A call to the exchange door could not be stored and shall come again.
``till.*``
    ``till.unproved``: a call to the doors of tills had no known key; ``till.denied``: its key lacks
    the scope; ``till.malformed``: it cannot be read, or fields of it are wrong, named by ``at``;
    ``till.receipts_refused``: some of a batch were; ``till.postponed``: it could not be kept and
    shall come again.
``observe.postponed``, ``pull.postponed``, ``pull.failed``, ``follow.postponed``
    A vendor could not be read now; it is read again later.
``deliver.*``
    ``deliver.probed``: creations of unknown outcome were looked up; ``deliver.unexplained``: a
    connector raised what it must not.
``operate.unexplained``
    The same of a keyed operation.
``remarks.dropped``
    What connectors saw of their vendors could not be written into the journal.
``lane.failed``, ``relay.failed``
    A batch or a round ended in a way that nobody foresaw; its rows are taken up again.
``account.*``
    ``account.circuit_open`` and ``account.answers_again``: a vendor went away and came back, once
    each; ``account.parked``, ``account.still_parked``, ``account.resumed``: credentials;
    ``account.not_prepared``: what the connector needs there could not be made yet;
    ``account.paused``, ``account.unpaused``: this process obeys an operator.
``vendor.*``
    ``vendor.called``: one call and its status (level debug); ``vendor.call_failed``: no whole
    answer came.
``bus.*``
    ``bus.connected``, ``bus.lost``, ``bus.consuming``, ``bus.unreachable``, ``bus.returned``,
    ``bus.refused``, ``bus.handler_failed``, ``bus.dropped``, ``bus.unreadable``,
    ``bus.drain_cut``: connections and wake-ups; what is dropped is woken again by the relay.
``store.*``
    ``store.unavailable``: the database takes no work now; ``store.development_key``: the data key
    lies beside the data.
``till.*``, ``switches.kept``
    ``till.step_failed``, ``till.settling_failed``: a step of a sale ended in a way that nobody
    foresaw, and is taken up again; ``till.not_written``: an answer of a processor could not be put
    on disk and is looked up later; ``till.late_answer_lost``: the same of one that came late;
    ``till.refresh_postponed``: what others changed could not be read now; ``till.lease_lost``:
    another process serves tills on this store, see ``pos.shared``; ``switches.kept``: the switches
    could not be read and stay as they were.
``house.upkeep_failed``
    The house's work of every minute ended in a way that nobody foresaw, and is tried again.
``forms.postponed``, ``forms.failed``, ``forms.not_joined``
    A questionnaire could not be kept now and its visitor was told so; one went on in a way that
    nobody foresaw, and is taken up again; ``forms.not_joined``: two customers whose contacts one
    person confirmed are for people to join.
``cards.guessing``, ``codes.guessing``
    Somebody guesses card numbers or one-time codes: once when it begins, once when it is over.
``alerts.*``
    ``alerts.began``, ``alerts.over``: an alert, once each; ``alerts.probe_failed``: an account that
    sends messages did not tell its balance; ``alerts.store_away``: the store takes no work, which
    is told past it; ``alerts.not_sent``: and could not be told to an address yet;
    ``alerts.not_kept``: what was told could not be written beside the store; ``alerts.failed``: a
    look ended in a way that nobody foresaw and is repeated.
``support.*``
    ``support.refused``: a question of the support desk did not prove its origin or may not be
    asked; ``support.late``: it could not be answered in time.
``notify.balance_low``
    The account that sends messages is about to run out of money.
``sales.*``
    ``sales.postponed``: the store takes no sales of tills, they wait in the local log;
    ``sales.resumed``: it takes them again; ``sales.left``: some wait there for the next start;
    ``sales.failed``: moving them ended in a way that nobody foresaw and is tried again;
    ``sales.refused``: one cannot be stored as it is and stays in the local log, which is a fault.
``reports.*``
    ``reports.built``: the facts hold all that was stored; ``reports.build_failed``: a round of
    building them ended in a way that nobody foresaw and is tried again.
``retention.*``, ``gauges.skipped``, ``tally.failed``
    ``retention.purged``, ``retention.postponed``: clean-up; the gauges could not be counted; a
    round of counting for the charts ended in a way that nobody foresaw.

What happened to one customer or order stands in the journal, not in the log.
"""

from gateway.telemetry.logs import LogForm, adopt_stdlib, build_log
from gateway.telemetry.masking import mask_email, mask_name, mask_phone, redacted
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.spans import NO_SPANS, Place, Spans, Subject

__all__ = [
    "NO_SPANS",
    "LogForm",
    "Metrics",
    "Place",
    "Spans",
    "Subject",
    "adopt_stdlib",
    "build_log",
    "mask_email",
    "mask_name",
    "mask_phone",
    "redacted",
]
