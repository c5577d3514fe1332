"""``gateway merge``: make two records of one person one, and take that back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer

from gateway.bootstrap.backstage import build_backstage
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, table
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.backstage import Backstage
from gateway.ops.faults import ExitCode
from gateway.ops.merges import MergeView
from gateway.ops.rights import Face, Operator, Role
from gateway.ports import MergeState

R = TypeVar("R")


def list_merges(path: Path, *, state: str, as_json: bool) -> None:
    """Print merges in a state."""
    found = _beside(path, lambda stage: stage.merges.list(state=MergeState(state)))
    if as_json:
        print_json({"merges": found})
        return
    if not found:
        say(f"no merges are {state}")
        return
    table(
        ("id", "stays", "goes in", "asked by", "since", "confirmed"),
        [
            (
                one.id, one.survivor, one.absorbed, one.asked_by, moment(one.asked_at),
                f"{sum(point.confirmed for point in one.points)} of {len(one.points)}",
            )
            for one in found
        ],
    )  # fmt: skip


def act(path: Path, action: Action, *, who: str, as_json: bool) -> None:
    """Perform an action on merges and print what became of it."""
    operator = Operator(who, Role.ADMIN, Face.COMMAND_LINE)
    done = _beside(path, lambda stage: stage.actions.perform(operator, action))
    if isinstance(done, Asked):
        say(f"it waits for a second person: approval {done.approval_id}")
        raise typer.Exit(ExitCode.FOUND)
    if isinstance(done.result, MergeView):
        show(done.result, as_json=as_json)


def confirm(path: Path, merge_id: str, codes: dict[int, str], *, who: str, as_json: bool) -> None:
    """Take the person's codes, place by place."""

    async def take(stage: Backstage) -> MergeView:
        view = await stage.merges.show(merge_id)
        for place, code in codes.items():
            view = await stage.merges.confirm(merge_id, place, code, who=who)
        return view

    show(_beside(path, take), as_json=as_json)


def show(view: MergeView, *, as_json: bool) -> None:
    """Print one merge."""
    if as_json:
        print_json(view)
        return
    say(f"merge {view.id}  {view.state}  {view.absorbed} into {view.survivor}")
    for point in view.points:
        said = "confirmed" if point.confirmed else "not confirmed yet"
        say(f"  {point.place}  {point.channel} {point.to}: {said}")
    for name in view.moved:
        say(f"  {name}: the record is the survivor's")
    for name, how in view.apart.items():
        text = "the vendor merges both records" if how == "vendor" else "both records stay"
        say(f"  {name}: {text}")
    if view.belongings:
        say(f"  {view.belongings} orders and cards went with him")
    if view.back is not None:
        back = view.back
        gone = f"spent since: {back.spent}, expired: {back.expired}"
        say(f"  house: {back.returned} points went back to his member; {gone}")
    for left in view.left:
        then = "a record is made there anew" if left.remade else "make a record there by hand"
        say(f"  {left.account}: the vendor has merged them, which cannot be undone; {then}")


def undo(merge_id: str, reason: str) -> Action:
    """Return the action that takes a merge back."""
    return Action(ActionKind.MERGE_UNDO, (merge_id,), {"reason": reason})


def ask(pair: tuple[str, str], reason: str, *, vouch: bool, despite: bool) -> Action:
    """Return the action that merges two, or asks the person first."""
    kind = ActionKind.MERGE_VOUCH if vouch else ActionKind.MERGE_ASK
    return Action(kind, pair, {"reason": reason, "despite": despite})


def _beside(path: Path, work: Callable[[Backstage], Awaitable[R]]) -> R:
    return beside(path, lambda foundation: work(build_backstage(foundation)))
