"""The people and cards of an installation, with the indexes that keep look-ups quick."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mocks.loymax.people import Card, Contact, Person

if TYPE_CHECKING:
    from mocks.loymax.settings import LoymaxSettings

_SEED_STEP = 100_000
_PHONE = re.compile(r"7\d{10}")


class Counters:
    """Ids and secrets: a run of whole numbers per kind and texts drawn from the seed."""

    def __init__(self, settings: LoymaxSettings) -> None:
        """Start where the settings say."""
        first, shift = settings.first_ids, (settings.seed - 1) * _SEED_STEP
        self._next: dict[str, int] = {
            name: getattr(first, name) + shift
            for name in ("person", "card", "purchase", "transaction", "deposit", "coupon", "value")
        }
        self._seed = settings.seed
        self._drawn = 0

    def number(self, kind: str) -> int:
        """Return the next id of ``kind``."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def pass_by(self, kind: str, taken: int) -> None:
        """Never give out ``taken`` or less: a seed has used it."""
        self._next[kind] = max(self._next[kind], taken + 1)

    def secret(self) -> str:
        """Return 32 hex digits."""
        self._drawn += 1
        return hashlib.sha256(f"{self._seed}:{self._drawn}".encode()).hexdigest()[:32]

    def guid(self) -> str:
        """Return a GUID."""
        text = self.secret()
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"

    def code(self, length: int) -> str:
        """Return a code of decimal digits that does not start with a zero."""
        low = 10 ** (length - 1)
        return str(low + int(self.secret(), 16) % (9 * low))


class Directory:
    """Persons by phone, e-mail and GUID; cards by number and owner."""

    def __init__(self, settings: LoymaxSettings) -> None:
        """Start empty."""
        self.clock = settings.clock()
        self.count = Counters(settings)
        self.persons: dict[int, Person] = {}
        self.cards: dict[int, Card] = {}
        self._phones: dict[str, Person] = {}
        self._emails: dict[str, Person] = {}
        self._uids: dict[str, Person] = {}
        self._card_numbers: dict[str, Card] = {}
        self._by_owner: dict[int, list[Card]] = {}
        self.card_codes: dict[str, tuple[Card, datetime]] = {}

    def add_person(self, number: int | None = None, uid: str | None = None) -> Person:
        """Make a person who has given nothing yet."""
        ident = self.count.number("person") if number is None else number
        self.count.pass_by("person", ident)
        person = Person(
            ident, uid or self.count.guid(), self.count.guid(), self.clock.now(), group_id=ident
        )
        self.persons[ident] = person
        self._uids[person.uid] = person
        return person

    def set_phone(self, person: Person, contact: Contact | None) -> None:
        """Give a person a phone, or none."""
        if person.phone is not None:
            self._phones.pop(person.phone.value, None)
        person.phone = contact
        if contact is not None:
            self._phones[contact.value] = person

    def set_email(self, person: Person, contact: Contact | None) -> None:
        """Give a person an e-mail, or none."""
        if person.email is not None:
            self._emails.pop(person.email.value.lower(), None)
        person.email = contact
        if contact is not None:
            self._emails[contact.value.lower()] = person

    def add_card(self, number: str, *, ident: int | None = None, **what: Any) -> Card:
        """Make a card."""
        ident = self.count.number("card") if ident is None else ident
        self.count.pass_by("card", ident)
        card = Card(ident, number, **what)
        self.cards[ident] = card
        self._card_numbers[number] = card
        if card.owner is not None:
            self._by_owner.setdefault(card.owner, []).append(card)
        return card

    def give_card(self, card: Card, person: Person | None) -> None:
        """Make ``person`` the owner of a card, or nobody."""
        if card.owner is not None:
            self._by_owner[card.owner].remove(card)
        card.owner = None if person is None else person.id
        if person is not None:
            self._by_owner.setdefault(person.id, []).append(card)

    def by_phone(self, phone: str) -> Person | None:
        """Find a person by phone."""
        return self._phones.get(phone)

    def by_email(self, email: str) -> Person | None:
        """Find a person by e-mail."""
        return self._emails.get(email.lower())

    def by_uid(self, uid: str) -> Person | None:
        """Find a person by GUID."""
        return self._uids.get(uid)

    def card(self, number: str) -> Card | None:
        """Find a card by number."""
        card = self._card_numbers.get(number)
        return None if card is None or card.is_deleted else card

    def card_by_code(self, code: str) -> Card | None:
        """Find a card by the code that its owner shows on a screen, while it is good (6.1)."""
        card, until = self.card_codes.get(code, (None, self.clock.now()))
        return card if until > self.clock.now() else None

    def by_login(self, login: str) -> Person | None:
        """Find a person by phone, card number, e-mail or GUID."""
        found = self.by_phone(login) or self.by_email(login) or self.by_uid(login)
        if found is not None:
            return found
        card = self.card(login) or self.card_by_code(login)
        return None if card is None or card.owner is None else self.persons[card.owner]

    def cards_of(self, person: Person, *, with_gone: bool = False) -> list[Card]:
        """Return the cards of a person; deleted and replaced ones only when asked for."""
        own = self._by_owner.get(person.id, ())
        return [
            card for card in own if with_gone or not (card.is_deleted or card.state == "Replaced")
        ]


def is_phone(text: str) -> bool:
    """Tell whether ``text`` is a phone as the API takes it: 11 digits, 7 first."""
    return _PHONE.fullmatch(text) is not None
