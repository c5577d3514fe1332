"""``gateway journal`` and ``gateway due``: what happened, and what has not happened yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.bootstrap import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import age, moment, print_fields, print_json, say, table
from gateway.ops.due import AccountDue, Due
from gateway.ops.journal import CopyView, EntityView, Journal


def show_story(
    path: Path, query: str, *, who: str, unmask: bool, steps: int, as_json: bool
) -> None:
    """Print everything about what a query names."""

    async def look(foundation: Foundation) -> tuple[EntityView, ...]:
        journal = Journal(
            foundation.store, foundation.accounts, foundation.applier.digester, foundation.clock
        )
        return await journal.show(query, who=who, unmask=unmask, steps=steps)

    views = beside(path, look)
    if as_json:
        print_json({"entities": views})
        return
    for view in views:
        _print_entity(view)


def _print_entity(view: EntityView) -> None:
    say(f"{view.kind} {view.id}  version {view.version}  changed {moment(view.changed_at)}")
    print_fields(view.fields)
    say("copies:")
    table(
        ("account", "id there", "told", "version", "delivery", "copy"),
        [_copy_row(copy) for copy in view.copies],
        indent="  ",
    )
    for copy in view.copies:
        if copy.delivery is not None and copy.delivery.cause:
            say(f"  {copy.account}: {copy.delivery.cause}  {copy.delivery.remedy}")
    say("story:")
    for step in view.story:
        times = f" x{step.count}" if step.count > 1 else ""
        detail = _sentence(step.detail)
        say(f"  {moment(step.at)}  {step.account}: {step.event} {step.outcome}{times}{detail}")
    say()


def _copy_row(copy: CopyView) -> tuple[object, ...]:
    delivery = copy.delivery
    return (
        copy.account,
        copy.external_id or "-",
        moment(copy.told_at),
        delivery.sent_version if delivery and delivery.sent_version else "-",
        delivery.state if delivery else "-",
        _agreement(copy),
    )


def _agreement(copy: CopyView) -> str:
    if copy.in_doubt:
        return f"in doubt ({copy.in_doubt} without an answer)"
    if copy.differs is None:
        return "not told"
    return f"differs: {', '.join(copy.differs)}" if copy.differs else "same"


def _sentence(detail: Mapping[str, Any]) -> str:
    """Show a sentence's details, what is empty left out."""
    parts = []
    for key, value in detail.items():
        if value in ("", None, [], 0) or value is False:
            continue
        if key == "fields":
            value = " ".join(map(_field, value))  # noqa: PLW2901 - shown in short
        parts.append(f"{key}={value}")
    return f"  ({', '.join(parts)})" if parts else ""


def _field(one: object) -> str:
    if not isinstance(one, Mapping):
        return str(one)
    kept = "" if one.get("taken") else f" kept out: {one.get('why', '')}".rstrip(": ")
    return f"{one.get('field')}[{one.get('rule')}{kept}]"


def show_due(path: Path, *, account: str | None, as_json: bool) -> None:
    """Print what is not told yet."""

    async def look(foundation: Foundation) -> tuple[AccountDue, ...]:
        due = Due(foundation.store, foundation.accounts, foundation.clock)
        return await due.show(account=account)

    found = beside(path, look)
    if as_json:
        print_json({"accounts": found})
        return
    rows: list[tuple[object, ...]] = []
    for one in found:
        rows += [("inbox", one.account, one.inbox, "", "", "")] if one.inbox else []
        rows += [
            (
                backlog.state, one.account, backlog.count, age(backlog.oldest_s),
                moment(backlog.next_at), backlog.cause,
            )
            for backlog in one.backlogs
        ]  # fmt: skip
    if rows:
        table(("state", "account", "count", "oldest", "next try", "why"), rows)
    else:
        say("nothing is due: everybody is told")
    for one in found:
        if one.rests:
            say(f"{one.account} rests: {one.rests}")
        for feed in one.feeds:
            read, ended = moment(feed.read_at), moment(feed.ended_at)
            say(f"{one.account} {feed.kind} feed: read {read}, to its end {ended}")
