"""Exporting: spans on their way to the collector, and the ids that they are given.

With ``tracing.py`` the only module that knows OpenTelemetry.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator

EXPORT_S = 5.0
PATH = "/v1/traces"


class Log(Protocol):
    """Where it is told that the collector is away."""

    def info(self, event: str, **values: object) -> object:
        """Write an event of normal life."""

    def warning(self, event: str, **values: object) -> object:
        """Write an event that an operator may want to see."""


class Count(Protocol):
    """Counts spans by what became of them."""

    def __call__(self, *, result: str, count: int) -> None:
        """Count; from any thread."""


class GivenIds(IdGenerator):
    """Gives the ids that were set just before; a tracer asks for them while it makes a span."""

    def __init__(self) -> None:
        self.trace = self.span = 0

    def generate_trace_id(self) -> int:
        """Return the trace's id."""
        return self.trace

    def generate_span_id(self) -> int:
        """Return the span's id."""
        return self.span


class Exporter(SpanExporter):
    """The exporter, with its troubles told once and counted."""

    def __init__(self, endpoint: str, log: Log, count: Count) -> None:
        # Its own words would come for every batch; ours come once.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._otlp = OTLPSpanExporter(endpoint=_whole(endpoint), timeout=EXPORT_S)
        self._log = log
        self._count = count
        self._lost = 0
        self.is_closing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; while the process ends, a collector that was away is not waited for."""
        if self.is_closing and self._lost:
            result, cause = SpanExportResult.FAILURE, "closing"
        else:
            result, cause = self._sent(spans)
        if result is SpanExportResult.SUCCESS:
            self._count(result="exported", count=len(spans))
            if self._lost:
                self._log.info("traces.resumed", lost=self._lost)
                self._lost = 0
            return result
        self._count(result="lost", count=len(spans))
        if not self._lost:
            self._log.warning("traces.lost", spans=len(spans), cause=cause)
        self._lost += len(spans)
        return result

    def _sent(self, spans: Sequence[ReadableSpan]) -> tuple[SpanExportResult, str]:
        try:
            return self._otlp.export(spans), "the collector took none"
        except Exception as error:  # noqa: BLE001 - a thread of a library must outlive any batch
            return SpanExportResult.FAILURE, type(error).__name__

    def shutdown(self) -> None:
        """Release the connection."""
        self._otlp.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        del timeout_millis
        return True


def _whole(endpoint: str) -> str:
    base = endpoint.rstrip("/")
    return base if base.endswith(PATH) else f"{base}{PATH}"
