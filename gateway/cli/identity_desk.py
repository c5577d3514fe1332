"""``gateway identity``: the scan for duplicates, and the pairs of which a person is asked."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.identity import identity_scan
from gateway.canonical import Kind
from gateway.cli.beside import beside
from gateway.cli.screen import print_json, say, shown, table
from gateway.identity.matching.scan import DONE, Progress
from gateway.ids import sortable_id
from gateway.ops.audit import deed
from gateway.ops.reviews import Judged, ReviewLine, ReviewPage, Reviews, ReviewView
from gateway.ports import PairState


def run_scan(config: Path, *, pages: int | None, restart: bool, as_json: bool) -> None:
    """Scan, with a line of progress for each page on the error stream."""

    async def work(foundation: Foundation) -> Progress:
        scan = identity_scan(foundation, holder=f"scan-{sortable_id()}")
        return await scan.run(_told, pages=pages, restart=restart)

    progress = beside(config, work)
    if as_json:
        print_json(progress)
        return
    say(f"{progress.digests} shared contacts, {progress.pairs} pairs compared")
    say(f"{progress.crowded} contacts in too many hands were left out")
    for state, number in sorted(progress.states.items()):
        say(f"{state}: {number}")
    say("done" if progress.cursor == DONE else "cut; the next scan goes on from here")


def list_reviews(
    config: Path, *, state: str, after: str | None, limit: int, language: str, as_json: bool
) -> None:
    """Print pairs of a state."""

    async def look(foundation: Foundation) -> ReviewPage:
        reviews = Reviews(foundation.store, foundation.clock)
        return await reviews.list(
            state=PairState(state), after=after, limit=limit, language=language
        )

    page = beside(config, look)
    if as_json:
        print_json(page)
        return
    for line in page.lines:
        _print_line(line)
    if not page.lines:
        say(f"no {state} pairs")
    if page.after:
        say(f"more: --after {page.after}")


def show_review(
    config: Path, pair: str, *, unmask: bool, who: str, language: str, as_json: bool
) -> None:
    """Print both records; looking behind the mask is written down."""

    async def look(foundation: Foundation) -> ReviewView:
        reviews = Reviews(foundation.store, foundation.clock)
        view = await reviews.show(pair, unmask=unmask, language=language)
        if unmask:
            now = foundation.clock.now()
            rows = [
                deed(now, (name, Kind.CUSTOMER), event="unmasked", outcome="shown", who=who)
                for name in (view.line.one, view.line.other)
            ]
            await foundation.store.run(lambda tx: tx.write_journal(rows))
        return view

    view = beside(config, look)
    if as_json:
        print_json(view)
        return
    _print_line(view.line)
    if view.note:
        say(f"  decided by {view.line.decided_by}: {view.note}")
    rows = [
        (one.path, shown(one.one), shown(one.other), "=" if one.alike else "")
        for one in view.fields
    ]
    table(("field", view.one.id, view.other.id, ""), rows)


def decide_review(
    config: Path, pair: str, *, same: bool, reason: str, who: str, as_json: bool
) -> None:
    """Write a decision down."""

    async def work(foundation: Foundation) -> Judged:
        reviews = Reviews(foundation.store, foundation.clock)
        return await reviews.decide(pair, same=same, reason=reason, who=who)

    judged = beside(config, work)
    if as_json:
        print_json(judged)
    else:
        say(f"{judged.id}: {judged.was} -> {judged.state}")


def _told(progress: Progress) -> None:
    sys.stderr.write(f"{progress.digests} shared contacts, {progress.pairs} pairs\n")


def _print_line(line: ReviewLine) -> None:
    say(f"{line.id}  {line.state}  {line.points:g}  {line.rule}")
    for text in line.supports:
        say(f"  + {text}")
    for text in line.against:
        say(f"  - {text}")
