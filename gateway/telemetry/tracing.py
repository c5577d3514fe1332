"""Tracing: spans by OpenTelemetry, over OTLP and HTTP. Loaded only where traces are asked for."""

from __future__ import annotations

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from gateway.telemetry.exporting import Count, Exporter, GivenIds, Log
from gateway.telemetry.masking import redacted
from gateway.telemetry.spans import Fact, Place, Spans, Step, Subject, is_sampled, span_id, trace_id

MOST_LINKS = 16
K = TypeVar("K")
V = TypeVar("V")
_REMEMBERED = 10_000
_NANO = 1_000_000_000
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_ROOTS = {Place.RECEIVE: Place.RECEIVE, Place.TILL: Place.RECEIVE, Place.PULL: Place.ROUTE}
"""What begins a story, and as which place it is known to what follows."""
_PARENTS = {
    Place.ROUTE: Place.RECEIVE, Place.DELIVER: Place.ROUTE, Place.OPERATE: Place.RECEIVE,
    Place.SETTLE: Place.RECEIVE,
}  # fmt: skip
_NAMED = frozenset({Place.RECEIVE, Place.ROUTE})
"""Places whose spans are named by the story, because others hang on them."""


class Tracing(Spans):
    """Spans for real. Use on one event loop."""

    is_on = True

    def __init__(
        self, endpoint: str, *, ratio: float, log: Log, count: Count, facts: Mapping[str, Fact]
    ) -> None:
        """Begin; ``facts`` describe this process. The collector is met with the first batch."""
        self._ratio = ratio
        self._ids = GivenIds()
        self._exporter = Exporter(endpoint, log, count)
        resource = Resource.create({"service.name": "gateway", **facts})
        self._provider = TracerProvider(
            ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=self._ids
        )
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("gateway")
        self._callers: OrderedDict[str, SpanContext] = OrderedDict()
        self._given: OrderedDict[int, None] = OrderedDict()

    def came(self, correlation_id: str, traceparent: str) -> None:
        """Note the caller's own span; it becomes a link of what begins the story."""
        found = _TRACEPARENT.fullmatch(traceparent.strip())
        if found is None or not self.traces(correlation_id):
            return
        caller = SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True)
        if caller.is_valid:
            _remember(self._callers, correlation_id, caller)

    def step(self, place: Place, account: str) -> Step:
        """Begin a step."""
        return _Step(self, place, account)

    def called(self, *, account: str, operation: str, status: int | None, seconds: float) -> None:
        """Note a call of the step under way; outside of any step nobody asks for it."""
        step = _NOW.get()
        if step is not None:
            ended = time.time_ns()
            facts: dict[str, Fact] = {
                "gateway.account": account, "gateway.operation": _fit(operation),
            }  # fmt: skip
            if status is not None:
                facts["http.response.status_code"] = status
            own = _NEXT.get() or secrets.randbits(64)
            _NEXT.set(0)
            step.take(_Call(own, ended - int(seconds * _NANO), ended, facts, status))

    def traceparent(self) -> Mapping[str, str]:
        """Return the header of the next call, which is noted under the id that it names."""
        step = _NOW.get()
        traced = step.first() if step is not None else None
        if traced is None:
            return {}
        own = secrets.randbits(64)
        _NEXT.set(own)
        return {"traceparent": f"00-{trace_id(traced.correlation_id):032x}-{own:016x}-01"}

    def close(self) -> None:
        """Hand on what is left; may be called twice."""
        if not self._exporter.is_closing:
            self._exporter.is_closing = True
            self._provider.shutdown()

    def traces(self, correlation_id: str) -> bool:
        """Tell whether a story is traced."""
        return bool(correlation_id) and is_sampled(correlation_id, self._ratio)

    def context(self, step: _Step, subject: Subject) -> SpanContext:
        """Give a subject's span its name: the story's own, or any where that is taken."""
        place = subject.place or step.place
        known_as = _ROOTS.get(place, place)
        own = secrets.randbits(64)
        if known_as in _NAMED:
            derived = span_id(subject.correlation_id, known_as)
            own = own if subject.again or derived in self._given else derived
            _remember(self._given, own, None)
        return _context(subject.correlation_id, own)

    def write(self, own: SpanContext, parent: SpanContext | None, said: _Said) -> None:
        """Write a span that has ended."""
        self._ids.trace, self._ids.span = own.trace_id, own.span_id
        over = set_span_in_context(NonRecordingSpan(parent), Context()) if parent else Context()
        span = self._tracer.start_span(
            said.name, over, said.kind, said.facts, [Link(one) for one in said.links], said.began
        )
        if said.trouble:
            span.set_status(Status(StatusCode.ERROR, said.trouble))
        span.end(said.ended)

    def caller_of(self, correlation_id: str) -> Sequence[SpanContext]:
        """Return the caller's span of a story that begins, once."""
        found = self._callers.pop(correlation_id, None)
        return [found] if found is not None else []


