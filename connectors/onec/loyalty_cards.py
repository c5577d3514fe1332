"""Cards and points of a service in the shape of LoyaltyExchange (vendor reference, 3.7).

A card is named by its barcode: that is what a till reads and what the service finds a card by.
There is no feed of changes: what changed is pushed (``webhook``), and then read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import BonusOperationKind, Card, CardState
from gateway.contract import (
    Change,
    Clock,
    ConnectorError,
    Cursor,
    Exists,
    Failed,
    Missing,
    Observed,
    Operation,
    Outcome,
    OutcomeUnknown,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
    Unsupported,
    Written,
)
from gateway.contract.operations import BonusPosting, payload_of

from .config_services import Cards
from .loyalty_service import LoyaltyService, card_of
from .values import own_reference, reference, text_of

_NO_FEED = "pushed"


@dataclass(frozen=True, slots=True)
class ServiceCards:
    """Reader and writer of cards; see ``EntityReader`` and ``EntityWriter``."""

    service: LoyaltyService
    cards: Cards
    clock: Clock

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Card]:
        """Return nothing: the service tells no changes, they are pushed."""
        del limit
        return Page([], cursor or _NO_FEED, has_more=False)

    async def get(self, external_ids: Sequence[str]) -> Reading[Card]:
        """Read cards by barcode, one call each."""
        items: list[Observed[Card]] = []
        missing: list[str] = []
        rejected: list[RejectedRecord] = []
        for barcode in external_ids:
            try:
                items.append(self._observed(await self._row(barcode), barcode))
            except Missing:
                missing.append(barcode)
            except TranslationFailed as error:
                rejected.append(RejectedRecord(barcode, error))
        return Reading(items, missing, rejected)

    def held(self, entity: Card, known: Card | None) -> Card:
        """Reduce a card to its number and whether it works."""
        before = known or Card()
        is_blocked = entity.state is CardState.BLOCKED
        state = CardState.BLOCKED if is_blocked else CardState.ACTIVE
        return Card(number=before.number or entity.number, state=state)

    async def write(self, changes: Sequence[Change[Card]]) -> Sequence[Outcome[Card]]:
        """Make cards and set their status, one by one."""
        return [await self._written(change) for change in changes]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Return nothing: a repeated creation is recognised by its ``RequestID`` instead."""
        del keys
        return {}

    async def _written(self, change: Change[Card]) -> Outcome[Card]:
        try:
            if change.external_id is None:
                return await self._made(change)
            row = await self._row(change.external_id)
            await self._set_state(change, row)
        except OutcomeUnknown:
            raise
        except ConnectorError as error:
            return Failed(error)
        return Written(change.external_id)

    async def _made(self, change: Change[Card]) -> Outcome[Card]:
        number = change.entity.number
        if self.cards.new_type is None:
            msg = "the account names no kind of new cards: set `new_type`"
            raise Unsupported(msg, operation="IssueCard")
        if number is None:
            msg = "has none, and a card is read by it"
            raise TranslationFailed(msg, path="number", operation="IssueCard")
        told = await self.service.call(
            "IssueCard",
            {
                "RequestID": own_reference(change.key),
                "CardData": {"Barcode": number, "CardTypeID": self.cards.new_type},
            },
        )
        row = card_of(told, "IssueCard")
        barcode = text_of(row.get("Barcode")) or number
        if told.get("AlreadyExists") is True:
            return Exists(barcode)
        if change.entity.state is CardState.BLOCKED:
            await self._set_state(change, row)
        return Written(barcode, created=True)

    async def _set_state(self, change: Change[Card], row: Mapping[str, Any]) -> None:
        wanted = change.entity.state
        status = next((name for name, it in self.cards.states.items() if it is wanted), None)
        if status is None:
            msg = "no status of 1C is mapped to it"
            raise TranslationFailed(msg, path="state", operation="SetCardStatus")
        if row.get("Status") == status:
            return
        # A card may go there and back again, and setting a status twice is the same as once: each
        # time is a request of its own.
        request = own_reference(f"{change.key}:{status}:{self.clock.now().isoformat()}")
        values = {"RequestID": request, "CardID": row.get("CardID"), "Status": status}
        await self.service.call("SetCardStatus", values)

    async def _row(self, barcode: str) -> Mapping[str, Any]:
        values = {"CardCode": barcode, "Phone": None}
        return card_of(await self.service.call("FindCard", values), "FindCard")

    def _observed(self, row: Mapping[str, Any], barcode: str) -> Observed[Card]:
        number = text_of(row.get("Barcode")) or text_of(row.get("MagneticCode"))
        if number is None:
            msg = "the card has no code"
            raise TranslationFailed(msg, path="Barcode", operation="FindCard")
        told: dict[str, Any] = {"number": number}
        status = text_of(row.get("Status"))
        remarks: tuple[str, ...] = ()
        if status in self.cards.states:
            told["state"] = self.cards.states[status]
        elif status:
            remarks = ("state: a status of 1C is not mapped",)
        kind = text_of(row.get("CardTypeID"))
        if kind in self.cards.types:
            told["type"] = self.cards.types[kind]
        holder = text_of(row.get("PartnerID"))
        return Observed(barcode, Card(**told), customer_external_id=holder, remarks=remarks)


@dataclass(frozen=True, slots=True)
class ServicePoints:
    """Performer of ``bonus.post``: accrual, or a hold that is committed at once.

    The card is ``options.card``, else ``customer_external_id``: its barcode, or its id as a member.
    """

    service: LoyaltyService
    zone: ZoneInfo

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Post points; the ids of the requests follow from the key."""
        posting = payload_of(BonusPosting, operation)
        card = await self._card(posting)
        values: dict[str, Any] = {"CardID": card, "Amount": posting.points}
        if posting.kind is BonusOperationKind.ACCRUE:
            values |= {
                "RequestID": own_reference(operation.key),
                "AccrueDate": self._local(posting.active_from),
                "ExpireDate": self._local(posting.expires_at),
                "Comment": f"gateway:{operation.key}",
            }
            told = await self.service.call("AccrueBonuses", values)
            return {"document": text_of(told.get("DocumentID")) or ""}
        if posting.kind is BonusOperationKind.ADJUST:
            msg = "an adjustment has no direction: write accrue or redeem"
            raise Unsupported(msg, operation="bonus.post")
        values |= {
            "RequestID": own_reference(f"{operation.key}:hold"),
            "ReceiptID": own_reference(f"{operation.key}:receipt"),
        }
        held = await self.service.call("HoldBonuses", values)
        values = {
            "RequestID": own_reference(f"{operation.key}:commit"),
            "HoldID": held.get("HoldID"),
            "Amount": posting.points,
        }
        told = await self.service.call("CommitHold", values)
        return {"document": text_of(told.get("DocumentID")) or ""}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Return ``None``: a repeat has the ids of the first time, and gives its answers again."""
        del key
        return None

    async def _card(self, posting: BonusPosting) -> str:
        code = str(posting.options.get("card") or posting.customer_external_id)
        if (known := reference(code)) is not None:
            return known
        told = await self.service.call("FindCard", {"CardCode": code, "Phone": None})
        return str(card_of(told, "FindCard")["CardID"])

    def _local(self, moment: Any) -> Any:  # noqa: ANN401 - a moment or nothing
        if moment is None:
            return None
        return moment.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
