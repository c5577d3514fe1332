"""Erasure: the vendor's API deletes nobody; values are cleared and subscriptions ended (2.4, 8.2).

The customer stays there without anything that tells who it is; whether the project may delete him
altogether is asked of the vendor's support.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Consent, Customer
from gateway.contract import Missing, Operation
from gateway.contract.operations import CustomerErasure, payload_of

from .customers import Customers

_ALL = frozenset({"name", "phones", "emails", "gender", "birth_date", "attributes", "consents"})
CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Erase:
    """Performer of ``customer.erase``. It sets values, so that a repeat has the same effect."""

    customers: Customers

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Clear customers. Shape: ``{"erased": n, "left": ["cards"]}``: cards stay bound."""
        erasure = payload_of(CustomerErasure, operation)
        erased, left = 0, set[str]()
        for one in erasure.customer_external_ids:
            try:
                wire = await self.customers.look({"ids": {"mindboxId": one}})
                await self.customers.clear(one, self._blank(), _ALL)
            except Missing:
                continue
            erased += 1
            if wire is not None and wire.discount_cards:
                left.add(CARDS)
        return {"erased": erased, "left": sorted(left)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: clearing what is clear changes nothing."""
        del key
        return None

    def _blank(self) -> Customer:
        names = self.customers.client.settings.subscriptions
        return Customer(consents=tuple(Consent(id=one, granted=False) for one in sorted(names)))
