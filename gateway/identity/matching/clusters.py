"""Clusters: pairs that are one person, put together without gluing what was found to be two. Pure.

A is B and B is C makes A and C one person, unless A and C were compared and are two: then the
weakest line is left out, for somebody must be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.identity.matching.decide import Decision, Outcome


def clusters(
    decisions: Iterable[Decision], at_odds: Callable[[str, str], bool]
) -> tuple[tuple[str, ...], ...]:
    """Return groups of two and more ids, each in order; the strongest lines are drawn first.

    ``at_odds`` tells of two that were never compared whether they can hardly be one person.
    """
    given = list(decisions)
    apart: dict[str, set[str]] = {}
    for one in given:
        if one.outcome is Outcome.DIFFERENT and one.against:
            apart.setdefault(one.pair[0], set()).add(one.pair[1])
            apart.setdefault(one.pair[1], set()).add(one.pair[0])
    group_of: dict[str, set[str]] = {}
    lines = [one for one in given if one.outcome is Outcome.SAME]
    drawn = {one.pair for one in lines}
    for line in sorted(lines, key=lambda one: (-one.points, one.pair)):
        first = group_of.get(line.pair[0]) or {line.pair[0]}
        second = group_of.get(line.pair[1]) or {line.pair[1]}
        if first is second or _are_apart(first, second, apart):
            continue
        if any(
            at_odds(one, other)
            for one in first
            for other in second
            if (min(one, other), max(one, other)) not in drawn
        ):
            continue
        larger, smaller = (first, second) if len(first) >= len(second) else (second, first)
        larger |= smaller
        group_of.update(dict.fromkeys(larger, larger))
    found = {min(group): group for group in group_of.values()}
    return tuple(tuple(sorted(found[name])) for name in sorted(found))


def _are_apart(first: set[str], second: set[str], apart: dict[str, set[str]]) -> bool:
    return any(not second.isdisjoint(apart.get(member, ())) for member in first)
