"""``gateway journal tail`` and ``export``: the whole journal, as it grows and as a file."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import orjson

from gateway.bootstrap.foundation import Foundation
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say
from gateway.ops.livelog import Form, LiveLog, Tail, filter_of
from gateway.ops.story import Step

_LOOK_S = 1.0


def tail_log(
    path: Path,
    arguments: Mapping[str, str],
    *,
    lines: int,
    follow: bool,
    language: str,
    as_json: bool,
) -> None:
    """Print the newest sentences that fit, and with ``follow`` what comes until Ctrl-C."""
    wanted = filter_of(arguments)

    async def look(foundation: Foundation) -> Tail:
        log = LiveLog(foundation.store, foundation.clock)
        tail = await log.tail(wanted, limit=lines)
        while follow:
            _print(tail.steps, language, as_json=as_json)
            await asyncio.sleep(_LOOK_S)
            tail = await log.tail(wanted, cursor=tail.cursor)
        return tail

    with suppress(KeyboardInterrupt):
        tail = beside(path, look)
        if as_json:
            print_json(
                {"lines": [step.spoken(language) for step in tail.steps], "cursor": tail.cursor}
            )
        else:
            _print(tail.steps, language, as_json=False)


def _print(steps: Sequence[Step], language: str, *, as_json: bool) -> None:
    for step in steps:
        if as_json:
            sys.stdout.write(orjson.dumps(step.spoken(language)).decode() + "\n")
        else:
            times = f" x{step.count}" if step.count > 1 else ""
            about = f"  {step.entity_id}" if step.entity_id else ""
            say(f"{moment(step.at)}{about}  {step.said(language)}{times}")
    sys.stdout.flush()


def export_log(
    path: Path,
    arguments: Mapping[str, str],
    form: str,
    *,
    before: int | None,
    whole: bool,
    language: str,
) -> None:
    """Write what fits to standard output; where it goes on is said on standard error."""
    wanted = filter_of(arguments)

    async def write(foundation: Foundation) -> int | None:
        log = LiveLog(foundation.store, foundation.clock)
        place, is_first = before, True
        while True:
            export = await log.export(wanted, Form(form), before=place)
            headed = is_first or form != Form.CSV
            async for part in log.written(export, language=language, headed=headed):
                sys.stdout.buffer.write(part)
            place, is_first = export.goes_on, False
            if place is None or not whole:
                return place

    goes_on = beside(path, write)
    sys.stdout.flush()
    if goes_on is not None:
        sys.stderr.write(f"gateway: there may be more: --before {goes_on}, or --all\n")
