"""Start the doubles in one process: ``python -m mocks``.

Prints one line of JSON with the address and the credentials of each double when all are ready, then
serves until it is
told to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mocks.serving import address, listen, serve


@dataclass(frozen=True)
class DoubleEntry:
    """Where a double's application and settings live; imported only when that double is started."""

    module: str
    settings: str

    def load(self, seed: int) -> tuple[Any, Callable[[str], Mapping[str, Any]]]:
        """Return the application and a describer of its address and credentials."""
        module = import_module(self.module)
        settings = getattr(module, self.settings)(seed=seed)
        return module.build_app(settings), lambda url: module.describe(settings, url)


DOUBLES: Mapping[str, DoubleEntry] = {
    "bitrix": DoubleEntry("mocks.bitrix.app", "BitrixSettings"),
    "loymax": DoubleEntry("mocks.loymax.app", "LoymaxSettings"),
    "mindbox": DoubleEntry("mocks.mindbox.app", "MindboxSettings"),
    "onec": DoubleEntry("mocks.onec.app", "OneCSettings"),
    "retailcrm": DoubleEntry("mocks.retailcrm.app", "RetailCrmSettings"),
    "slack": DoubleEntry("mocks.slack.app", "SlackSettings"),
    "smsc": DoubleEntry("mocks.smsc.app", "SmscSettings"),
    "smtp": DoubleEntry("mocks.smtp.app", "SmtpSettings"),
}


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; an unknown double is refused with the list of those that exist."""
    parser = argparse.ArgumentParser(
        prog="python -m mocks", description="Runnable doubles of the vendors' APIs."
    )
    parser.add_argument(
        "--only", default="", help="comma separated names; default: all of " + ", ".join(DOUBLES)
    )
    parser.add_argument(
        "--port-base",
        type=int,
        default=0,
        help="first port, then counting up; 0 lets the system choose",
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of ids and of chance")
    parsed = parser.parse_args(argv)
    parsed.names = [name.strip() for name in parsed.only.split(",") if name.strip()] or list(
        DOUBLES
    )
    unknown = [name for name in parsed.names if name not in DOUBLES]
    if unknown:
        parser.error(f"--only: no double is called {unknown[0]}; known are {', '.join(DOUBLES)}")
    return parsed


async def run(names: Sequence[str], *, port_base: int, seed: int) -> None:
    """Serve the doubles until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ready: dict[str, Mapping[str, Any]] = {}
    async with AsyncExitStack() as stack:
        for index, name in enumerate(names):
            sock = listen(port_base + index if port_base else 0)
            app, describe = DOUBLES[name].load(seed)
            await stack.enter_async_context(serve(app, sock=sock))
            ready[name] = describe(address(sock))
        sys.stdout.write(json.dumps(ready, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parsed = arguments(argv)
    asyncio.run(run(parsed.names, port_base=parsed.port_base, seed=parsed.seed))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
