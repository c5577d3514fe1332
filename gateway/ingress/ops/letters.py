"""Letters: dead and held ones by cause, one whole, what would be sent, and decisions about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.canonical import Kind
from gateway.ingress.ops.part import OpsPart
from gateway.ops.actions import Action, ActionKind
from gateway.ops.batches import BatchPage, BatchView, Choice
from gateway.ops.dry_run import DryRun, GroupRun
from gateway.ops.edit import Edited
from gateway.ops.letters import (
    MOST_GROUPS,
    MOST_LINES,
    LetterGroups,
    LetterPage,
    LetterView,
)
from gateway.ops.letters_actions import CHOICE, group_of
from gateway.ops.trend import Trend
from gateway.ports import LetterFilter

MOST_IDS = 200
State: TypeAlias = Literal["open", "replayed", "dropped"]
Source: TypeAlias = Literal["delivery", "inbox", "conflict", "operation", "sale"]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST_LINES, description="Letters of a page.")]
After: TypeAlias = Annotated[str, Query(description="`following` of the page before.")]


def wanted(
    *,
    state: State = "open",
    account: str | None = None,
    cause_code: str | None = None,
    kind: Kind | None = None,
    source: Source | None = None,
) -> LetterFilter:
    """Read the filters of a list."""
    return LetterFilter(state, account, cause_code, str(kind) if kind else None, source)


Where: TypeAlias = Annotated[LetterFilter, Depends(wanted)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Chosen(_Body):
    """Letters by `ids`, or all of a group that were there at `as_of`.

    `as_of` is the `last_at` of the group, `seen` its `letters`, as they were shown: what came or
    failed again later is left.
    """

    ids: list[str] = Field(default=[], max_length=MOST_IDS)
    account: str | None = None
    cause_code: str | None = None
    kind: Kind | None = None
    source: Source | None = None
    as_of: AwareDatetime | None = None
    seen: int | None = Field(default=None, ge=0)

    def subjects(self) -> tuple[str, ...]:
        """Return the letters, or what the choice is called."""
        return tuple(self.ids) or group_of(self.params())

    def params(self) -> dict[str, Any]:
        """Return the choice as an action's parameters."""
        return self.model_dump(mode="json", include={*CHOICE, "as_of", "seen"}, exclude_none=True)


class Dropped(Chosen):
    """The same, and why."""

    reason: str = Field(min_length=1, max_length=500)


class Reason(_Body):
    """Why somebody looks."""

    reason: str = Field(min_length=3, max_length=500)


class Correction(_Body):
    """Pairs `PATH=VALUE`; an empty value removes. `version`: the snapshot's that was looked at."""

    set: list[str] = Field(min_length=1, max_length=100)
    version: int | None = None


class Batch(BaseModel):
    """Decisions about many letters, the newest first."""

    batches: list[BatchView]
    following: str | None


def routes(part: OpsPart) -> APIRouter:
    """Return the routes."""
    router = part.router("letters")
    _reading(router, part)
    _rehearsing(router, part)
    _deciding(router, part)
    _batches(router, part)
    return router


def _reading(router: APIRouter, part: OpsPart) -> None:
    desk = part.backstage

    @router.get("/letters/groups")
    async def letter_groups(
        where: Where,
        trend: Literal["days", "hours"] = "days",
        limit: Annotated[int, Query(ge=1, le=MOST_GROUPS)] = MOST_GROUPS,
    ) -> LetterGroups:
        """Count letters by account and cause, the largest group first, with their trend in UTC."""
        now = desk.clock.now()
        spans = Trend.days(now) if trend == "days" else Trend.hours(now)
        return await desk.letters.groups(where, trend=spans, limit=limit)

    @router.get("/letters")
    async def letters(where: Where, limit: Limit = 50, after: After = "") -> LetterPage:
        """List letters, the last failed first."""
        return await desk.letters.page(where, limit=limit, after=after)

    @router.get("/letters/{letter_id}")
    async def letter(letter_id: str) -> LetterView:
        """Show one letter: what happened, what was sent and answered, masked."""
        return await desk.letters.show(letter_id)

    @router.post("/letters/{letter_id}/unmask", response_model=None)
    async def unmask(request: Request, letter_id: str, why: Reason) -> Response:
        """Show one letter without the mask; that somebody looked, and why, is written down."""
        action = Action(ActionKind.UNMASK, (letter_id,), {"what": "letter", "reason": why.reason})
        return await part.perform(request, action)


def _rehearsing(router: APIRouter, part: OpsPart) -> None:
    desk = part.backstage

    @router.post("/letters/dry-run")
    async def dry_run(chosen: Chosen) -> GroupRun:
        """Say what a replay would send, to whom, in which version; no vendor is asked."""
        if not chosen.ids:
            return await desk.dry_runs.of_choice(_choice(chosen))
        runs = await desk.dry_runs.of_letters(chosen.ids)
        return GroupRun(len(runs), runs)

    @router.get("/letters/{letter_id}/dry-run")
    async def dry_run_of_one(letter_id: str) -> DryRun:
        """Say what a replay of one letter would send."""
        (run,) = await desk.dry_runs.of_letters([letter_id])
        return run

    @router.post("/letters/{letter_id}/edit/dry-run")
    async def dry_run_of_edit(letter_id: str, correction: Correction) -> Edited:
        """Say what an edit would change, who would be told what, and what its systems can hold."""
        return await desk.editor.edit(
            letter_id, correction.set, who="", rehearse=True, version=correction.version
        )


def _deciding(router: APIRouter, part: OpsPart) -> None:
    @router.post("/letters/replay", response_model=None)
    async def replay(request: Request, chosen: Chosen) -> Response:
        """Send again, or read again what could not be read.

        For `ids` the result is what became of each; for a group it is a batch that goes on by
        itself. What is sent is the snapshot as it is now; a newer version is never overtaken.
        """
        action = Action(ActionKind.LETTER_REPLAY, chosen.subjects(), chosen.params())
        return await part.perform(request, action)

    @router.post("/letters/drop", response_model=None)
    async def drop(request: Request, chosen: Dropped) -> Response:
        """Close letters without sending; the next change is told as usual."""
        params = {**chosen.params(), "reason": chosen.reason}
        action = Action(ActionKind.LETTER_DROP, chosen.subjects(), params)
        return await part.perform(request, action)

    @router.post("/letters/{letter_id}/edit", response_model=None)
    async def edit(request: Request, letter_id: str, correction: Correction) -> Response:
        """Correct the snapshot and tell every account that holds otherwise."""
        params = correction.model_dump(exclude_none=True)
        return await part.perform(request, Action(ActionKind.LETTER_EDIT, (letter_id,), params))


def _batches(router: APIRouter, part: OpsPart) -> None:
    desk = part.backstage

    @router.get("/letter-batches")
    async def batches(limit: Limit = 50, after: After = "") -> Batch:
        """List decisions about many letters, the newest first."""
        found, following = await desk.batches.list(limit=limit, after=after)
        return Batch(batches=list(found), following=following)

    @router.get("/letter-batches/{batch_id}")
    async def batch(batch_id: str, limit: Limit = 50, after: After = "") -> BatchPage:
        """Say how far a batch has come, and what became of its letters."""
        return await desk.batches.letters(batch_id, limit=limit, after=after)


def _choice(chosen: Chosen) -> Choice:
    kind = str(chosen.kind) if chosen.kind else None
    as_of: datetime | None = chosen.as_of
    return Choice(chosen.account, chosen.cause_code, kind, chosen.source, as_of, chosen.seen)
