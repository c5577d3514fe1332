"""What 1C tells a site of its orders: one document each, whole, in one file (reference 3.6, 10.15).

Rows that a document lacks are removed by the site, so the order is written as it was read, with
status, payment and comment laid over it. Orders are made at the site only.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Order, OrderStatus, PaymentState
from gateway.commerceml import CommerceMlMapping, Encoding, OrderWriter, Sender, WriteOptions
from gateway.contract import (
    Change,
    Clock,
    Failed,
    Observed,
    Outcome,
    Rejected,
    TranslationFailed,
    Written,
)

from .exchange_client import ExchangeClient

FILE = "from_gateway.xml"
_OLD_VERSION = "2.05"
_IMPORT = "1c_exchange.sale.import"
# The site names a refused document by the id that it was sent with, in a text of its own (3.6).
_NAMED = re.compile(r"([a-z]+-[0-9a-z-]{8,36})", re.ASCII)
_TOLD = ("status", "cancel_reason", "manager_comment")


@dataclass(frozen=True, slots=True)
class OrderDocuments:
    """Writer of documents of one site."""

    client: ExchangeClient
    clock: Clock
    mapping: CommerceMlMapping

    def held(self, entity: Order, known: Order | None) -> Order:
        """Return the known order with status, comment and the payment of ``entity`` over it.

        Nothing is held of an order that the site does not have, and no status that is not mapped.
        """
        if known is None:
            return Order()
        said: dict[str, Any] = {}
        for name in _TOLD:
            value = getattr(entity, name)
            if value is not None:
                said[name] = value
        # A cancellation is a flag of the document and needs no status of its own.
        sayable = {*self.mapping.statuses.values(), OrderStatus.CANCELLED}
        if "status" in said and said["status"] not in sayable:
            del said["status"]
        if known.payments or any(one.state is PaymentState.PAID for one in entity.payments):
            said |= self._payments(entity, known)
        return known.model_copy(update=said)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Send one file; a document that the site refused fails alone."""
        outcomes: dict[int, Outcome[Order]] = {}
        records: dict[int, Observed[Order]] = {}
        for place, change in enumerate(changes):
            record = self._record(change)
            if record is None:
                msg = "orders are made at the site; the exchange changes those that are there"
                outcomes[place] = Failed(Rejected(msg, operation=_IMPORT))
                continue
            try:
                self._file([record])
            except TranslationFailed as error:
                outcomes[place] = Failed(error)
            else:
                records[place] = record
        if records:
            refused = await self._sent(list(records.values()))
            for place in records:
                outcomes[place] = self._outcome(changes[place], refused)
        return [outcomes[place] for place in range(len(changes))]

    async def _sent(self, records: Sequence[Observed[Order]]) -> set[str]:
        session = await self.client.begin("sale")
        text = await self.client.send(session, FILE, self._file(records))
        return set(_NAMED.findall(text))

    def _file(self, records: Sequence[Observed[Order]]) -> bytes:
        settings = self.client.settings
        options = WriteOptions(
            version=settings.version or _OLD_VERSION,
            made_at=self.clock.now(),
            encoding=Encoding(settings.encoding),
        )
        return b"".join(OrderWriter(self.mapping, options, Sender.ONEC).orders(records))

    def _record(self, change: Change[Order]) -> Observed[Order] | None:
        """Return the document's order: our key is its id there, a digest of it its version.

        The site passes over rows of a version that it has, so a repeat changes nothing (3.6).
        """
        if change.external_id is None or not change.entity.lines:
            return None
        order = change.entity.model_copy(
            update={"number": change.entity.number or change.external_id}
        )
        digest = hashlib.sha256(order.model_dump_json().encode()).hexdigest()[:16]
        return Observed(external_id=change.key, entity=order, version=digest)

    def _outcome(self, change: Change[Order], refused: set[str]) -> Outcome[Order]:
        """Tell a refusal. Of a paid order only the rest is refused: its status is set (3.6)."""
        is_status = all(path in {"status", "cancel_reason"} for path in change.changed)
        if change.key in refused and not is_status:
            msg = "the site refused the document: the order may be paid, shipped or final there"
            return Failed(Rejected(msg, operation=_IMPORT))
        return Written(change.external_id or "")

    def _payments(self, entity: Order, known: Order) -> dict[str, Any]:
        """Return the payments as they stand there, those paid elsewhere marked as paid."""
        paid = [one for one in entity.payments if one.state is PaymentState.PAID and one.paid_at]
        if not paid:
            return {}
        by_id = {one.id: one for one in paid}
        rows = [by_id.get(one.id, one) for one in known.payments]
        if not rows or (len(rows) == 1 and rows[0].id not in by_id):
            first = paid[0]
            base = rows[0] if rows else first
            rows = [base.model_copy(update={"state": PaymentState.PAID, "paid_at": first.paid_at})]
        return {"payments": tuple(rows)}
