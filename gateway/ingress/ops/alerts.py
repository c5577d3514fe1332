"""Alerts: what is on, what was, what each rule sees, silences, and a test."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.actions import Action, ActionKind
from gateway.ops.alerts.desk import MOST, AlertDesk, AlertPage, AlertView, RuleView, SilenceView

Language = Literal["en", "ru"]


class SilenceBody(BaseModel):
    """What is silenced, why, and for how long. Empty ``rule`` and ``subject`` stand for all."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: str = Field(min_length=1, max_length=500)
    minutes: float = Field(gt=0)
    rule: str = Field(default="", max_length=32)
    subject: str = Field(default="", max_length=100)


class TestBody(BaseModel):
    """Which address is tried; all without one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    address: str = Field(default="", max_length=32)


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router = part.router("alerts")
    _reading(router, part.backstage.alerts)
    _acting(router, part)
    return router


def _reading(router: APIRouter, desk: AlertDesk) -> None:
    @router.get("/alerts")
    async def alerts(language: Language = "en") -> list[AlertView]:
        """Return what is not over, what is on first."""
        return list(await desk.active(language=language))

    @router.get("/alerts/history")
    async def history(
        before: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
        language: Language = "en",
    ) -> AlertPage:
        """Return what is over, the newest first; `before` of the answer is the next page."""
        return await desk.history(before=before, limit=limit, language=language)

    @router.get("/alerts/rules")
    async def rules(language: Language = "en") -> list[RuleView]:
        """Return what each rule sees now."""
        return list(await desk.rules(language=language))

    @router.get("/alerts/silences")
    async def silences() -> list[SilenceView]:
        """Return the silences that are not over."""
        return list(await desk.silences())


def _acting(router: APIRouter, part: OpsPart) -> None:
    @router.post("/alerts/silences", response_model=None)
    async def silence(request: Request, body: SilenceBody) -> Response:
        """Tell no beginnings for a while; what lasts is told afterwards."""
        return await part.perform(request, Action(ActionKind.ALERT_SILENCE, (), body.model_dump()))

    @router.delete("/alerts/silences/{silence_id}", response_model=None)
    async def lift(request: Request, silence_id: str) -> Response:
        """End a silence now."""
        return await part.perform(
            request, Action(ActionKind.ALERT_SILENCE, (), {"lift": silence_id})
        )

    @router.post("/alerts/test", response_model=None)
    async def test(request: Request, body: TestBody) -> Response:
        """Send a message that says that it is a test, and tell whether it was taken."""
        return await part.perform(request, Action(ActionKind.ALERT_TEST, (), body.model_dump()))
