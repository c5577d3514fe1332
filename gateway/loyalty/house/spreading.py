"""Spreading: one amount over many lines, exact to the last kopeck. Pure; whole numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


def proportional(amount: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Spread in proportion to ``weights``, no share above its cap; the shares sum up exactly.

    What rounding leaves goes to the largest remainders, then to the first lines with room.
    Raises ``ValueError`` when the caps leave no room for the amount.
    """
    if not 0 <= amount <= sum(caps):
        msg = "the amount to be spread does not fit"
        raise ValueError(msg)
    whole = sum(weights) or 1
    shares = [min(amount * weight // whole, cap) for weight, cap in zip(weights, caps, strict=True)]
    left = amount - sum(shares)
    order = sorted(range(len(shares)), key=lambda at: (-(amount * weights[at] % whole), at))
    for at in order:
        if left and shares[at] < caps[at]:
            shares[at] += 1
            left -= 1
    for at, cap in enumerate(caps):
        more = min(left, cap - shares[at])
        shares[at] += more
        left -= more
    return shares


@dataclass(frozen=True, slots=True)
class Spreadable:
    """A line that an amount is spread over.

    Units: ``total`` and ``cap`` in kopecks; ``pieces`` when it is a whole number, else 1: a price
    for 0.35 kg is rounded anyway.
    """

    total: int
    cap: int
    pieces: int = 1


def spread(amount: int, lines: Sequence[Spreadable]) -> list[int]:
    """Take an amount off lines in proportion to their totals; the shares sum up exactly.

    As far as possible what remains of a line divides by its pieces, so that a till can print a unit
    price without a rest: lines of one piece take up what the others cannot.
    Raises ``ValueError`` when the caps leave no room for the amount.
    """
    caps = [line.cap for line in lines]
    shares = proportional(amount, [line.total for line in lines], caps)
    for at, line in enumerate(lines):
        shares[at] = _dividing(line, shares[at])
    _settle(amount - sum(shares), shares, lines)
    return shares


def _dividing(line: Spreadable, share: int) -> int:
    """Return the nearest share not above that leaves a remainder which divides; else as it is."""
    lower = share - (share - line.total) % line.pieces
    return lower if lower >= 0 else share


def _settle(left: int, shares: list[int], lines: Sequence[Spreadable]) -> None:
    """Place what making lines divide has freed: where it keeps them dividing, else anywhere."""
    for step_only in (True, False):
        for at in sorted(range(len(lines)), key=lambda at: (lines[at].pieces, at)):
            step = lines[at].pieces if step_only else 1
            more = min(left, lines[at].cap - shares[at]) // step * step
            shares[at] += more
            left -= more
