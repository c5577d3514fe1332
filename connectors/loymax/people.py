"""People: what the operator asks about persons, call by call (vendor reference, 7)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from gateway.canonical import normal_phone
from gateway.contract import Missing, Rejected

from .client import LoymaxClient
from .deeds import Deeds
from .profile import Profile
from .shapes import shaped
from .translator import MEMBER, Dossier
from .values import phone_text
from .versions import Call
from .wire import (
    AttributeValueWire,
    CardWire,
    PersonWire,
    QuestionGroupWire,
)

_PERSON = TypeAdapter(PersonWire)
_PERSONS = TypeAdapter(list[PersonWire])
_CARDS = TypeAdapter(list[CardWire])
_VALUES = TypeAdapter(list[AttributeValueWire])
_PAGE = 50
_PHONE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class People:
    """Persons of one installation."""

    client: LoymaxClient

    @property
    def deeds(self) -> Deeds:
        """What can be done about persons."""
        return Deeds(self.client)

    @property
    def profile(self) -> Profile:
        """What hangs on persons."""
        return Profile(self.client)

    async def by_phone(self, number: str) -> PersonWire | None:
        """Return the person of a phone, a member before others, ``None`` for none."""
        query = [("phone", phone_text(number))]
        data = await self._read("users", "users/phone", query)
        found = shaped(_PERSONS, data or [], operation="users/phone")
        return next((one for one in found if one.state == MEMBER), None) or (
            found[0] if found else None
        )

    async def id_of(self, text: str) -> str | None:
        """Return the id of the one person who has exactly this phone, e-mail or uid.

        Nothing else of the person is read here, so that it may be malformed. ``None`` for nobody,
        and where several have it.
        """
        phone = normal_phone(text) if len(text) <= _PHONE_LENGTH else None
        if phone is not None:
            rows = await self._read("users", "users/phone", [("phone", phone_text(phone))])
        else:
            rows = [one for one in await self._page(text, 0, _PAGE) if _named(one, text)]
        found = [one for one in rows or [] if isinstance(one, Mapping)]
        found = [one for one in found if one.get("state") == MEMBER] or found
        return str(found[0].get("id")) if len(found) == 1 else None

    async def by_text(self, text: str) -> PersonWire | None:
        """Return the person who has exactly this identifier; the vendor searches for parts of it.

        Raises ``Rejected`` when several have it.
        """
        exact, start, is_last = [], 0, False
        while not is_last:
            found = await self.page(text, start)
            exact += [one for one in found if _has(one, text)]
            start, is_last = start + len(found), len(found) < _PAGE
        if len(exact) > 1:
            msg = "several persons have this identifier: merge them at the vendor"
            raise Rejected(msg, operation="users/search", vendor_code="ambiguous")
        return exact[0] if exact else None

    async def ids(self, text: str, start: int, count: int) -> Sequence[str]:
        """Return the ids of persons as ``page`` does; one that cannot be read stops no other."""
        rows = await self._page(text, start, count)
        return [str(one.get("id")) for one in rows if isinstance(one, Mapping)]

    async def page(self, text: str, start: int, count: int = _PAGE) -> Sequence[PersonWire]:
        """Return persons with an identifier that has ``text`` in it, from ``start`` on."""
        rows = await self._page(text, start, count)
        return shaped(_PERSONS, rows, operation="users/search")

    async def _page(self, text: str, start: int, count: int) -> Sequence[Any]:
        query = [
            ("filter.identifierText", text),
            ("identifierText", text),
            ("from", str(start)),
            ("count", str(count)),
        ]
        data = await self._read("users", "users/search", query)
        return data if isinstance(data, list) else []

    async def by_card(self, number: str) -> int | None:
        """Return the id of the person who has a card, ``None`` for a free or unknown one."""
        query = [("cardNumber", number)]
        try:
            data = await self.client.read(Call.CARD_BY_NUMBER, "cards/number", query)
        except Missing:
            return None
        rows = data if isinstance(data, list) else [data] if data else []
        for card in shaped(_CARDS, rows, operation="cards/number"):
            if card.number == number and card.card_owner_info is not None:
                return card.card_owner_info.id
        return None

    async def login_of(self, person: PersonWire) -> str:
        """Return by what the application may act for a person: phone, else a card (2.4).

        Raises ``Missing`` when there is neither.
        """
        phone = person.phone.current_value if person.phone is not None else None
        if phone:
            return phone_text(phone)
        cards = await self.cards(str(person.id))
        number = next((one.number for one in cards if one.number and not one.block), None)
        if number is None:
            msg = "the member has neither phone nor card at the vendor"
            raise Missing(msg, operation="purchase")
        return number

    async def get(self, person_id: str) -> PersonWire | None:
        """Return a person by id. Raises ``Missing`` when there is none."""
        data = await self._read(f"users/{person_id}", "users/get")
        return shaped(_PERSON, data, operation="users/get") if data else None

    async def dossier(self, person: PersonWire) -> Dossier:
        """Return a person with balance and, as far as the settings want them, the rest."""
        settings = self.client.settings
        cards = questions = subscriptions = None
        attributes: list[AttributeValueWire] = []
        if settings.reads_cards:
            cards = await self.cards(str(person.id))
        if settings.questions.gender or settings.customer_questions:
            questions = await self.profile.questions(str(person.id))
        if settings.consents:
            subscriptions = await self.profile.subscriptions(str(person.id))
        if settings.customer_attributes:
            attributes = shaped(
                _VALUES, await self.profile.attributes(str(person.id)), operation="users/attributes"
            )
        return Dossier(
            person=person,
            balances=await self.profile.balances(str(person.id)),
            cards=cards,
            questions=questions,
            subscriptions=subscriptions,
            attributes=attributes,
        )

    async def cards(self, person_id: str) -> Sequence[CardWire]:
        """Return a person's cards in use."""
        query = [("cardShowMode", "Active")]
        data = await self._read(f"users/{person_id}/Cards", "users/cards", query)
        return shaped(_CARDS, data or [], operation="users/cards")

    async def _read(self, path: str, operation: str, query: Sequence[tuple[str, str]] = ()) -> Any:  # noqa: ANN401 - any JSON
        return await self.client.read(Call.SYSTEM, operation, query, path=path)


