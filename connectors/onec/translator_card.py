"""Card translator: cards of the directory. Pure (vendor reference, 1.12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Card, CardState
from gateway.contract import Change, Observed, TranslationFailed

from .config import OData
from .values import EMPTY, reference, text_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardTranslator:
    """Translates cards of one base."""

    odata: OData

    def observed(self, row: Row) -> Observed[Card] | None:
        """Read a card; one without a code to be read by is none."""
        names = self.odata.names
        ref = reference(row.get("Ref_Key"))
        number = text_of(row.get(names.card_code))
        if number is None and names.card_magnetic:
            number = text_of(row.get(names.card_magnetic))
        if ref is None or number is None or row.get("IsFolder") is True:
            return None
        fields: dict[str, Any] = {"number": number, "state": self._state(row)}
        kind = reference(row.get(names.card_kind)) if names.card_kind else None
        meant = {key.lower(): one for key, one in self.odata.card_kinds.items()}
        if kind in meant:
            fields["type"] = meant[kind].type
            fields["discount_percent"] = meant[kind].discount_percent
        return Observed(
            external_id=ref,
            entity=Card(**fields),
            version=text_of(row.get("DataVersion")),
            customer_external_id=self._holder(row),
        )

    def held(self, entity: Card, known: Card | None) -> Card:
        """Reduce a card to what 1C would hold; its code and kind are given when it is made."""
        before = known or Card()
        state = CardState.ACTIVE
        if entity.state is CardState.BLOCKED:
            state = CardState.BLOCKED
        return Card(
            number=before.number or entity.number, state=state, customer_id=entity.customer_id
        )

    def fields(self, change: Change[Card], changed: Collection[str] | None) -> dict[str, Any]:
        """Return the fields to write: all for ``None``, else those that changed."""
        names, entity = self.odata.names, change.entity
        sent: dict[str, Any] = {}
        if changed is None or "state" in changed:
            void = entity.state is CardState.BLOCKED
            if names.card_status:
                sent[names.card_status] = names.card_void if void else names.card_works
            else:
                sent["DeletionMark"] = void
        if changed is None or "customer_id" in changed:
            holder = change.customer_external_id or EMPTY
            sent[names.card_holder] = holder
            if names.card_holder_is_composite:
                sent[f"{names.card_holder}_Type"] = (
                    f"StandardODATA.{names.partners}"
                    if change.customer_external_id
                    else "StandardODATA.Undefined"
                )
        return sent

    def whole(self, change: Change[Card], ref: str) -> dict[str, Any]:
        """Return a new card. Raises ``TranslationFailed`` without a number."""
        names, number = self.odata.names, change.entity.number
        if number is None:
            msg = "has none, and a card is read by it"
            raise TranslationFailed(msg, path="number", operation="write")
        made: dict[str, Any] = {
            "Ref_Key": ref,
            "Description": number,
            names.card_code: number,
            **self.fields(change, None),
        }
        if names.card_kind and self.odata.card_kind:
            made[names.card_kind] = self.odata.card_kind.lower()
        return made

    def _state(self, row: Row) -> CardState:
        names = self.odata.names
        if row.get("DeletionMark") is True:
            return CardState.BLOCKED
        if names.card_status and row.get(names.card_status) == names.card_void:
            return CardState.BLOCKED
        return CardState.ACTIVE

    def _holder(self, row: Row) -> str | None:
        """Return the holder; a composite one only when it is of the kind that is read (1.3)."""
        names = self.odata.names
        if names.card_holder_is_composite:
            kind = str(row.get(f"{names.card_holder}_Type") or "")
            if kind.rpartition(".")[2] != names.partners:
                return None
        return reference(row.get(names.card_holder))
