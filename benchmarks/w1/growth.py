"""``python -m benchmarks.w1.growth``: the same work on a small store and on a large one.

Each store gets its history once; every run has a copy of its own, small and large in turn. Half of
the orders of the work stand in the history already, at random places in it. With ``--long`` there
is one long run on the large store, to see whether the worker's memory stays flat.

Exit status: 0 when every run did all of its work as promised, 1 when the referee found a fault or
the time was up, 2 when PostgreSQL or RabbitMQ is away. Rates and memory decide nothing.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import psycopg

from benchmarks.w1 import broker
from benchmarks.w1.database import Database
from benchmarks.w1.filling import Sizes, fill, make_sample, measured
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.growth_report import TARGET, Store, document, memory_table, table
from benchmarks.w1.history import SAMPLE, History, work_on
from benchmarks.w1.measure import Driver, Run
from benchmarks.w1.report import machine
from benchmarks.w1.run import POSTGRES, RABBITMQ
from benchmarks.w1.work import SEED, Work
from gateway.store.sealing import KEY_BYTES

_LONG_EVERY = 5_000
_TIDYING_S = 30.0
_PER_ORDER = 1.25
"""Messages of the stream per order."""


class OutOfTime(Exception):
    """The whole measurement took longer than it may."""


@dataclass(slots=True)
class Filled:
    """A store with its history, the work on it, and the runs so far."""

    store: Store
    database: Database
    work: Work
    runs: list[Run] = field(default_factory=list)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.w1.growth")
    parser.add_argument("--small", type=int, default=10_000, help="entities of the small store")
    parser.add_argument("--entities", type=int, default=1_000_000, help="of the large store")
    parser.add_argument("--journal", type=int, default=5_000_000, help="rows in the large store")
    parser.add_argument("--orders", type=int, default=4_000, help="unique orders of each run")
    parser.add_argument("--old-share", type=float, default=0.5, help="orders that stand there")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="orders the history is made of")
    parser.add_argument("--rounds", type=int, default=3, help="runs on each store")
    parser.add_argument(
        "--long", type=int, metavar="MESSAGES", nargs="?", const=100_000,
        help="instead one run of so many messages on the large store",
    )  # fmt: skip
    parser.add_argument("--every", type=int, default=_LONG_EVERY, help="messages between samples")
    parser.add_argument("--deadline-s", type=float, default=900.0, help="of each run")
    parser.add_argument("--most-s", type=int, default=3600, help="of everything, filling included")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, help="write all runs to this file as well")
    return parser.parse_args(argv)


@contextmanager
def _filled(asked: argparse.Namespace, server: str, driver: Driver, key: bytes) -> Iterator[
    list[Filled]
]:  # fmt: skip
    """Make the stores, each in a database of its own; remove them in the end, whatever happens."""
    sizes = [Sizes(asked.entities, asked.journal)]
    orders = asked.orders
    if asked.long is None:
        journal = asked.journal * asked.small // asked.entities
        sizes.insert(0, Sizes(asked.small, journal))
    else:
        orders = int(asked.long / _PER_ORDER)
    sampled = Database(server, role="sample")
    made: list[Database] = [sampled]
    try:
        most = max(size.entities for size in sizes)
        history = History.of(most, sample=asked.sample)
        sample = make_sample(sampled, driver, history, key)
        stores = []
        for size in sizes:
            sys.stderr.write(f"filling {size.entities} entities, {size.journal} journal rows\n")
            filled = Database(server, role=f"of_{size.entities}", template=sampled)
            made.append(filled)
            fill(filled, sample, history, size)
            reached = replace(history, entities=size.entities)
            work = work_on(reached, orders, old_share=asked.old_share, seed=asked.seed)
            stores.append(Filled(measured(filled), filled, work))
        yield stores
    finally:
        for database in reversed(made):
            database.drop()


def _run(filled: Filled, server: str, asked: argparse.Namespace, key: bytes) -> Run:
    """One run on a copy of a store, which is dropped afterwards.

    It ends a little before the time is up: what it saw by then is worth being told.
    """
    copy = Database(server, template=filled.database)
    left_s = asked.ends_at - time.monotonic() - _TIDYING_S
    driver = Driver(copy, asked.rabbitmq, min(asked.deadline_s, max(0.0, left_s)))
    contestant = GatewayContestant("gateway", data_key=base64.b64encode(key).decode())
    run = driver.run(contestant, filled.work, 0.0)
    filled.runs.append(run)
    state = "" if run.is_clean else "  NOT CLEAN"
    sys.stderr.write(
        f"  {len(filled.runs)}: {filled.store.entities} entities: {run.rate:.0f}/s{state}\n"
    )
    return run


def _measure(asked: argparse.Namespace, server: str) -> tuple[list[Filled], bool]:
    """Run on all stores in turn; also tell whether the time was enough."""
    key = secrets.token_bytes(KEY_BYTES)
    driver = Driver(Database(server), asked.rabbitmq, asked.deadline_s)
    stores: list[Filled] = []
    try:
        with _filled(asked, server, driver, key) as stores:
            for number in range(1 if asked.long else asked.rounds):
                # Turned about each time, so that a drifting machine hits both alike.
                for filled in stores if number % 2 == 0 else reversed(stores):
                    _run(filled, server, asked, key)
    except OutOfTime:
        sys.stderr.write(f"stopped after {asked.most_s} s, see --most-s\n")
        return stores, False
    return stores, True


def _tell(stores: Sequence[Filled], asked: argparse.Namespace) -> None:
    runs = {filled.store: filled.runs for filled in stores}
    for filled in stores[:1]:
        sys.stdout.write(
            f"{len(filled.work.messages)} messages about {len(filled.work.final)} orders,"
            f" {asked.old_share:.0%} of them old; target: ratio >= {TARGET}, MiB/10,000 near 0\n"
        )
    sys.stdout.write(table(runs) + "\n")
    if asked.long is not None:
        for run in (run for filled in stores for run in filled.runs):
            sys.stdout.write("\n" + memory_table(run, asked.every) + "\n")


def _out_of_time(*_: object) -> None:
    raise OutOfTime


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; see the module for the exit status."""
    asked = _arguments(argv)
    # Told to end, it still ends what it started and removes its databases and queues.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGALRM, _out_of_time)
    server = os.environ.get("GATEWAY_BENCH_POSTGRES", POSTGRES)
    asked.rabbitmq = os.environ.get("GATEWAY_TEST_RABBITMQ", RABBITMQ)
    try:
        line = machine(Database(server).version(), broker.version(asked.rabbitmq))
    except (OSError, psycopg.OperationalError) as error:
        sys.stderr.write(f"a service does not answer ({type(error).__name__}): make services\n")
        return 2
    sys.stdout.write(f"{line}\n")
    asked.ends_at = time.monotonic() + asked.most_s
    signal.alarm(asked.most_s)
    try:
        stores, was_enough = _measure(asked, server)
    finally:
        signal.alarm(0)
    _tell(stores, asked)
    if asked.json:
        runs = {filled.store: filled.runs for filled in stores}
        asked.json.write_bytes(orjson.dumps(document(runs, line), option=orjson.OPT_NON_STR_KEYS))
    return 0 if was_enough and all(run.is_clean for one in stores for run in one.runs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
