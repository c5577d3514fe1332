"""Merges of persons: what is asked for, what was done, and the way back."""

from __future__ import annotations

from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.rights import Right
from gateway.ports import MergeState

_RECENT = 50


async def show(visit: Visit) -> Response:
    """List merges by their state, and offer to ask for one."""
    desk = visit.backstage.merges
    found = {
        state: await desk.list(state=state) for state in (MergeState.ASKED, MergeState.CONFIRMED)
    }
    waiting = [*found[MergeState.ASKED], *found[MergeState.CONFIRMED]]
    done = (await desk.list(state=MergeState.DONE))[::-1][:_RECENT]
    undone = (await desk.list(state=MergeState.UNDONE))[::-1][:_RECENT]
    pair = visit.query.get("survivor", ""), visit.query.get("absorbed", "")
    return visit.render("merges/list.html", waiting=waiting, past=[*done, *undone], pair=pair)


async def one(visit: Visit) -> Response:
    """Show one merge with all that it did and what can still be done about it."""
    return visit.render(
        "merges/one.html", merge=await visit.backstage.merges.show(visit.argument("id"))
    )


async def ask(visit: Visit) -> Response:
    """Ask for a merge."""
    form = await visit.form()
    kind = ActionKind.MERGE_VOUCH if form.get("vouch") else ActionKind.MERGE_ASK
    pair = (form.get("survivor").strip(), form.get("absorbed").strip())
    params = {"reason": form.get("reason"), "despite": bool(form.get("despite"))}
    return await _done(visit, Action(kind, pair, params))


async def confirm(visit: Visit) -> Response:
    """Take the person's code for one place."""
    form, merge_id = await visit.form(), visit.argument("id")
    place = form.get("place")
    await visit.backstage.merges.confirm(
        merge_id, int(place) if place.isdecimal() else -1, form.get("code").strip(),
        who=visit.operator.name,
    )  # fmt: skip
    return visit.redirect(f"/merges/{merge_id}")


async def send_codes(visit: Visit) -> Response:
    """Send new codes."""
    merge_id = visit.argument("id")
    await visit.backstage.merges.send_codes(merge_id, who=visit.operator.name)
    return visit.redirect(f"/merges/{merge_id}")


async def refuse(visit: Visit) -> Response:
    """Say that the two are not one."""
    reason = (await visit.form()).get("reason")
    action = Action(ActionKind.MERGE_REFUSE, (visit.argument("id"),), {"reason": reason})
    return await _done(visit, action)


async def undo(visit: Visit) -> Response:
    """Take a merge back, and say what vendors keep."""
    reason = (await visit.form()).get("reason")
    merge_id = visit.argument("id")
    done = await visit.act(Action(ActionKind.MERGE_UNDO, (merge_id,), {"reason": reason}))
    if isinstance(done, Asked):
        return visit.redirect("/approvals")
    return visit.render("merges/one.html", merge=done.result)


async def _done(visit: Visit, action: Action) -> Response:
    done = await visit.act(action)
    return visit.redirect("/approvals" if isinstance(done, Asked) else "/merges")


PAGES = (
    Page("/merges", show),
    Page("/merges", ask, methods=("POST",)),
    Page("/merges/{id}", one),
    Page("/merges/{id}/confirm", confirm, Right.DECIDE, ("POST",)),
    Page("/merges/{id}/codes", send_codes, Right.DECIDE, ("POST",)),
    Page("/merges/{id}/refuse", refuse, methods=("POST",)),
    Page("/merges/{id}/undo", undo, methods=("POST",)),
)
