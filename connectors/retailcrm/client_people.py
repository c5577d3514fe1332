"""People client: notes on customers, merges of them, and finding them by contacts (6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind

from .calls import V5, json_text, parsed
from .client import RetailCrmClient
from .manifest import LIST_ROWS
from .wire import IdPairWire, PaginationWire

_NOTES = "customers/notes"


@dataclass(frozen=True, slots=True)
class PeopleClient:
    """What is done to customers beside their fields."""

    customers: RetailCrmClient

    async def there(self, ids: Sequence[str]) -> set[str]:
        """Return which customers exist."""
        found: set[str] = set()
        for start in range(0, len(ids), LIST_ROWS):
            listed = await self.customers.by_ids(Kind.CUSTOMER, ids[start : start + LIST_ROWS])
            found |= {str(row.get("id")) for row in listed.rows}
        return found

    async def like(self, name: str, value: str) -> Sequence[Mapping[str, Any]]:
        """Read the first page of our shop's customers that a filter of the list lets through."""
        query = [
            (f"filter[{name}]", value),
            ("filter[sites][]", self.customers.site),
            ("limit", str(LIST_ROWS)),
        ]
        body = await self.customers.calls.get(f"{V5}/customers", query, "customers")
        rows: list[Mapping[str, Any]] = body.get("customers") or []
        return rows

    async def combine(self, losers: Sequence[str], survivor: str) -> None:
        """Ask for a merge; it is done later, and whatever conflicts stays as the survivor's."""
        form = [
            ("customers", json_text([{"id": int(one)} for one in losers])),
            ("resultCustomer", json_text({"id": int(survivor)})),
        ]
        await self.customers.calls.post("customers/combine", form, repeatable=False)

    async def note(self, customer_id: str, text: str) -> str:
        """Leave a note and return its id."""
        note = {"text": text, "customer": {"id": int(customer_id)}}
        form = [("note", json_text(note))]
        body = await self.customers.calls.post(f"{_NOTES}/create", form, repeatable=False)
        return str(parsed(IdPairWire, body, f"{_NOTES}/create", created=True).id)

    async def has_notes(self, customer_id: str) -> bool:
        """Tell whether anybody has left a note on a customer."""
        query = [("filter[customerIds][]", customer_id), ("limit", str(LIST_ROWS))]
        body = await self.customers.calls.get(f"{V5}/{_NOTES}", query, _NOTES)
        return bool(body.get("notes"))

    async def marked(self, mark: str, customer_id: str | None = None) -> str | None:
        """Return the id of the note that holds a mark.

        Among a customer's notes all are read; without one the vendor's search by text is trusted.
        """
        wanted = ("filter[text]", mark)
        if customer_id is not None:
            wanted = ("filter[customerIds][]", customer_id)
        number, last = 1, 1
        while number <= last:
            query = [wanted, ("limit", str(LIST_ROWS)), ("page", str(number))]
            body = await self.customers.calls.get(f"{V5}/{_NOTES}", query, _NOTES)
            for row in body.get("notes") or []:
                if mark in str(row.get("text")):
                    return str(row["id"])
            last = parsed(PaginationWire, body.get("pagination") or {}, _NOTES).total_page_count
            number += 1
        return None
