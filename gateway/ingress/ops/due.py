"""Due: what waits, page by page, what is to be hurried, and when everything is done again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.actions import Action, ActionKind
from gateway.ops.due import AccountDue
from gateway.ops.due_pages import MOST, DuePage, Schedule


class HurryAsked(BaseModel):
    """Which retries of an account: those named by ``ids``, or all, or all with a cause code.

    ``ids`` are ids of customers and orders, or keys of operations.
    """

    model_config = ConfigDict(extra="forbid")

    account: Annotated[str, Field(min_length=1, max_length=64)]
    ids: Annotated[list[str], Field(max_length=1000)] = []
    cause_code: Annotated[str, Field(max_length=200)] = ""


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("due"), part.backstage

    @router.get("/due")
    async def due(account: str | None = None) -> list[AccountDue]:
        """Return what waits, counted by account and state, with the oldest and why."""
        return list(await desk.due.show(account=account))

    @router.get("/due/{account}/{state}")
    async def page(
        account: str,
        state: str,
        after: Annotated[str, Query(max_length=300)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> DuePage:
        """Return one page of what waits in a state, or of operations with ``operation``."""
        return await desk.due_pages.page(account, state, after=after, limit=limit)

    @router.post("/due/hurry", response_model=None)
    async def hurry(request: Request, asked: HurryAsked) -> Response:
        """Try at once what waits to be tried again."""
        params = {"account": asked.account, "cause_code": asked.cause_code}
        action = Action(ActionKind.DUE_HURRY, tuple(asked.ids), params)
        return await part.perform(request, action)

    @router.get("/schedules")
    async def schedules() -> list[Schedule]:
        """Return every poll and every duty, with the last and the next time."""
        return list(await desk.due_pages.schedules())

    return router
