"""Members: read with all that is told of them, registered and edited on their behalf."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Consent, Customer, main_first
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Missing,
    Observed,
    Outcome,
    Reading,
    Rejected,
    RejectedRecord,
    TranslationFailed,
    Written,
    in_doubt,
    side_by_side,
)

from .deeds import begun
from .people import People
from .questionnaire import OPERATION as ANSWERS
from .registration import Registration, set_email
from .smart import SmartConsents
from .translator import MEMBER, CustomerTranslator
from .values import phone_text


@dataclass(frozen=True, slots=True)
class Members:
    """Reader of single members and writer."""

    people: People
    translator: CustomerTranslator
    registration: Registration
    smart: SmartConsents | None = None

    @property
    def _at_once(self) -> int:
        return self.people.client.settings.at_once

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read members by id; see ``EntityReader.get``."""
        ids = list(dict.fromkeys(external_ids))
        told = await side_by_side(ids, self.one, at_once=self._at_once)
        return Reading(
            items=[one for one in told if isinstance(one, Observed)],
            missing=[key for key, one in zip(ids, told, strict=True) if one is None],
            rejected=[one for one in told if isinstance(one, RejectedRecord)],
        )

    async def one(self, person_id: str) -> Observed[Customer] | RejectedRecord | None:
        """Read a person who is or was a member; others are none of ours."""
        try:
            person = await self.people.get(person_id)
            if person is None or person.state in (None, "Normal", "Anonymous"):
                return None
            return self.translator.observed(await self.people.dossier(person))
        except Missing:
            return None
        except TranslationFailed as error:
            return RejectedRecord(external_id=person_id, error=error)

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce a customer to what the vendor would hold; see ``EntityWriter.held``."""
        return self.translator.held(entity, known)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Register or edit members; see ``EntityWriter.write``."""
        return await side_by_side(changes, self._write, at_once=self._at_once)

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find nothing by our keys, which the vendor does not keep.

        A registration looks the phone up by itself before it makes anybody, so it may be repeated.
        """
        del keys
        return {}

    async def _write(self, change: Change[Customer]) -> Outcome[Customer]:
        begun.set(False)
        try:
            if change.external_id is None:
                return await self._make(change)
            held = await self._edit(change.external_id, change.entity, change.known, change.changed)
            return Written(change.external_id, held=held)
        except ConnectorError as error:
            return Failed(in_doubt(error) if begun.get() else error)

    async def _make(self, change: Change[Customer]) -> Outcome[Customer]:
        person, is_new = await self.registration.member(change.entity)
        external_id = str(person.id)
        if not is_new:
            return Exists(external_id)
        held = await self._finish(external_id, change.entity, None, None)
        return Written(external_id, held=held, created=True)

    async def _edit(
        self,
        person_id: str,
        entity: Customer,
        known: Customer | None,
        changed: Collection[str],
    ) -> Customer | None:
        """Set what changed; every call sets, so that a repeat has the same effect."""
        self.translator.questionnaire.check(entity, changed)
        person = await self.people.get(person_id)
        if person is None or person.state != MEMBER:
            msg = "the person is no member any more"
            raise Missing(msg, operation="users/edit")
        if _touches(changed, "phones") and entity.phones:
            number = phone_text(main_first(entity.phones)[0].number)
            body = {"phone": number, "withoutCall": True}
            await self.people.deeds.act(person_id, "SetPhone", "users/phone", json=body)
            for one in (number, person.phone.current_value if person.phone else None):
                self.people.client.tokens.forget(one or "")
        return await self._finish(person_id, entity, known, changed)

    async def _finish(
        self,
        person_id: str,
        entity: Customer,
        known: Customer | None,
        changed: Collection[str] | None,
    ) -> Customer | None:
        """Set all but the phone; ``None`` for ``changed`` is all that there is.

        Returns what the vendor holds else than it was told, ``None`` for nothing.
        """
        held = None
        if _touches(changed, "emails") and entity.emails:
            await set_email(self.people, person_id, entity)
        if self.translator.questionnaire.concerns(changed):
            await self.registration.answer(person_id, entity, changed, ANSWERS)
        if _touches(changed, "cards"):
            await self._cards(person_id, entity, known)
        if _touches(changed, "attributes"):
            await self._attributes(person_id, entity, changed)
        if _touches(changed, "consents") and entity.consents:
            held = await self._consents(person_id, entity)
        return held

    async def _cards(self, person_id: str, entity: Customer, known: Customer | None) -> None:
        """Attach cards that the vendor does not know to be the member's."""
        have = {one.number for one in known.cards} if known is not None else set()
        fresh = [one.number for one in entity.cards if one.number not in have]
        if not fresh:
            return
        there = {one.number for one in await self.people.cards(person_id)}
        for number in fresh:
            if number not in there:
                body = {"cardNumber": number, "cvcCode": None}
                await self.people.deeds.act(person_id, "SetCard", "users/card", json=body)

    async def _consents(self, person_id: str, entity: Customer) -> Customer | None:
        """Set channels; those that the vendor keeps for itself stay, and are told as they are."""
        granted = {one.id: one.granted for one in entity.consents}
        places = self.people.client.settings.consents
        channels: dict[str, dict[str, bool]] = {}
        for name, place in places.items():
            if name in granted:
                channels.setdefault(place.external_id, {})[place.channel] = granted[name]
        rows = []
        before = await self.people.profile.subscriptions(person_id)
        for row in before:
            wanted = {
                f"{name}Notification": {"selected": value}
                for name, value in channels.get(row.external_id or "", {}).items()
                if (told := row.channel(name)) is not None and not told.read_only
            }
            if wanted:
                rows.append({"typeId": row.type_id, "externalId": row.external_id, **wanted})
        if rows:
            await self.people.deeds.subscribe(person_id, rows)
        if self.smart is not None:
            await self.smart.tell(person_id, granted)
        fixed = self.translator.fixed(before)
        if all(granted.get(name, value) == value for name, value in fixed.items()):
            return None
        return Customer(
            consents=tuple(
                Consent(id=name, granted=fixed.get(name, value))
                for name, value in sorted(granted.items())
                if name in places
            )
        )

    async def _attributes(
        self, person_id: str, entity: Customer, changed: Collection[str] | None
    ) -> None:
        """Set attributes: the vendor wants the whole attribute back, its type first (7.3)."""
        words = self.people.client.settings.customer_attributes
        wanted = {
            word: entity.attributes.get(name) or ""
            for name, word in words.items()
            if changed is None or _touches(changed, f"attributes/{name}")
        }
        wanted = {word: value for word, value in wanted.items() if value or changed is not None}
        if not wanted:
            return
        for row in await self.people.profile.attributes(person_id):
            attribute = row.get("attribute")
            word = attribute.get("logicalName") if isinstance(attribute, Mapping) else None
            if word in wanted:
                body: dict[str, Any] = {
                    "id": row.get("id"), "attribute": attribute, "value": wanted.pop(word),
                }  # fmt: skip
                await self.people.deeds.act(
                    person_id, "UpdateAttributeValue", "users/attribute", json=body
                )
        if wanted:
            msg = f"the vendor has no attribute {', '.join(sorted(wanted))}: make it there"
            raise Rejected(msg, operation="users/attribute")


def _touches(changed: Collection[str] | None, *names: str) -> bool:
    """Tell whether a change concerns any of these fields; ``None`` concerns all."""
    if changed is None:
        return True
    return any(one == name or one.startswith(f"{name}/") for one in changed for name in names)
