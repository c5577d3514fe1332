"""Accounts: how each is, what it does, and what an operator may decide about it."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.over_time import charts_of, span_of
from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.figures import Span
from gateway.ops.rights import Right


async def listed(visit: Visit) -> Response:
    """List all accounts."""
    return visit.render("accounts/list.html", accounts=await visit.backstage.account_desk.list())


async def show(visit: Visit) -> Response:
    """Show one account whole."""
    name, span = visit.argument("name"), span_of(visit)
    view = await visit.backstage.account_desk.show(name)
    series = await visit.backstage.figures.show(span, account=name)
    return visit.render(
        "accounts/one.html",
        one=view,
        span=str(span),
        spans=[str(one) for one in Span],
        charts=charts_of(visit, series, calls=True),
    )


async def probe(visit: Visit) -> Response:
    """Ask the account whether it works; how it went stands on its page."""
    return await _act(visit, ActionKind.ACCOUNT_PROBE)


async def pause(visit: Visit) -> Response:
    """Let it rest."""
    reason = (await visit.form()).get("reason").strip()
    return await _act(visit, ActionKind.ACCOUNT_PAUSE, reason=reason)


async def resume(visit: Visit) -> Response:
    """Let it go on."""
    return await _act(visit, ActionKind.ACCOUNT_RESUME)


async def budget(visit: Visit) -> Response:
    """Slow it down, or restore its limit when no number is given."""
    form = await visit.form()
    calls = form.get("calls").strip()
    if not calls:
        return await _act(visit, ActionKind.ACCOUNT_BUDGET)
    per_s = form.get("per_s").strip() or "1"
    return await _act(visit, ActionKind.ACCOUNT_BUDGET, calls=calls, per_s=per_s)


async def _act(visit: Visit, kind: ActionKind, **params: str) -> Response:
    name = visit.argument("name")
    outcome = await visit.act(Action(kind, (name,), params))
    return visit.redirect("/approvals" if isinstance(outcome, Asked) else f"/accounts/{name}")


PAGES = (
    Page("/accounts", listed),
    Page("/accounts/{name}", show),
    Page("/accounts/{name}/probe", probe, right=Right.ACT, methods=("POST",)),
    Page("/accounts/{name}/pause", pause, right=Right.STEER, methods=("POST",)),
    Page("/accounts/{name}/resume", resume, right=Right.STEER, methods=("POST",)),
    Page("/accounts/{name}/budget", budget, right=Right.STEER, methods=("POST",)),
)
