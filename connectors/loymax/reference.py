"""Reference: what must be known to commit a sale that is reserved. Pure.

After a payment the vendor reckons no more and wants the line sums that it reckoned before, so they
travel in the reference of what is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from gateway.contract import Kept

_BETWEEN = "|"
_PARTS = 3


def reference(sale_id: str, sums: Sequence[Decimal], paid: Decimal) -> str:
    """Write our id, the sums of the lines, and what points pay in money."""
    if not sums:
        return sale_id
    return _BETWEEN.join([sale_id, ",".join(str(one) for one in sums), str(paid)])


def sale_of(text: str) -> str:
    """Return our id of a reference."""
    return text.partition(_BETWEEN)[0]


def told(kept: Kept | None) -> tuple[tuple[Decimal, ...], Decimal]:
    """Read sums and paid money of what is kept; no sums where it does not tell."""
    parts = kept.reference.split(_BETWEEN) if kept is not None else []
    if len(parts) != _PARTS:
        return (), Decimal(0)
    return tuple(Decimal(one) for one in parts[1].split(",")), Decimal(parts[2])
