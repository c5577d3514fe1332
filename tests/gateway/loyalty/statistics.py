"""Statistics of an attacker: can two sets of times be told apart?"""

from __future__ import annotations

import random
from collections.abc import Sequence

SHUFFLES = 2000


def chance(first: Sequence[float], second: Sequence[float], *, seed: int = 1) -> float:
    """Return how often a difference as large as this one comes about by chance alone.

    A permutation test over the sum of ranks: it assumes nothing about how times are distributed,
    and one slow answer of a busy machine weighs no more than any other largest one.
    """
    pooled = sorted([*first, *second])
    ranks: dict[float, float] = {}
    for place, value in enumerate(pooled):
        ranks.setdefault(value, 0.0)
        ranks[value] += (place - ranks[value]) / pooled[: place + 1].count(value)
    both = [ranks[value] for value in (*first, *second)]
    middle = sum(both) * len(first) / len(both)
    seen = abs(sum(both[: len(first)]) - middle)
    shuffler, as_large = random.Random(seed), 0
    for _ in range(SHUFFLES):
        shuffler.shuffle(both)
        as_large += abs(sum(both[: len(first)]) - middle) >= seen - 1e-9
    return (as_large + 1) / (SHUFFLES + 1)
