"""Returns: a part of a sale comes back (vendor reference, 9.1, 9.2, 11.9, 14).

The vendor has no call for it, and no key. So the composition is edited: what comes back becomes a
row with the item status of returned goods, which counts nothing, and what the order earns follows
from the rows that are left. Its charge is taken anew, lower by what came back. The returned row's
external id names the return and the bonuses that the sale keeps, so that doing it again finds what
was done and goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Kind, OrderLine
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import Kept, Refund, Rejected, SaleState, Unsupported

from .config import RetailCrmSettings
from .config_services import LoyaltySettings
from .sales import Sales
from .translator_loyalty import ZERO, points
from .translator_sale import amount_text
from .wire_loyalty import SaleItemWire, SaleOrderWire

_MARK = "~"
"""Stands in a returned row's id between return, line and kept bonuses; no id of ours has it."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An order's rows as a part of them comes back. Pure. ``status`` is that of returned goods."""

    settings: RetailCrmSettings
    status: str

    def kept(self, order: SaleOrderWire, refund_id: str = "") -> Decimal | None:
        """Return what the returns so far let the sale keep, ``None`` when there was none.

        With ``refund_id`` only that return counts. Charges fall from return to return.
        """
        told = [
            name.rpartition(_MARK)[2]
            for item in order.items
            if item.is_canceled and (name := self._name(item)).count(_MARK) > 1
            if not refund_id or name.startswith(f"{refund_id}{_MARK}")
        ]
        return min((Decimal(one) for one in told if _is_number(one)), default=None)

    def left(self, order: SaleOrderWire, lines: Sequence[OrderLine]) -> Decimal:
        """Return the bonuses that a sale keeps when lines come back: each has its share.

        Raises: ``Rejected`` for lines that are not there, or not so many.
        """
        back = ZERO
        for line, item in self._sold(order, lines):
            share = (line.quantity or Decimal(1)) / (item.quantity or Decimal(1))
            back += (item.bonuses_charge_total or ZERO) * share
        return rounded((order.bonuses_charge_total or ZERO) - back, KOPECK)

    def edited(
        self, order: SaleOrderWire, refund_id: str, lines: Sequence[OrderLine], kept: Decimal
    ) -> list[dict[str, Any]]:
        """Return the whole composition: each row with its id, and those that came back."""
        rows: dict[int | None, dict[str, Any]] = {
            item.id: {
                "id": item.id,
                "initialPrice": item.initial_price,
                "quantity": item.quantity,
            }
            for item in order.items
        }
        fresh = []
        for line, item in self._sold(order, lines):
            name = f"{refund_id}{_MARK}{line.id}{_MARK}{amount_text(kept)}"
            returned = {
                "externalIds": [{"code": self.settings.system_code, "value": name}],
                "status": self.status,
            }
            quantity, sold = line.quantity or Decimal(1), item.quantity or Decimal(1)
            if quantity == sold:
                rows[item.id] |= returned
                continue
            rows[item.id]["quantity"] = sold - quantity
            offer = {"offer": {"id": item.offer.id}} if item.offer.id is not None else {}
            fresh.append(
                {**returned, **offer, "initialPrice": item.initial_price, "quantity": quantity}
            )
        return [*rows.values(), *fresh]

    def _sold(
        self, order: SaleOrderWire, lines: Sequence[OrderLine]
    ) -> Iterator[tuple[OrderLine, SaleItemWire]]:
        live = {self._name(item): item for item in order.items if not item.is_canceled}
        for line in lines:
            item = live.get(line.id)
            if item is None or (line.quantity or Decimal(1)) > (item.quantity or Decimal(1)):
                msg = "more comes back than the sale has left"
                raise Rejected(msg, operation="orders/edit", vendor_code="not_sold")
            yield line, item

    def _name(self, item: SaleItemWire) -> str:
        code = self.settings.system_code
        return next((one.value or "" for one in item.external_ids if one.code == code), "")


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns of parts at one account."""

    sales: Sales
    settings: RetailCrmSettings
    programme: LoyaltySettings

    def has(self, refund: Refund, order: SaleOrderWire) -> bool:
        """Tell whether a return stands among the order's rows already."""
        found = self._composition
        return found is not None and found.kept(order, refund.id) is not None

    async def take(self, refund: Refund, order: SaleOrderWire, state: SaleState) -> Kept:
        """Take a part back, or finish taking it."""
        composition = self._composition
        if composition is None:
            msg = "no item status of returned goods is configured: loyalty.returned_line_status"
            raise Unsupported(msg, operation="orders/edit")
        before = order
        if not self.has(refund, order):
            await self._check_charge(order)
            lines = refund.lines or ()
            kept = composition.left(order, lines)
            rows = composition.edited(order, refund.id, lines, kept)
            await self.sales.orders.edit(Kind.ORDER, str(order.id), {"items": rows})
            order = await self.sales.required(order.external_id or "")
        if state is not SaleState.CANCELLED:
            order, _ = await self.sales.charge(order, composition.kept(order) or ZERO)
        return Kept(
            reference=order.external_id or "",
            state=SaleState.COMMITTED,
            points_earned=_moved(before.bonuses_credit_total, order.bonuses_credit_total),
            points_spent=_moved(before.bonuses_charge_total, order.bonuses_charge_total),
            balance=self.sales.translator.kept("", SaleState.COMMITTED, order).balance,
        )

    @property
    def _composition(self) -> Composition | None:
        status = self.programme.returned_line_status
        return None if status is None else Composition(self.settings, status)

    async def _check_charge(self, order: SaleOrderWire) -> None:
        """Refuse where a new charge would wait for the code of an SMS."""
        if not order.bonuses_charge_total:
            return
        told = await self.sales.members.client.programme(self.programme.programme)
        if told.get("confirmSmsCharge"):
            msg = "a charge is confirmed by SMS in this programme: take the whole sale back"
            raise Unsupported(msg, operation="orders/loyalty/apply")


def _moved(before: Decimal | None, after: Decimal | None) -> BonusPoints:
    return points((after or ZERO) - (before or ZERO))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
