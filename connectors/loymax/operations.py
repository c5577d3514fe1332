"""Operations: what must happen once at Loymax.

A posting by hand is a batch without any key of ours that the vendor would check: our key stands in
its inner description, and is looked for before every send (vendor reference, 7.6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import TypeAdapter

from gateway.canonical import BonusOperationKind, ReceiptKind
from gateway.contract import (
    Clock,
    MemberKey,
    Operation,
    OutcomeUnknown,
    Refund,
    Rejected,
    Sale,
    TranslationFailed,
    Unsupported,
)
from gateway.contract.operations import (
    BonusPosting,
    CustomerMerge,
    Payload,
    ReceiptRegistration,
    payload_of,
)

from .config import Deposit
from .loyalty import Processing
from .people import People
from .shapes import shaped
from .values import moment_text
from .versions import Call, Version
from .wire import BatchWire

P = TypeVar("P", bound=Payload)

_BATCHES = TypeAdapter(list[BatchWire])
_BATCH = TypeAdapter(BatchWire)
_COUNT = 100
_LOOK_BACK = timedelta(days=31)
_LEGACY_TYPE = "Loymax.SystemApi.Models.BatchOperations.OperationCardModel, Loymax.SystemApi"
_WAITING = frozenset({None, "NotProcessed", "Suspended"})
_POLL_S = 0.5
_TYPES = {
    BonusOperationKind.ACCRUE: "Deposit",
    BonusOperationKind.REDEEM: "Withdraw",
    BonusOperationKind.CANCEL: "Withdraw",
    BonusOperationKind.EXPIRE: "Withdraw",
}


@dataclass(frozen=True, slots=True)
class BonusPost:
    """Accrues points or takes them, one posting per batch."""

    people: People
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Post, unless a batch with this key is there; then wait a while for it to be worked on."""
        posting = payload_of(BonusPosting, operation)
        batch = await self._found(operation.key)
        if batch is None:
            body = await self._body(operation.key, posting)
            # Sent once: a second batch would post twice, and the vendor would let it.
            await self.people.client.write(
                Call.SYSTEM, "deposit", method="PUT", json=body, repeatable=False, path="deposit"
            )
            batch = await self._found(operation.key)
        if batch is None:
            msg = "the posting was sent, and the vendor does not list it yet"
            raise OutcomeUnknown(msg, operation="deposit")
        return await self._ended(batch)

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look for the batch that carries the key."""
        batch = await self._found(key)
        return await self._ended(batch) if batch is not None else None

    async def _found(self, key: str) -> BatchWire | None:
        since = self.clock.now() - _LOOK_BACK
        start = 0
        while True:
            query = [
                ("from", str(start)),
                ("count", str(_COUNT)),
                ("filter.fromDate", moment_text(since)),
            ]
            data = await self.people.client.read(Call.SYSTEM, "deposit/list", query, path="deposit")
            rows = shaped(_BATCHES, data or [], operation="deposit/list")
            for row in rows:
                if row.internal_description == key:
                    return row
            if len(rows) < _COUNT:
                return None
            start += len(rows)

    async def _ended(self, batch: BatchWire) -> Mapping[str, Any]:
        """Wait for a batch to be worked on. One that waits longer is in the vendor's hands."""
        settings = self.people.client.settings
        until = self.clock.monotonic() + settings.deposit_patience_s
        while True:
            data = await self.people.client.read(
                Call.SYSTEM, "deposit/progress", path=f"deposit/{batch.id}/progress"
            )
            told = shaped(_BATCH, data, operation="deposit/progress")
            if told.state not in _WAITING or self.clock.monotonic() >= until:
                break
            await self.sleep(_POLL_S)
        if told.error_operation_count or told.state == "ProcessedWithError":
            msg = "the vendor did not carry the posting out: see the batch in its back office"
            raise Rejected(msg, operation="deposit", vendor_code="batch_error")
        state = "done" if told.state not in _WAITING else "waits at the vendor"
        return {"batch": batch.id, "state": state}

    async def _body(self, key: str, posting: BonusPosting) -> dict[str, Any]:
        deposit = self._deposit()
        kind = _TYPES.get(posting.kind)
        if kind is None:
            msg = "an adjustment has no direction: write accrue or redeem"
            raise Rejected(msg, operation="deposit")
        body: dict[str, Any] = {
            "description": posting.reason or "",
            "internalDescription": key,
            "type": kind,
            "lifeTimeDefinition": _lifetime(deposit, posting),
            "legal": {"id": deposit.legal_id},
            "currency": {"id": deposit.currency_id},
            "loyaltyProgram": {"id": deposit.loyalty_program_id},
            "partner": {"id": deposit.partner_id},
            "operations": [await self._operation(key, posting)],
        }
        if kind == "Withdraw":
            body["errorHandlingType"] = "Error"
        return body

    async def _operation(self, key: str, posting: BonusPosting) -> dict[str, Any]:
        person = await self.people.get(posting.customer_external_id)
        if self.people.client.settings.version is Version.LEGACY:
            cards = await self.people.cards(posting.customer_external_id)
            number = next((one.number for one in cards if one.number and not one.block), None)
            if number is None:
                msg = "the old version posts to cards, and the member has none"
                raise Rejected(msg, operation="deposit", vendor_code="no_card")
            return {
                "$type": _LEGACY_TYPE,
                "cardNumber": number,
                "amount": posting.points,
                "externalInfo": key,
            }
        if person is None or person.uid is None:
            msg = "the vendor does not know the member"
            raise Rejected(msg, operation="deposit")
        return {
            "identifierType": "PersonUID",
            "identifier": person.uid,
            "amount": posting.points,
            "externalInfo": key,
        }

    def _deposit(self) -> Deposit:
        if self.people.client.settings.deposit is None:
            msg = "the account says not from where points are accrued: set `deposit`"
            raise Unsupported(msg, operation="deposit")
        return self.people.client.settings.deposit


