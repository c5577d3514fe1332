"""Serving: who serves a call, what the switches allow, and how long it may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from gateway.contract import Allowed, Caller, Clock, Log, Reason, TillRefused
from gateway.loyalty.advance import Advancer
from gateway.loyalty.book import Book
from gateway.loyalty.processor import Processor
from gateway.loyalty.proofs import Proofs, TillCodes
from gateway.loyalty.routes import Routes
from gateway.loyalty.seen import Seen
from gateway.loyalty.shadow import Shadow
from gateway.loyalty.switches import Switches
from gateway.loyalty.turns import Turns
from gateway.telemetry import NO_SPANS, Place, Spans, Subject
from gateway.telemetry.till_metrics import TillMetrics

NO_PROCESSOR = "no-processor"
_MARGIN, _MOST_MARGIN_S = 0.1, 0.15


@dataclass(frozen=True, slots=True)
class Served:
    """One call. Units: ``until`` on the clock's ``monotonic``."""

    processor: Processor
    allowed: Allowed
    until: float
    shadow: Processor | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says. Units: seconds."""

    hold_s: float = 900.0
    future_s: float = 600.0
    invitation: str = ""


@dataclass(frozen=True, slots=True)
class Serving:
    """The parts that all methods share. ``correlation`` names the call under way."""

    routes: Routes
    processors: Mapping[str, Processor]
    switches: Switches
    book: Book
    turns: Turns
    advancer: Advancer
    seen: Seen
    shadow: Shadow
    terms: Terms
    clock: Clock
    log: Log
    metrics: TillMetrics
    correlation: Callable[[], str]
    proofs: Proofs | None = None
    codes: TillCodes | None = None
    spans: Spans = NO_SPANS

    def of(self, caller: Caller) -> Served:
        """Return who serves a caller now. Raises ``TillRefused`` (``no-processor``)."""
        route = self.routes.serving(shop=caller.shop, brand=caller.brand, at=self.clock.now())
        if route is None:
            msg = "no processor serves this shop: add a route to loyalty.routes"
            raise TillRefused(NO_PROCESSOR, msg)
        shadow = self.processors[route.shadow] if route.shadow is not None else None
        allowed = self.switches.allowed(shop=caller.shop, brand=caller.brand)
        return Served(self.processors[route.processor], allowed, self.until(caller), shadow)

    def until(self, caller: Caller) -> float:
        """Return when a caller must have its answer, less what the way back takes."""
        margin = min(_MARGIN * caller.deadline_s, _MOST_MARGIN_S)
        return self.clock.monotonic() + caller.deadline_s - margin

    def left_s(self, until: float) -> float:
        """Return the seconds that are left."""
        return max(0.0, until - self.clock.monotonic())

    def counted(self, step: str) -> Counted:
        """Count a call by how it ended; use as a context manager."""
        return Counted(self, step)


class Counted:
    """One call that is counted; ``reason`` is set for a degraded answer."""

    __slots__ = ("_began", "_serving", "_span", "_step", "reason")

    def __init__(self, serving: Serving, step: str) -> None:
        self._serving = serving
        self._step = step
        self._began = 0.0
        self._span = serving.spans.step(Place.TILL, "")
        self.reason: Reason | None = None

    def __enter__(self) -> Self:
        self._span.__enter__()
        self._tell_span("unanswered")
        self._began = self._serving.clock.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        outcome = "answered" if self.reason is None else str(self.reason)
        if kind is not None:
            outcome = "refused" if issubclass(kind, TillRefused) else "failed"
        seconds = self._serving.clock.monotonic() - self._began
        self._serving.metrics.called(step=self._step, outcome=outcome, seconds=seconds)
        self._tell_span(outcome)
        self._span.__exit__(kind, error, trace)

    def _tell_span(self, outcome: str) -> None:
        if self._serving.spans.is_on:
            facts = {"step": self._step, "outcome": outcome}
            self._span.about([Subject(self._serving.correlation(), facts)])
