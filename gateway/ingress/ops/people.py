"""People over HTTP: what is held about one is told, and he is erased."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.actions import Action, ActionKind
from gateway.ops.people import ErasurePlan, ErasureView


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Why(_Body):
    """Why, such as the number of the person's request."""

    reason: str = Field(min_length=3)


class ErasureWish(Why):
    """``despite``: also while orders of his are under way."""

    despite: bool = False


class Again(Why):
    """Erasures that a restored backup has undone, by their ids."""

    erasures: dict[str, str] = Field(min_length=1, description="erasure id → customer's id")


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("people"), part.backstage.people

    @router.post("/people/{entity_id}/export", response_model=None)
    async def export(request: Request, entity_id: str, why: Why) -> Response:
        """Return everything that is held about a person."""
        action = Action(ActionKind.PERSON_EXPORT, (entity_id,), {"reason": why.reason})
        return await part.perform(request, action)

    @router.get("/people/{entity_id}/erasure")
    async def plan(entity_id: str, *, despite: bool = False) -> ErasurePlan:
        """Return what an erasure would do; nothing is changed."""
        return await desk.plan(entity_id, despite=despite)

    @router.post("/people/{entity_id}/erase", response_model=None)
    async def erase(request: Request, entity_id: str, wish: ErasureWish) -> Response:
        """Erase a person here, and ask every system to."""
        params = {"reason": wish.reason, "despite": wish.despite}
        return await part.perform(request, Action(ActionKind.PERSON_ERASE, (entity_id,), params))

    @router.get("/erasures")
    async def protocols(since: AwareDatetime | None = None) -> list[ErasureView]:
        """Return the protocols since a moment, such as that of a backup, the oldest first."""
        moment: datetime | None = since
        return list(await desk.protocols(since=moment))

    @router.get("/erasures/{erasure_id}")
    async def protocol(erasure_id: str) -> ErasureView:
        """Return one protocol."""
        return await desk.protocol(erasure_id)

    _mending(router, part)
    return router


def _mending(router: APIRouter, part: OpsPart) -> None:
    @router.post("/erasures/{erasure_id}/there/{account}/done", response_model=None)
    async def by_hand(request: Request, erasure_id: str, account: str) -> Response:
        """Say that somebody did at a system what had to be done by hand."""
        action = Action(ActionKind.PERSON_ERASED_BY_HAND, (erasure_id, account))
        return await part.perform(request, action)

    @router.post("/erasures/again", response_model=None)
    async def again(request: Request, wish: Again) -> Response:
        """Do erasures again after an older backup was restored; those that stand are left."""
        pairs = tuple(f"{erasure}:{entity}" for erasure, entity in wish.erasures.items())
        action = Action(ActionKind.PERSON_ERASE_AGAIN, pairs, {"reason": wish.reason})
        return await part.perform(request, action)