@dataclass(frozen=True, slots=True)
class ReceiptRegister:
    """Runs receipts that are closed already through processing; each step knows its repeat."""

    processing: Processing

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Reckon, accrue and confirm a sale, or give goods back."""
        told = payload_of(ReceiptRegistration, operation)
        receipt = told.receipt
        if receipt.kind is ReceiptKind.SALE:
            sale = Sale(
                id=receipt.id,
                lines=receipt.lines,
                at=receipt.closed_at,
                member=_member(told),
                payments=receipt.payments,
                shop=receipt.shop,
                till=receipt.till,
            )
            kept = await self.processing.commit(sale, None, key=operation.key)
        else:
            if receipt.returned_receipt_id is None:
                msg = "names no receipt that is given back"
                raise TranslationFailed(
                    msg, path="receipt.returned_receipt_id", operation=operation.name
                )
            refund = Refund(
                id=receipt.id,
                sale_id=receipt.returned_receipt_id,
                reference=receipt.returned_receipt_id,
                at=receipt.closed_at,
                lines=receipt.lines,
                shop=receipt.shop,
                till=receipt.till,
            )
            kept = await self.processing.refund(refund, key=operation.key)
        earned = kept.points_earned
        return {"purchase": kept.reference, "earned": str(earned.points) if earned else ""}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: the vendor recognises every step by its ids (8.7)."""
        del key
        return None


@dataclass(frozen=True, slots=True)
class Merge:
    """Joins the accounts of persons; who shares a group is joined already."""

    people: People

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Join one by one, leaving out those who are in the survivor's group."""
        merge = payload_of(CustomerMerge, operation)
        joined = 0
        for one in merge.losers:
            # A merge cannot be undone: a stranger among them stops it before it begins.
            await self._group(one)
        for loser in merge.losers:
            if await self._group(loser) == await self._group(merge.survivor):
                continue
            await self.people.client.write(
                Call.SYSTEM,
                "users/merge",
                repeatable=False,
                path=f"users/{merge.survivor}/MergeAccount/{loser}",
            )
            joined += 1
        return {"joined": joined, "before": len(merge.losers) - joined}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: whoever is joined already is left out there."""
        del key
        return None

    async def _group(self, person_id: str) -> int:
        person = await self.people.get(person_id)
        if person is None:
            msg = "the vendor does not know one of the persons: nobody was joined"
            raise Rejected(msg, operation="users/merge")
        return person.group_id if person.group_id is not None else person.id


def _member(told: ReceiptRegistration) -> MemberKey | None:
    if told.customer_external_id:
        return MemberKey(external_id=told.customer_external_id)
    card = told.receipt.card_number
    return MemberKey(card=card) if card else None


def _lifetime(deposit: Deposit, posting: BonusPosting) -> dict[str, Any] | None:
    if posting.kind is not BonusOperationKind.ACCRUE:
        return None
    if posting.active_from is not None or posting.expires_at is not None:
        start, end = posting.active_from, posting.expires_at
        return {
            "certainActivationDate": moment_text(start) if start else None,
            "certainExpirationDate": moment_text(end) if end else None,
        }
    return {"id": deposit.lifetime_id} if deposit.lifetime_id is not None else None
