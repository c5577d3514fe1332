"""Code maps: the vendor's codes and the canonical ones, both ways (pattern: translation table).

Several vendor codes may share one meaning. Whoever writes must therefore not replace a finer code
by a coarser one with the same meaning; ``reduced`` keeps that promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .config import RetailCrmSettings

C = TypeVar("C", bound=str)


@dataclass(frozen=True, slots=True)
class CodeMap(Generic[C]):
    """One map. ``fallback`` is the vendor's code for a meaning that has none."""

    meanings: Mapping[str, C]
    preferred: Mapping[C, str] = field(default_factory=dict)
    fallback: str | None = None

    def meaning(self, code: str | None) -> C | None:
        """Return what a vendor's code means, ``None`` for an unknown one."""
        if code is None:
            return None
        if code in self.meanings:
            return self.meanings[code]
        return next((meaning for meaning, one in self.preferred.items() if one == code), None)

    def code(self, meaning: C | None) -> str | None:
        """Return the vendor's code to write for a meaning, ``None`` when there is none."""
        if meaning is None:
            return None
        if meaning in self.preferred:
            return self.preferred[meaning]
        own = (code for code, one in self.meanings.items() if one == meaning)
        return next(own, self.fallback)

    def reduced(self, meaning: C | None, known: C | None) -> C | None:
        """Return the meaning that the vendor holds after ``meaning`` is written over ``known``.

        A meaning without a code cannot be written, so the known one stays.
        """
        code = self.code(meaning)
        if code is None or (known is not None and code == self.code(known)):
            return known
        return self.meaning(code)

    def with_groups(self, groups: Mapping[str, C]) -> CodeMap[C]:
        """Return the map enlarged by codes that the account made itself; own entries win."""
        taken = {code: meaning for code, meaning in groups.items() if self.meaning(code) is None}
        return CodeMap({**self.meanings, **taken}, self.preferred, self.fallback)


@dataclass(frozen=True, slots=True)
class Books:
    """All maps of an account."""

    statuses: CodeMap[str]
    payment_types: CodeMap[str]
    payment_statuses: CodeMap[str]
    delivery_types: CodeMap[str]
    order_methods: CodeMap[str]


def books(settings: RetailCrmSettings) -> Books:
    """Build the maps that the configuration names."""
    return Books(
        statuses=CodeMap(settings.statuses, _plain(settings.preferred_statuses)),
        payment_types=CodeMap(
            settings.payment_types,
            settings.preferred_payment_types,
            settings.fallback_payment_type,
        ),
        payment_statuses=CodeMap(
            settings.payment_statuses, _plain(settings.preferred_payment_statuses)
        ),
        delivery_types=CodeMap(settings.delivery_types, settings.preferred_delivery_types),
        order_methods=CodeMap(settings.order_methods),
    )


def _plain(preferred: Mapping[C, str]) -> dict[str, str]:
    return {str(meaning): code for meaning, code in preferred.items()}
