"""Bonuses: points are changed by a document that is posted, never in the register itself (1.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import BonusOperationKind
from gateway.contract import (
    Clock,
    Missing,
    Operation,
    Rejected,
    Unsupported,
)
from gateway.contract.operations import BonusPosting, payload_of

from .client_odata import ODataClient
from .errors import EXISTS
from .values import day_text, guid, moment_text, own_reference, quoted, reference

_ACCRUAL, _CHARGE = "Начисление", "Списание"


@dataclass(frozen=True, slots=True)
class BonusPost:
    """Performer of ``bonus.post``. The document's reference follows from the key."""

    client: ODataClient
    clock: Clock

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Write the document and post it; what is there already is only posted."""
        posting = payload_of(BonusPosting, operation)
        ref, document = own_reference(operation.key), self._document()
        fields = self._fields(operation.key, ref, posting, await self._owner(posting))
        try:
            await self.client.create(document, fields)
        except Rejected as error:
            if error.vendor_code != EXISTS:
                raise
        # Posting again is harmless, but an answer that is lost here may be of points that moved.
        await self.client.post(document, ref, repeatable=False)
        return {"document": ref}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Look for the document; one that is there and not posted is posted now."""
        ref, document = own_reference(key), self._document()
        try:
            row = await self.client.get(document, ref)
        except Missing:
            return None
        if row.get("Posted") is not True:
            await self.client.post(document, ref)
        return {"document": ref}

    async def _owner(self, posting: BonusPosting) -> str:
        """Return by what points are kept: the customer, or the card of ``options.card``.

        Where they are kept by card and none is named, it is the only one of the customer's.
        """
        names, buyer = self.client.odata.names, posting.customer_external_id
        if names.bonus_dimension == names.card_holder:
            return buyer
        code = posting.options.get("card")
        value = guid(buyer)
        if names.card_holder_is_composite:
            value = f"cast({value},'{names.partners}')"
        mine = (
            f"{names.card_code} eq {quoted(str(code))}"
            if code
            else (f"{names.card_holder} eq {value}")
        )
        rows = await self.client.rows(
            names.cards, where=f"{mine} and DeletionMark eq false", select=("Ref_Key",), top=2
        )
        cards = [ref for one in rows if (ref := reference(one.get("Ref_Key")))]
        if len(cards) != 1:
            msg = "points are kept by card, and not exactly one is meant: name it in options.card"
            raise Rejected(msg, operation="bonus.post", vendor_code="ambiguous")
        return cards[0]

    def _fields(self, key: str, ref: str, posting: BonusPosting, owner: str) -> dict[str, Any]:
        odata, settings = self.client.odata, self.client.settings
        is_accrual = posting.kind is BonusOperationKind.ACCRUE
        if posting.kind is BonusOperationKind.ADJUST:
            msg = "an adjustment has no direction: write accrue or redeem"
            raise Rejected(msg, operation="bonus.post")
        if odata.bonus_programme is None:
            msg = "the account names no bonus programme: set `bonus_programme`"
            raise Unsupported(msg, operation="bonus.post")
        row = {
            "LineNumber": "1",
            odata.names.bonus_dimension: owner,
            "Баллы": posting.points,
        }
        fields: dict[str, Any] = {
            "Ref_Key": ref,
            "Date": moment_text(posting.active_from or self.clock.now(), settings.zone),
            "БонуснаяПрограммаЛояльности_Key": odata.bonus_programme.lower(),
            "ВидПравила": _ACCRUAL if is_accrual else _CHARGE,
            "Комментарий": f"gateway:{key}",
            _ACCRUAL: [row] if is_accrual else [],
            _CHARGE: [] if is_accrual else [row],
        }
        if is_accrual:
            end = posting.expires_at.astimezone(settings.zone) if posting.expires_at else None
            fields["ДатаОкончанияСрокаДействия"] = day_text(end.date() if end else None)
        return fields

    def _document(self) -> str:
        name = self.client.odata.names.bonus_documents
        if name is None:
            msg = "the configuration has no document that changes points"
            raise Unsupported(msg, operation="bonus.post")
        return name
