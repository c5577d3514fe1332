"""Overview: is all in order, and if not, where to look. It refreshes itself."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.findings import health_lines, line_of
from gateway.console.over_time import charts_of, span_of, spark_of
from gateway.console.visit import Page, Visit
from gateway.ops.figures import Span

EVERY_S = 5


async def show(visit: Visit) -> Response:
    """Show the whole gateway; a part is what refreshes itself."""
    span = span_of(visit)
    view = await visit.backstage.overview.show(span)
    lines = []
    if visit.health is not None:
        reports = (await visit.health.ready(), await visit.health.live())
        lines = health_lines(visit, reports)
    lines += [line_of(visit, one) for one in view.findings]
    return visit.render(
        "overview/part.html" if visit.is_fragment else "overview/page.html",
        view=view,
        lines=lines,
        is_red=any(one.red for one in lines),
        span=str(span),
        spans=[str(one) for one in Span],
        charts=charts_of(visit, view.series),
        sparks={one.name: spark_of(visit, one.name, one.traffic) for one in view.accounts},
        every_s=EVERY_S,
    )


PAGES = (Page("/", show),)
