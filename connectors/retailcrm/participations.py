"""Participations: which one of the programme is a person's (vendor reference, 11.1, 11.2).

A participation's id is not the customer's, and one phone may stand in several. Members are named by
the customer's id everywhere outside of this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.canonical import normal_phone
from gateway.contract import MemberKey, Missing

from .calls import Query
from .client_loyalty import PAGE, LoyaltyClient
from .client_people import PeopleClient
from .config import RetailCrmSettings
from .config_services import LoyaltySettings
from .wire_loyalty import AccountWire

_REMEMBERED = 100_000


@dataclass(slots=True)
class Participations:
    """Finds participations in the configured programme.

    ``checks``: the last check by SMS that an activation here began, by participation.
    """

    client: LoyaltyClient
    people: PeopleClient
    settings: RetailCrmSettings
    programme: LoyaltySettings
    checks: dict[int, str] = field(default_factory=dict)
    _known: dict[str, int] = field(default_factory=dict)

    async def find(self, key: MemberKey) -> AccountWire | None:
        """Return the participation of a member, ``None`` when there is none."""
        if key.external_id is not None:
            return await self.of_customer(key.external_id)
        if key.phone is not None:
            return await self._one("phoneNumber", self.phone(key.phone))
        if key.card is not None:
            return await self._one("cardNumber", key.card)
        for customer_id in await self.customers_like("email", key.email or ""):
            found = await self.of_customer(customer_id)
            if found is not None:
                return found
        return None

    async def of_customer(self, customer_id: str) -> AccountWire | None:
        """Return a customer's participation."""
        return await self._one("customerId", customer_id) if customer_id.isdigit() else None

    async def required(self, customer_id: str) -> AccountWire:
        """Return a customer's participation. Raises ``Missing``."""
        found = await self.of_customer(customer_id)
        if found is None:
            msg = "the customer takes no part in the programme"
            raise Missing(msg, operation="loyalty/accounts")
        return found

    async def of_customers(self, customer_ids: Sequence[str]) -> Mapping[str, AccountWire]:
        """Return the participations of many: known ones in one call per hundred.

        The vendor's list lets one customer through at a time, but many participations by id, so a
        customer costs a call of its own only until the participation is known.
        """
        ids = list(dict.fromkeys(customer_ids))
        known = [self._known[one] for one in ids if one in self._known]
        found = await self.by_ids(known)
        gate = asyncio.Semaphore(self.settings.edits_at_once)

        async def look(customer_id: str) -> AccountWire | None:
            async with gate:
                return await self.of_customer(customer_id)

        rest = [one for one in ids if one not in found]
        looked = await asyncio.gather(*(look(one) for one in rest))
        more = {one: row for one, row in zip(rest, looked, strict=True) if row is not None}
        return {**found, **more}

    async def by_ids(self, account_ids: Iterable[int]) -> dict[str, AccountWire]:
        """Read participations by their ids. Shape: customer's id → participation."""
        ids = list(dict.fromkeys(account_ids))
        found: dict[str, AccountWire] = {}
        for start in range(0, len(ids), PAGE):
            wanted = [("filter[ids][]", str(one)) for one in ids[start : start + PAGE]]
            for row in await self.client.accounts(wanted):
                if row.customer is not None and row.id is not None:
                    found[str(row.customer.id)] = row
                    self._remember(row)
        return found

    async def customers_like(self, name: str, value: str) -> list[str]:
        """Return the ids of the customers of our shop that a filter of the list lets through."""
        rows = await self.people.like(name, value)
        return sorted((str(row["id"]) for row in rows), key=int)

    def phone(self, number: str) -> str:
        """Spell a phone as participations do: the vendor compares what is stored."""
        digits = (normal_phone(number) or number).removeprefix("+")
        match self.programme.phone_form:
            case "plus":
                return f"+{digits}"
            case "eight" if digits.startswith("7"):
                return f"8{digits[1:]}"
            case _:
                return digits

    async def _one(self, name: str, value: str) -> AccountWire | None:
        """Return the active one of several, the oldest of those; they may share a phone."""
        query: Query = [
            (f"filter[{name}]", value),
            ("filter[loyalties][]", str(self.programme.programme)),
            ("filter[sites][]", self.programme.site or self.settings.site),
        ]
        rows = [row for row in await self.client.accounts(query) if row.customer is not None]
        rows.sort(key=lambda row: (not row.active, row.id or 0))
        if not rows:
            return None
        self._remember(rows[0])
        return rows[0]

    def _remember(self, row: AccountWire) -> None:
        if row.customer is not None and row.id is not None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[str(row.customer.id)] = row.id
