"""Telemetry: logs without personal data, a bounded set of metrics, and traces where asked for.

``vocabulary.py`` holds every event that the log may hold, with its level, meaning and keys; a test
keeps it true, and ``docs/reference/log-events.md`` is made of it. What happened to one customer or
order stands in the journal, not in the log.
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
