"""Same person? Pairs of customers that a person must decide about, both records side by side."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ports import PairState

_A_PAGE = 50
_STATES = (
    PairState.OPEN, PairState.DENIED, PairState.PROPOSED, PairState.SAME, PairState.DIFFERENT
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """List pairs of a state, the most certain first."""
    wanted = visit.query.get("state", "")
    state = PairState(wanted) if wanted in set(_STATES) else PairState.OPEN
    page = await visit.backstage.reviews.list(
        state=state, after=visit.query.get("after") or None, limit=_A_PAGE,
        language=visit.language.code,
    )  # fmt: skip
    return visit.render(
        "reviews/list.html", page=page, state=str(state), states=[str(one) for one in _STATES]
    )


async def one(visit: Visit) -> Response:
    """Show both records of a pair, and what speaks for and against."""
    review = await visit.backstage.reviews.show(visit.argument("id"), language=visit.language.code)
    return visit.render("reviews/one.html", review=review)


async def decide(visit: Visit) -> Response:
    """Say that they are one person, or two."""
    form = await visit.form()
    params = {"same": form.get("same") == "yes", "reason": form.get("reason")}
    action = Action(ActionKind.REVIEW_DECIDE, (visit.argument("id"),), params)
    done = await visit.act(action)
    return visit.redirect("/approvals" if isinstance(done, Asked) else "/reviews")


PAGES = (
    Page("/reviews", show),
    Page("/reviews/{id}", one),
    Page("/reviews/{id}", decide, methods=("POST",)),
)
