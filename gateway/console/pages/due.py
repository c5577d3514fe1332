"""Due: what waits, when it is tried next and why, and when everything is done again."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.due_pages import DuePage
from gateway.ops.faults import Refused
from gateway.ops.rights import Right

MOST = 50


async def show(visit: Visit) -> Response:
    """Show what waits by account and state, and one page of it when a state is chosen."""
    account, state = visit.query.get("account", ""), visit.query.get("state", "")
    after = visit.query.get("after", "")
    desk = visit.backstage
    waiting = await desk.due.show(account=account or None)
    page = DuePage(())
    if account and state:
        page = await desk.due_pages.page(account, state, after=after, limit=MOST)
    following = ""
    if page.next:
        following = _address(account, state, after=page.next)
    return visit.render(
        "due/page.html",
        waiting=waiting,
        account=account,
        state=state,
        page=page,
        next=visit.url(following) if following else "",
        back=visit.url(_address(account, state)) if after else "",
        causes=sorted({one.cause_code for one in page.items if one.state == "retry"}),
        schedules=await desk.due_pages.schedules(),
    )


async def hurry(visit: Visit) -> Response:
    """Try at once what was chosen, or all of a cause."""
    form = await visit.form()
    account, state = form.get("account"), form.get("state") or "retry"
    ids = form.all("id")
    if form.get("which") != "all" and not ids:
        msg = "nothing was chosen: tick what is to be tried now"
        raise Refused(msg)
    params = {"account": account, "cause_code": form.get("cause_code")}
    outcome = await visit.act(Action(ActionKind.DUE_HURRY, ids, params))
    return visit.redirect("/approvals" if isinstance(outcome, Asked) else _address(account, state))


def _address(account: str, state: str, **more: str) -> str:
    return f"/due?{urlencode({'account': account, 'state': state, **more})}"


PAGES = (
    Page("/due", show),
    Page("/due/hurry", hurry, right=Right.ACT, methods=("POST",)),
)
