"""Processing: the steps of a purchase with the vendor's pitfalls of codes and states (8.4, 8.5).

A repeat of a step is refused with a code that says so, or, where the installation refuses by
``result.state``, with nothing but a text: then the operator's view of the purchase decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from gateway.contract import (
    ConnectorError,
    Missing,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
)

from .client import LoymaxClient
from .errors import CANCELLED, CODES, CONFIRMED, NO_PURCHASE, PAID_ALREADY, REPEATED, WRONG_ORDER
from .lookup import Purchases, Sold
from .purchases import Cheque, PurchaseTranslator, purchase_id
from .shapes import shaped
from .wire import StepWire

_STEP = TypeAdapter(StepWire)
_REFUSALS = (Rejected, Missing)
_STATE_CONFIRMED, _STATE_CANCELLED = "Confirmed", "Canceled"


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of purchases of one account. ``member`` is a phone or card, ``None`` for nobody."""

    client: LoymaxClient
    translator: PurchaseTranslator
    purchases: Purchases

    async def calculate(
        self,
        sale_id: str,
        cheque: Cheque,
        *,
        member: str | None,
        is_trial: bool = False,
        **more: Any,
    ) -> StepWire:
        """Reckon direct discounts and what may be paid by points; may be repeated at will."""
        body = self.translator.step(cheque, sale_id, "C", **more)
        return await self._step(sale_id, "Calculate", body, member, repeatable=is_trial)

    async def pay(
        self,
        sale_id: str,
        cheque: Cheque,
        sums: Sequence[Decimal],
        *,
        key: str,
        member: str | None,
        **more: Any,
    ) -> StepWire:
        """Block points. Raises ``Rejected`` for a repeat too: see ``paid``."""
        body = self.translator.step(cheque, key, "P", sums=sums, **more)
        return await self._step(sale_id, "Bonus/Payment", body, member)

    async def accrue(
        self,
        sale_id: str,
        cheque: Cheque,
        sums: Sequence[Decimal],
        *,
        key: str,
        member: str | None,
        **more: Any,
    ) -> StepWire | None:
        """Reckon what the purchase will earn; ``None`` when it is over already."""
        body = self.translator.step(cheque, key, "D", sums=sums, **more)
        try:
            return await self._step(sale_id, "Bonus", body, member)
        except _REFUSALS as error:
            if await self.is_confirmed(cheque, error) or error.vendor_code in REPEATED:
                return None
            raise

    async def confirm(self, sale_id: str, cheque: Cheque, *, key: str, member: str | None) -> None:
        """Confirm a purchase; one that is confirmed already counts as done."""
        body = self.translator.end(cheque.at, key, "K")
        try:
            await self._step(sale_id, "Confirm", body, member)
        except _REFUSALS as error:
            if error.vendor_code in REPEATED:
                return
            if not await self.is_confirmed(cheque, error):
                raise

    async def cancel(self, sale_id: str, cheque: Cheque, *, key: str, member: str | None) -> None:
        """Cancel an unconfirmed purchase; one that is cancelled or was never there is done."""
        body = self.translator.end(cheque.at, key, "U")
        try:
            await self._step(sale_id, "Cancel", body, member)
        except _REFUSALS as error:
            if error.vendor_code in {CANCELLED, NO_PURCHASE} | REPEATED:
                return
            if error.vendor_code in CODES:
                raise
            if await self.purchases.state(cheque) not in {None, _STATE_CANCELLED}:
                raise

    async def refund(
        self,
        refund_id: str,
        sale_id: str,
        cheque: Cheque,
        *,
        key: str,
        member: str | None,
    ) -> StepWire | None:
        """Give goods back under a purchase of their own, and confirm that: accounts move then."""
        body = self.translator.step(
            cheque, key, "R", refundPurchaseId=purchase_id(sale_id), refundTransactionId=None
        )
        step: StepWire | None = None
        try:
            step = await self._step(refund_id, "Refund", body, member)
        except _REFUSALS as error:
            if not await self._is_there(cheque, error):
                raise
        await self.confirm(refund_id, cheque, key=key, member=member)
        return step

    async def paid(self, cheque: Cheque, error: ConnectorError) -> Sold | None:
        """Return what a purchase holds whose points are blocked already, ``None`` for another.

        ``error`` is the refusal that made somebody ask: a calculation after a payment is out of
        order, so a repeat of a reservation meets it.
        """
        if error.vendor_code in CODES - {WRONG_ORDER, PAID_ALREADY} - REPEATED:
            return None
        if await self.purchases.state(cheque) in {_STATE_CANCELLED, None}:
            return None
        sold = await self.purchases.sold(cheque)
        return sold if sold is not None and sold.points > 0 else None

    async def is_confirmed(self, cheque: Cheque, error: ConnectorError) -> bool:
        """Tell whether a refusal means that the purchase is confirmed already."""
        if error.vendor_code in CODES:
            return error.vendor_code in CONFIRMED
        return await self.purchases.state(cheque) == _STATE_CONFIRMED

    async def _is_there(self, cheque: Cheque, error: ConnectorError) -> bool:
        if error.vendor_code in CODES:
            return error.vendor_code in REPEATED | CONFIRMED
        return await self.purchases.state(cheque) is not None

    async def _step(
        self,
        sale_id: str,
        step: str,
        body: Mapping[str, Any],
        member: str | None,
        *,
        repeatable: bool = False,
    ) -> StepWire:
        told = await self.client.purchase(
            purchase_id(sale_id), step, body, member=member, repeatable=repeatable
        )
        try:
            return shaped(_STEP, told, operation=f"Processing/{step}")
        except TranslationFailed as error:
            # The step was taken; what it answered cannot be read, so it is looked up.
            msg = "processing answered in an unexpected form"
            raise OutcomeUnknown(msg, operation=error.operation) from None
