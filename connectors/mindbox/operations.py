"""Operations: what must happen once at Mindbox, made so by the transaction code of each call.

All but the merge go by the queue or as a file, where a repeated code is dropped for ever (vendor
reference, 4.1): an operation of unknown outcome is simply sent again, so ``find`` has nothing to
find. What the queue does with it stands only in the vendor's own log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from gateway.canonical import BasketEvent, BasketEventKind, BonusOperationKind, ReceiptKind
from gateway.contract import MemberKey, Operation, Refund, Rejected, Sale, TranslationFailed
from gateway.contract.operations import (
    BehaviourTracking,
    BonusPosting,
    CustomerMerge,
    Payload,
    PromoUpload,
    ReceiptRegistration,
    payload_of,
)

from .client import MindboxClient, transaction_id
from .customers import Customers
from .orders import look
from .tables import table
from .translator_order import product_ids
from .translator_sale import SaleTranslator
from .values import moment_text

P = TypeVar("P", bound=Payload)

_SIGNS = {
    BonusOperationKind.ACCRUE: 1,
    BonusOperationKind.REDEEM: -1,
    BonusOperationKind.CANCEL: -1,
    BonusOperationKind.EXPIRE: -1,
}
_POOLS = "DirectCrm.PromoCodeTypes.Import"
_CODES = "DirectCrm.PromoCodes.Import"
_ACCEPTED = {"accepted": True}


@dataclass(frozen=True, slots=True)
class _ByCode:
    """What a repeat of the same transaction code cannot double."""

    client: MindboxClient

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Say that it may be sent again: the vendor drops a code that it has seen."""
        del key
        return None


@dataclass(frozen=True, slots=True)
class BonusPost(_ByCode):
    """Accrues points or writes them off."""

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Hand the posting over to the vendor's queue."""
        posting = payload_of(BonusPosting, operation)
        sign = _SIGNS.get(posting.kind)
        if sign is None:
            msg = "an adjustment has no direction: write accrue or redeem"
            raise Rejected(msg, operation=operation.name)
        change: dict[str, Any] = {"changeAmount": sign * posting.points}
        if posting.reason:
            change["comment"] = posting.reason
        if posting.expires_at is not None and sign > 0:
            change["expirationDateTimeUtc"] = moment_text(posting.expires_at)
        body = {
            "customer": {"ids": {"mindboxId": posting.customer_external_id}},
            "balanceChanges": [change],
        }
        name = self.client.names.change_balance
        await self.client.queue(name, body, transaction=transaction_id(operation.key, name))
        return _ACCEPTED


@dataclass(frozen=True, slots=True)
class ReceiptRegister(_ByCode):
    """Tells receipts that are closed, and returns of goods."""

    translator: SaleTranslator

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Hand the receipt over to the vendor's queue."""
        told = payload_of(ReceiptRegistration, operation)
        receipt, names = told.receipt, self.client.names
        member = None
        if told.customer_external_id:
            member = MemberKey(external_id=told.customer_external_id)
        elif receipt.card_number:
            member = MemberKey(card=receipt.card_number)
        if receipt.kind is ReceiptKind.SALE:
            name = names.offline_order
            sale = Sale(
                id=receipt.id,
                lines=receipt.lines,
                at=receipt.closed_at,
                member=member,
                payments=receipt.payments,
                shop=receipt.shop,
                till=receipt.till,
            )
            body = self.translator.offline(sale)
        else:
            name = names.return_order
            body = await self._returned(told)
        await self.client.queue(name, body, transaction=transaction_id(operation.key, name))
        return _ACCEPTED

    async def _returned(self, told: ReceiptRegistration) -> dict[str, Any]:
        receipt = told.receipt
        sale_id = receipt.returned_receipt_id
        stored = await look(self.client, sale_id) if sale_id else None
        if sale_id is None or stored is None:
            msg = "the vendor takes goods back only of a sale that it knows"
            raise Rejected(msg, operation=self.client.names.return_order)
        refund = Refund(
            id=receipt.id,
            sale_id=sale_id,
            reference=sale_id,
            at=receipt.closed_at,
            lines=receipt.lines or None,
            shop=receipt.shop,
            till=receipt.till,
        )
        return self.translator.refund(refund, stored)


