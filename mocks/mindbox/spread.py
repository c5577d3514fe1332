"""Spreading a sum over lines: discounts by largest remainder, points in whole units (12.3)."""

from __future__ import annotations

from collections.abc import Sequence


def proportionally(amount: int, weights: Sequence[int]) -> list[int]:
    """Spread ``amount`` over ``weights`` without a rest; the largest remainders get one more."""
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    rest = amount - sum(shares)
    by_remainder = sorted(
        range(len(weights)), key=lambda at: amount * weights[at] % whole, reverse=True
    )
    for at in by_remainder[:rest]:
        shares[at] += 1
    return shares


def points(
    amount: int, totals: Sequence[int], *, units: Sequence[int], rooms: Sequence[int], tick: int
) -> list[int]:
    """Spread points over lines; a line takes a multiple of its units, so none has to be split.

    ``tick`` is the smallest amount of the account (100 for whole points, 1 for fractional ones),
    ``rooms`` what each line may lose at most. What fits nowhere is not spent.
    """
    goods = sum(totals)
    if goods <= 0:
        return [0] * len(totals)
    steps = [tick * count for count in units]
    shares = [
        min(amount * total // goods, room) // step * step
        for total, room, step in zip(totals, rooms, steps, strict=True)
    ]
    rest = amount - sum(shares)
    order = sorted(
        range(len(totals)), key=lambda at: amount * totals[at] - shares[at] * goods, reverse=True
    )
    for at in order:
        if steps[at] <= min(rest, rooms[at] - shares[at]):
            shares[at] += steps[at]
            rest -= steps[at]
    for at in order:
        more = min(rest, rooms[at] - shares[at]) // steps[at] * steps[at]
        shares[at] += more
        rest -= more
    return shares
