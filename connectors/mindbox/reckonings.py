"""Reckonings: what the vendor answered to a quote, for the reservation that follows it.

The vendor's own order at a till is to calculate on each change and then to save what was calculated
(vendor reference, 24): asking once more in between would double the time that a customer waits. A
price that changed meanwhile is told when the sale is saved (13.1), and then it is reckoned anew.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.contract import Clock

from .quotes import is_whole
from .wire_order import OrderWire

KEPT_S = 120.0
_MOST = 512


class Reckonings:
    """The last answers, in memory only, under digests of what was asked. Each serves once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: OrderedDict[bytes, tuple[float, OrderWire]] = OrderedDict()

    def keep(self, asked: Mapping[str, Any], answer: OrderWire) -> None:
        """Keep an answer, unless it was one in need: the vendor may be whole again by then."""
        if not is_whole(answer):
            return
        self._rows[_digest(asked)] = (self._clock.monotonic(), answer)
        if len(self._rows) > _MOST:
            self._rows.popitem(last=False)

    def take(self, asked: Mapping[str, Any]) -> OrderWire | None:
        """Return what was answered to the same question a moment ago, ``None`` for nothing."""
        at, answer = self._rows.pop(_digest(asked), (0.0, None))
        return answer if self._clock.monotonic() - at <= KEPT_S else None


def _digest(asked: Mapping[str, Any]) -> bytes:
    return hashlib.blake2b(orjson.dumps(asked, default=str), digest_size=16).digest()
