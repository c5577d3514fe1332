"""Erasure: of users by the site extension, of contacts by the portal's own deletion (10.7, 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract import Missing, Operation, Rejected
from gateway.contract.operations import CustomerErasure, payload_of

from .client import BitrixClient
from .operations import KeyedCall
from .values import is_id

_DELETE = "crm.contact.delete"
_LIST = "crm.contact.list"
ORDERS = "orders"
"""The extension keeps orders as they are: their properties are blanked at the shop by hand."""


@dataclass(frozen=True, slots=True)
class Erase:
    """Performer of ``customer.erase`` at a shop: name, contacts, fields and consents are blanked.

    Users are erased under keys of their own, made of the operation's, so that a repeat is answered
    from the extension's memory.
    """

    calls: KeyedCall

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Erase; see ``OperationPerformer.perform``. Shape: ``{"erased": n, "left": [words]}``."""
        erasure = payload_of(CustomerErasure, operation)
        ids = erasure.customer_external_ids
        _require_ids(ids, self.calls.method)
        erased = 0
        for place, user_id in enumerate(ids):
            key = operation.key if place == 0 else f"{operation.key}.{place}"
            try:
                await self.calls.send(key, {"id": int(user_id)})
            except Missing:
                continue
            erased += 1
        return {"erased": erased, "left": [ORDERS] if erasure.order_external_ids else []}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: the extension knows the keys of what it did."""
        del key


@dataclass(frozen=True, slots=True)
class ContactErase:
    """Performer of ``customer.erase`` on a portal: the contact is deleted, its deals stay."""

    client: BitrixClient

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Delete; see ``OperationPerformer.perform``. Shape: ``{"erased": n, "left": []}``."""
        ids = payload_of(CustomerErasure, operation).customer_external_ids
        _require_ids(ids, _DELETE)
        params = {"filter": {"@ID": list(ids)}, "select": ["ID"], "order": {"ID": "ASC"}}
        rows = await self.client.call(_LIST, {**params, "start": -1})
        there = {str(row["ID"]) for row in rows} & set(ids)
        for one in sorted(there, key=int):
            await self.client.call(_DELETE, {"id": int(one)})
        return {"erased": len(there), "left": []}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: who is gone is not deleted twice."""
        del key


def _require_ids(ids: tuple[str, ...], method: str) -> None:
    if not all(is_id(one) for one in ids):
        msg = "customer_external_ids: an id is not one of this shop"
        raise Rejected(msg, operation=method)
