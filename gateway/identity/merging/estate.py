"""Estate: what two people have besides their snapshots, such as points of the house programme.

It is kept by rooms above this one. It comes together, and apart, in the merge's own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from gateway.ports import EntityRow, MergeRow, Tx


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What an undo gave back to the absorbed person.

    Units: points; ``spent`` and ``expired`` are those that went since the merge, and stay gone.
    """

    points: Decimal
    spent: Decimal
    expired: Decimal


class Estate(Protocol):
    """Brings together what two people have."""

    def join(
        self, tx: Tx, row: MergeRow, pair: tuple[EntityRow, EntityRow], now: datetime
    ) -> dict[str, Any]:
        """Give the survivor what both have; return what taking it apart needs, as JSON values.

        ``pair`` are survivor and absorbed as they are before the merge.
        """

    def part(
        self, tx: Tx, row: MergeRow, record: Mapping[str, Any], now: datetime
    ) -> GivenBack | None:
        """Give the absorbed person back what is still there; ``None`` where nothing was joined.

        Raises ``MergeBusy``, and ``MergeRefused`` where another merge has to be undone first.
        """


class Nothing:
    """People who have nothing besides."""

    def join(
        self, tx: Tx, row: MergeRow, pair: tuple[EntityRow, EntityRow], now: datetime
    ) -> dict[str, Any]:
        """Find nothing."""
        del tx, row, pair, now
        return {}

    def part(
        self, tx: Tx, row: MergeRow, record: Mapping[str, Any], now: datetime
    ) -> GivenBack | None:
        """Give nothing back."""
        del tx, row, record, now
        return None


NOTHING = Nothing()
