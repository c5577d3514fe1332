"""``gateway account``: look at accounts and decide about them, beside the running gateway."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, table
from gateway.ops.account_views import AccountLine, Decision, Probed
from gateway.ops.actions import Action, ActionKind, Asked
from gateway.ops.faults import ExitCode
from gateway.ops.rights import Face, Operator, Role
from gateway.ops.spending import Limit, Spending


def list_accounts(path: Path, *, as_json: bool) -> None:
    """Print all accounts."""

    async def look(foundation: Foundation) -> tuple[AccountLine, ...]:
        return await build_backstage(foundation).account_desk.list()

    found = beside(path, look)
    if as_json:
        print_json({"accounts": found})
        return
    table(
        ("account", "vendor", "state", "limit", "used", "of last hour", "last probe"),
        [_row(one) for one in found],
    )
    for one in found:
        if one.standing.text:
            say(f"{one.name}: {one.standing.text}")


def _row(one: AccountLine) -> tuple[object, ...]:
    spent, probe = one.spending, one.probe
    probed = f"{moment(probe.at)} {'works' if probe.ok else 'fails'}" if probe else "-"
    return (
        one.name, one.vendor, one.standing.stand, _limit(spent), _share(spent.share_minute),
        _share(spent.share_hour), probed,
    )  # fmt: skip


def _limit(spent: Spending) -> str:
    limit = spent.slowed or spent.limit
    if limit is None:
        return "-"
    return _pace(limit) + (f" (slowed by {spent.slowed_by})" if spent.slowed else "")


def _pace(limit: Limit) -> str:
    return f"{limit.calls} in {limit.per_s:g} s"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def probe(path: Path, name: str, *, who: str, as_json: bool) -> None:
    """Print what a probe found; ends with 1 when it does not work."""
    result = _performed(path, ActionKind.ACCOUNT_PROBE, name, {}, who)
    if isinstance(result, Asked):
        _say_asked(result, as_json=as_json)
        return
    found: list[Probed] = [one for one in result if isinstance(one, Probed)]
    if as_json:
        print_json({"accounts": found})
    for one in () if as_json else found:
        say(f"{one.account} {'works' if one.ok else 'does not work'}")
        for note in one.notes:
            say(f"  {note}")
        if one.resumed:
            say("  it was parked and is resumed")
    if not all(one.ok for one in found):
        raise typer.Exit(ExitCode.FOUND)


def decide(
    path: Path, kind: str, name: str, params: Mapping[str, Any], *, who: str, as_json: bool
) -> None:
    """Print what became of a decision."""
    result = _performed(path, ActionKind(kind), name, params, who)
    if isinstance(result, Asked):
        _say_asked(result, as_json=as_json)
        return
    found: list[Decision] = [one for one in result if isinstance(one, Decision)]
    if as_json:
        print_json({"accounts": found})
        return
    for one in found:
        say(f"{one.account}: {one.text}")


def _performed(
    path: Path, kind: ActionKind, name: str, params: Mapping[str, Any], who: str
) -> Asked | tuple[object, ...]:
    operator = Operator(who, Role.ADMIN, Face.COMMAND_LINE)

    async def act(foundation: Foundation) -> Asked | tuple[object, ...]:
        actions = build_backstage(foundation).actions
        outcome = await actions.perform(operator, Action(kind, (name,), params))
        if isinstance(outcome, Asked):
            return outcome
        return outcome.result if isinstance(outcome.result, tuple) else ()

    return beside(path, act)


def _say_asked(asked: Asked, *, as_json: bool) -> None:
    if as_json:
        print_json({"approval": asked.approval_id})
    else:
        say(f"it waits for a second person: approval {asked.approval_id}")
