"""Customer writer: makes RetailCRM hold customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.canonical import Customer, Kind
from gateway.contract import Change, Outcome, Written

from .client import RetailCrmClient
from .creation import Creator, Outcomes, each, find, give_keys
from .translator_customer import CustomerTranslator


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
        outcomes |= await each(
            [one for one in edits if one.key not in refused], self._edit, at_once=self.at_once
        )
        return [outcomes[one.key] for one in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await find(self.client, Kind.CUSTOMER, keys)

    async def _edit(self, change: Change[Customer]) -> Outcome[Customer]:
        external_id = change.external_id or ""
        row = self.translator.patch(change)
        if row:
            await self.client.edit(Kind.CUSTOMER, external_id, row)
        return Written(external_id)
