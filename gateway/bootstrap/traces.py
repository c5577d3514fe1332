"""Traces: spans where the configuration asks for them; elsewhere nothing of it is loaded."""

from __future__ import annotations

import os
import socket
from importlib.metadata import version

from gateway.config import TracesSection
from gateway.contract import Log
from gateway.contract.http import CallHook
from gateway.telemetry import NO_SPANS, Metrics, Spans


def open_spans(section: TracesSection | None, log: Log, metrics: Metrics) -> Spans:
    """Return the spans of this process."""
    if section is None:
        return NO_SPANS
    from gateway.telemetry.tracing import Tracing  # noqa: PLC0415 - it is large and seldom asked for

    facts = {
        "service.version": version("retail-gateway"),
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
    }
    return Tracing(section.endpoint, ratio=section.ratio, log=log, count=metrics.spans, facts=facts)


def call_hook(metrics: Metrics, spans: Spans) -> CallHook:
    """Return what is told of each call to a vendor."""
    if not spans.is_on:
        return metrics.vendor_called

    def called(*, account: str, operation: str, status: int | None, seconds: float) -> None:
        metrics.vendor_called(account=account, operation=operation, status=status, seconds=seconds)
        spans.called(account=account, operation=operation, status=status, seconds=seconds)

    return called
