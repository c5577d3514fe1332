"""``python -m benchmarks.vendors.doubles``: how many requests a second each double answers.

A double that is slower than the work on it would be measured in the work's place. Each runs in a
process of its own with no limits of the vendor; a connector reads and edits one customer there, and
what it said is said again over kept connections, as quickly as answers come.

Exit status: 0, 1 when a request was refused, 130 when it was interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.heard import Heard, raw
from benchmarks.till.load import closed_loop, lines
from benchmarks.vendors.phases import edits
from benchmarks.vendors.stand import Stand, stand
from benchmarks.vendors.vendors import VENDORS
from gateway.canonical import Kind
from gateway.cli.screen import table

HEADINGS = ("double", "what", "requests", "a second", "p50 ms", "p99 ms", "refused")
ENOUGH = 500.0
"""Requests a second that a double must answer, so that it is never the narrow place."""
_LINES = 16
_PEOPLE = 200
_INTERRUPTED = 128 + signal.SIGINT
_MS = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """One row: ``seconds`` is how long all requests took, ``p50`` and ``p99`` one of them."""

    double: str
    what: str
    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def cells(self) -> Sequence[str]:
        """Return the row as texts."""
        return (
            self.double, self.what, str(self.requests), f"{self.rate:.0f}",
            f"{self.p50 * _MS:.1f}", f"{self.p99 * _MS:.1f}", str(self.refused),
        )  # fmt: skip


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    names = list(dict.fromkeys(one.connector for one in VENDORS))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vendors.doubles")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="DOUBLE")
    parser.add_argument("--requests", type=int, default=3_000, help="of each kind")
    return parser.parse_args(argv)


async def measure(asked: argparse.Namespace, rows: list[Pace]) -> None:
    """Measure double after double; ``rows`` grows with each that ends."""
    first = {one.connector: one for one in reversed(VENDORS)}
    for name in asked.only:
        sys.stderr.write(f"{name}\n")
        heard: Heard = []
        async with stand(first[name], heard=heard) as running:
            await running.seed(range(_PEOPLE))
            await running.connector.prepare()
            port = urlsplit(str(running.door.base_url)).port or 0
            for what, said in await _said(running, heard):
                rows.append(await _paced(port, name, what, said, asked.requests))


async def _said(running: Stand, heard: Heard) -> list[tuple[str, list[bytes]]]:
    """Read one customer and edit it; return what the connector said for each."""
    reader, cursor = running.connector.readers[Kind.CUSTOMER], None
    while not (page := await reader.pull(cursor, limit=_PEOPLE)).items:
        cursor = page.cursor
    heard.clear()
    reading = await reader.get([page.items[0].external_id])
    read = [raw(sending) for sending, _ in heard]
    heard.clear()
    await running.connector.writers[Kind.CUSTOMER].write(edits(running, reading.items))
    return [("read", read), ("edit", [raw(sending) for sending, _ in heard])]


async def _paced(port: int, name: str, what: str, said: list[bytes], most: int) -> Pace:
    made = await lines(port, _LINES)
    rounds = max(1, most // len(said))
    try:
        times = await closed_loop(made, [said] * rounds, tills=_LINES, over_s=0.0)
    finally:
        made.close()
    p50, p99 = (times.share(of) / len(said) for of in (0.5, 0.99))
    return Pace(name, what, rounds * len(said), times.wall_s, p50, p99, times.failed)


def main() -> int:
    """Measure and print; return the exit status."""
    rows: list[Pace] = []
    try:
        asyncio.run(measure(arguments(), rows))
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        table(HEADINGS, [one.cells() for one in rows])
    slow = sorted({one.double for one in rows if one.rate < ENOUGH})
    sys.stdout.write(f"fewer than {ENOUGH:.0f} a second: {', '.join(slow) or 'none'}\n")
    return 1 if any(one.refused for one in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
