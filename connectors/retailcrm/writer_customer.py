"""Customer writer: makes RetailCRM hold customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from gateway.canonical import Customer, Kind
from gateway.contract import Change, ConnectorError, Failed, Outcome, Written

from .client import RetailCrmClient
from .creation import Creator, Outcomes, each, find, give_keys
from .manifest import LIST_ROWS
from .touched import touches
from .translator_customer import CustomerTranslator
from .wire import CustomerWire


@dataclass(frozen=True, slots=True)
class CustomerWriter:
    """Writes customers of one account."""

    client: RetailCrmClient
    translator: CustomerTranslator
    at_once: int

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what the vendor would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Create by upload, edit one by one; see ``EntityWriter.write``."""
        creator = Creator(self.client, Kind.CUSTOMER, self.translator.creation, self.at_once)
        created = await creator.create([one for one in changes if one.external_id is None])
        outcomes: Outcomes[Customer] = dict(created.outcomes)
        edits = [one for one in changes if one.external_id is not None]
        keyless = [one for one in edits if one.assign_key]
        refused = await give_keys(self.client, Kind.CUSTOMER, keyless, at_once=self.at_once)
        outcomes |= refused
        outcomes |= await self._edit([one for one in edits if one.key not in refused])
        return [outcomes[one.key] for one in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await find(self.client, Kind.CUSTOMER, keys)

    async def _edit(self, changes: Sequence[Change[Customer]]) -> Outcomes[Customer]:
        """Edit one by one; where phones change, the customers are read first in one call."""
        blind: Outcomes[Customer] = {}
        current: dict[str, CustomerWire] = {}
        calling = [one for one in changes if touches(one.changed, "phones")]
        try:
            current = await self._current([one.external_id or "" for one in calling])
        except ConnectorError as error:
            blind = {one.key: Failed(error) for one in calling}

        async def edit(change: Change[Customer]) -> Outcome[Customer]:
            external_id = change.external_id or ""
            row = self.translator.patch(change, current.get(external_id))
            if row:
                await self.client.edit(Kind.CUSTOMER, external_id, row)
            return Written(external_id)

        seeing = [one for one in changes if one.key not in blind]
        return blind | await each(seeing, edit, at_once=self.at_once)

    async def _current(self, ids: Sequence[str]) -> dict[str, CustomerWire]:
        """Read customers as they are; one that is gone or unreadable shows when it is edited."""
        current: dict[str, CustomerWire] = {}
        for start in range(0, len(ids), LIST_ROWS):
            listed = await self.client.by_ids(Kind.CUSTOMER, ids[start : start + LIST_ROWS])
            for row in listed.rows:
                with suppress(ValidationError):
                    customer = CustomerWire.model_validate(row)
                    current[str(customer.id)] = customer
        return current
