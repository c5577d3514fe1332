"""Late buyers: an order named somebody of its account before he was seen there.

Messages of customers and orders come in any order, and a vendor may show an order before its buyer.
Such an order is noted, and looked at again when its buyer is there: then all is as if he had come
first. It is looked for every few seconds, as the two may be taken in by two processes at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.canonical import Card, Kind, Order
from gateway.contract import Observed
from gateway.ports import AwaitedBuyer, Store, Tx, Wake
from gateway.sync.apply import Applied, Applier
from gateway.sync.incoming import Incoming
from gateway.sync.working_set import WorkingSet

AT_ONCE = 200
_EVENT = "late_buyer"


@dataclass(frozen=True, slots=True)
class LateBuyers:
    """Gives orders and cards their buyers. ``wake`` tells the engine what became due."""

    store: Store
    applier: Applier
    new_id: Callable[[], str]
    wake: Callable[[Sequence[Wake]], None]

    async def work_off(self) -> int:
        """Look at all whose buyers have been seen; return how many that were."""
        total = 0
        while rows := await self.store.read(lambda tx: tx.seen_buyers(limit=AT_ONCE)):
            applied = await self.store.run(partial(self._bind, rows=rows))
            self.wake(applied.wakes)
            total += len(rows)
        return total

    def _bind(self, tx: Tx, rows: Sequence[AwaitedBuyer]) -> Applied:
        work = self.applier.working_set(tx)
        work.load(sorted({row.entity_id for row in rows}))
        said = {row.entity_id: one for row in rows if (one := self._said(work, row)) is not None}
        applied = self.applier.merge(work, list(said.values()))
        for name, item in said.items():
            customer_id = work.entities[name].fields.get("customer_id")
            if customer_id:
                work.tell(
                    (name, item.kind), item.account, "buyer", "came", item.correlation_id,
                    customer=customer_id,
                )  # fmt: skip
        applied.wakes = work.flush(self.applier.digester)
        tx.end_awaiting(rows)
        orders = [work.entities[one] for one in said if work.entities[one].kind is Kind.ORDER]
        if self.applier.noticed is not None and orders:
            self.applier.noticed(tx, orders)
        return applied

    def _said(self, work: WorkingSet, row: AwaitedBuyer) -> Incoming | None:
        """Return what the source has said before: whose it is, and by which card."""
        entity, link = (
            work.entities.get(row.entity_id),
            work.links.get((row.entity_id, row.account)),
        )
        is_over = entity is None or entity.deleted or bool(entity.fields.get("customer_id"))
        if is_over or entity is None or link is None or link.external_id is None:
            return None
        said: Any = Card(number=entity.fields.get("number"))
        if row.kind is Kind.ORDER:
            number = entity.fields.get("card_number")
            said = Order(card_number=number) if number else Order()
        observed = Observed(link.external_id, said, customer_external_id=row.external_id)
        return Incoming(row.account, row.kind, observed, None, self.new_id(), _EVENT)
