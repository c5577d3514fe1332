"""Erasure: of users by the site extension, of contacts by the portal's own deletion (10.7, 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
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
_LEFT: Mapping[str, Any] = {"left": [ORDERS]}


@dataclass(frozen=True, slots=True)
class Erase:
    """Performer of ``customer.erase`` at a shop: name, contacts, fields and consents are blanked.

    Users are erased under keys of their own, the last one under the operation's, so that a repeat
    is answered from the extension's memory and the key tells that all are done.
    """

    calls: KeyedCall

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Erase; see ``OperationPerformer.perform``. Shape: ``{"left": ["orders"]}``."""
        ids = payload_of(CustomerErasure, operation).customer_external_ids
        _require_ids(ids, self.calls.method)
        for place, user_id in enumerate(reversed(ids)):
            key = operation.key if place == len(ids) - 1 else f"{operation.key}.{place}"
            with suppress(Missing):
                await self.calls.send(key, {"id": int(user_id)})
        return _LEFT

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask what a key did; see ``OperationPerformer.find``."""
        return None if await self.calls.stored(key) is None else _LEFT


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
            await self.client.call(_DELETE, {"id": int(one)}, repeatable=False)
        return {"erased": len(there), "left": []}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: who is gone is not deleted twice."""
        del key
        return None


def _require_ids(ids: tuple[str, ...], method: str) -> None:
    if not all(is_id(one) for one in ids):
        msg = "customer_external_ids: an id is not one of this shop"
        raise Rejected(msg, operation=method)