async def in_brief(people: People, person: PersonWire) -> Dossier:
    """Return a person with balance and cards only, asked side by side.

    Gender, consents and attributes are a call each, and a till waits for the answer.
    """
    person_id = str(person.id)
    if not people.client.settings.reads_cards:
        return Dossier(person=person, balances=await people.profile.balances(person_id))
    balances, cards = await asyncio.gather(
        people.profile.balances(person_id), people.cards(person_id)
    )
    return Dossier(person=person, balances=balances, cards=cards)


async def questions_of(people: People) -> Sequence[QuestionGroupWire] | None:
    """Return the installation's questions; they are shown with a person only, so with any.

    ``None`` when there is nobody yet.
    """
    ids = await people.ids(people.client.settings.list_text, 0, 1)
    return await people.profile.questions(ids[0]) if ids else None


def _named(row: Any, text: str) -> bool:  # noqa: ANN401 - any JSON
    """Tell whether a person's row has exactly this identifier."""
    if not isinstance(row, Mapping):
        return False
    told = [row.get("phone"), row.get("email")]
    values = {one.get("currentValue") for one in told if isinstance(one, Mapping)}
    return text.lower() in {str(one).lower() for one in (*values, row.get("uid"))}


def _has(person: PersonWire, text: str) -> bool:
    values = {person.uid}
    for told in (person.phone, person.email):
        if told is not None and told.current_value:
            values.add(told.current_value.lower())
    return text.lower() in values
