"""``gateway switch``: turn earning and spending, and look at who turned them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, table
from gateway.loyalty.switches import turn
from gateway.ports import SwitchRow


def list_turns(path: Path, *, as_json: bool) -> None:
    """Print all turns."""

    async def look(foundation: Foundation) -> Sequence[SwitchRow]:
        return await foundation.store.read(lambda tx: tx.turns())

    turns = beside(path, look)[::-1]
    if as_json:
        print_json({"turns": turns})
        return
    if not turns:
        say("nothing was switched: points are earned and spent everywhere")
        return
    table(
        ("feature", "stands", "for", "since", "turned", "who", "reason"),
        [
            (
                one.feature, "on" if one.on else "off", f"{one.scope} {one.name}".rstrip(),
                moment(one.since), moment(one.at), one.who, one.reason,
            )
            for one in turns
        ],
    )  # fmt: skip


def set_switch(
    path: Path,
    feature: str,
    *,
    on: bool,
    reach: str,
    name: str,
    since: datetime | None,
    who: str,
    reason: str,
) -> None:
    """Turn a switch."""

    async def work(foundation: Foundation) -> SwitchRow:
        now = foundation.clock.now()
        row = SwitchRow(feature, reach, name, on, since or now, now, who, reason)
        return await turn(foundation.store, row)

    made = beside(path, work)
    where = f"{made.scope} {made.name}".rstrip()
    say(f"{made.feature} is {'on' if on else 'off'} for {where} from {moment(made.since)} on")
