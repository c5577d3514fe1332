"""Toy behaviour: what the toy's visitors did, in order; ``bad`` names what is broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from gateway.canonical import BasketEvent, BasketEventKind
from gateway.contract import Happening, Happenings
from tests.gateway.testing.toy.vendor import ToyVendor

_LOOKS = count(1)


@dataclass
class ToyBehaviour:
    """A source of behaviour."""

    vendor: ToyVendor
    bad: str

    async def happened(self, cursor: str | None, *, limit: int) -> Happenings:
        """Return what happened after a cursor."""
        visits = self.vendor.visits
        start = 0 if self.bad == "tells the past" else len(visits)
        at = start if cursor is None else int(cursor)
        page = visits[at : at + limit]
        look = f"-{next(_LOOKS)}" if self.bad == "fresh names" else ""
        events = [
            Happening(
                BasketEvent(
                    id=f"visit-{number}{look}", kind=BasketEventKind.BASKET_CLEARED,
                    at=datetime(2026, 3, 1, tzinfo=UTC), visitor_id="v-1",
                )
            )
            for number in page
        ]  # fmt: skip
        after = at + len(page)
        return Happenings(events, str(after), after < len(visits))
