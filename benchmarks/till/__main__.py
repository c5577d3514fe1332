"""``python -m benchmarks.till``: what the gateway adds to a till's call, as a table.

The same calls go to the processor directly and through the gateway, in turn, in one run. The
processor answers at once (or after 300 ms) with what its double once answered, so the difference is
the gateway's and the road's own. A call's time counts from its arrival, drawn at random.

Exit status: 0, 1 when a call failed, 130 when it was interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.till.calls import Calls
from benchmarks.till.load import Times, closed_loop, lines, open_loop
from benchmarks.till.recording import Recording, record
from benchmarks.till.stand import Stand, stand
from gateway.cli.screen import table

HEADINGS = (
    "what", "a second", "direct p50", "p99", "gateway p50", "p99", "added p50", "p99",
    "CPU ms/call", "failed",
)  # fmt: skip
_LINES = 64
_SLOW_MS = 300.0
_TILLS = 200
_INTERRUPTED = 128 + signal.SIGINT
_MS = 1000


@dataclass(frozen=True, slots=True)
class Leg:
    """One measurement. Units: ``rate`` calls a second; ``vendor_calls`` of one call."""

    name: str
    rate: float
    direct: Callable[[int], list[Sequence[bytes]]]
    via: Callable[[int], list[Sequence[bytes]]]


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.till")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind")
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[200.0, 400.0, 800.0, 1200.0],
        help="quotes a second",
    )  # fmt: skip
    return parser.parse_args(argv)


async def main(asked: argparse.Namespace) -> int:
    """Measure and print; return the exit status."""
    _say("asking the double once for each call")
    recording = await record()
    rows: list[Sequence[str]] = []
    failed = 0
    try:
        with TemporaryDirectory(prefix="bench-till-") as folder:
            failed += await _fast(recording, Path(folder), asked, rows)
        with TemporaryDirectory(prefix="bench-till-") as folder:
            failed += await _slow(recording, Path(folder), asked, rows)
    finally:
        table(HEADINGS, rows)
    return 1 if failed else 0


async def _fast(
    recording: Recording, folder: Path, asked: argparse.Namespace, rows: list[Sequence[str]]
) -> int:
    failed = 0
    async with stand(recording, folder, delay_ms=0) as running:
        calls = Calls(recording, running, count(1))
        legs = [Leg("quote", rate, calls.direct("quote"), calls.quotes) for rate in asked.rates]
        legs.insert(1, Leg("identify", asked.rates[0], calls.direct("identify"), calls.identify))
        receipt = calls.direct("quote of points", "reserve", "commit")
        legs.append(Leg("receipt (3 calls)", asked.rates[0] / 4, receipt, calls.receipts))
        for leg in legs:
            failed += await _measured(leg, running, asked, rows)
    return failed


async def _measured(
    leg: Leg, running: Stand, asked: argparse.Namespace, rows: list[Sequence[str]]
) -> int:
    direct: list[Times] = []
    via: list[Times] = []
    cpu: list[float] = []
    size = max(1, int(leg.rate * asked.seconds))
    for number in range(asked.rounds):
        _say(f"{leg.name} at {leg.rate:g} a second, round {number + 1} of {asked.rounds}")
        direct.append(await _run(running.processor, leg.direct(size), leg.rate, number))
        before = running.cpu_s()
        via.append(await _run(running.gateway, leg.via(size), leg.rate, number))
        cpu.append((running.cpu_s() - before) / size)
    shares = [
        [median(one.share(of) for one in side) for of in (0.5, 0.99)] for side in (direct, via)
    ]
    added = [
        median(
            after.share(of) - before.share(of) for before, after in zip(direct, via, strict=True)
        )
        for of in (0.5, 0.99)
    ]
    failed = sum(one.failed for one in (*direct, *via))
    rows.append(
        (
            leg.name, f"{leg.rate:g}", *(f"{value * _MS:.2f}" for side in shares for value in side),
            *(f"{value * _MS:.2f}" for value in added), f"{median(cpu) * _MS:.2f}", str(failed),
        )
    )  # fmt: skip
    return failed


async def _run(port: int, calls: Sequence[Sequence[bytes]], rate: float, seed: int) -> Times:
    made = await lines(port, _LINES)
    try:
        return await open_loop(made, calls, rate=rate, seed=seed)
    finally:
        made.close()


async def _slow(
    recording: Recording, folder: Path, asked: argparse.Namespace, rows: list[Sequence[str]]
) -> int:
    """200 tills at once, and a processor that takes 300 ms for each call."""
    _say(f"{_TILLS} tills at a processor of {_SLOW_MS:g} ms")
    size = int(_TILLS * asked.seconds / (_SLOW_MS / _MS))
    async with stand(recording, folder, delay_ms=_SLOW_MS) as running:
        calls = Calls(recording, running, count(1))
        times = []
        for port, made in (
            (running.processor, calls.direct("quote")(size)), (running.gateway, calls.quotes(size)),
        ):  # fmt: skip
            at = await lines(port, _TILLS)
            try:
                times.append(await closed_loop(at, made, tills=_TILLS, over_s=_SLOW_MS / _MS))
            finally:
                at.close()
    direct, via = times
    shares = [one.share(of) for one in times for of in (0.5, 0.99)]
    added = [via.share(of) - direct.share(of) for of in (0.5, 0.99)]
    failed = direct.failed + via.failed
    rows.append(
        (
            f"quote, {_SLOW_MS:g} ms, {_TILLS} tills", f"{size / via.wall_s:.0f}",
            *(f"{value * _MS:.2f}" for value in (*shares, *added)), "", str(failed),
        )
    )  # fmt: skip
    return failed


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    try:
        raise SystemExit(asyncio.run(main(arguments())))
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
