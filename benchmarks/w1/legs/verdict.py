"""The verdict of a fault leg: what had an effect at the vendor, apart from what was only sent."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from benchmarks.w1.limit import WINDOW_S
from benchmarks.w1.referee import judge
from benchmarks.w1.shape import checksum, to_sink
from benchmarks.w1.work import Work


@dataclass(frozen=True, slots=True)
class Effects:
    """One run, as the sink saw it.

    Shape: ``lost`` orders whose last version never came; ``repeated`` arrivals of a known key with
    other content, which the key does not absorb; ``again`` arrivals that the key absorbed:
    information, not a fault; ``stale`` orders of which the vendor holds an older version in the
    end; ``out_of_order`` versions that came for the first time after a newer one; ``wrong`` last
    versions with other content than the source's; ``malformed`` requests that the sink refused.
    Units: ``wall_s`` from the first arrival to the last needed one; ``after_ms`` per percentile,
    see ``referee.Verdict``.
    """

    lost: int = 0
    repeated: int = 0
    again: int = 0
    stale: int = 0
    out_of_order: int = 0
    wrong: int = 0
    malformed: int = 0
    wall_s: float = 0.0
    after_ms: Mapping[int, float] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether the vendor holds what it shall hold, and each effect happened once, in order."""
        return not (
            self.lost or self.repeated or self.stale or self.out_of_order or self.wrong
            or self.malformed
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must have arrived: last versions by order, and checksums by key."""

    final: Mapping[str, int]
    contents: Mapping[str, int]

    @classmethod
    def of(cls, work: Work) -> Wanted:
        """Convert the last version of every order."""
        contents = {
            message.key: checksum(to_sink(orjson.loads(message.body)))
            for message in work.messages
            if message.key in work.needed
        }
        return cls(work.final, contents)


def effects(ledger: Mapping[str, Any], wanted: Wanted) -> Effects:
    """Compare a ledger (the answer to ``GET /ledger``) with what must have arrived."""
    seen = judge(ledger, wanted.final)
    arrived, held = ledger["contents"], ledger["held"]
    return Effects(
        lost=seen.lost,
        repeated=ledger["altered"],
        again=ledger["repeated"] + ledger["retried"],
        stale=sum(
            f"{order}:{version}" in arrived and held[order] != version
            for order, version in wanted.final.items()
        ),
        out_of_order=seen.out_of_order,
        wrong=sum(arrived.get(key, right) != right for key, right in wanted.contents.items()),
        malformed=seen.malformed,
        wall_s=seen.wall_s,
        after_ms=seen.after_ms,
    )


def greatest_burst(moments: Sequence[float], *, window_s: float = WINDOW_S) -> int:
    """Return the most calls in any window of that length; ``moments`` are sorted, in seconds."""
    return max(
        (bisect_left(moments, start + window_s) - place for place, start in enumerate(moments)),
        default=0,
    )
