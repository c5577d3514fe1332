"""Work: a function that waits for the writer, and how its caller is told the outcome."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.store.transaction import SqlTx


@dataclass(eq=False, slots=True)
class Work:
    """A function that waits for its transaction, and then its outcome.

    ``doubtful`` from a COMMIT without a known outcome until it is taken from the queue again.
    """

    call: Callable[[SqlTx], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    doubtful: bool = False

    def run(self, tx: SqlTx) -> None:
        """Run once more, from the start."""
        self.result = self.error = None
        self.result = self.call(tx)

    def tell(self) -> None:
        """Resolve the future, on its loop."""
        if self.future.done():
            return
        if isinstance(self.error, StopIteration):  # a future refuses this one
            self.future.set_exception(RuntimeError("the work raised StopIteration"))
        elif self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def tell(works: Sequence[Work]) -> None:
    """Resolve futures, with one wake-up per loop."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Work]] = defaultdict(list)
    for work in works:
        by_loop[work.loop].append(work)
    for loop, group in by_loop.items():
        with suppress(RuntimeError):  # that loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_tell_all, group)


def _tell_all(works: Sequence[Work]) -> None:
    for work in works:
        work.tell()
