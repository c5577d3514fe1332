"""Operation: one call of the API, as data from which the route and its description are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.contract import Scope
from gateway.ingress.pos.answers_refused import WrongAnswer
from gateway.ingress.pos.callers import Known
from gateway.ingress.pos.from_wire import Moments
from gateway.ingress.pos.part import TillPart
from gateway.ingress.pos.reading import MOST_BYTES, InvalidCall
from gateway.ingress.pos.shapes import Shape

B_co = TypeVar("B_co", bound=Shape, covariant=True)
B = TypeVar("B", bound=Shape)
MOST_ON_PAGE = 100
_MOST_CURSOR = 512


class Nothing(Shape):
    """No body."""


@dataclass(frozen=True, slots=True)
class Incoming(Generic[B_co]):
    """A call that was read. Shape: ``key`` empty for none; ``path`` and ``query`` by name."""

    known: Known
    body: B_co
    moments: Moments
    is_online: bool
    client: str
    key: str = ""
    path: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None

    def name(self, parameter: str) -> str:
        """Return a part of the address."""
        return (self.path or {})[parameter]

    def page(self) -> tuple[str | None, int]:
        """Return cursor and limit of a page. Raises ``Problem``."""
        query = self.query or {}
        cursor, limit = query.get("cursor") or None, query.get("limit", "20")
        if cursor is not None and (len(cursor) > _MOST_CURSOR or not cursor.isprintable()):
            remedy = "send the `cursor` of the page before"
            raise InvalidCall([WrongAnswer("cursor", "is none of ours", remedy)])
        fits = limit.isascii() and limit.isdecimal() and len(limit) <= len(str(MOST_ON_PAGE))
        if not fits or not 1 <= int(limit) <= MOST_ON_PAGE:
            remedy = f"send a whole number from 1 to {MOST_ON_PAGE}"
            raise InvalidCall([WrongAnswer("limit", "is no such number", remedy)])
        return cursor, int(limit)


@dataclass(frozen=True, slots=True)
class Operation(Generic[B]):
    """One call.

    Shape: ``path`` below the prefix; ``body`` and ``answer`` are the types that are described;
    ``is_write``: it takes an ``Idempotency-Key``; ``paged``: it takes ``cursor`` and ``limit``.
    """

    name: str
    method: str
    path: str
    scope: Scope
    body: type[B]
    answer: type[object]
    handle: Callable[[TillPart, Incoming[B]], Awaitable[object]]
    summary: str
    is_write: bool = False
    paged: bool = False
    most_bytes: int = MOST_BYTES
