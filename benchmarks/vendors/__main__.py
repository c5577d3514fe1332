"""``python -m benchmarks.vendors``: what each vendor's limit is used for, as a table.

Every vendor's double runs in a process of its own and keeps the limits that the vendor publishes;
the real connector works on it through the account's real budget. For each: read everybody who is
there, change a name of each, create as many new ones. A phase ends after ``--seconds`` at the
latest; the table then tells how far it came.

Exit status: 0, 1 when a vendor refused a call for its limits, 130 when it was interrupted (what was
measured by then is printed).
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

from benchmarks.vendors.phases import Done, creations, edits, pull, write
from benchmarks.vendors.report import HEADINGS, Row, is_kept, row
from benchmarks.vendors.stand import Stand, stand
from benchmarks.vendors.vendors import VENDORS
from gateway.canonical import Kind
from gateway.cli.screen import table
from gateway.contract import Observed

PHASES = ("pull", "edit", "create")
_INTERRUPTED = 128 + signal.SIGINT


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    names = [one.name for one in VENDORS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vendors")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="VENDOR")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--records", type=int, default=10_000, help="customers of each vendor")
    parser.add_argument("--seconds", type=float, default=28.0, help="the longest time of a phase")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to each answer")
    return parser.parse_args(argv)


async def measure(asked: argparse.Namespace, rows: list[Row]) -> None:
    """Measure vendor after vendor; ``rows`` grows with each phase that ends."""
    for vendor in VENDORS:
        if vendor.name not in asked.only:
            continue
        _say(f"{vendor.name}: loading {asked.records} customers")
        async with stand(vendor, latency_ms=asked.latency_ms) as running:
            await running.seed(range(asked.records))
            await running.connector.prepare()
            await _phases(running, asked, rows)


async def _phases(running: Stand, asked: argparse.Namespace, rows: list[Row]) -> None:
    seconds, count = asked.seconds, asked.records
    seen: list[Observed[Any]] = []

    async def read(done: Done) -> None:
        seen.extend(await pull(running, done, seconds=seconds))

    async def edit(done: Done) -> None:
        wanted, limit = edits(running, seen), running.vendor.limit
        if running.vendor.single_edits and limit is not None:
            # A batch is many calls here: what is begun must end about in time as well.
            wanted = wanted[: int(seconds * limit.calls / limit.per_s)]
        await write(running, done, wanted, seconds=seconds)

    async def create(done: Done) -> None:
        wanted = creations(running, range(count, 2 * count))
        await write(running, done, wanted, seconds=seconds)

    # Edits are of those who were read, so reading is never left out.
    await _measured(running, Done("pull", count), read, rows)
    if "pull" in asked.phases:
        for kind in running.vendor.more:
            one = Done(f"pull {kind}s", count)
            await _measured(running, one, partial(_other, running, kind, seconds), rows)
    if "edit" in asked.phases:
        await _measured(running, Done("edit", count), edit, rows)
    if "create" in asked.phases:
        await _measured(running, Done("create", count), create, rows)


async def _other(running: Stand, kind: Kind, seconds: float, done: Done) -> None:
    await pull(running, done, seconds=seconds, kind=kind)


async def _measured(
    running: Stand, done: Done, work: Callable[[Done], Awaitable[None]], rows: list[Row]
) -> None:
    _say(f"{running.vendor.name}: {done.phase}")
    await running.refused()
    running.meter.start()
    started = monotonic()
    await work(done)
    done.seconds = monotonic() - started
    await _counted(running, done)
    rows.append((running.vendor, done))
    _say("  " + "  ".join(row(running.vendor, done)[2:]))


async def _counted(running: Stand, done: Done) -> None:
    meter, vendor = running.meter, running.vendor
    done.calls, done.busy_s, done.peak = meter.calls, meter.busy_s, meter.peak
    done.operations = meter.operations.copy()
    done.refused = await running.refused()
    if vendor.sessions:
        done.share = meter.seats(vendor.sessions)
    elif vendor.limit is not None:
        done.share = meter.share(vendor.limit, by_operation=vendor.by_operation)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; see the module for the exit status."""
    asked = arguments(argv)
    # Told to end, it still ends the double that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows: list[Row] = []
    status = 0
    try:
        asyncio.run(measure(asked, rows))
    except KeyboardInterrupt:
        status = _INTERRUPTED
    if rows:
        table(HEADINGS, [row(vendor, done) for vendor, done in rows])
    return status or int(not is_kept(rows))


if __name__ == "__main__":
    raise SystemExit(main())
