"""``gateway erase`` and ``gateway export person``: all about one person is told, or taken out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import typer

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.erasing import LIST_FILE, keep_list, read_list
from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, table
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.backstage import Backstage
from gateway.ops.faults import ExitCode
from gateway.ops.people import DoneAgain, ErasurePlan, ErasureView, SystemView
from gateway.ops.person_export import PersonExport
from gateway.ops.person_text import person_text
from gateway.ops.rights import Face, Operator, Role

R = TypeVar("R")
_ALL = 100_000
_WHY = {
    "no_call": "by hand: the vendor has no call for it",
    "not_configured": "by hand: the account is not configured any more",
    "in_doubt": "by hand: a record may have been made there; look for it",
}


@dataclass(frozen=True, slots=True)
class ErasureWish:
    """The command line as it was typed."""

    query: str
    protocol: str
    done: str
    reason: str
    since: str
    listed: bool
    dry_run: bool
    despite: bool
    again: bool
    given: Path | None


def export_person(
    path: Path, query: str, *, who: str, reason: str, language: str, as_json: bool
) -> None:
    """Print everything that is held about one person."""

    async def work(stage: Backstage) -> object:
        action = Action(
            ActionKind.PERSON_EXPORT, (await stage.people.find(query),), {"reason": reason}
        )
        return await stage.actions.perform(_operator(who), action)

    done = _beside(path, work)
    made = _result(done)
    if isinstance(made, PersonExport):
        if as_json:
            print_json(made)
        else:
            say(person_text(made, language).rstrip("\n"))


def erase(path: Path, wish: ErasureWish, *, who: str, as_json: bool) -> None:
    """Do exactly one of what the command can. Raises ``typer.BadParameter`` for none or several."""
    listed = wish.listed or bool(wish.since)
    if sum((bool(wish.query), bool(wish.protocol), wish.again, listed)) != 1:
        msg = "name a person, or use one of --protocol, --list, --since and --again"
        raise typer.BadParameter(msg)
    if wish.done and not wish.protocol:
        msg = "name the protocol with --protocol"
        raise typer.BadParameter(msg, param_hint="--done")
    if listed:
        _list(path, wish.since, as_json=as_json)
    elif wish.done:
        _done_there(path, wish, who=who, as_json=as_json)
    elif wish.protocol:
        _show(_beside(path, lambda stage: stage.people.protocol(wish.protocol)), as_json=as_json)
    elif wish.again:
        _again(path, wish, who=who, as_json=as_json)
    elif wish.dry_run:
        _plan(path, wish, as_json=as_json)
    else:
        _erase(path, wish, who=who, as_json=as_json)


def _erase(path: Path, wish: ErasureWish, *, who: str, as_json: bool) -> None:
    async def work(foundation: Foundation) -> object:
        stage = build_backstage(foundation)
        entity_id = await stage.people.find(wish.query)
        params = {"reason": wish.reason, "despite": wish.despite}
        action = Action(ActionKind.PERSON_ERASE, (entity_id,), params)
        done = await stage.actions.perform(_operator(who), action)
        rows = await foundation.store.read(lambda tx: tx.erasures(since=None, limit=_ALL))
        keep_list(foundation.config.data_dir / LIST_FILE, rows)
        return done

    made = _result(beside(path, work))
    if isinstance(made, ErasureView):
        _show(made, as_json=as_json)


def _done_there(path: Path, wish: ErasureWish, *, who: str, as_json: bool) -> None:
    """Note that somebody has done at a system what had to be done by hand."""
    action = Action(ActionKind.PERSON_ERASED_BY_HAND, (wish.protocol, wish.done))
    made = _result(_beside(path, lambda stage: stage.actions.perform(_operator(who), action)))
    if isinstance(made, ErasureView):
        _show(made, as_json=as_json)


def _plan(path: Path, wish: ErasureWish, *, as_json: bool) -> None:
    async def work(stage: Backstage) -> ErasurePlan:
        return await stage.people.plan(await stage.people.find(wish.query), despite=wish.despite)

    plan = _beside(path, work)
    if as_json:
        print_json(plan)
        return
    say(
        f"would erase {plan.entity_id}: {plan.records} records, {plan.orders} orders, "
        f"{plan.cards} cards, {plan.merges} merges; nothing was changed"
    )
    _systems(plan.there)


def _again(path: Path, wish: ErasureWish, *, who: str, as_json: bool) -> None:
    async def work(foundation: Foundation) -> object:
        stage = build_backstage(foundation)
        known = read_list(foundation.config.data_dir / LIST_FILE)
        if wish.given is not None:
            known += read_list(wish.given)
        pairs = {one["id"]: one["entity_id"] for one in known}
        pairs |= {one.id: one.entity_id for one in await stage.people.protocols()}
        subjects = tuple(f"{erasure}:{entity}" for erasure, entity in sorted(pairs.items()))
        params = {"reason": wish.reason or "restored backup"}
        action = Action(ActionKind.PERSON_ERASE_AGAIN, subjects, params)
        return await stage.actions.perform(_operator(who), action)

    made = _result(beside(path, work))
    if isinstance(made, DoneAgain):
        if as_json:
            print_json(made)
        else:
            say(f"{len(made.again)} were erased again, {made.stood} stood")


def _list(path: Path, since: str, *, as_json: bool) -> None:
    try:
        after = datetime.fromisoformat(since) if since else None
    except ValueError:
        msg = "a time such as 2026-03-02T03:00+03:00"
        raise typer.BadParameter(msg, param_hint="--since") from None
    if after is not None and after.tzinfo is None:
        after = after.astimezone()
    found = _beside(path, lambda stage: stage.people.protocols(since=after))
    if as_json:
        print_json({"erasures": found})
        return
    if not found:
        say("nobody was erased")
        return
    table(
        ("id", "customer", "state", "asked by", "since", "by hand"),
        [
            (
                one.id, one.entity_id, one.state, one.asked_by, moment(one.asked_at),
                ", ".join(s.account for s in one.there if s.waits),
            )
            for one in found
        ],
    )  # fmt: skip


def _show(view: ErasureView, *, as_json: bool) -> None:
    if as_json:
        print_json(view)
        return
    say(f"erasure {view.id} of {view.entity_id}  {view.state}  asked by {view.asked_by}")
    say(f"  why: {view.reason}")
    for name, many in sorted(view.here.items()):
        say(f"  here: {name} {many}")
    _systems(view.there)
    if view.kept:
        say(f"  {view.kept} orders stay without him as receipts, the last until {view.kept_until}")


def _systems(there: tuple[SystemView, ...]) -> None:
    for one in there:
        said = _WHY.get(one.why, one.why) if one.outcome != "asked" else "asked"
        say(f"  {one.account}: {said or one.outcome}, {one.records} records")
        for left in one.left:
            say(f"    left to do there by hand: {left}")
        if one.done_at is not None:
            say(f"    done there by {one.done_by}, {moment(one.done_at)}")


def _result(done: object) -> object:
    if isinstance(done, Asked):
        say(f"it waits for a second person: approval {done.approval_id}")
        raise typer.Exit(ExitCode.FOUND)
    return getattr(done, "result", None)


def _operator(who: str) -> Operator:
    return Operator(who, Role.ADMIN, Face.COMMAND_LINE)


def _beside(path: Path, work: Callable[[Backstage], Awaitable[R]]) -> R:
    return beside(path, lambda foundation: work(build_backstage(foundation)))