@dataclass(frozen=True, slots=True)
class _Call:
    """A call to a vendor. Units: moments in nanoseconds since 1970."""

    own: int
    began: int
    ended: int
    facts: Mapping[str, Fact]
    status: int | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What a span says."""

    name: str
    began: int
    ended: int
    facts: Mapping[str, Fact]
    kind: SpanKind = SpanKind.INTERNAL
    links: Sequence[SpanContext] = ()
    trouble: str = ""


class _Step(Step):
    """A step under way. Its calls are kept until it ends, because only then it is known of whom."""

    __slots__ = ("_began", "_calls", "_home", "_subjects", "_token", "_tracing", "account", "place")

    def __init__(self, tracing: Tracing, place: Place, account: str) -> None:
        self.place = place
        self.account = account
        self._tracing = tracing
        self._subjects: list[Subject] = []
        self._calls: list[_Call] = []
        self._home: SpanContext | None = None
        self._token: Token[_Step | None] | None = None
        self._began = 0

    def about(self, subjects: Iterable[Subject]) -> None:
        """Say what it is about."""
        traces = self._tracing.traces
        self._subjects = [one for one in subjects if traces(one.correlation_id)]

    def first(self) -> Subject | None:
        """Return the first story that is traced; the calls of a batch are shown in its trace."""
        return self._subjects[0] if self._subjects else None

    def take(self, call: _Call) -> None:
        """Take a call; one that ends after the step is written at once."""
        if self._token is not None:
            self._calls.append(call)
        elif self._home is not None:
            self._write_call(call, self._home)

    def __enter__(self) -> Self:
        self._began = time.time_ns()
        self._token = _NOW.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token is not None:
            _NOW.reset(self._token)
            self._token = None
        ended = time.time_ns()
        for number, subject in enumerate(self._single()):
            own = self._tracing.context(self, subject)
            if not number:
                self._home = own
            links = [_context_of(own_of, self._home) for own_of in self._calls if number]
            self._write(subject, own, ended, links, kind.__name__ if kind else "")
        for call in self._calls:
            if self._home is not None:
                self._write_call(call, self._home)
        self._calls = []

    def _write(
        self, subject: Subject, own: SpanContext, ended: int, calls: Sequence[SpanContext],
        trouble: str,
    ) -> None:  # fmt: skip
        place = subject.place or self.place
        parent, links = None, list(calls[:MOST_LINKS])
        if place in _ROOTS:
            links += self._tracing.caller_of(subject.correlation_id)
        else:
            parent = _context(
                subject.correlation_id, span_id(subject.correlation_id, _PARENTS[place])
            )
        facts: dict[str, Fact] = {"gateway.correlation_id": _fit(subject.correlation_id)}
        if self.account:
            facts["gateway.account"] = self.account
        facts |= {f"gateway.{name}": _fit(fact) for name, fact in subject.facts.items()}
        trouble = trouble or str(subject.facts.get("error", ""))
        said = _Said(place, self._began, ended, facts, links=links, trouble=trouble)
        self._tracing.write(own, parent, said)

    def _single(self) -> Iterable[Subject]:
        """Leave out repeats: several hints of one call are one story and one step."""
        found: dict[object, Subject] = {}
        for one in self._subjects:
            place = one.place or self.place
            is_named = _ROOTS.get(place, place) in _NAMED
            more = () if is_named else tuple(sorted(one.facts.items()))
            found.setdefault((one.correlation_id, place, more), one)
        return found.values()

    def _write_call(self, call: _Call, home: SpanContext) -> None:
        is_bad = call.status is None or call.status >= 400  # noqa: PLR2004 - HTTP's own border
        trouble = ("no answer" if call.status is None else str(call.status)) if is_bad else ""
        said = _Said(
            "vendor.call", call.began, call.ended, call.facts, SpanKind.CLIENT, trouble=trouble
        )
        self._tracing.write(_context_of(call, home), home, said)


_NOW: ContextVar[_Step | None] = ContextVar("gateway_step", default=None)
_NEXT: ContextVar[int] = ContextVar("gateway_next_call", default=0)


def _context(correlation_id: str, own: int) -> SpanContext:
    return SpanContext(trace_id(correlation_id), own, is_remote=True, trace_flags=_SAMPLED)


def _context_of(call: _Call, home: SpanContext | None) -> SpanContext:
    trace = home.trace_id if home is not None else 0
    return SpanContext(trace, call.own, is_remote=False, trace_flags=_SAMPLED)


def _fit(fact: Fact) -> Fact:
    """Return a fact without what looks like personal data; there is none, but nobody shall rely."""
    return str(redacted(fact)) if isinstance(fact, str) else fact


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    known[key] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)
