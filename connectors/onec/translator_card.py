"""Card translator: cards of the directory. Pure (vendor reference, 1.12)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Card, CardState
from gateway.contract import Change, Observed, TranslationFailed

from .config import OData
from .values import EMPTY, reference, said_text, text_of

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardTranslator:
    """Translates cards of one base."""

    odata: OData

    def observed(self, row: Row) -> Observed[Card] | None:
        """Read a card; one without a code to be read by is none."""
        names = self.odata.names
        ref = reference(row.get("Ref_Key"))
        number = said_text(row, names.card_code)
        if number is None and names.card_magnetic:
            number = said_text(row, names.card_magnetic)
        if ref is None or number is None or row.get("IsFolder") is True:
            return None
        fields: dict[str, Any] = {"number": number, "state": self._state(row)}
        kind = reference(row.get(names.card_kind)) if names.card_kind else None
        fields |= self._meant(kind)
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
        fields: dict[str, Any] = {
            "number": before.number or entity.number,
            "state": state,
            "customer_id": entity.customer_id,
        }
        if known is None:
            fields |= self._meant(self._kind(entity))
        else:
            given = ("type", "discount_percent")
            fields |= {
                name: getattr(known, name) for name in given if name in known.model_fields_set
            }
        return Card(**fields)

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
        kind = self._kind(change.entity)
        if names.card_kind and kind:
            made[names.card_kind] = kind
        return made

    def _kind(self, entity: Card) -> str | None:
        """Return the kind under which a card is made: the one of its type, else the usual one."""
        kinds = self.odata.card_kinds.items()
        of_type = [key for key, one in kinds if entity.type is not None and one.type == entity.type]
        kind = of_type[0] if of_type else self.odata.card_kind
        return kind.lower() if kind and self.odata.names.card_kind else None

    def _meant(self, kind: str | None) -> dict[str, Any]:
        """Return what a kind says of its cards: nothing when the settings do not name it."""
        meant = {key.lower(): one for key, one in self.odata.card_kinds.items()}
        if kind not in meant:
            return {}
        return {"type": meant[kind].type, "discount_percent": meant[kind].discount_percent}

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
