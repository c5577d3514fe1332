"""Leases: names under which rows are worked on, renewed only while that work really goes on.

Each claim has a name of its own. Work that ends in whatever way ends its lease with it, so a row
that could not be settled is taken up again by somebody, also while this process lives on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Leases:
    """Names of one process. Units: ``lease_s`` seconds that a lease lasts unless renewed."""

    process: str
    lease_s: float
    _active: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def held(self) -> Iterator[str]:
        """Give a name for one claim; it counts as active inside the block."""
        name = self.take()
        try:
            yield name
        finally:
            self.drop(name)

    def take(self) -> str:
        """Give a name that counts as active until it is dropped."""
        name = f"{self.process}.{next(self._numbers)}"
        self._active.add(name)
        return name

    def drop(self, name: str) -> None:
        """Let a name end: what is still claimed under it is for others when its time is over."""
        self._active.discard(name)

    @property
    def active(self) -> tuple[str, ...]:
        """Names whose work goes on now."""
        return tuple(self._active)
