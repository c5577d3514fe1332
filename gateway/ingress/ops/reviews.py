"""Reviews: pairs of customers of whom a person must say whether they are one."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.ingress.ops.part import OpsPart
from gateway.ops.actions import Action, ActionKind
from gateway.ops.reviews import MOST, ReviewPage, ReviewView
from gateway.ports import PairState

Language = Literal["ru", "en"]


class Verdict(BaseModel):
    """What a person decided."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    same: bool
    reason: str = Field(min_length=3)


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router, desk = part.router("reviews"), part.backstage.reviews

    @router.get("/reviews")
    async def reviews(
        state: PairState = PairState.OPEN,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
        language: Language = "en",
    ) -> ReviewPage:
        """Return pairs in a state, the most certain first; ``after`` asks for those that follow."""
        return await desk.list(state=state, after=after, limit=limit, language=language)

    @router.get("/reviews/{pair_id}")
    async def review(pair_id: str, language: Language = "en") -> ReviewView:
        """Return one pair with both records side by side, masked."""
        return await desk.show(pair_id, language=language)

    @router.post("/reviews/{pair_id}/decide", response_model=None)
    async def decide(request: Request, pair_id: str, verdict: Verdict) -> Response:
        """Say that the two are one person, which asks for their merge, or two."""
        params = {"same": verdict.same, "reason": verdict.reason}
        return await part.perform(request, Action(ActionKind.REVIEW_DECIDE, (pair_id,), params))

    return router
