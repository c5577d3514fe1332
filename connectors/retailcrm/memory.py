"""Memory: what this process tried under a key, as far back as matters for looking it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST = 10_000


@dataclass(slots=True)
class Memory(Generic[T]):
    """Keys and what was tried under them; the oldest are forgotten first."""

    _tried: dict[str, T] = field(default_factory=dict)
    _doubted: dict[str, None] = field(default_factory=dict)

    def get(self, key: str) -> T | None:
        """Return what was tried."""
        return self._tried.get(key)

    def put(self, key: str, tried: T) -> None:
        """Remember what is tried now."""
        self._tried[key] = tried
        _shorten(self._tried)

    def drop(self, key: str) -> None:
        """Forget a try that surely had no effect."""
        self._tried.pop(key, None)

    def doubt(self, key: str) -> None:
        """Remember that somebody asks what a key did that nobody tried here."""
        self._doubted[key] = None
        _shorten(self._doubted)

    def is_doubted(self, key: str) -> bool:
        """Tell whether somebody asked what a key did that nobody tried here."""
        return key in self._doubted


def _shorten(held: dict[str, T]) -> None:
    while len(held) > _MOST:
        del held[next(iter(held))]
