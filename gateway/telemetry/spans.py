"""Spans: where the time of one story goes, from the call that came in to the calls that it caused.

This is what all parts are given; it does nothing and costs next to nothing. ``tracing.py`` does the
same for real, and only it knows OpenTelemetry.

A story is everything under one correlation id. Its trace and the spans that others hang on are
named by that id, so that work which waits in the store goes on in the same trace, whichever process
takes it up, and every process decides alike whether it is traced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import blake2b
from types import TracebackType
from typing import NamedTuple, Self

Fact = str | int | float | bool


class Place(StrEnum):
    """Where in a story a step stands.

    ``receive``, ``pull`` and ``till`` begin one; ``route`` follows what was received, ``deliver``
    what was routed or pulled, ``operate`` and ``settle`` what was received or rung up at a till.
    """

    RECEIVE = "receive"
    PULL = "pull"
    ROUTE = "route"
    DELIVER = "deliver"
    OPERATE = "operate"
    TILL = "till"
    SETTLE = "settle"


class Subject(NamedTuple):
    """One story that a step is about. ``facts`` are ids and names, never content."""

    correlation_id: str
    facts: Mapping[str, Fact] = {}
    place: Place | None = None
    """Another place than the step's, for what began with it."""
    again: bool = False
    """It was begun before: what follows hangs on the first time."""


class Step:
    """A step under way, which may be about many stories; use as a context manager."""

    __slots__ = ()

    def about(self, subjects: Iterable[Subject]) -> None:
        """Say what it is about; the last word counts, and a step about nothing leaves no span."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; an exception is noted by its type."""


class Spans:
    """No spans."""

    is_on = False

    def came(self, correlation_id: str, traceparent: str) -> None:
        """Note which trace of its own the caller of a story told of (W3C trace context)."""

    def step(self, place: Place, account: str) -> Step:
        """Begin a step."""
        del place, account
        return _NOTHING

    def called(self, *, account: str, operation: str, status: int | None, seconds: float) -> None:
        """Note one finished call to a vendor; it belongs to the step under way."""

    def traceparent(self) -> Mapping[str, str]:
        """Return the headers that tell a vendor which trace the next call belongs to."""
        return {}

    def close(self) -> None:
        """Hand on what is left; blocks for some seconds at most."""


_NOTHING = Step()
NO_SPANS = Spans()


def trace_id(correlation_id: str) -> int:
    """Return the id of a story's trace, of 128 bits."""
    return _derived(correlation_id, "trace", 16)


def span_id(correlation_id: str, place: Place) -> int:
    """Return the id of the span that others of a story hang on, of 64 bits."""
    return _derived(correlation_id, place, 8)


def is_sampled(correlation_id: str, ratio: float) -> bool:
    """Tell whether a story is among the part that is traced; the same in every process."""
    return (trace_id(correlation_id) & _LOW) < ratio * (_LOW + 1)


_LOW = (1 << 64) - 1


def _derived(correlation_id: str, what: str, size: int) -> int:
    digest = blake2b(f"{what}\0{correlation_id}".encode(), digest_size=size).digest()
    return int.from_bytes(digest) or 1  # 0 is no id
