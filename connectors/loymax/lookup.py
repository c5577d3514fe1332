"""Look-up: what became of a purchase, as the operator sees it (vendor reference, 7.7).

Processing answers a repeat with a refusal and without the result that was lost, so it is read here:
by number and time of the cheque, because our own id of it is not shown there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from pydantic import TypeAdapter

from .client import LoymaxClient
from .purchases import Cheque
from .shapes import shaped
from .values import moment_of
from .versions import Call
from .wire import PositionWire, PurchaseWire

_PURCHASES = TypeAdapter(list[PurchaseWire])
_POSITIONS = TypeAdapter(list[PositionWire])
_COUNT = 100
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sold:
    """What a purchase holds.

    Shape: ``sums`` are those of lines 1 to n after the direct discount. Units: ``points`` are spent
    and ``earned``, ``paid`` is what the spent ones are worth in money.
    """

    sums: tuple[Decimal, ...]
    points: Decimal
    paid: Decimal
    earned: Decimal


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchases of one installation by their cheques."""

    client: LoymaxClient

    async def found(self, cheque: Cheque) -> PurchaseWire | None:
        """Return the purchase of a cheque: its number, and its time where that is known."""
        body = {"chequeNumber": cheque.number, "from": 0, "count": _COUNT}
        data = await self.client.write(
            Call.SYSTEM, "purchases/search", json=body, repeatable=True, path="purchases"
        )
        rows = shaped(_PURCHASES, data or [], operation="purchases/search")
        return next((one for one in rows if _is_of(one, cheque)), None)

    async def state(self, cheque: Cheque) -> str | None:
        """Return a purchase's state, ``None`` when there is none."""
        found = await self.found(cheque)
        return found.state if found is not None else None

    async def sold(self, cheque: Cheque) -> Sold | None:
        """Return what a purchase holds; positions stand there after discount and write-off."""
        found = await self.found(cheque)
        if found is None:
            return None
        data = await self.client.read(
            Call.SYSTEM,
            "purchases/positions",
            [("showCanceledOperations", "false")],
            path=f"purchases/{found.purchase_id}/ChequePositions",
        )
        found_rows = shaped(_POSITIONS, data or [], operation="purchases/positions")
        rows = sorted(found_rows, key=lambda one: one.pos_id)
        return Sold(
            sums=tuple(one.amount.amount + one.paid for one in rows),
            points=_total([one.points("CalculatedPayment") for one in rows]),
            paid=_total([one.paid for one in rows]),
            earned=_total([one.points("CalculatedCashback") for one in rows]),
        )


def _is_of(purchase: PurchaseWire, cheque: Cheque) -> bool:
    if purchase.cheque_number != cheque.number:
        return False
    at = moment_of(purchase.purchase_time)
    return not cheque.is_dated or at is None or abs(at - cheque.at) < _SECOND


def _total(parts: Sequence[Decimal]) -> Decimal:
    return sum(parts, start=Decimal(0))
