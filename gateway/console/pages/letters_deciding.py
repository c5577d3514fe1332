"""Deciding about letters: edit, replay and drop, of one, of a selection, of a group as it was."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from gateway.console.pages import letters
from gateway.console.visit import Page, Visit
from gateway.contract import GatewayError, StoreError
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.batches import BatchView
from gateway.ops.edit import Edited
from gateway.ops.faults import Refused
from gateway.ops.letters import LetterView
from gateway.ops.letters_actions import CHOICE, choice_of, group_of
from gateway.ops.rights import Right

_DEEDS = {"replay": ActionKind.LETTER_REPLAY, "drop": ActionKind.LETTER_DROP}
_SALE_DEEDS = {"retry": ActionKind.SALE_RETRY, "drop": ActionKind.SALE_DROP}


async def edit(visit: Visit) -> Response:
    """Show the difference of an edit, or, when it was seen, make it."""
    form, letter_id = await visit.form(), visit.argument("id")
    pairs = tuple(
        (path.strip(), value)
        for path, value in zip(form.all("field"), form.all("value"), strict=False)
        if path.strip()
    )
    settings = [f"{path}={value}" for path, value in pairs]
    version = form.get("version")
    try:
        if form.get("step") == "send":
            return await _send(visit, letter_id, settings, version)
        edited = await visit.backstage.editor.edit(
            letter_id, settings or [""], who=visit.operator.name, rehearse=True
        )
    except StoreError:
        raise
    except GatewayError as error:
        view = await visit.backstage.letters.show(letter_id)
        return await letters.shown(visit, view, problem=error, pairs=pairs)
    return visit.render(
        "letters/edited.html", words=letters.words(visit), edited=edited, pairs=pairs,
        version=max(0, edited.tellings[0].version - 1),
    )  # fmt: skip


async def _send(visit: Visit, letter_id: str, settings: list[str], version: str) -> Response:
    params = {"set": settings, "version": int(version) if version.isdigit() else None}
    done = await visit.act(Action(ActionKind.LETTER_EDIT, (letter_id,), params))
    if isinstance(done, Asked) or not isinstance(done.result, Edited):
        return visit.redirect("/approvals")
    return visit.redirect(f"/dead/{letter_id}")


async def decide(visit: Visit) -> Response:
    """Replay or drop one letter."""
    letter_id, form = visit.argument("id"), await visit.form()
    kind = _named(_DEEDS, visit.argument("deed"))
    params = {"reason": form.get("reason"), "as_of": form.get("as_of")}
    done = await visit.act(Action(kind, (letter_id,), params))
    if isinstance(done, Asked):
        return visit.redirect("/approvals")
    (decided,) = done.result if isinstance(done.result, tuple) else ()
    what = urlencode({"said": str(decided.saying), "newer": decided.newer})
    return visit.redirect(f"/dead/{letter_id}?{what}")


async def decide_sale(visit: Visit) -> Response:
    """Retry or drop the sale of a letter."""
    letter_id, form = visit.argument("id"), await visit.form()
    kind = _named(_SALE_DEEDS, visit.argument("deed"))
    view = await visit.backstage.letters.show(letter_id)
    if view.line.source != letters.SALE:
        msg = f"letter {letter_id} is not about a sale"
        raise Refused(msg)
    action = Action(kind, (view.line.subject,), {"reason": form.get("reason")})
    done = await visit.act(action)
    return visit.redirect("/approvals" if isinstance(done, Asked) else f"/dead/{letter_id}")


async def unmask(visit: Visit) -> Response:
    """Show a letter without the mask, once; that is written down with its reason."""
    form, letter_id = await visit.form(), visit.argument("id")
    done = await visit.act(
        Action(ActionKind.UNMASK, (letter_id,), {"what": "letter", "reason": form.get("reason")})
    )
    if isinstance(done, Asked) or not isinstance(done.result, LetterView):
        return visit.redirect("/approvals")
    return await letters.shown(visit, done.result, unmasked=True)


async def selection(visit: Visit) -> Response:
    """Rehearse, replay or drop the letters that were ticked."""
    form = await visit.form()
    ids, deed = form.all("id")[: letters.LINES * 2], form.get("deed")
    if not ids:
        msg = "tick at least one letter"
        raise Refused(msg)
    if deed == "dry-run":
        runs = await visit.backstage.dry_runs.of_letters(ids)
        return visit.render(
            "letters/rehearsed.html", words=letters.words(visit), runs=runs, form=form
        )
    params = {"reason": form.get("reason"), "as_of": form.get("as_of")}
    done = await visit.act(Action(_named(_DEEDS, deed), ids, params))
    if isinstance(done, Asked):
        return visit.redirect("/approvals")
    return visit.render("letters/decided.html", words=letters.words(visit), letters=done.result)


async def group(visit: Visit) -> Response:
    """Show what a replay of a group would do, as it was when it was looked at."""
    choice = choice_of(dict(visit.query))
    found = await visit.backstage.dry_runs.of_choice(choice)
    return visit.render(
        "letters/group.html", words=letters.words(visit), choice=choice, found=found,
        fields={name: visit.query.get(name, "") for name in (*CHOICE, "as_of", "seen")},
    )  # fmt: skip


async def decide_group(visit: Visit) -> Response:
    """Replay or drop a group as it was."""
    form = await visit.form()
    params = {name: form.get(name) for name in (*CHOICE, "as_of", "seen", "reason")}
    done = await visit.act(Action(_named(_DEEDS, form.get("deed")), group_of(params), params))
    if isinstance(done, Asked) or not isinstance(done.result, BatchView):
        return visit.redirect("/approvals")
    return visit.redirect(f"/dead/batches/{done.result.id}")


async def batches(visit: Visit) -> Response:
    """List decisions about many letters."""
    after = visit.query.get("after", "")
    found, following = await visit.backstage.batches.list(limit=letters.LINES, after=after)
    return visit.render(
        "letters/batches.html", words=letters.words(visit), batches=found,
        following=following or "", is_first=not after,
    )  # fmt: skip


async def batch(visit: Visit) -> Response:
    """Show how far a batch has come, and what became of its letters."""
    after = visit.query.get("after", "")
    batch_id, stage = visit.argument("id"), visit.backstage
    page = await stage.batches.letters(batch_id, limit=letters.LINES, after=after)
    return visit.render(
        "letters/batch.html", words=letters.words(visit), page=page, is_first=not after,
        after=after,
    )  # fmt: skip


def _named(deeds: dict[str, ActionKind], name: str) -> ActionKind:
    if name not in deeds:
        msg = f"choose one of {', '.join(deeds)}"
        raise Refused(msg)
    return deeds[name]


PAGES = (
    Page("/dead/selection", selection, methods=("POST",)),
    Page("/dead/group", group),
    Page("/dead/group", decide_group, methods=("POST",)),
    Page("/dead/batches", batches),
    Page("/dead/batches/{id}", batch),
    Page("/dead/{id}/edit", edit, right=Right.MEND, methods=("POST",)),
    Page("/dead/{id}/unmask", unmask, methods=("POST",)),
    Page("/dead/{id}/sale/{deed}", decide_sale, methods=("POST",)),
    Page("/dead/{id}/{deed}", decide, methods=("POST",)),
)
