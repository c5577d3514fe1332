"""``gateway sale``: look at sales of tills and decide about refused ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, shown, table
from gateway.loyalty.stories import Stories
from gateway.ops.sales import SaleDesk, SaleLine, SaleView
from gateway.sync.lookup import Digester


def list_sales(path: Path, *, progress: str | None, account: str | None, as_json: bool) -> None:
    """Print sales."""

    async def look(foundation: Foundation) -> Sequence[SaleLine]:
        return await _desk(foundation).list(progress=progress, processor=account)

    lines = beside(path, look)
    if as_json:
        print_json({"sales": lines})
        return
    if not lines:
        say("no such sales")
        return
    table(
        ("id", "kind", "processor", "progress", "tries", "changed", "next", "cause"),
        [
            (
                one.id, one.kind, one.processor, one.progress, one.attempts,
                moment(one.changed_at), moment(one.due_at), one.cause or "-",
            )
            for one in lines
        ],
    )  # fmt: skip


def show_sale(path: Path, sale_id: str, *, who: str, unmask: bool, as_json: bool) -> None:
    """Print one sale."""

    async def look(foundation: Foundation) -> SaleView:
        return await _desk(foundation).show(sale_id, who=who, unmask=unmask)

    view = beside(path, look)
    if as_json:
        print_json(view)
        return
    line = view.line
    say(f"{line.kind} {line.id}  {line.progress}  at {line.processor}  version {view.version}")
    say(f"closed  {moment(line.at)}, changed {moment(line.changed_at)}")
    say(f"next    {moment(line.due_at)}, {line.attempts} tries")
    if view.of:
        say(f"of      {view.of}")
    if line.cause_code:
        say(f"cause   {line.cause_code}: {line.cause}")
    if view.remedy:
        say(f"remedy  {view.remedy}")
    for name, values in (("content", view.content), ("kept", view.kept)):
        if values:
            say(f"{name}:")
        for key, value in values.items():
            say(f"  {key} = {shown(value)}")


def retry_sale(path: Path, sale_id: str, *, who: str) -> None:
    """Tell a refused sale again."""

    async def decide(foundation: Foundation) -> SaleLine:
        return await _desk(foundation).retry(sale_id, who=who)

    say(f"{beside(path, decide).id} is looked up and told again")


def drop_sale(path: Path, sale_id: str, *, who: str, reason: str) -> None:
    """Give a refused sale up."""

    async def decide(foundation: Foundation) -> SaleLine:
        return await _desk(foundation).drop(sale_id, who=who, reason=reason)

    say(f"{beside(path, decide).id} is given up")


def _desk(foundation: Foundation) -> SaleDesk:
    stories = Stories(Digester(foundation.sealer.derive("lookup")))
    return SaleDesk(foundation.store, foundation.clock, stories)
