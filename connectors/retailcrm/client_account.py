"""Account client: rights, settings, reference books and custom fields of the account itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .calls import V5, RetailCrmCalls, json_text, parsed
from .wire import PaginationWire


@dataclass(frozen=True, slots=True)
class AccountClient:
    """Calls about one account."""

    calls: RetailCrmCalls

    async def reference(self, book: str, key: str) -> dict[str, Mapping[str, Any]]:
        """Read a reference book. Shape: code → row, whether the vendor sent a map or a list."""
        rows = (await self.calls.get(f"{V5}/reference/{book}", [], f"reference/{book}")).get(
            key
        ) or {}
        values = rows.values() if isinstance(rows, Mapping) else rows
        return {str(row["code"]): row for row in values if row.get("code") is not None}

    async def credentials(self) -> dict[str, Any]:
        """Read what the key may do and which shops it sees."""
        return await self.calls.get("/api/credentials", [], "credentials")

    async def settings(self) -> dict[str, Any]:
        """Read the account's own settings; its names are in snake case."""
        return dict((await self.calls.get(f"{V5}/settings", [], "settings")).get("settings") or {})

    async def custom_field_codes(self, entity: str) -> set[str]:
        """Read the codes of the custom fields of ``order``, ``customer`` or ``loyalty_account``."""
        codes: set[str] = set()
        number, last = 1, 1
        while number <= last:
            query = [("filter[entity]", entity), ("limit", "100"), ("page", str(number))]
            body = await self.calls.get(f"{V5}/custom-fields", query, "custom-fields")
            codes |= {str(row.get("code")) for row in body.get("customFields") or []}
            last = parsed(PaginationWire, body.get("pagination") or {}, "").total_page_count
            number += 1
        return codes

    async def create_custom_field(self, entity: str, field: Mapping[str, Any]) -> None:
        """Create a custom field; the vendor refuses a code that exists."""
        form = [("customField", json_text(field))]
        await self.calls.post(f"custom-fields/{entity}/create", form, repeatable=False)
