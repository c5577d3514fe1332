"""``python -m benchmarks.w1.run``: every contestant on the same work, interleaved, as a table.

Exit status: 0 when every run did all of its work as promised, 1 when the referee found a fault, 2
when PostgreSQL or RabbitMQ is away. Times decide nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson
import psycopg

from benchmarks.w1 import broker
from benchmarks.w1.contestants import QUICK, Contestant, contestants
from benchmarks.w1.database import Database
from benchmarks.w1.measure import Driver, Run
from benchmarks.w1.report import document, machine, table
from benchmarks.w1.work import ORDERS, SEED, generate

POSTGRES = "postgresql://gateway:gateway@127.0.0.1:5432/postgres"
RABBITMQ = "amqp://guest:guest@127.0.0.1:5672//"
_QUICK_ORDERS = 2_000


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.w1.run")
    parser.add_argument("--orders", type=int, help=f"unique orders, {ORDERS} by default")
    parser.add_argument("--rounds", type=int, help="runs of each contestant, 3 by default")
    parser.add_argument("--delays-ms", type=float, nargs="+", help="of the sink, 0 and 20")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="contestants by name")
    parser.add_argument("--quick", action="store_true", help="less work, fewer contestants")
    parser.add_argument("--deadline-s", type=float, default=300.0, help="of each run")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, help="write all runs to this file as well")
    return parser.parse_args(argv)


def _chosen(asked: argparse.Namespace) -> Sequence[Contestant]:
    names = set(asked.only or (QUICK if asked.quick else ()))
    return [one for one in contestants() if not names or one.name in names]


def _measure(asked: argparse.Namespace, driver: Driver, chosen: Sequence[Contestant]) -> list[Run]:
    """Run all in turn, so that a drifting machine hits all alike."""
    work = generate(asked.orders or (_QUICK_ORDERS if asked.quick else ORDERS), seed=asked.seed)
    runs: list[Run] = []
    for number in range(asked.rounds or (1 if asked.quick else 3)):
        for delay_ms in asked.delays_ms or ([0.0] if asked.quick else [0.0, 20.0]):
            for one in chosen:
                run = driver.run(one, work, delay_ms)
                runs.append(run)
                state = "" if run.is_clean else "  NOT CLEAN"
                sys.stderr.write(
                    f"  round {number + 1}, {delay_ms:g} ms, {one.name}: {run.rate:.0f}/s{state}\n"
                )
    return runs


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; see the module for the exit status."""
    asked = _arguments(argv)
    # Told to end, it still ends what it started and removes its database and queues.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    database = Database(os.environ.get("GATEWAY_BENCH_POSTGRES", POSTGRES))
    rabbitmq = os.environ.get("GATEWAY_TEST_RABBITMQ", RABBITMQ)
    try:
        line = machine(database.version(), broker.version(rabbitmq))
    except (OSError, psycopg.OperationalError) as error:
        sys.stderr.write(f"a service does not answer ({type(error).__name__}): make services\n")
        return 2
    sys.stdout.write(f"{line}\n")
    chosen = _chosen(asked)
    runs = _measure(asked, Driver(database, rabbitmq, asked.deadline_s), chosen)
    for delay_ms in sorted({run.delay_ms for run in runs}):
        rows = [run for run in runs if run.delay_ms == delay_ms]
        sys.stdout.write(f"\n{rows[0].events} messages, sink answers after {delay_ms:g} ms\n")
        sys.stdout.write(table(rows, chosen) + "\n")
    if asked.json:
        asked.json.write_bytes(orjson.dumps(document(runs, line), option=orjson.OPT_NON_STR_KEYS))
    return 0 if all(run.is_clean for run in runs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
