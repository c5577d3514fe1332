"""Merges of persons: asked for, confirmed, looked at and taken back."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart, operator_of, plain
from gateway.ops.actions import Action, ActionKind
from gateway.ops.merges import MergeView
from gateway.ops.rights import Right
from gateway.ports import MergeState


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class MergeWish(_Body):
    """Two customers who are one; ``vouch``: the person is not asked."""

    survivor: str
    absorbed: str
    reason: str = Field(min_length=3)
    vouch: bool = False
    despite: bool = False


class Reason(_Body):
    """Why."""

    reason: str = Field(min_length=3)


class PlaceCode(_Body):
    """The person's code for one place."""

    place: int = Field(ge=0)
    code: str = Field(min_length=1, max_length=20)


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("merges"), part.backstage.merges
    decides = [Depends(part.allowed(Right.DECIDE))]

    @router.get("/merges")
    async def merges(state: MergeState = MergeState.ASKED) -> list[MergeView]:
        """Return merges in a state, the oldest first."""
        return list(await desk.list(state=state))

    @router.get("/merges/{merge_id}")
    async def merge(merge_id: str) -> MergeView:
        """Return one."""
        return await desk.show(merge_id)

    @router.post("/merges", response_model=None)
    async def ask(request: Request, wish: MergeWish) -> Response:
        """Ask for a merge; the person gets his codes, unless somebody vouches for him."""
        kind = ActionKind.MERGE_VOUCH if wish.vouch else ActionKind.MERGE_ASK
        params = {"reason": wish.reason, "despite": wish.despite}
        return await part.perform(request, Action(kind, (wish.survivor, wish.absorbed), params))

    @router.post("/merges/{merge_id}/codes", response_model=None, dependencies=decides)
    async def send_codes(request: Request, merge_id: str) -> Response:
        """Send new codes to the places whose code this operator has not taken down yet."""
        return _shown(await desk.send_codes(merge_id, who=operator_of(request).name))

    @router.post("/merges/{merge_id}/confirm", response_model=None, dependencies=decides)
    async def confirm(request: Request, merge_id: str, given: PlaceCode) -> Response:
        """Take the person's code for one place; the last one of an operator merges."""
        who = operator_of(request).name
        return _shown(await desk.confirm(merge_id, given.place, given.code, who=who))

    _deciding(router, part)
    return router


def _deciding(router: APIRouter, part: OpsPart) -> None:
    @router.post("/merges/{merge_id}/refuse", response_model=None)
    async def refuse(request: Request, merge_id: str, why: Reason) -> Response:
        """Say that the two are not one."""
        action = Action(ActionKind.MERGE_REFUSE, (merge_id,), {"reason": why.reason})
        return await part.perform(request, action)

    @router.post("/merges/{merge_id}/undo", response_model=None)
    async def undo(request: Request, merge_id: str, why: Reason) -> Response:
        """Take it back; the answer says what vendors keep."""
        action = Action(ActionKind.MERGE_UNDO, (merge_id,), {"reason": why.reason})
        return await part.perform(request, action)


def _shown(view: MergeView) -> Response:
    return Response(plain(view), media_type="application/json")
