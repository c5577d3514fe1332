"""Telemetry: logs without personal data, and a bounded set of metrics.

Event names are dotted, lower case, ``room.past_participle``; their values carry ids, never content.
One vocabulary, so that a search finds all of a kind:

=====================  ==========================================================================
``run.started``        a process is up (``run.stopping``, ``run.stopped``)
``hook.refused``       a call to our door did not prove its origin or could not be read
``sync.received``      a hint or record was taken in (``sync.repeated``: it was known already)
``sync.merged``        a snapshot changed (``sync.unchanged``: the record said nothing new)
``sync.conflicted``    a person must decide which records are one
``pull.paged``         a page of a vendor's feed was applied (``pull.rejected``: a record was not)
``deliver.sent``       a vendor holds a change (``deliver.unchanged``: it held it already)
``deliver.retried``    it waits for a later try (``deliver.held``, ``deliver.dead``)
``deliver.unknown``    it was sent and not answered (``deliver.reconciled``: now it is known)
``vendor.called``      one call and its status (``vendor.call_failed``: no whole answer came)
``vendor.down``        an account's circuit opened, once (``vendor.up``: it closed again)
``vendor.parked``      an account rests until an operator acts
``bus.connected``      the bus is there (``bus.lost``, ``bus.republished``)
``store.committed``    a group of work was committed (``store.failed``)
=====================  ==========================================================================
"""

from gateway.telemetry.logs import LogForm, adopt_stdlib, build_log
from gateway.telemetry.masking import mask_email, mask_name, mask_phone, redacted
from gateway.telemetry.metrics import Metrics

__all__ = [
    "LogForm",
    "Metrics",
    "adopt_stdlib",
    "build_log",
    "mask_email",
    "mask_name",
    "mask_phone",
    "redacted",
]
