"""What the sink remembers: which versions of which orders arrived, when, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Ledger:
    """Arrivals since the last reset.

    Shape: ``needed`` are the keys still to come. ``repeated`` counts arrivals of a key that had
    been answered before, ``retried`` those of a key that never was: the sender had to. ``stale``
    counts arrivals of a version below one already seen, ``out_of_order`` those among them that
    were seen for the first time. ``altered`` counts arrivals of a known key with other content than
    before: what the key does not absorb. ``contents`` are checksums by key, ``held`` the version
    that a vendor would hold of each order without looking at versions: the last that was new.
    ``calls_at`` are the moments of all calls, refused ones included.
    Units: times are seconds of the machine's monotonic clock, comparable between processes.
    """

    needed: set[str] = field(default_factory=set)
    keys: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    orders: int = 0
    repeated: int = 0
    retried: int = 0
    stale: int = 0
    out_of_order: int = 0
    malformed: int = 0
    busy: int = 0
    silent: int = 0
    refused: int = 0
    altered: int = 0
    contents: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    calls_at: list[float] = field(default_factory=list)
    first_at: float | None = None
    last_at: float | None = None
    needed_at: float | None = None
    _newest: dict[str, int] = field(default_factory=dict)
    _unanswered: set[str] = field(default_factory=set)

    def expect(self, keys: Iterable[str]) -> None:
        """Say which keys must arrive; ``needed_at`` is when the last of them did."""
        self.needed = set(keys)

    def arrive(self, order: str, version: int, at: float, *, content: int = 0) -> None:
        """Note one order that was taken; ``content`` is its checksum (``shape.checksum``)."""
        key = f"{order}:{version}"
        seen = key in self.keys
        if self.first_at is None:
            self.first_at = at
        self.orders += 1
        self.last_at = at
        if seen and key in self._unanswered:
            self.retried += 1
        elif seen:
            self.repeated += 1
        self._unanswered.discard(key)
        if seen:
            self.altered += self.contents[key] != content
        else:
            self.contents[key] = content
            self.held[order] = version
        newest = self._newest.get(order, 0)
        if version < newest:
            self.stale += 1
            self.out_of_order += not seen
        else:
            self._newest[order] = version
        self.keys.setdefault(key, at)
        if key in self.needed:
            self.needed.discard(key)
            self.needed_at = at

    def leave_unanswered(self, keys: Iterable[str]) -> None:
        """Note that the sender will not learn that these were taken."""
        self.silent += 1
        self._unanswered.update(keys)

    def counts(self) -> Mapping[str, Any]:
        """Counts and times without the keys: cheap enough to be asked during a run."""
        return {
            "requests": self.requests,
            "orders": self.orders,
            "repeated": self.repeated,
            "retried": self.retried,
            "stale": self.stale,
            "out_of_order": self.out_of_order,
            "malformed": self.malformed,
            "busy": self.busy,
            "silent": self.silent,
            "refused": self.refused,
            "altered": self.altered,
            "missing": len(self.needed),
            "first_at": self.first_at,
            "last_at": self.last_at,
            "needed_at": self.needed_at,
        }

    def whole(self) -> Mapping[str, Any]:
        """Counts and everything by key."""
        return {
            **self.counts(),
            "keys": self.keys,
            "contents": self.contents,
            "held": self.held,
            "calls_at": self.calls_at,
        }
