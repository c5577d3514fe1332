"""Legacy: the order transaction that the vendor withdrew on 2024-09-02 (vendor reference, 13.3).

For an old project's operations only, behind ``legacy_transactions``: begin locks points and codes,
commit takes them, rollback gives them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.contract import Kept, Rejected, Sale, SaleState

from .client import transaction_id
from .errors import PRICE_CHANGED, read_as
from .loyalty import Processing, kept_of
from .wire_order import OrderAnswer


@dataclass(frozen=True, slots=True)
class LegacyProcessing(Processing):
    """Processing by begin, commit and rollback."""

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Begin a transaction. It carries no code of its own: its unknown outcome is looked up."""
        del key
        names = self.client.names
        reckoned = await self.reckoned(sale, self.translator.calculation(sale))
        status = self.client.settings.line_statuses.checked_out
        body = self.translator.saving(sale, reckoned, status)
        body["order"]["transaction"] = _transaction(sale.id)
        told = await self.client.sync(names.begin_transaction, body, repeatable=False)
        answer = read_as(OrderAnswer, told, operation=names.begin_transaction, wrote=True)
        order = answer.order
        if PRICE_CHANGED in (answer.status, order and order.processing_status):
            msg = "the price changed while the sale was saved: reckon it again"
            raise Rejected(msg, operation=names.begin_transaction, vendor_code=PRICE_CHANGED)
        return kept_of(sale.id, SaleState.RESERVED, order)

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Commit a transaction; what was closed without the vendor is told afterwards."""
        if kept is None:
            return await Processing.commit(self, sale, kept, key=key)
        names, settings = self.client.names, self.client.settings
        order: dict[str, Any] = {
            "ids": {settings.order_key: kept.reference},
            "transaction": _transaction(kept.reference),
        }
        await self.client.queue(
            names.commit_transaction,
            {"order": order},
            transaction=transaction_id(key, names.commit_transaction),
        )
        return Kept(reference=kept.reference, state=SaleState.COMMITTED)

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Roll a transaction back."""
        name = self.client.names.rollback_transaction
        body = {"order": {"transaction": _transaction(kept.reference)}}
        await self.client.queue(name, body, transaction=transaction_id(key, name))


def _transaction(sale_id: str) -> dict[str, Any]:
    return {"ids": {"externalId": transaction_id(sale_id, "order.transaction")}}
