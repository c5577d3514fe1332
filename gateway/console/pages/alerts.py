"""Alerts: what is on, what was, what each rule sees, silences, and a test message."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.alerts.readings import LOCAL

LABELS: Mapping[str, str] = {
    "lag": "Behind",
    "dead": "Refusals",
    "held": "Wait for a person",
    "auth": "Access refused",
    "circuit": "No answer",
    "guessing": "Guessing",
    "silence": "Nothing received",
    "balance": "Money at the vendor",
    "feed": "Feed not read",
    "store": "Database",
    "bus": "Broker",
    "disk": "Disk",
}
FIGURES: Mapping[str, str] = {
    "minutes": "minutes",
    "limit": "limit",
    "letters": "letters",
    "held": "waiting for a person",
    "usual": "usual",
    "weeks": "weeks known",
    "balance": "left",
    "free_mb": "free, MB",
    "percent": "free, %",
}
_HISTORY = 25


async def show(visit: Visit) -> Response:
    """Show what is on, with the present values of the rules, and a page of history."""
    desk, language = visit.backstage.alerts, visit.language.code

    def seen(value: Mapping[str, object]) -> str:
        """Write the figures of a rule."""
        named = [(name, value[name]) for name in FIGURES if value.get(name) is not None]
        return " · ".join(f"{visit.language.text(FIGURES[n])}: {_plain(v)}" for n, v in named)

    before = visit.query.get("before", "")
    return visit.render(
        "alerts.html",
        active=await desk.active(language=language),
        history=await desk.history(before=before, limit=_HISTORY, language=language),
        rules=await desk.rules(language=language),
        silences=await desk.silences(),
        addresses=list(desk.ways),
        labels=LABELS,
        seen=seen,
        local=LOCAL,
        before=before,
        tested=(),
        asked="",
    )


async def live(visit: Visit) -> Response:
    """Show what is on, as a part that is put into the page again and again."""
    desk = visit.backstage.alerts
    return visit.render(
        "alerts_active.html", active=await desk.active(language=visit.language.code)
    )


async def silence(visit: Visit) -> Response:
    """Silence a rule, a subject, or all."""
    form = await visit.form()
    params = {name: form.get(name).strip() for name in ("rule", "subject", "minutes", "reason")}
    return _after(visit, await visit.act(Action(ActionKind.ALERT_SILENCE, (), params)))


async def lift(visit: Visit) -> Response:
    """End a silence now."""
    params = {"lift": visit.argument("id")}
    return _after(visit, await visit.act(Action(ActionKind.ALERT_SILENCE, (), params)))


async def test(visit: Visit) -> Response:
    """Send a test message and show whether it was taken."""
    form = await visit.form()
    action = Action(ActionKind.ALERT_TEST, (), {"address": form.get("address")})
    outcome = await visit.act(action)
    if isinstance(outcome, Asked):
        return visit.redirect("/approvals")
    return visit.render("alerts_tested.html", tested=outcome.result)


def _plain(value: object) -> str:
    """Write a number without a needless fraction."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _after(visit: Visit, outcome: object) -> Response:
    return visit.redirect("/approvals" if isinstance(outcome, Asked) else "/alerts")


PAGES = (
    Page("/alerts", show),
    Page("/alerts/live", live),
    Page("/alerts/silences", silence, methods=("POST",)),
    Page("/alerts/silences/{id}/lift", lift, methods=("POST",)),
    Page("/alerts/test", test, methods=("POST",)),
)