@dataclass(frozen=True, slots=True)
class PromoCodes(_ByCode):
    """Uploads a pool of codes as one file; its pool is made first, which may be repeated too."""

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Hand the files over; rows that the vendor refuses are seen in its admin only (20)."""
        pool = payload_of(PromoUpload, operation)
        if self.client.settings.promo_pools_created:
            rows = table(
                ["ExternalId", "Name", "IssueStartDateTimeUtc", "IssueEndDateTimeUtc"],
                [[pool.pool, pool.pool, _moment(pool.valid_from), _moment(pool.valid_to)]],
            )
            await self.client.bulk(_POOLS, rows, transaction=transaction_id(operation.key, _POOLS))
        limits = [_moment(pool.valid_from), _moment(pool.valid_to)]
        rows = table(
            ["Code", "CodeType", "AvailableFromDateTimeUtc", "AvailableTillDateTimeUtc"],
            [[code, pool.pool, *limits] for code in pool.codes],
        )
        await self.client.bulk(_CODES, rows, transaction=transaction_id(operation.key, _CODES))
        return {"codes": len(pool.codes)}


@dataclass(frozen=True, slots=True)
class Behaviour(_ByCode):
    """Tells views, baskets and wishes for goods that are not in stock."""

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Hand the event over to the vendor's queue."""
        told = payload_of(BehaviourTracking, operation)
        name, body = self._call(told.event)
        if told.customer_external_id:
            body["customer"] = {"ids": {"mindboxId": told.customer_external_id}}
        body["executionDateTimeUtc"] = moment_text(told.event.at)
        await self.client.queue(
            name,
            body,
            transaction=transaction_id(operation.key, name),
            device=told.event.visitor_id,
        )
        return _ACCEPTED

    def _call(self, event: BasketEvent) -> tuple[str, dict[str, Any]]:
        names, settings = self.client.names, self.client.settings
        match event.kind:
            case BasketEventKind.VIEW_PRODUCT:
                ids = product_ids(event.product, settings, "event")
                return names.view_product, {"viewProduct": {"product": {"ids": ids}}}
            case BasketEventKind.VIEW_CATEGORY:
                if not event.category:
                    msg = "names no category"
                    raise TranslationFailed(msg, path="event/category", operation="track")
                ids = {settings.product_key: event.category}
                category = {"productCategory": {"ids": ids}}
                return names.view_category, {"viewProductCategory": category}
            case BasketEventKind.AVAILABILITY_WANTED:
                ids = product_ids(event.product, settings, "event")
                return names.want_available, {"addProductToList": {"product": {"ids": ids}}}
            case BasketEventKind.BASKET_CLEARED:
                return names.clear_cart, {}
            case BasketEventKind.BASKET_CHANGED:
                return names.set_cart, {"productList": self._basket(event)}

    def _basket(self, event: BasketEvent) -> list[dict[str, Any]]:
        """Return the whole basket: the vendor's list is replaced by it (19.1)."""
        rows = []
        for number, line in enumerate(event.lines, start=1):
            ids = product_ids(line.product, self.client.settings, f"lines/{number}")
            row: dict[str, Any] = {"product": {"ids": ids}, "count": line.quantity or 1}
            price = line.price or line.base_price
            if price is not None:
                row["pricePerItem"] = price.amount
            rows.append(row)
        return rows


@dataclass(frozen=True, slots=True)
class Merge:
    """Merges customers; a merge is looked up by whether the merged ones are still there."""

    client: MindboxClient
    customers: Customers

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Merge. Raises ``Rejected`` when one of them is missing: then nothing was merged (8.5)."""
        merge = payload_of(CustomerMerge, operation)
        name = self.client.names.merge_customers
        body = {
            "customersToMerge": [{"ids": {"mindboxId": one}} for one in merge.losers],
            "resultingCustomer": {"ids": {"mindboxId": merge.survivor}},
        }
        told = await self.client.sync(name, body, repeatable=False)
        result = told.get("resultingCustomer")
        status = result.get("processingStatus") if isinstance(result, Mapping) else None
        if status != "Merged":
            if await self._are_gone(merge):
                return {"merged": len(merge.losers), "before": True}
            msg = "one of the customers does not exist there: nothing was merged"
            raise Rejected(msg, operation=name, vendor_code=str(status or ""))
        return {"merged": len(merge.losers)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Let it be performed again: merging those who are merged already is found out there."""
        del key
        return None

    async def _are_gone(self, merge: CustomerMerge) -> bool:
        """Tell whether the survivor is there and none of the others under an id of its own."""
        if await self.customers.look({"ids": {"mindboxId": merge.survivor}}) is None:
            return False
        for one in merge.losers:
            wire = await self.customers.look({"ids": {"mindboxId": one}})
            if wire is not None and wire.ids.get("mindboxId") != merge.survivor:
                return False
        return True


def _moment(moment: datetime | None) -> str:
    return moment_text(moment) if moment is not None else ""
