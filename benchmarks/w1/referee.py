"""The referee's verdict: what the sink saw, compared with what must have arrived."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run, as the sink saw it.

    Shape: ``lost`` orders whose last version never came; ``repeated``, ``stale`` and
    ``out_of_order`` arrivals as the sink counts them; ``malformed`` requests that it refused.
    ``after_ms`` holds, per percentile, how long after the start of consumption (the first arrival)
    the last versions had arrived. Messages carry their time of publishing in the header
    ``sent_at``, but the queue is loaded before the clock starts: from there one would measure the
    time in the queue.
    Units: ``wall_s`` from the first arrival to the last needed one; 0 if nothing arrived.
    """

    lost: int
    repeated: int
    stale: int
    out_of_order: int
    malformed: int
    wall_s: float
    after_ms: Mapping[int, float]

    @property
    def is_clean(self) -> bool:
        """Whether the work was done as promised."""
        return not (self.lost or self.repeated or self.stale or self.out_of_order or self.malformed)


def judge(ledger: Mapping[str, Any], final: Mapping[str, int]) -> Verdict:
    """Compare a ledger (the answer to ``GET /ledger``) with the last version of every order."""
    arrived: Mapping[str, float] = ledger["keys"]
    wanted = [f"{order}:{version}" for order, version in final.items()]
    at = sorted(arrived[key] for key in wanted if key in arrived)
    start = ledger["first_at"] or 0.0
    return Verdict(
        lost=len(wanted) - len(at),
        repeated=ledger["repeated"],
        stale=ledger["stale"],
        out_of_order=ledger["out_of_order"],
        malformed=ledger["malformed"],
        wall_s=at[-1] - start if at else 0.0,
        after_ms={share: (percentile(at, share) - start) * 1000 for share in PERCENTILES if at},
    )


def percentile(values: Sequence[float], share: int) -> float:
    """The nearest-rank percentile of sorted values; at least one is needed."""
    return values[max(0, math.ceil(len(values) * share / 100) - 1)]
