"""Routes: which processor keeps the points of a sale. Pure; the first route that fits serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Route:
    """A processor and when it serves. Shape: an unset condition always holds; ``until`` is out."""

    processor: str
    shop: str | None = None
    brand: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    shadow: str | None = None

    def fits(self, *, shop: str, brand: str, at: datetime) -> bool:
        """Tell whether the route serves a shop of a brand at a moment."""
        return (
            self.shop in {None, shop}
            and self.brand in {None, brand}
            and (self.since is None or self.since <= at)
            and (self.until is None or at < self.until)
        )


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes in the order of the configuration."""

    rows: Sequence[Route]

    def serving(self, *, shop: str, brand: str, at: datetime) -> Route | None:
        """Return the first route that fits, ``None`` for a shop that nobody serves."""
        for route in self.rows:
            if route.fits(shop=shop, brand=brand, at=at):
                return route
        return None
