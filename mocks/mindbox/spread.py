"""Spreading a sum over lines: discounts by largest remainder, points in whole units (12.3)."""

from __future__ import annotations

from collections.abc import Sequence

# Steps of the finest line that a search goes through; rests are a few steps, unless floors bind.
_SEARCH_LIMIT = 300


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
    left = [room - share for room, share in zip(rooms, shares, strict=True)]
    order = sorted(
        range(len(totals)), key=lambda at: amount * totals[at] - shares[at] * goods, reverse=True
    )
    more = _handed_out(rest, steps, left, order)
    if sum(more) < rest:
        more = _exactly(rest, steps, left, order) or more
    return [share + extra for share, extra in zip(shares, more, strict=True)]


def _handed_out(
    rest: int, steps: Sequence[int], left: Sequence[int], order: Sequence[int]
) -> list[int]:
    """Hand out the rest by largest remainder: one step each, then as much as fits."""
    more = [0] * len(steps)
    for at in order:
        if steps[at] <= min(rest, left[at]):
            more[at] = steps[at]
            rest -= steps[at]
    for at in order:
        extra = min(rest, left[at] - more[at]) // steps[at] * steps[at]
        more[at] += extra
        rest -= extra
    return more


def _exactly(
    rest: int, steps: Sequence[int], left: Sequence[int], order: Sequence[int]
) -> list[int] | None:
    """Hand out the rest without remainder where any choice of lines can take it.

    So an amount that was spent once can be asked for again. None: no choice takes it, or the rest
    is too large to be worth a search.
    """
    if rest > _SEARCH_LIMIT * min(steps):
        return None
    layers: list[dict[int, int]] = [{0: 0}]
    for at in order:
        layer: dict[int, int] = {}
        for given in layers[-1]:
            room = min(left[at], rest - given)
            for extra in range(0, room + 1, steps[at]):
                layer.setdefault(given + extra, extra)
        layers.append(layer)
    if rest not in layers[-1]:
        return None
    more = [0] * len(steps)
    for at, layer in zip(reversed(order), reversed(layers), strict=False):
        more[at] = layer[rest]
        rest -= more[at]
    return more
