"""Card numbers: the forms of a shop's own, and their check digits. Pure.

Source: reference of services, section 12 (card codes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.config.cards import MaskSection


def ean(number: str) -> bool:
    """Tell whether the last digit of an EAN-8 or EAN-13 is right: weights 3, 1, 3 … from it."""
    if not (number.isascii() and number.isdigit()):
        return False
    weighted = sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(number[::-1]))
    return weighted % 10 == 0


def luhn(number: str) -> bool:
    """Tell whether the last digit is right: every second digit from it is doubled."""
    if not (number.isascii() and number.isdigit()):
        return False
    total = 0
    for place, one in enumerate(number[::-1]):
        doubled = int(one) * 2 if place % 2 else int(one)
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - the rule's own number
    return total % 10 == 0


CHECKS: Mapping[str, Callable[[str], bool]] = {"none": bool, "ean": ean, "luhn": luhn}


@dataclass(frozen=True, slots=True)
class Masks:
    """The forms of a shop's numbers; without any, every number has one of them."""

    sections: Sequence[MaskSection]
    patterns: Sequence[re.Pattern[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Compile once."""
        made = tuple(re.compile(one.pattern, re.ASCII) for one in self.sections)
        object.__setattr__(self, "patterns", made)

    def fit(self, number: str) -> bool:
        """Tell whether a number has a form of the shop's and a right check digit.

        All masks are looked at, so that the time does not tell which one fits. A number of zeros
        passes every check and is none.
        """
        fits = [
            pattern.fullmatch(number) is not None and CHECKS[section.check](number)
            for pattern, section in zip(self.patterns, self.sections, strict=True)
        ]
        return bool(number.strip("0")) and (any(fits) or not fits)
