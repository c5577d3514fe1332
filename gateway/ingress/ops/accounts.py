"""Accounts: how they are, and what is decided about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.account_views import AccountLine, AccountView
from gateway.ops.actions import Action, ActionKind


class PauseAsked(BaseModel):
    """Why an account is to rest."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=500)] = ""


class BudgetAsked(BaseModel):
    """``calls`` in any ``per_s`` seconds; without ``calls`` the limit is restored."""

    model_config = ConfigDict(extra="forbid")

    calls: Annotated[int, Field(ge=1)] | None = None
    per_s: Annotated[float, Field(gt=0, le=86_400)] = 1.0


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("accounts"), part.backstage

    @router.get("/accounts")
    async def accounts() -> list[AccountLine]:
        """Return all accounts."""
        return list(await desk.account_desk.list())

    @router.get("/accounts/{name}")
    async def account(name: str) -> AccountView:
        """Return one account whole."""
        return await desk.account_desk.show(name)

    @router.post("/accounts/{name}/probe", response_model=None)
    async def probe(request: Request, name: str) -> Response:
        """Ask it whether it works, by a harmless call; a parked one then goes on."""
        return await part.perform(request, Action(ActionKind.ACCOUNT_PROBE, (name,)))

    @router.post("/accounts/{name}/pause", response_model=None)
    async def pause(request: Request, name: str, asked: PauseAsked) -> Response:
        """Let it rest until it is resumed; what comes meanwhile waits."""
        params = asked.model_dump()
        return await part.perform(request, Action(ActionKind.ACCOUNT_PAUSE, (name,), params))

    @router.post("/accounts/{name}/resume", response_model=None)
    async def resume(request: Request, name: str) -> Response:
        """Take a pause back."""
        return await part.perform(request, Action(ActionKind.ACCOUNT_RESUME, (name,)))

    @router.post("/accounts/{name}/budget", response_model=None)
    async def budget(request: Request, name: str, asked: BudgetAsked) -> Response:
        """Let fewer calls leave than the limit allows, or restore it."""
        params = asked.model_dump(exclude_none=True)
        return await part.perform(request, Action(ActionKind.ACCOUNT_BUDGET, (name,), params))

    return router
