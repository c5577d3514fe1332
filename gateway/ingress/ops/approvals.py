"""Approvals: what waits for a second person, and his decision."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart, answered, operator_of
from gateway.ops.actions import Done
from gateway.ops.approvals import WaitingAction
from gateway.ports import ApprovalState


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("approvals"), part.backstage

    @router.get("/approvals")
    async def approvals(state: ApprovalState = ApprovalState.ASKED) -> list[WaitingAction]:
        """Return actions in a state, the newest first."""
        return list(await desk.approvals.list(state=state))

    @router.post("/approvals/{approval_id}/approve", response_model=None)
    async def approve(request: Request, approval_id: str) -> Response:
        """Approve what somebody else asked for, which does it."""
        return answered(await desk.actions.approved(operator_of(request), approval_id))

    @router.post("/approvals/{approval_id}/refuse", response_model=None)
    async def refuse(request: Request, approval_id: str) -> Response:
        """Refuse it, or take one's own back."""
        await desk.actions.refused(operator_of(request), approval_id)
        return answered(Done(None))

    return router
