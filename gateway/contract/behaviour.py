"""Behaviour source: what visitors of a site do, for those who follow it (a CDP)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.canonical import BasketEvent
from gateway.contract.exchange import Cursor, RejectedRecord


@dataclass(frozen=True, slots=True)
class Happening:
    """One event; ``customer_external_id`` is the visitor's customer at this account, if known."""

    event: BasketEvent
    customer_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Happenings:
    """A page of events, oldest first. ``cursor``: safe to store once they are taken over."""

    events: Sequence[Happening]
    cursor: Cursor
    has_more: bool
    rejected: Sequence[RejectedRecord] = ()


class BehaviourSource(Protocol):
    """Polling consumer of behaviour. An event's ``id`` is the same whenever it is read again."""

    async def happened(self, cursor: Cursor | None, *, limit: int) -> Happenings:
        """Return what happened after ``cursor``, about ``limit`` events; ``None`` is from now on.

        Of a basket that changed several times the last state is enough. Raises ``RateLimited``,
        ``Unavailable``, ``AuthRejected``.
        """
