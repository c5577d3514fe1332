"""Customers: read one by one, made and edited one by one, side by side within the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Customer
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Observed,
    Outcome,
    OutcomeUnknown,
    Reading,
    Rejected,
    RejectedRecord,
    TranslationFailed,
    Written,
    in_doubt,
    side_by_side,
)

from .client import MindboxClient
from .errors import VALIDATION, read_as
from .translator import CustomerTranslator
from .values import phone_text
from .wire import CustomerAnswer, CustomerWire

FOUND, MISSING, AMBIGUOUS = "Found", "NotFound", "Ambiguous"
_MADE = "Created"
_THERE = "AlreadyExists"
_BOUND = frozenset({"Bound", "AlreadyBoundToCurrentCustomer"})


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers of one project: reader of single records, and writer."""

    client: MindboxClient
    translator: CustomerTranslator

    async def look(self, who: Mapping[str, Any]) -> CustomerWire | None:
        """Return the customer found by ids or a contact, ``None`` for none.

        Raises ``Rejected`` when several match.
        """
        operation = self.client.names.get_customer
        body = {"customer": dict(who)} | self._place()
        told = await self.client.sync(operation, body, repeatable=True)
        wire = read_as(CustomerAnswer, told, operation=operation, wrote=False).whole()
        if wire.processing_status == AMBIGUOUS:
            raise _ambiguous(operation)
        if wire.processing_status == MISSING or wire.ids.get("mindboxId") is None:
            return None
        return wire

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read customers by the vendor's id; see ``EntityReader.get``."""
        ids = list(dict.fromkeys(external_ids))
        told = await side_by_side(ids, self._one, at_once=self.client.settings.at_once)
        items = [one for one in told if isinstance(one, Observed)]
        rejected = [one for one in told if isinstance(one, RejectedRecord)]
        missing = [key for key, one in zip(ids, told, strict=True) if one is None]
        return Reading(items=items, missing=missing, rejected=rejected)

    async def _one(self, external_id: str) -> Observed[Customer] | RejectedRecord | None:
        try:
            wire = await self.look({"ids": {"mindboxId": external_id}})
        except TranslationFailed as error:
            return RejectedRecord(external_id=external_id, error=error)
        if wire is None:
            return None
        found = self.translator.observed(wire)
        if found is None or found.external_id == external_id:
            return found
        # The id of somebody who was merged away leads to the one who stayed (8.5).
        return gone(external_id, found.external_id)

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what the vendor would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Make or edit customers; see ``EntityWriter.write``."""
        return await side_by_side(changes, self._write, at_once=self.client.settings.at_once)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        word = self.client.settings.customer_key

        async def one(key: str) -> str | None:
            wire = await self.look({"ids": {word: key}})
            return wire.ids.get("mindboxId") if wire is not None else None

        told = await side_by_side(keys, one, at_once=self.client.settings.at_once)
        return {key: one for key, one in zip(keys, told, strict=True) if one is not None}

    async def _write(self, change: Change[Customer]) -> Outcome[Customer]:
        try:
            if change.external_id is None:
                return await self._make(change)
            return await self._edit(change, change.external_id)
        except ConnectorError as error:
            return Failed(error)

    async def _make(self, change: Change[Customer]) -> Outcome[Customer]:
        """Register a customer who is not there yet under our key.

        A registration cannot carry a code that makes a repeat harmless (4.1), so it is looked for
        first, and its unknown outcome is looked up by the core.
        """
        key = {self.client.settings.customer_key: change.key}
        there = await self.look({"ids": key})
        if there is not None:
            return Exists(str(there.ids.get("mindboxId")))
        body = {"customer": {"ids": key, **self.translator.to_wire(change.entity, None)}}
        operation = self.client.names.register_customer
        try:
            told = await self.client.sync(operation, body | self._place(), repeatable=False)
        except Rejected as error:
            if error.vendor_code != VALIDATION:
                raise
            return await self._adopt(change, error)
        wire = read_as(CustomerAnswer, told, operation=operation, wrote=True).customer
        external_id = wire.ids.get("mindboxId")
        if wire.processing_status == _THERE:
            return await self._adopt(change, None)
        if wire.processing_status == AMBIGUOUS:
            raise _ambiguous(operation)
        if external_id is None:
            msg = "the registration was answered without an id: let the operation return it"
            raise OutcomeUnknown(msg, operation=operation)
        await self._bind(external_id, change.entity, None)
        return Written(external_id, created=wire.processing_status in (None, _MADE))

    async def _adopt(self, change: Change[Customer], refusal: Rejected | None) -> Outcome[Customer]:
        """Give our key to the customer who has these contacts already; then the core reads it."""
        for who in self._contacts(change.entity):
            wire = await self.look(who)
            if wire is None:
                continue
            other = wire.ids.get(self.client.settings.customer_key)
            if other not in (None, change.key):
                msg = "another of our customers has these contacts there: merge them first"
                raise Rejected(msg, operation=self.client.names.register_customer)
            external_id = str(wire.ids.get("mindboxId"))
            await self._edit_call(external_id, {}, key=change.key)
            return Exists(external_id)
        raise refusal or Rejected(
            "the vendor says that the customer exists, and does not find it",
            operation=self.client.names.register_customer,
        )

    def _contacts(self, entity: Customer) -> list[dict[str, Any]]:
        phones = [{"mobilePhone": phone_text(one.number)} for one in entity.phones]
        return [*phones, *({"email": one.address} for one in entity.emails)]

    async def _edit(self, change: Change[Customer], external_id: str) -> Outcome[Customer]:
        fields = self.translator.to_wire(change.entity, change.changed)
        key = change.key if change.assign_key else None
        if fields or key:
            await self._edit_call(external_id, fields, key=key)
        await self._bind(external_id, change.entity, change.known)
        return Written(external_id)

    async def clear(self, external_id: str, blank: Customer, changed: frozenset[str]) -> None:
        """Set the ``changed`` fields of a customer to those of ``blank``. Raises ``Missing``."""
        await self._edit_call(external_id, self.translator.to_wire(blank, changed), key=None)

    async def _edit_call(
        self, external_id: str, fields: Mapping[str, Any], *, key: str | None
    ) -> None:
        """Edit a customer. Fields are set, not added to, so that a repeat has the same effect.

        Without an answer it is in doubt all the same: what is read next may be our own edit.
        """
        ids = {"mindboxId": external_id}
        if key is not None:
            ids[self.client.settings.customer_key] = key
        body = {"customer": {"ids": ids, **fields}} | self._place()
        operation = self.client.names.edit_customer
        told = await self.client.sync(operation, body, repeatable=False)
        wire = read_as(CustomerAnswer, told, operation=operation, wrote=True).customer
        if wire.processing_status == MISSING:
            msg = "the vendor does not know the customer any more"
            raise Missing(msg, operation=operation)

    async def _bind(self, external_id: str, entity: Customer, known: Customer | None) -> None:
        """Bind cards that the vendor does not know to be the customer's."""
        have = {one.number for one in known.cards} if known is not None else set()
        operation = self.client.names.bind_card
        for card in entity.cards:
            if card.number in have:
                continue
            body = {
                "customer": {"ids": {"mindboxId": external_id}},
                "discountCard": {"ids": {"number": card.number}},
            }
            try:
                told = await self.client.sync(operation, body | self._place(), repeatable=True)
            except ConnectorError as error:
                # The customer was written a moment ago, so it is no plain "not now" any more.
                raise in_doubt(error) from None
            answer = read_as(CustomerAnswer, told, operation=operation, wrote=True).discount_card
            status = answer.processing_status if answer is not None else None
            if status not in _BOUND:
                msg = f"a card of the customer cannot be bound there ({status or 'no answer'})"
                raise Rejected(msg, operation=operation, vendor_code=status or "")

    def _place(self) -> dict[str, Any]:
        place = self.client.settings.point_of_contact
        return {"pointOfContact": place} if place else {}


def _ambiguous(operation: str) -> Rejected:
    msg = "several customers match: merge them at the vendor"
    return Rejected(msg, operation=operation, vendor_code=AMBIGUOUS)


def gone(external_id: str, survivor: str | None) -> Observed[Customer]:
    """Return the word that somebody was merged into the survivor."""
    return Observed(external_id=external_id, entity=Customer(), deleted=True, merged_into=survivor)
