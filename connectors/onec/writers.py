"""Writers: partners, cards and orders, each made under a reference that follows from our key.

A repeat of a creation meets the object that is there and changes nothing. An edit reads the object
first: its version must be the one that we know, and its tabular sections are written whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.canonical import Canonical, Card, Customer, Order, OrderStatus
from gateway.contract import (
    Change,
    Clock,
    ConnectorError,
    Exists,
    Failed,
    Outcome,
    Rejected,
    StaleWrite,
    Written,
    in_doubt,
)

from .client_odata import ODataClient
from .errors import EXISTS
from .records import among
from .translator_card import CardTranslator
from .translator_order import OrderTranslator
from .translator_partner import EMAIL, PHONE, PartnerTranslator
from .values import own_reference, quoted, reference, text_of

E = TypeVar("E", bound=Canonical)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Objects:
    """What all writers do in the same way."""

    client: ODataClient
    entity: str

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return which of our keys exist."""
        refs = {own_reference(key): key for key in keys}
        rows = await self.client.rows(
            self.entity, where=among("Ref_Key", list(refs)), select=("Ref_Key",)
        )
        there = {ref for one in rows if (ref := reference(one.get("Ref_Key")))}
        return {key: ref for ref, key in refs.items() if ref in there}

    async def each(
        self,
        changes: Sequence[Change[E]],
        work: Callable[[Change[E]], Awaitable[Outcome[E]]],
    ) -> Sequence[Outcome[E]]:
        """Work on changes, as many at a time as the base has sessions for us."""
        gate = asyncio.Semaphore(self.client.odata.at_once)

        async def one(change: Change[E]) -> Outcome[E]:
            async with gate:
                try:
                    return await work(change)
                except ConnectorError as error:
                    return Failed(error)

        return list(await asyncio.gather(*(one(change) for change in changes)))

    async def create(self, change: Change[E], fields: Row) -> Outcome[E]:
        """Create an object under its own reference; one that is there stays as it is."""
        ref = own_reference(change.key)
        try:
            told = await self.client.create(self.entity, fields)
        except Rejected as error:
            if error.vendor_code == EXISTS:
                return Exists(ref)
            raise
        return Written(ref, version=text_of(told.get("DataVersion")), created=True)

    async def current(self, change: Change[E]) -> Row:
        """Read the object that shall be changed. Raises ``StaleWrite`` for another version."""
        row = await self.client.get(self.entity, change.external_id or "")
        version = text_of(row.get("DataVersion"))
        if change.version is not None and version is not None and version != change.version:
            msg = "somebody changed the object since it was read"
            raise StaleWrite(msg, operation=f"PATCH {self.entity}")
        return row

    async def patch(self, change: Change[E], fields: Row, row: Row) -> Outcome[E]:
        """Set fields of an object that was read a moment ago."""
        ref = change.external_id or ""
        if not fields:
            return Written(ref, version=text_of(row.get("DataVersion")))
        told = await self.client.patch(
            self.entity, ref, fields, version=text_of(row.get("DataVersion"))
        )
        return Written(ref, version=text_of(told.get("DataVersion")))


