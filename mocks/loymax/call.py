"""One call of the Public or System API as a handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.loymax.envelope import Refused, denied, invalid
from mocks.loymax.history import settle
from mocks.loymax.wire import Query

if TYPE_CHECKING:
    from mocks.loymax.codes import Codes
    from mocks.loymax.guard import Guard
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Card, Person
    from mocks.loymax.processing import Processing
    from mocks.loymax.tokens import Session, Tokens


@dataclass
class Services:
    """What the handlers work with."""

    installation: Installation
    tokens: Tokens
    codes: Codes
    guard: Guard
    processing: Processing


@dataclass(frozen=True)
class Call:
    """A call that passed the gate; ``path`` holds the variable parts of the path as sent."""

    services: Services
    session: Session | None
    path: Mapping[str, str]
    query: Query
    json: Any
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_legacy: bool = False

    @property
    def installation(self) -> Installation:
        """Return the installation."""
        return self.services.installation

    @property
    def person(self) -> Person:
        """Return the person of the token.

        Raises:
            HttpRefused: the token names none.
        """
        if self.session is None or self.session.person_id is None:
            raise denied()
        person = self.installation.persons[self.session.person_id]
        settle(self.installation, person)
        return person

    @property
    def body(self) -> dict[str, Any]:
        """Return the body as an object; names are in lower case.

        Methods that need no body take anything there, an array or a text included (section 1).
        """
        return self.json if isinstance(self.json, dict) else {}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return a body that must be a bare array of objects.

        Raises:
            Refused: it is not.
        """
        if not isinstance(self.json, list) or not all(isinstance(one, dict) for one in self.json):
            raise invalid(name="model")
        return self.json

    @property
    def bare_text(self) -> str:
        """Return a body that is a bare string; digits without quotes are taken too.

        Raises:
            Refused: it is neither.
        """
        if isinstance(self.json, bool) or not isinstance(self.json, str | int):
            raise invalid(name="model")
        return str(self.json)

    def member_named(self) -> Person:
        """Return the person whom the path names by id.

        Raises:
            Refused: there is none.
        """
        number = self.path["id"]
        person = self.installation.persons.get(int(number)) if number.isdecimal() else None
        if person is None:
            raise Refused(text="Пользователь не найден.")
        settle(self.installation, person)
        return person

    def identified(self) -> Person:
        """Return the person whom the path names by phone or card.

        Raises:
            Refused: there is none.
        """
        person = self.installation.by_login(self.path["identifier"])
        if person is None:
            raise Refused(text="Пользователь не найден.")
        settle(self.installation, person)
        return person

    def own_card(self) -> Card:
        """Return the card of the token's person that the path names.

        Raises:
            Refused: there is none.
        """
        for card in self.installation.cards_of(self.person):
            if str(card.id) == self.path["cardId"]:
                return card
        raise Refused(text="Не найдена карта.")
