"""Data of persons: what is held is handed out, a person is erased, and what became of it."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from gateway.console.visit import Page, Visit
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.people import ErasureView
from gateway.ops.person_export import PersonExport
from gateway.ops.person_text import person_text
from gateway.ops.rights import Right

_RECENT = 200


async def one(visit: Visit) -> Response:
    """Show what an erasure of one person would do, and offer it."""
    plan = await visit.backstage.people.plan(visit.argument("id"), despite=True)
    return visit.render("people/one.html", plan=plan)


async def export(visit: Visit) -> Response:
    """Hand out all that is held about one person, as a text for him or as JSON."""
    form = await visit.form()
    params = {"reason": form.get("reason")}
    made = await _done(visit, ActionKind.PERSON_EXPORT, visit.argument("id"), **params)
    if not isinstance(made, PersonExport):
        return visit.redirect("/approvals")
    if form.get("form") == "json":
        return _file(orjson.dumps(made), f"{made.id}.json", "application/json")
    text = person_text(made, visit.language.code)
    return _file(text.encode(), f"{made.id}.txt", "text/plain; charset=utf-8")


async def erase(visit: Visit) -> Response:
    """Erase one person."""
    form = await visit.form()
    params = {"reason": form.get("reason"), "despite": bool(form.get("despite"))}
    made = await _done(visit, ActionKind.PERSON_ERASE, visit.argument("id"), **params)
    if not isinstance(made, ErasureView):
        return visit.redirect("/approvals")
    return visit.redirect(f"/erasures/{made.id}")


async def by_hand(visit: Visit) -> Response:
    """Note that somebody did at a system what had to be done by hand."""
    erasure_id, account = visit.argument("id"), (await visit.form()).get("account")
    made = await _done(visit, ActionKind.PERSON_ERASED_BY_HAND, erasure_id, account)
    return visit.redirect("/approvals" if made is None else f"/erasures/{erasure_id}")


async def protocols(visit: Visit) -> Response:
    """List the erasures, the newest first."""
    found = await visit.backstage.people.protocols()
    return visit.render("people/erasures.html", erasures=found[::-1][:_RECENT], count=len(found))


async def protocol(visit: Visit) -> Response:
    """Show what became of one erasure, here and at each system."""
    view = await visit.backstage.people.protocol(visit.argument("id"))
    return visit.render("people/erasure.html", erasure=view)


async def _done(
    visit: Visit, kind: ActionKind, *subjects: str, **params: object
) -> PersonExport | ErasureView | None:
    """Do something with a person; ``None`` when a second operator must approve it first."""
    done = await visit.act(Action(kind, subjects, params))
    if isinstance(done, Asked):
        return None
    if not isinstance(done.result, PersonExport | ErasureView):
        msg = "the action hands out something else"
        raise TypeError(msg)
    return done.result


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


PAGES = (
    Page("/people/{id}", one),
    Page("/people/{id}/export", export, Right.UNMASK, ("POST",)),
    Page("/people/{id}/erase", erase, Right.DECIDE, ("POST",)),
    Page("/erasures", protocols),
    Page("/erasures/{id}", protocol),
    Page("/erasures/{id}/done", by_hand, Right.DECIDE, ("POST",)),
)
