"""``gateway journal`` and ``gateway due``: what happened, and what has not happened yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.journal import build_journal
from gateway.cli.beside import beside
from gateway.cli.screen import age, moment, print_fields, print_json, say, table
from gateway.ops.due import AccountDue, Due
from gateway.ops.entity_view import CopyView, EntityView
from gateway.ops.story import Step


def show_story(
    path: Path,
    query: str,
    *,
    who: str,
    unmask: bool,
    steps: int,
    language: str,
    as_json: bool,
) -> None:
    """Print everything about what a query names."""

    async def look(foundation: Foundation) -> tuple[EntityView, ...]:
        journal = build_journal(foundation)
        return await journal.show(query, who=who, unmask=unmask, steps=steps)

    views = beside(path, look)
    if as_json:
        spoken = [
            replace(view, story=tuple(step.spoken(language) for step in view.story))
            for view in views
        ]
        print_json({"entities": spoken})
        return
    for view in views:
        _print_entity(view, language)


def _print_entity(view: EntityView, language: str) -> None:
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
        if copy.url:
            say(f"  {copy.account}: {copy.url}")
    for letter in view.letters:
        say(f"  letter {letter.id} to {letter.account}: {letter.cause}")
    for related in view.related:
        for line in related.lines:
            say(f"  {line.kind} {line.id}  {line.title}  {', '.join(line.marks)}".rstrip())
    if view.story_before is not None:
        say(f"story (older sentences: gateway journal tail --entity {view.id}):")
    else:
        say("story:")
    for step in view.story:
        _print_step(step, language)
    say()


def _print_step(step: Step, language: str) -> None:
    told = step.sentence
    times = f" x{step.count}" if step.count > 1 else ""
    text = " ".join(one.said(language) for one in (told.text, *told.notes))
    say(f"  {moment(step.at)}  {text}{times}")
    for one in told.fields:
        say(f"    {one.field}: {one.why.said(language)} ({one.rule.said(language)})")


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
