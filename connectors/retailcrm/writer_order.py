"""Order writer: makes RetailCRM hold orders, their lines and their payments.

An edit of lines replaces the whole composition and a payment must not be added twice, so both first
read the order as it is now: one call for the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.canonical import Kind, Order
from gateway.contract import Change, ConnectorError, Failed, Missing, Outcome, Written

from .client import RetailCrmClient
from .creation import Created, Creator, Outcomes, each, find, give_keys
from .errors import CUSTOMER_NOT_FOUND
from .manifest import LIST_ROWS
from .order_edit import OrderEdit, answered, read_order
from .status_book import StatusBook
from .translator import changed_parts
from .translator_order import OrderTranslator
from .wire import OrderWire

_READ_FIRST = frozenset({"lines", "payments"})


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writes orders of one account."""

    client: RetailCrmClient
    book: StatusBook
    at_once: int

    @property
    def translator(self) -> OrderTranslator:
        """The translator with the statuses known by now."""
        return self.book.translator

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what the vendor would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Create by upload, edit one by one; see ``EntityWriter.write``."""
        created = await self._create([one for one in changes if one.external_id is None])
        outcomes: Outcomes[Order] = dict(created.outcomes)
        edits = [one for one in changes if one.external_id is not None]
        keyless = [one for one in edits if one.assign_key]
        refused = await give_keys(self.client, Kind.ORDER, keyless, at_once=self.at_once)
        outcomes |= refused
        outcomes |= await self._edit([one for one in edits if one.key not in refused])
        return [outcomes[one.key] for one in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await find(self.client, Kind.ORDER, keys)

    async def _create(self, changes: Sequence[Change[Order]]) -> Created[Order]:
        creator = Creator(self.client, Kind.ORDER, self.translator.creation, self.at_once)
        created = await creator.create(changes)
        by_key = {change.key: change for change in changes}
        await self._follow_merged(creator, by_key, created)
        for answer in created.answers:
            key = str(answer.get("externalId"))
            outcome = created.outcomes.get(key)
            if isinstance(outcome, Written):
                held = answered(self.translator, by_key[key], answer)
                created.outcomes[key] = replace(outcome, held=held)
        return created

    async def _follow_merged(
        self,
        creator: Creator[Order],
        by_key: Mapping[str, Change[Order]],
        created: Created[Order],
    ) -> None:
        """Create again what named a customer that was merged away, for the one it lives on in."""
        again: list[Change[Order]] = []
        for key, change in by_key.items():
            error = getattr(created.outcomes.get(key), "error", None)
            if getattr(error, "vendor_code", "") != CUSTOMER_NOT_FOUND:
                continue
            try:
                survivor = await self.client.survivor(change.customer_external_id or "0")
            except ConnectorError as unknown:
                # Whether there is one is asked again with the next attempt.
                created.outcomes[key] = Failed(unknown)
                continue
            if survivor is not None:
                again.append(replace(change, customer_external_id=survivor))
        if again:
            retold = await creator.create(again)
            created.outcomes |= retold.outcomes
            created.answers = [*created.answers, *retold.answers]

    async def _edit(self, changes: Sequence[Change[Order]]) -> Outcomes[Order]:
        ids = [
            one.external_id or ""
            for one in changes
            if not _READ_FIRST.isdisjoint(changed_parts(one.changed))
        ]
        try:
            current = await self._current(ids)
        except ConnectorError as error:
            blind: Outcomes[Order] = {
                one.key: Failed(error) for one in changes if one.external_id in ids
            }
            seeing = [one for one in changes if one.key not in blind]
            return blind | await each(
                seeing, lambda one: self._edit_one(one, None), at_once=self.at_once
            )

        async def edit(change: Change[Order]) -> Outcome[Order]:
            now = current.get(change.external_id or "")
            if now is None and change.external_id in ids:
                msg = "the order does not exist at the vendor any more"
                raise Missing(msg, operation="orders/edit", vendor_code="not_found")
            return await self._edit_one(change, now)

        return await each(changes, edit, at_once=self.at_once)

    async def _current(self, ids: Sequence[str]) -> dict[str, OrderWire]:
        current: dict[str, OrderWire] = {}
        for start in range(0, len(ids), LIST_ROWS):
            listed = await self.client.by_ids(Kind.ORDER, ids[start : start + LIST_ROWS])
            for row in listed.rows:
                order = read_order(row)
                if order is not None:
                    current[str(order.id)] = order
        return current

    async def _edit_one(self, change: Change[Order], current: OrderWire | None) -> Outcome[Order]:
        return await OrderEdit(self.client, self.translator, change, current).run()
