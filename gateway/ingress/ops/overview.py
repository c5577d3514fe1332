"""Overview: is all in order, and what happened over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.ingress.ops.part import OpsPart
from gateway.ops.figures import WHATS, SeriesView, Span
from gateway.ops.overview import OverviewView


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("overview"), part.backstage

    @router.get("/overview")
    async def overview(span: Span = Span.THREE_HOURS) -> OverviewView:
        """Return what is not in order, red things first, and every account at a glance."""
        return await desk.overview.show(span)

    @router.get("/series")
    async def series(
        span: Span = Span.THREE_HOURS,
        account: Annotated[str, Query(max_length=64)] = "",
        what: Annotated[list[str] | None, Query(max_length=20)] = None,
    ) -> SeriesView:
        """Return figures over time, of one account or of all together.

        By the minute up to three hours, by the hour beyond; ``null`` where none is known yet.
        """
        whats = tuple(what) if what else WHATS
        return await desk.figures.show(span, account=account or None, whats=whats)

    return router
