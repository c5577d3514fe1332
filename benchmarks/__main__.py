"""``python -m benchmarks``: prints a table of ratios."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import statistics
import sys
from collections.abc import Iterator

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from benchmarks.core import Result, calibration, leg

_POSTGRES = "postgresql+psycopg://gateway:gateway@127.0.0.1:5432/postgres"
_DATABASE = "gateway_bench"


@contextlib.contextmanager
def fresh_database() -> Iterator[str | None]:
    """Yield the URL of an empty database, or ``None`` where no server answers."""
    url = make_url(os.environ.get("GATEWAY_TEST_POSTGRES", _POSTGRES))
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    name = sql.Identifier(_DATABASE)
    drop = sql.SQL("drop database if exists {} with (force)").format(name)
    try:
        connection = psycopg.connect(address, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        yield None
        return
    with connection:
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(name))
        try:
            yield url.set(database=_DATABASE).render_as_string(hide_password=False)
        finally:
            connection.execute(drop)


async def measure(count: int, runs: int) -> list[list[Result]]:
    """Run the legs in turn, so that a drifting machine hits all alike."""
    legs: dict[str, list[Result]] = {"SQLite": [], "PostgreSQL": []}
    for _ in range(runs):
        legs["SQLite"].append(await leg("SQLite", None, count))
        with fresh_database() as url:
            if url is not None:
                legs["PostgreSQL"].append(await leg("PostgreSQL", url, count))
    return [results for results in legs.values() if results]


def main() -> int:
    """Print the table; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    say = sys.stdout.write
    say(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores\n")
    unit = calibration(asked.events) / asked.events
    say(f"{'store':<12}{'events/s':>10}{'CPU us':>10}{'x JSON dump':>13}{'commits/event':>15}\n")
    for results in asyncio.run(measure(asked.events, asked.runs)):
        cpu = statistics.median(result.cpu_s / result.events for result in results)
        rate = statistics.median(result.rate for result in results)
        commits = statistics.median(result.commits / result.events for result in results)
        say(
            f"{results[0].name:<12}{rate:>10.0f}{cpu * 1e6:>10.0f}{cpu / unit:>13.1f}"
            f"{commits:>15.3f}\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
