"""Processing: the steps of a purchase with the vendor's pitfalls of codes and states (8.4, 8.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gateway.contract import Rejected

from .client import LoymaxClient
from .errors import CANCELLED, CONFIRMED, NO_PURCHASE, PAID_ALREADY, REPEATED
from .purchases import Cheque, PurchaseTranslator, purchase_id
from .wire import StepWire


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of purchases of one account. ``member`` is a phone or card, ``None`` for nobody."""

    client: LoymaxClient
    translator: PurchaseTranslator

    async def calculate(
        self,
        sale_id: str,
        cheque: Cheque,
        *,
        member: str | None,
        **more: Any,
    ) -> StepWire:
        """Reckon direct discounts and what may be paid by points; may be repeated at will."""
        body = self.translator.step(cheque, sale_id, "C", **more)
        return await self._step(sale_id, "Calculate", body, member)

    async def pay(
        self,
        sale_id: str,
        cheque: Cheque,
        sums: Sequence[Decimal],
        *,
        key: str,
        member: str | None,
        **more: Any,
    ) -> StepWire | None:
        """Block points. ``None`` when this very payment was made before: its answer is lost."""
        body = self.translator.step(cheque, key, "P", sums=sums, **more)
        try:
            return await self._step(sale_id, "Bonus/Payment", body, member)
        except Rejected as error:
            if error.vendor_code in REPEATED or error.vendor_code == PAID_ALREADY:
                return None
            raise

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
        except Rejected as error:
            if error.vendor_code in REPEATED | CONFIRMED:
                return None
            raise

    async def confirm(self, sale_id: str, cheque: Cheque, *, key: str, member: str | None) -> None:
        """Confirm a purchase; one that is confirmed already counts as done."""
        body = self.translator.end(cheque.at, key, "K")
        await self._end(sale_id, "Confirm", body, member, done=CONFIRMED)

    async def cancel(self, sale_id: str, cheque: Cheque, *, key: str, member: str | None) -> None:
        """Cancel an unconfirmed purchase; one that is cancelled or was never there is done."""
        body = self.translator.end(cheque.at, key, "U")
        done = frozenset({CANCELLED, NO_PURCHASE})
        await self._end(sale_id, "Cancel", body, member, done=done)

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
        except Rejected as error:
            if error.vendor_code not in REPEATED | CONFIRMED:
                raise
        await self.confirm(refund_id, cheque, key=key, member=member)
        return step

    async def _end(
        self,
        sale_id: str,
        step: str,
        body: Mapping[str, Any],
        member: str | None,
        *,
        done: frozenset[str],
    ) -> None:
        try:
            await self._step(sale_id, step, body, member)
        except Rejected as error:
            if error.vendor_code not in done | REPEATED:
                raise

    async def _step(
        self, sale_id: str, step: str, body: Mapping[str, Any], member: str | None
    ) -> StepWire:
        told = await self.client.purchase(purchase_id(sale_id), step, body, member=member)
        return StepWire.model_validate(told)
