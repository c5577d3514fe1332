"""Identifiers and time: the only place where the process asks for chance and the clock.

Ids sort by the time of their making and carry a prefix that tells what they name: ``c-`` customers,
``k-`` cards, ``p-`` products, ``o-`` orders. They are stored at vendors as external ids, so they
are short, lower case and safe in URLs.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.canonical import Kind

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
_TIME_CHARS = 10
_RANDOM_CHARS = 12
_PREFIX = {Kind.CUSTOMER: "c", Kind.CARD: "k", Kind.PRODUCT: "p", Kind.ORDER: "o"}

_chance = random.Random(secrets.randbits(256))  # noqa: S311 - ids are no secrets
"""For ids: asking the system for each costs more than all the rest of making one."""
os.register_at_fork(after_in_child=lambda: _chance.seed(secrets.randbits(256)))


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic()


def sortable_id() -> str:
    """Return 22 characters: milliseconds since 1970, then 60 random bits."""
    moment = time.time_ns() // 1_000_000
    return _base32(moment, _TIME_CHARS) + _base32(_chance.getrandbits(60), _RANDOM_CHARS)


def entity_id(kind: Kind) -> str:
    """Return a new canonical id: at most 36 characters of ``[a-z0-9-]``."""
    return f"{_PREFIX[kind]}-{sortable_id()}"


def _base32(number: int, length: int) -> str:
    """Write a number; ``length`` is even, because two characters are looked up at once."""
    pairs = []
    for _ in range(length // 2):
        pairs.append(_PAIRS[number & 1023])
        number >>= 10
    return "".join(reversed(pairs))


@dataclass(frozen=True, slots=True)
class Jitter:
    """Draws for jittered delays; not for secrets."""

    _source: random.Random = field(default_factory=random.Random)

    def draw(self) -> float:
        """Return a number in [0, 1)."""
        return self._source.random()
