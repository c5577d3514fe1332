"""Erasure: the vendor deletes no customer, so what tells who it was is overwritten (6, 9).

Whatever the API cannot take away is named in the answer, for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Missing, Operation, Rejected
from gateway.contract.operations import CustomerErasure, payload_of

from .client import RetailCrmClient
from .client_people import PeopleClient
from .config import RetailCrmSettings

_ADDRESS = (
    "index", "region", "city", "street", "building", "house", "housing", "block", "flat", "floor",
    "intercomCode", "metro", "notes", "text",
)  # fmt: skip
_NAMES = ("firstName", "lastName", "patronymic", "email")
_OF_CUSTOMER = (*_NAMES, "birthday", "sex", "discountCardNumber")
_OF_ORDER = (*_NAMES, "phone", "additionalPhone", "customerComment", "managerComment")
PHONES, ORDERS, NOTES = "phones", "orders", "notes"
"""What may be left: phones where an edit only adds, orders that take no edit, notes of people."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Performer of ``customer.erase``. It sets values, so that a repeat has the same effect."""

    client: RetailCrmClient
    people: PeopleClient
    settings: RetailCrmSettings

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Overwrite customers and their orders. Shape: ``{"erased": n, "left": [words]}``."""
        erasure = payload_of(CustomerErasure, operation)
        if not all(one.isdigit() for one in erasure.customer_external_ids):
            msg = "an erasure names customers by the CRM's own ids"
            raise Rejected(msg, operation=operation.name)
        left: set[str] = set()
        erased = 0
        for one in erasure.customer_external_ids:
            erased += await self._customer(one, left)
        for one in erasure.order_external_ids:
            await self._order(one, left)
        return {"erased": erased, "left": sorted(left)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: overwriting what is overwritten changes nothing."""
        del key
        return None

    async def _customer(self, external_id: str, left: set[str]) -> bool:
        row: dict[str, Any] = dict.fromkeys(_OF_CUSTOMER)
        row |= {"phones": [], "address": dict.fromkeys(_ADDRESS), "subscribed": False}
        codes = list(self.settings.customer_attributes.values())
        if codes:
            row["customFields"] = dict.fromkeys(codes)
        try:
            await self.client.edit(Kind.CUSTOMER, external_id, row)
        except Missing:
            return False
        found = await self.client.by_ids(Kind.CUSTOMER, [external_id])
        if any(one.get("phones") for one in found.rows):
            left.add(PHONES)
        if await self.people.has_notes(external_id):
            left.add(NOTES)
        return True

    async def _order(self, external_id: str, left: set[str]) -> None:
        row: dict[str, Any] = dict.fromkeys(_OF_ORDER)
        row["delivery"] = {"address": dict.fromkeys(_ADDRESS)}
        try:
            await self.client.edit(Kind.ORDER, external_id, row)
        except Missing:
            return
        except Rejected:
            left.add(ORDERS)
