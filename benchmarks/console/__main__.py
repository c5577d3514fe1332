"""``python -m benchmarks.console``: how long the console's pages take on a store that has grown.

Two consoles, each a process of its own: one before a nearly empty store, one before a full one. A
browser visits every page of both in turn. With ``--slowdown`` it is measured instead whether the
embedded gateway works more slowly while its console is open.

Exit status: 0, 1 when a page was not there or a run was not clean, 2 when the browser, PostgreSQL
or RabbitMQ is away, 130 when it was interrupted. Times decide nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.console import report
from benchmarks.console.pages import CHROMIUM, measure
from benchmarks.console.place import Place, furnish
from benchmarks.console.seed import NEARLY_EMPTY, Sizes, filled, sized, telling
from benchmarks.console.slowdown import compare
from benchmarks.w1 import broker
from benchmarks.w1.database import Database
from benchmarks.w1.measure import Driver
from benchmarks.w1.report import machine
from benchmarks.w1.run import POSTGRES, RABBITMQ
from benchmarks.w1.work import generate
from gateway.cli.screen import say, table

_AWAY = 2
_INTERRUPTED = 128 + signal.SIGINT


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console")
    parser.add_argument("--postgres", action="store_true", help="both stores in PostgreSQL")
    parser.add_argument("--full", type=Path, help="a folder that benchmarks.console.seed filled")
    parser.add_argument("--only", nargs="+", metavar="PAGE", default=(), help="pages by name")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each page, or runs")
    parser.add_argument("--slowdown", action="store_true", help="measure the gateway instead")
    parser.add_argument("--orders", type=int, default=20_000, help="of each run of the gateway")
    parser.add_argument("--deadline-s", type=float, default=300.0, help="of each such run")
    sized(parser)
    return parser.parse_args(argv)


@contextmanager
def _places(asked: argparse.Namespace) -> Iterator[tuple[Place, Place]]:
    """Make a nearly empty store and a full one; what was made is removed in the end."""
    full = Sizes(asked.journal, asked.letters, asked.entities, asked.days)
    with ExitStack() as stack, telling() as tell:

        def made(role: str, sizes: Sizes) -> Place:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix=f"bench-console-{role}-")))
            place = furnish(folder, stack.enter_context(_database(role)) if asked.postgres else "")
            asyncio.run(filled(place, sizes, tell, seed=asked.seed))
            return place

        nearly_empty = made("empty", NEARLY_EMPTY)
        yield nearly_empty, Place(asked.full) if asked.full else made("full", full)


@contextmanager
def _database(role: str) -> Iterator[str]:
    database = Database(_server(), role=f"console_{role}")
    database.create(peers_schema=False)
    try:
        yield database.url
    finally:
        database.drop()


def _pages(asked: argparse.Namespace) -> int:
    if not Path(CHROMIUM).exists():
        sys.stderr.write(f"no browser at {CHROMIUM}: install Debian's chromium\n")
        return _AWAY
    with _places(asked) as places:
        try:
            found = measure(places, asked.rounds, only=asked.only)
        except RuntimeError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    table(report.HEADINGS, report.rows(found))
    say(f"{report.verdict(found)}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def _slowdown(asked: argparse.Namespace) -> int:
    rabbitmq = os.environ.get("GATEWAY_TEST_RABBITMQ", RABBITMQ)
    database = Database(_server())
    try:
        say(machine(database.version(), broker.version(rabbitmq)))
    except OSError as error:
        sys.stderr.write(f"a service does not answer ({type(error).__name__}): make services\n")
        return _AWAY
    work = generate(asked.orders, seed=asked.seed)
    runs, requests = compare(Driver(database, rabbitmq, asked.deadline_s), work, asked.rounds)
    table(report.RATES, report.rate_rows(runs, requests))
    say(f"target: at least {report.LEAST_RATE:g} of the events a second")
    is_clean = all(run.is_clean for pair in runs for run in pair)
    return 0 if is_clean and not any(failed for _, failed in requests) else 1


def _server() -> str:
    return os.environ.get("GATEWAY_BENCH_POSTGRES", POSTGRES)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; see the module for the exit status."""
    asked = arguments(argv)
    # Told to end, it still ends what it started and removes its databases and folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return _slowdown(asked) if asked.slowdown else _pages(asked)
    except psycopg.OperationalError as error:
        sys.stderr.write(f"a service does not answer ({type(error).__name__}): make services\n")
        return _AWAY


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
