"""Client: one method per call that moves customers, orders and payments.

Wire shapes out, contract errors raised. Edits could be sent twice, but an edit whose answer is lost
is an unknown outcome all the same: only then does the core remember what may stand at the vendor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Missing

from .calls import V5, Query, RetailCrmCalls, json_text, parsed
from .errors import survivor_of
from .wire import HistoryPageWire, IdPairWire, PaginationWire, UploadWire

_LISTS = {Kind.CUSTOMER: "customers", Kind.ORDER: "orders"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: rows as the vendor sent them, so that one bad row hides no other."""

    rows: Sequence[Mapping[str, Any]]
    pagination: PaginationWire


@dataclass(frozen=True, slots=True)
class RetailCrmClient:
    """Customers, orders and payments of one account."""

    calls: RetailCrmCalls

    @property
    def site(self) -> str:
        """The shop that is written to and read."""
        return self.calls.site

    async def history(
        self, kind: Kind, *, query: Sequence[tuple[str, str]], limit: int
    ) -> HistoryPageWire:
        """Read a page of a change feed. ``page`` must not go with ``filter[sinceId]``."""
        pairs = [*query, ("limit", str(limit))]
        body = await self.calls.get(
            f"{V5}/{_LISTS[kind]}/history", pairs, f"{_LISTS[kind]}/history"
        )
        return parsed(HistoryPageWire, body, f"{_LISTS[kind]}/history")

    async def by_ids(self, kind: Kind, ids: Sequence[str]) -> Listed:
        """Read at most 100 records by internal id."""
        return await self._list(kind, [("filter[ids][]", one) for one in ids])

    async def by_external_ids(self, kind: Kind, keys: Sequence[str]) -> Listed:
        """Read at most 100 records of our shop by external id."""
        wanted = [("filter[externalIds][]", key) for key in keys]
        return await self._list(kind, [*wanted, ("filter[sites][]", self.calls.site)])

    async def page(self, kind: Kind, number: int) -> Listed:
        """Read one page of all records of our shop."""
        return await self._list(kind, [("filter[sites][]", self.calls.site), ("page", str(number))])

    async def survivor(self, customer_id: str) -> str | None:
        """Return the id of the customer into which a missing one was merged, if it was."""
        path = f"{V5}/customers/{customer_id}"
        try:
            await self.calls.get(path, [("by", "id"), ("site", self.calls.site)], "customers/get")
        except Missing as error:
            return survivor_of(error)
        return None

    async def upload(self, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> UploadWire:
        """Create at most 50 records; what is not among ``saved`` must be looked up."""
        name = _LISTS[kind]
        body = await self.calls.post(
            f"{name}/upload", [(name, json_text(rows))], repeatable=False, partial=True
        )
        told = {"saved": body.get(f"uploaded{name.capitalize()}"), "orders": body.get("orders")}
        return parsed(UploadWire, told, f"{name}/upload", created=True)

    async def create(self, kind: Kind, row: Mapping[str, Any]) -> str:
        """Create one record and return its id."""
        name = _LISTS[kind]
        body = await self.calls.post(
            f"{name}/create", [(str(kind), json_text(row))], repeatable=False
        )
        return str(parsed(IdPairWire, body, f"{name}/create", created=True).id)

    async def edit(self, kind: Kind, external_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Patch a record; an order's answer holds the whole order under ``order``."""
        name = _LISTS[kind]
        form = [("by", "id"), (str(kind), json_text(row))]
        return await self.calls.post(
            f"{name}/{external_id}/edit", form, repeatable=False, operation=f"{name}/edit"
        )

    async def fix_external_ids(self, kind: Kind, pairs: Mapping[str, str]) -> None:
        """Give records our keys, all or none; may be sent twice. Shape: ``pairs`` id → key."""
        name = _LISTS[kind]
        rows = [{"id": int(one), "externalId": key} for one, key in pairs.items()]
        await self.calls.post(
            f"{name}/fix-external-ids", [(name, json_text(rows))], repeatable=True
        )

    async def create_payment(self, payment: Mapping[str, Any]) -> None:
        """Add a payment to the order that it names."""
        form = [("payment", json_text(payment))]
        await self.calls.post("orders/payments/create", form, repeatable=False)

    async def edit_payment(self, payment_id: str, payment: Mapping[str, Any]) -> None:
        """Patch a payment."""
        form = [("by", "id"), ("payment", json_text(payment))]
        await self.calls.post(
            f"orders/payments/{payment_id}/edit", form, repeatable=False, operation="payments/edit"
        )

    async def _list(self, kind: Kind, query: Query) -> Listed:
        name = _LISTS[kind]
        body = await self.calls.get(f"{V5}/{name}", [*query, ("limit", "100")], name)
        pages = parsed(PaginationWire, body.get("pagination") or {}, name)
        return Listed(body.get(name) or [], pages)
