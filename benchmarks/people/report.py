"""Report: how much of the truth was found, what was glued that is two, and why the rest was missed.

Pairs are counted after clusters were made: A is B and B is C counts A and C too, for better and for
worse. What no matcher can find, because the records of a person share not one value, not even over
the person's other records, is counted in a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter

from benchmarks.people.matched import Base, true_pairs
from benchmarks.people.records import Record
from gateway.config import IdentitySection
from gateway.identity.matching import Decision, Outcome
from gateway.identity.matching.clusters import clusters
from gateway.identity.matching.profile import PROVING, Profile

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Score:
    """What was found. Shape: ``traced`` are true pairs that values of the records connect."""

    truth: int
    traced: int
    joined: int
    right: int
    asked: int
    asked_right: int
    missed: Sequence[tuple[str, int]]
    wrong: Sequence[tuple[str, int]]
    untraced: Sequence[tuple[str, int]]

    @property
    def precision(self) -> float:
        """Share of the joined pairs that are one person."""
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs with a trace that were joined."""
        return self.right / self.traced if self.traced else 1.0

    @property
    def recall_of_all(self) -> float:
        """Share of all true pairs that were joined."""
        return self.right / self.truth if self.truth else 1.0


class Trial:
    """A base that is matched under one section after the other."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = {record.id: record for record in records}
        began = perf_counter()
        self.base = Base(records)
        self.read_s = perf_counter() - began
        self.decided_s = 0.0
        self.truth = true_pairs(records)
        self.traced = _traced(self.base, self.records, self.truth)

    def score(self, section: IdentitySection) -> Score:
        """Match and count."""
        began = perf_counter()
        decisions = list(self.base.decisions(section))
        found = {
            pair
            for group in clusters(decisions, self.base.at_odds)
            for pair in combinations(group, 2)
        }
        self.decided_s = perf_counter() - began
        by_pair = {one.pair: one for one in decisions}
        asked = {one.pair for one in decisions if one.outcome is Outcome.REVIEW} - found
        return Score(
            truth=len(self.truth),
            traced=len(self.traced),
            joined=len(found),
            right=len(found & self.truth),
            asked=len(asked),
            asked_right=len(asked & self.truth),
            missed=_counted(self._cause(pair) for pair in self.traced - found),
            wrong=_counted(_how(by_pair.get(pair)) for pair in found - self.truth),
            untraced=_counted(self._cause(pair) for pair in self.truth - self.traced),
        )

    def _cause(self, pair: Pair) -> str:
        """Name the mishaps of the two records that can have hidden that they are one."""
        one, other = (self.records[name] for name in pair)
        found = sorted((one.mishaps | other.mishaps) - _HARMLESS)
        return found[0] if found else "little was given"


_HARMLESS = {"alias", "look_alike", "swapped"}


def _counted(names: object) -> list[tuple[str, int]]:
    return Counter(names).most_common()  # type: ignore[call-overload, no-any-return]


def _how(decision: Decision | None) -> str:
    if decision is None:
        return "over a third record"
    found = [one.code for one in decision.supports if one.code.startswith(("shares", "name"))]
    return f"{decision.rule}: {', '.join(found)}"


def _traced(base: Base, records: dict[str, Record], truth: set[Pair]) -> set[Pair]:
    """Return the true pairs that identifying values connect, also over the person's others."""
    of: dict[int, list[Profile]] = {}
    for profile in base.profiles:
        of.setdefault(records[profile.id].person, []).append(profile)
    out: set[Pair] = set()
    for mine in of.values():
        groups: list[tuple[set[str], set[str]]] = []
        for profile in mine:
            keys = {key for key, one in profile.held.items() if one.sort in (*PROVING, "mailbox")}
            ids = {profile.id}
            apart = []
            for group in groups:
                if group[0].isdisjoint(keys):
                    apart.append(group)
                else:
                    keys, ids = keys | group[0], ids | group[1]
            groups = [*apart, (keys, ids)]
        out.update(pair for _, ids in groups for pair in combinations(sorted(ids), 2))
    return out & truth
