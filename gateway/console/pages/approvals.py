"""Approvals: what waits for a second person."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ports import ApprovalState

_RECENT = 50


async def show(visit: Visit) -> Response:
    """List what waits, and what was decided lately."""
    approvals = visit.backstage.approvals
    waiting = await approvals.list()
    decided = await approvals.list(state=ApprovalState.APPROVED, limit=_RECENT)
    refused = await approvals.list(state=ApprovalState.REFUSED, limit=_RECENT)
    past = sorted((*decided, *refused), key=lambda one: one.decided_at or one.asked_at)[::-1]
    return visit.render("approvals.html", waiting=waiting, past=past[:_RECENT])


async def approve(visit: Visit) -> Response:
    """Approve, which does what was asked for."""
    await visit.backstage.actions.approved(visit.operator, visit.argument("id"))
    return visit.redirect("/approvals")


async def refuse(visit: Visit) -> Response:
    """Refuse, or take one's own back."""
    await visit.backstage.actions.refused(visit.operator, visit.argument("id"))
    return visit.redirect("/approvals")


PAGES = (
    Page("/approvals", show),
    Page("/approvals/{id}/approve", approve, methods=("POST",)),
    Page("/approvals/{id}/refuse", refuse, methods=("POST",)),
)