@dataclass(frozen=True, slots=True)
class PartnerWriter:
    """Writer of partners."""

    objects: Objects
    translator: PartnerTranslator

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what 1C would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Make or edit partners; see ``EntityWriter.write``."""
        return await self.objects.each(changes, self._write)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await self.objects.find(keys)

    async def _write(self, change: Change[Customer]) -> Outcome[Customer]:
        if change.external_id is None:
            there = await self._same_person(change.entity)
            if there is not None:
                return Exists(there)
            whole = self.translator.whole(change.entity, own_reference(change.key))
            return await self.objects.create(change, whole)
        row = await self.objects.current(change)
        fields = self.translator.fields(change.entity, change.changed, row)
        return await self.objects.patch(change, fields, row)

    async def _same_person(self, entity: Customer) -> str | None:
        """Return the one partner with the same phone, else e-mail: 1C would take a double (6.1)."""
        odata = self.objects.client.odata
        section = f"{odata.names.partners}_{odata.names.contacts}"
        for kind, field, values in (
            (PHONE, "НомерТелефона", [_spellings(one.number) for one in entity.phones]),
            (EMAIL, "АдресЭП", [[one.address] for one in entity.emails]),
        ):
            wanted = [text for spellings in values for text in spellings]
            if not wanted:
                continue
            any_of = " or ".join(f"{field} eq {quoted(text)}" for text in wanted)
            rows = await self.objects.client.rows(
                section, where=f"Тип eq '{kind}' and ({any_of})", select=("Ref_Key", "LineNumber")
            )
            refs = {ref for one in rows if (ref := reference(one.get("Ref_Key")))}
            if len(refs) == 1:
                return refs.pop()
        return None


@dataclass(frozen=True, slots=True)
class CardWriter:
    """Writer of cards."""

    objects: Objects
    translator: CardTranslator

    def held(self, entity: Card, known: Card | None) -> Card:
        """Reduce a card to what 1C would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Card]]) -> Sequence[Outcome[Card]]:
        """Make or edit cards; see ``EntityWriter.write``."""
        return await self.objects.each(changes, self._write)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; see ``EntityWriter.find``."""
        return await self.objects.find(keys)

    async def _write(self, change: Change[Card]) -> Outcome[Card]:
        if change.external_id is None:
            there = await self._same_code(change.entity.number)
            if there is not None:
                return Exists(there)
            whole = self.translator.whole(change, own_reference(change.key))
            return await self.objects.create(change, whole)
        row = await self.objects.current(change)
        fields = self.translator.fields(change, change.changed)
        return await self.objects.patch(change, fields, row)

    async def _same_code(self, number: str | None) -> str | None:
        names = self.objects.client.odata.names
        if number is None:
            return None
        rows = await self.objects.client.rows(
            names.cards,
            where=f"{names.card_code} eq {quoted(number)} and DeletionMark eq false",
            select=("Ref_Key",),
            top=2,
        )
        refs = [ref for one in rows if (ref := reference(one.get("Ref_Key")))]
        if len(refs) > 1:
            msg = "several cards have this code in 1C: annul all but one"
            raise Rejected(msg, operation="cards", vendor_code="ambiguous")
        return refs[0] if refs else None


@dataclass(frozen=True, slots=True)
class OrderWriter:
    """Writer of orders, which are posted after each write."""

    objects: Objects
    translator: OrderTranslator
    clock: Clock

    def held(self, entity: Order, known: Order | None) -> Order:
        """Reduce an order to what 1C would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Order]]) -> Sequence[Outcome[Order]]:
        """Make or edit orders; see ``EntityWriter.write``."""
        return await self.objects.each(changes, self._write)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up which of our keys exist; one that was cut off before it was posted is posted."""
        found = await self.objects.find(keys)
        for ref in found.values():
            await self._post_remaining(ref)
        return found

    async def _write(self, change: Change[Order]) -> Outcome[Order]:
        now = self.clock.now()
        if change.external_id is None:
            ref = own_reference(change.key)
            whole = {"Ref_Key": ref, **self.translator.fields(change, None, now=now)}
            outcome = await self.objects.create(change, whole)
            if isinstance(outcome, Exists):
                await self._post_remaining(ref)
                return outcome
        else:
            row = await self.objects.current(change)
            fields = self.translator.fields(change, change.changed, now=now)
            outcome = await self.objects.patch(change, fields, row)
            ref = change.external_id
        if self.objects.client.odata.posts_orders:
            return await self._posted(change, ref, outcome)
        return outcome

    async def _post_remaining(self, ref: str) -> None:
        if not self.objects.client.odata.posts_orders:
            return
        row = await self.objects.client.get(self.objects.entity, ref)
        if row.get("Posted") is not True and row.get("DeletionMark") is not True:
            await self.objects.client.post(self.objects.entity, ref)

    async def _posted(
        self, change: Change[Order], ref: str, outcome: Outcome[Order]
    ) -> Outcome[Order]:
        """Post what was written; old movements would stay otherwise (1.13)."""
        client = self.objects.client
        is_off = change.entity.status is OrderStatus.CANCELLED
        try:
            await (client.unpost if is_off else client.post)(self.objects.entity, ref)
        except ConnectorError as error:
            # The object was written before: "not now" is said of its posting alone.
            raise in_doubt(error) from None
        # Posting is a write of its own: the version that was answered before it is no more.
        if isinstance(outcome, Written):
            return Written(outcome.external_id, created=outcome.created)
        return outcome


def _spellings(number: str) -> list[str]:
    """Return how a phone may stand in 1C: with 7, with 8, without either (6.4)."""
    digits = number.lstrip("+")
    if digits.startswith("7"):
        return [digits, f"8{digits[1:]}", digits[1:]]
    return [digits]
