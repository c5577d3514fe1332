"""Order writer: makes RetailCRM hold orders, their lines and their payments.

An edit of lines replaces the whole composition and a payment must not be added twice, so both first
read the order as it is now: one call for the whole batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Kind, Order, Payment
from gateway.contract import (
    Change,
    ConnectorError,
    Failed,
    Missing,
    Outcome,
    Rejected,
    StaleWrite,
    Written,
)

from .client import RetailCrmClient
from .creation import Created, Creator, Outcomes, each, find, give_keys
from .errors import ALREADY_EXISTS, CUSTOMER_NOT_FOUND
from .manifest import LIST_ROWS
from .status_book import StatusBook
from .translator import changed_parts, differs
from .translator_order import OrderTranslator
from .wire import ItemWire, OrderWire

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
        for answer in created.answers:
            key = str(answer.get("externalId"))
            outcome = created.outcomes.get(key)
            if isinstance(outcome, Written):
                held = self._answered(by_key[key], answer)
                created.outcomes[key] = replace(outcome, held=held)
        return await self._follow_merged(creator, by_key, created)

    async def _follow_merged(
        self,
        creator: Creator[Order],
        by_key: Mapping[str, Change[Order]],
        created: Created[Order],
    ) -> Created[Order]:
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
        return created

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
                order = _read(row)
                if order is not None:
                    current[str(order.id)] = order
        return current

    async def _edit_one(self, change: Change[Order], current: OrderWire | None) -> Outcome[Order]:
        external_id = change.external_id or ""
        lines = "lines" in changed_parts(change.changed)
        if lines and current is not None and self.translator.is_overtaken(change, current):
            msg = "the order's lines changed at the vendor since they were read"
            raise StaleWrite(msg, operation="orders/edit", vendor_code="lines_changed")
        row = self.translator.patch(change, current)
        answer: Mapping[str, Any] = {}
        if row:
            body = await self.client.edit(Kind.ORDER, external_id, row)
            answer = await self._without_left_lines(change, row, body.get("order") or {})
        await self._pay(change, current)
        return Written(external_id, held=self._answered(change, answer))

    async def _without_left_lines(
        self, change: Change[Order], row: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Cancel lines that the edit left standing: not every account removes what is not sent."""
        order = _read(answer) if "items" in row else None
        if order is None or not self.book.settings.removed_line_status:
            return answer
        sent = {one["id"] for one in row["items"] if "id" in one}
        wanted = {line.id for line in change.entity.lines}
        left = [item for item in order.items if self._is_left(item, sent, wanted)]
        if not left:
            return answer
        whole = self.translator.line.composition(change.entity.lines, order.items, keep=False)
        cancelled = self.translator.line.cancelled(left)
        again = {"items": [*whole, *cancelled]}
        body = await self.client.edit(Kind.ORDER, change.external_id or "", again)
        return dict(body.get("order") or {})

    def _is_left(self, item: ItemWire, sent: set[int], wanted: set[str]) -> bool:
        known = item.id in sent or self.translator.line.line_id(item) in wanted
        return not item.is_canceled and not known

    async def _pay(self, change: Change[Order], current: OrderWire | None) -> None:
        """Add and edit the payments that changed."""
        touched: dict[str, set[str]] = {}
        for path in change.changed:
            parts = path.split("/")
            if parts[0] == "payments" and len(parts) > 1:
                touched.setdefault(parts[1], set()).update(parts[2:3])
        for payment in change.entity.payments:
            if payment.id in touched:
                await self._pay_one(change, payment, touched[payment.id], current)

    async def _pay_one(
        self,
        change: Change[Order],
        payment: Payment,
        fields: set[str],
        current: OrderWire | None,
    ) -> None:
        translator = self.translator.payment
        patch = translator.patch(payment, frozenset(fields))
        for row in current.payments if current else ():
            if translator.payment_id(row) == payment.id:
                if patch:
                    await self.client.edit_payment(str(row.id), patch, by="id")
                return
        order = {"id": int(change.external_id or 0)}
        try:
            await self.client.create_payment({**translator.creation(payment), "order": order})
        except Rejected as error:
            if error.vendor_code != ALREADY_EXISTS:
                raise
            await self.client.edit_payment(payment.id, patch, by="externalId")

    def _answered(self, change: Change[Order], answer: Mapping[str, Any]) -> Order | None:
        """Return the order as the vendor answered it, when that differs from what was sent.

        Payments are told after the edit, so its answer is older than they are.
        """
        order = _read(answer)
        if order is None:
            return None
        held = self.translator.observed(order).entity
        if change.external_id is not None and "payments" in changed_parts(change.changed):
            held = held.model_copy(update={"payments": change.entity.payments})
        return held if differs(held, change.entity) else None


def _read(row: Mapping[str, Any]) -> OrderWire | None:
    """Read an order; one that cannot be read is as good as not answered."""
    try:
        return OrderWire.model_validate(row) if row else None
    except ValidationError:
        return None
