"""Pairing: which profiles are worth a comparison, each pair once. Pure, in bounded memory.

Profiles are visited identifier by identifier, in order of the digests. Two that share several are
compared at the first of them that few enough hold, so that a scan can stop anywhere and go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from gateway.identity.matching.evidence import PAIR, Crowd
from gateway.identity.matching.profile import Profile


def pairs_at(
    digest: str, holders: Sequence[Profile], crowd: Crowd, most_holders: int
) -> Iterator[tuple[Profile, Profile]]:
    """Yield the pairs that are compared at this identifier."""
    for one, other in combinations(holders, 2):
        both = sorted(key for key in one.held if key in other.held)
        meeting = next((key for key in both if crowd.get(key, PAIR).holders <= most_holders), None)
        if meeting == digest:
            yield one, other
