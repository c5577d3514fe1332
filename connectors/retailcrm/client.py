"""Client: one method per call of API v5; wire shapes out, contract errors raised.

GET takes PHP-style bracketed parameters, POST takes form fields whose structured values are JSON
strings. Reading, editing by id and giving external ids may be sent twice; creating may not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.canonical import Kind
from gateway.contract import HttpClient, Missing, OutcomeUnknown, Unavailable
from gateway.contract.encoding import json_body

from .errors import read_answer, survivor_of
from .wire import HistoryPageWire, IdPairWire, PaginationWire, UploadWire, Wire

W = TypeVar("W", bound=Wire)

_V5 = "/api/v5"
_LISTS = {Kind.CUSTOMER: "customers", Kind.ORDER: "orders"}
Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list: rows as the vendor sent them, so that one bad row hides no other."""

    rows: Sequence[Mapping[str, Any]]
    pagination: PaginationWire


@dataclass(frozen=True, slots=True)
class RetailCrmClient:
    """Calls of one account; ``site`` is the shop that is written to."""

    http: HttpClient
    site: str

    async def history(
        self, kind: Kind, *, query: Sequence[tuple[str, str]], limit: int
    ) -> HistoryPageWire:
        """Read a page of a change feed. ``page`` must not go with ``filter[sinceId]``."""
        pairs = [*query, ("limit", str(limit))]
        body = await self._get(f"{_V5}/{_LISTS[kind]}/history", pairs, f"{_LISTS[kind]}/history")
        return _parsed(HistoryPageWire, body, f"{_LISTS[kind]}/history")

    async def by_ids(self, kind: Kind, ids: Sequence[str]) -> Listed:
        """Read at most 100 records by internal id."""
        return await self._list(kind, [("filter[ids][]", one) for one in ids])

    async def by_external_ids(self, kind: Kind, keys: Sequence[str]) -> Listed:
        """Read at most 100 records of our shop by external id."""
        wanted = [("filter[externalIds][]", key) for key in keys]
        return await self._list(kind, [*wanted, ("filter[sites][]", self.site)])

    async def page(self, kind: Kind, number: int) -> Listed:
        """Read one page of all records of our shop."""
        return await self._list(kind, [("filter[sites][]", self.site), ("page", str(number))])

    async def survivor(self, customer_id: str) -> str | None:
        """Return the id of the customer into which a missing one was merged, if it was."""
        path = f"{_V5}/customers/{customer_id}"
        try:
            await self._get(path, [("by", "id"), ("site", self.site)], "customers/get")
        except Missing as error:
            return survivor_of(error)
        return None

    async def upload(self, kind: Kind, rows: Sequence[Mapping[str, Any]]) -> UploadWire:
        """Create at most 50 records; what is not among ``saved`` must be looked up."""
        name = _LISTS[kind]
        body = await self._post(
            f"{name}/upload", [(name, _json(rows))], repeatable=False, partial=True
        )
        told = {"saved": body.get(f"uploaded{name.capitalize()}"), "orders": body.get("orders")}
        return _parsed(UploadWire, told, f"{name}/upload", created=True)

    async def create(self, kind: Kind, row: Mapping[str, Any]) -> str:
        """Create one record and return its id."""
        name = _LISTS[kind]
        body = await self._post(f"{name}/create", [(str(kind), _json(row))], repeatable=False)
        return str(_parsed(IdPairWire, body, f"{name}/create", created=True).id)

    async def edit(self, kind: Kind, external_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Patch a record; an order's answer holds the whole order under ``order``."""
        name = _LISTS[kind]
        form = [("by", "id"), (str(kind), _json(row))]
        return await self._post(
            f"{name}/{external_id}/edit", form, repeatable=True, operation=f"{name}/edit"
        )

    async def fix_external_ids(self, kind: Kind, pairs: Mapping[str, str]) -> None:
        """Give records our keys, all or none. Shape: ``pairs`` internal id → key."""
        name = _LISTS[kind]
        rows = [{"id": int(one), "externalId": key} for one, key in pairs.items()]
        await self._post(f"{name}/fix-external-ids", [(name, _json(rows))], repeatable=True)

    async def create_payment(self, payment: Mapping[str, Any]) -> None:
        """Add a payment to the order that it names."""
        form = [("payment", _json(payment))]
        await self._post("orders/payments/create", form, repeatable=False)

    async def edit_payment(self, ident: str, payment: Mapping[str, Any], *, by: str) -> None:
        """Patch a payment that ``by`` (``id`` or ``externalId``) names."""
        form = [("by", by), ("payment", _json(payment))]
        await self._post(
            f"orders/payments/{ident}/edit", form, repeatable=True, operation="payments/edit"
        )

    async def reference(self, book: str, key: str) -> dict[str, Mapping[str, Any]]:
        """Read a reference book. Shape: code → row, whether the vendor sent a map or a list."""
        rows = (await self._get(f"{_V5}/reference/{book}", [], f"reference/{book}")).get(key) or {}
        values = rows.values() if isinstance(rows, Mapping) else rows
        return {str(row["code"]): row for row in values if row.get("code") is not None}

    async def credentials(self) -> dict[str, Any]:
        """Read what the key may do and which shops it sees."""
        return await self._get("/api/credentials", [], "credentials")

    async def settings(self) -> dict[str, Any]:
        """Read the account's own settings; its names are in snake case."""
        return dict((await self._get(f"{_V5}/settings", [], "settings")).get("settings") or {})

    async def custom_field_codes(self, entity: str) -> set[str]:
        """Read the codes of the custom fields of ``order`` or ``customer``."""
        codes: set[str] = set()
        number, last = 1, 1
        while number <= last:
            query = [("filter[entity]", entity), ("limit", "100"), ("page", str(number))]
            body = await self._get(f"{_V5}/custom-fields", query, "custom-fields")
            codes |= {str(row.get("code")) for row in body.get("customFields") or []}
            last = _parsed(PaginationWire, body.get("pagination") or {}, "").total_page_count
            number += 1
        return codes

    async def create_custom_field(self, entity: str, field: Mapping[str, Any]) -> None:
        """Create a custom field; the vendor refuses a code that exists."""
        form = [("customField", _json(field))]
        await self._post(f"custom-fields/{entity}/create", form, repeatable=False)

    async def _list(self, kind: Kind, query: Query) -> Listed:
        name = _LISTS[kind]
        body = await self._get(f"{_V5}/{name}", [*query, ("limit", "100")], name)
        pages = _parsed(PaginationWire, body.get("pagination") or {}, name)
        return Listed(body.get(name) or [], pages)

    async def _get(self, path: str, query: Query, operation: str) -> dict[str, Any]:
        response = await self.http.call(
            "GET", path, operation=operation, repeatable=True, query=query
        )
        return read_answer(response, operation=operation, repeatable=True)

    async def _post(
        self,
        path: str,
        form: Query,
        *,
        repeatable: bool,
        partial: bool = False,
        operation: str = "",
    ) -> dict[str, Any]:
        name = operation or path
        response = await self.http.call(
            "POST",
            f"{_V5}/{path}",
            operation=name,
            repeatable=repeatable,
            form=[("site", self.site), *form],
        )
        return read_answer(response, operation=name, repeatable=repeatable, partial=partial)


def _json(value: object) -> str:
    return json_body(value).decode()


def _parsed(model: type[W], body: Mapping[str, Any], operation: str, *, created: bool = False) -> W:
    """Read the frame of an answer; its error names fields, not values.

    With ``created`` the call has had its effect, so an unreadable answer is an unknown outcome.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()})[:3])
    failed = OutcomeUnknown if created else Unavailable
    msg = f"the answer is not as documented at {where}"
    raise failed(msg, operation=operation, vendor_code="unreadable")
