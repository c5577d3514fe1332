"""Sales client: the calls that reckon orders and move their bonuses (11.7, 11.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gateway.contract import Missing

from .calls import V5, Query, RetailCrmCalls, json_text, parsed
from .wire_loyalty import AppliedWire, CalculatedWire, SaleOrderWire


@dataclass(frozen=True, slots=True)
class SalesClient:
    """Sales of one account."""

    calls: RetailCrmCalls

    async def calculate(self, order: Mapping[str, Any], bonuses: str) -> CalculatedWire:
        """Reckon an order; changes nothing."""
        form = [("order", json_text(order)), ("bonuses", bonuses)]
        body = await self.calls.post("loyalty/calculate", form, repeatable=True)
        return parsed(CalculatedWire, body, "loyalty/calculate")

    async def order(self, external_id: str) -> SaleOrderWire | None:
        """Read an order of our shop by our id; ``None`` when there is none."""
        path = f"{V5}/orders/{quote(external_id, safe='')}"
        query = [("by", "externalId"), ("site", self.calls.site)]
        try:
            body = await self.calls.get(path, query, "orders/get")
        except Missing:
            return None
        return parsed(SaleOrderWire, body.get("order") or {}, "orders/get")

    async def apply(self, order_id: int, bonuses: str) -> AppliedWire:
        """Charge bonuses to an order, at once or when the code of an SMS is confirmed."""
        return await self._move("apply", order_id, [("bonuses", bonuses)])

    async def cancel_bonuses(self, order_id: int) -> AppliedWire:
        """Give an order's bonuses back and withdraw the earned ones; may be repeated."""
        return await self._move("cancel-bonus-operations", order_id, [])

    async def _move(self, verb: str, order_id: int, form: Query) -> AppliedWire:
        name = f"orders/loyalty/{verb}"
        pairs = [("order", json_text({"id": order_id})), *form]
        body = await self.calls.post(name, pairs, repeatable=False)
        return parsed(AppliedWire, body, name, created=True)
