"""Over time: figures of the tally as charts in the viewer's language and zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.console.charts import Chart, Series, Tone
from gateway.console.visit import Visit
from gateway.ops.figures import SeriesView, Span
from gateway.ops.tally import CALLS, FAILED, RECEIVED, RETRIED, SOLD, TOLD

_HOUR_S, _DAY_S = 3600, 86_400


def span_of(visit: Visit) -> Span:
    """Return how far back the viewer wants to look; what is no span is the usual one."""
    asked = visit.query.get("span", "")
    return Span(asked) if asked in set(Span) else Span.THREE_HOURS


def charts_of(visit: Visit, view: SeriesView, *, calls: bool = False) -> Sequence[Chart]:
    """Return throughput and errors, and the calls that left where ``calls`` are asked for."""
    unit = (
        visit.language.text("per minute")
        if view.grain_s < _HOUR_S
        else visit.language.text("per hour")
    )
    labels = _labels(visit, view.times)
    names: dict[str, tuple[str, Tone]] = {
        RECEIVED: (visit.language.text("received"), ""),
        TOLD: (visit.language.text("told"), "good"),
        SOLD: (visit.language.text("sales"), ""),
        RETRIED: (visit.language.text("to be tried again"), "warn"),
        FAILED: (visit.language.text("failed"), "bad"),
        CALLS: (visit.language.text("calls"), ""),
    }

    def chart(title: str, *whats: str) -> Chart:
        series = tuple(
            Series(names[what][0], tuple(view.of(what)), names[what][1]) for what in whats
        )
        return Chart(title, unit, labels, series)

    sold = (SOLD,) if any(view.of(SOLD)) else ()
    charts = [
        chart(visit.language.text("Received and told"), RECEIVED, TOLD, *sold),
        chart(visit.language.text("Errors"), RETRIED, FAILED),
    ]
    if calls:
        charts.append(chart(visit.language.text("Calls to the vendor"), CALLS))
    return charts


def spark_of(visit: Visit, account: str, traffic: Sequence[int]) -> Chart:
    """Return an account's last hour as a line."""
    labels = tuple(
        visit.language.text("{n} min ago", n=back) for back in range(len(traffic), 0, -1)
    )
    title = visit.language.text("Traffic of {account} in the last hour", account=account)
    series = Series(account, tuple(float(one) for one in traffic))
    return Chart(title, "", labels, (series,), "spark")


def _labels(visit: Visit, times: Sequence[datetime]) -> tuple[str, ...]:
    if not times:
        return ()
    is_long = (times[-1] - times[0]).total_seconds() > _DAY_S
    form = "%d.%m %H:%M" if is_long else "%H:%M"
    return tuple(at.astimezone(visit.zone).strftime(form) for at in times)
