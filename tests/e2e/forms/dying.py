"""Dying: ``gateway run`` in this process, which kills itself at one commit of its store.

Run as a program: ``python -m tests.e2e.forms.dying CONFIG WORK COUNT before|after``.
WORK begins the qualified name of the function that the store is given. At its COUNTth run the
process is killed as by ``kill -9``, before the transaction or just after its commit.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from gateway.cli import main
from gateway.store.store import SqlStore


def arm(work_name: str, count: int, *, after: bool) -> None:
    """Let the store kill this process at the chosen commit."""
    original = SqlStore.run
    seen = 0

    async def run(self: SqlStore, work: Callable[..., Any]) -> Any:  # noqa: ANN401 - any result
        nonlocal seen
        is_meant = work.__qualname__.startswith(work_name)
        seen += is_meant
        if is_meant and seen == count and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await original(self, work)
        if is_meant and seen == count and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    SqlStore.run = run  # type: ignore[method-assign]


if __name__ == "__main__":
    config, name, number, when = sys.argv[1:]
    arm(name, int(number), after=when == "after")
    main(["run", "--config", config])
