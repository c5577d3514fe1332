"""Buyers: who is meant by a key, and by what processing knows them (vendor reference, 2.4, 7.1)."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.canonical import normal_email
from gateway.contract import MemberKey, Missing

from .people import People
from .values import phone_text
from .wire import PersonWire


@dataclass(frozen=True, slots=True)
class Buyers:
    """Buyers of one installation."""

    people: People

    async def person(self, key: MemberKey) -> PersonWire | None:
        """Return the person of an id, phone, e-mail or card, ``None`` for nobody."""
        if key.phone is not None:
            return await self.people.by_phone(key.phone)
        if key.email is not None:
            return await self.people.by_text(normal_email(key.email) or key.email)
        person_id = key.external_id
        if key.card is not None:
            owner = await self.people.by_card(key.card)
            person_id = str(owner) if owner is not None else None
        if person_id is None:
            return None
        try:
            return await self.people.get(person_id)
        except Missing:
            return None

    async def login(self, key: MemberKey | None) -> str | None:
        """Return the phone or card by which processing knows a member. Raises ``Missing``."""
        if key is None:
            return None
        login = known_by(key)
        if login is not None:
            return login
        person = await self.person(key)
        if person is None:
            msg = "the vendor knows no such member"
            raise Missing(msg, operation="purchase")
        return await self.people.login_of(person)


def known_by(key: MemberKey, person: PersonWire | None = None) -> str | None:
    """Return the phone or card of a key, else the person's phone, ``None`` for neither."""
    if key.card is not None:
        return key.card
    phone = person.phone.current_value if person is not None and person.phone is not None else None
    told = key.phone or phone
    return phone_text(told) if told else None
