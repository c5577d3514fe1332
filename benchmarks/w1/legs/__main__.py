"""``python -m benchmarks.w1.legs``: every fault leg, as a table of its own.

Exit status: 0 when the gateway's ledger is clean in every leg, 1 when it is not, 2 when PostgreSQL
or RabbitMQ is away. Times and the peers' ledgers decide nothing.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import psycopg

from benchmarks.w1 import broker
from benchmarks.w1.contestants import Contestant, Peer, contestants
from benchmarks.w1.database import Database
from benchmarks.w1.legs import echo, outage, queue_legs
from benchmarks.w1.legs.report import document, heading, table
from benchmarks.w1.legs.setting import GATEWAY, Leg, Setting, say
from benchmarks.w1.legs.trial import Row
from benchmarks.w1.report import machine
from benchmarks.w1.run import POSTGRES, RABBITMQ
from benchmarks.w1.work import SEED

CONTESTANTS = ("celery threads", "dramatiq", "faststream", "twin", GATEWAY)
LEGS = (
    Leg("F1", "worker killed (-9) every 3 s and at each quarter of the work",
        "lost, repeated, stale and out of order 0", queue_legs.killed),
    Leg("F2", "broker killed at half of the work and started again",
        "lost, repeated, stale and out of order 0", queue_legs.without_broker),
    Leg("F3", "database away for 5 s at half of the work",
        "lost, repeated, stale and out of order 0", queue_legs.without_database),
    Leg("F4", "sink answers 503 to 10 %, takes 3 % and does not answer",
        "lost, repeated, stale and out of order 0", queue_legs.faulty_sink),
    Leg("F5", "4 workers share 10 calls a second",
        "refused 0, at least 95 % of the budget used", queue_legs.shared_budget),
    Leg("F6", "0.1 % of the messages, at least 3, cannot be read",
        "each set aside, the others not delayed (without > with)", queue_legs.poisoned),
    Leg("F7", "vendor away for three days (simulated clock), versions keep coming",
        "due at most once per order, one call each afterwards, within the rate",
        outage.vendor_away),
    Leg("F8", "people edit the same records at two vendors that are synchronised both ways",
        "quiet in the end, no differences, few writes per edit", echo.two_way),
)  # fmt: skip


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.w1.legs")
    keys = [leg.key for leg in LEGS]
    parser.add_argument("--only", nargs="+", metavar="LEG", choices=keys, default=keys)
    parser.add_argument(
        "--contestants", nargs="+", metavar="NAME", choices=[one.name for one in contestants()],
        default=CONTESTANTS, help=f"by name; {', '.join(CONTESTANTS)} by default",
    )  # fmt: skip
    parser.add_argument("--orders", type=int, help="unique orders, in place of each leg's own")
    parser.add_argument("--deadline-s", type=float, default=90.0, help="of each run")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--logs", type=Path, help="keep here what the peers wrote")
    parser.add_argument("--json", type=Path, help="write all rows to this file as well")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print; see the module for the exit status."""
    asked = arguments(argv)
    # Told to end, it still ends what it started and removes its database and queues.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    setting = Setting(
        postgres=os.environ.get("GATEWAY_BENCH_POSTGRES", POSTGRES),
        broker=os.environ.get("GATEWAY_TEST_RABBITMQ", RABBITMQ),
        contestants=[one for one in contestants() if one.name in asked.contestants],
        orders=asked.orders, seed=asked.seed, deadline_s=asked.deadline_s,
    )  # fmt: skip
    try:
        line = machine(Database(setting.postgres).version(), broker.version(setting.broker))
    except (OSError, psycopg.OperationalError) as error:
        sys.stderr.write(f"a service does not answer ({type(error).__name__}): make services\n")
        return 2
    sys.stdout.write(f"{line}\n")
    with _logs(setting.contestants, asked.logs):
        rows = _run([leg for leg in LEGS if leg.key in asked.only], setting)
    if asked.json:
        text = orjson.dumps(document(rows, line), option=orjson.OPT_NON_STR_KEYS)
        asked.json.write_bytes(text)
    return 0 if all(row.is_clean for row in rows if row.contestant.startswith(GATEWAY)) else 1


def _run(legs: Sequence[Leg], setting: Setting) -> list[Row]:
    rows: list[Row] = []
    for leg in legs:
        say(f"{leg.key}: {leg.title}")
        found = leg.run(setting)
        if found:
            sys.stdout.write(f"\n{heading(leg, found)}\n{table(found)}\n")
            sys.stdout.flush()
        rows += found
    return rows


@contextmanager
def _logs(chosen: Sequence[Contestant], asked: Path | None) -> Iterator[None]:
    """Let the peers write into a folder: here they fail by design, and say so at length."""
    with TemporaryDirectory(prefix="gateway-bench") as own:
        folder = asked or Path(own)
        folder.mkdir(parents=True, exist_ok=True)
        for one in chosen:
            if isinstance(one, Peer):
                one.log = folder / f"{one.name.replace(' ', '-')}.log"
        yield


if __name__ == "__main__":
    raise SystemExit(main())
