"""Shop: customers and orders that a store is filled with, made from numbers and a seed alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.people.population import Person, Population
from gateway.canonical import Kind
from gateway.canonical.paths import Fields
from gateway.ports import EntityRow, LinkRow

ACCOUNTS = ("shop", "crm", "erp", "cdp", "loyalty", "source")
DAYS = 30
"""How far the journal goes back."""
_LINKED = ACCOUNTS[:4]
_CUSTOMERS = 3
_OF = 5
"""Three of five entities are customers, the others their orders."""
_CITIES = ("Казань", "Москва", "Орёл", "Санкт-Петербург", "Нижний Новгород", "Йошкар-Ола")
_STATES = ("new", "approval", "assembling", "delivery", "complete", "cancelled")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Shop:
    """Everybody and everything by number. Shape: customers first, then orders."""

    entities: int
    now: datetime
    people: Sequence[Person] = field(repr=False)

    @classmethod
    def of(cls, entities: int, *, now: datetime, seed: int) -> Shop:
        """Make one of so many entities; at least one of them is a customer."""
        customers = max(1, entities * _CUSTOMERS // _OF)
        return cls(entities, now, Population(seed).households(customers))

    def kind(self, number: int) -> Kind:
        """Tell what the entity of a number is."""
        return Kind.CUSTOMER if number < len(self.people) else Kind.ORDER

    def id(self, number: int) -> str:
        """Return the entity's id: sortable, and the same in every run."""
        at = _digits(int(self._made_at(number).timestamp() * 1000), 10)
        chance = int.from_bytes(hashlib.blake2b(str(number).encode(), digest_size=7).digest())
        return f"{self.kind(number).value[0]}-{at}{_digits(chance, 12)}"

    def phone(self, number: int) -> str:
        """Return the phone of a customer as E.164."""
        return f"+7{self.people[number % len(self.people)].phones[-1]}"

    def rows(self, numbers: range) -> Iterator[EntityRow]:
        """Make snapshots."""
        for number in numbers:
            fields = self._fields(number)
            at = self._made_at(number)
            origins = {"": ("shop", at.isoformat())}
            yield EntityRow(
                self.id(number), self.kind(number), 1 + number % 7, fields, origins, at,
                self.now - timedelta(seconds=number),
            )  # fmt: skip

    def links(self, row: EntityRow, number: int) -> Iterator[LinkRow]:
        """Make the entity's copies at the accounts; one account knows a little less."""
        for place, account in enumerate(_LINKED):
            known = row.fields
            if place == number % len(_LINKED):
                known = dict(list(known.items())[:-1])
            yield LinkRow(
                row.id, row.kind, account, f"{1000 + number}", known, version="1",
                told_mark=1, told_at=row.changed_at, keyed=True,
            )  # fmt: skip

    def _made_at(self, number: int) -> datetime:
        return self.now - timedelta(days=DAYS) + timedelta(seconds=number)

    def _fields(self, number: int) -> Fields:
        person = self.people[number % len(self.people)]
        if self.kind(number) is Kind.CUSTOMER:
            return _customer(person, self.phone(number), _CITIES[number % len(_CITIES)])
        return {
            "number": f"А-{number:06}",
            "status": _STATES[number % len(_STATES)],
            "shop": f"{_CITIES[number % len(_CITIES)]}, {1 + number % 9}",
            "placed_at": self._placed_at(number).isoformat(),
            "customer_id": self.id(number % len(self.people)),
            "contact/phone": self.phone(number),
            "contact/name/first": person.first,
            "lines/1": True,
            "lines/1/quantity": "2",
            "lines/1/price": {"amount": f"{990 + number % 5000}.00", "currency": "RUB"},
            "lines/1/product/name": "Ёлочная игрушка «Снегирь»",
            "customer_comment": f"Позвонить: {person.first}",
        }

    def _placed_at(self, number: int) -> datetime:
        """Spread the orders over two years, so that reports have months."""
        return self.now - timedelta(days=number * 7919 % 730, seconds=number)


def _customer(person: Person, phone: str, city: str) -> Fields:
    fields: Fields = {
        "name/last": person.surnames[-1],
        "name/first": person.first,
        "name/patronymic": person.patronymic,
        "birth_date": person.born.isoformat(),
        f"phones/{phone}": True,
        f"phones/{phone}/raw": f"8 ({phone[2:5]}) {phone[5:8]}-{phone[8:10]}-{phone[10:]}",
        "address/city": city,
        "address/text": f"{city}, улица Мира, {person.number % 200}",
        "source": "site",
    }
    if person.email:
        fields[f"emails/{person.email}"] = True
    if person.card:
        fields[f"cards/{person.card}"] = True
    return fields


def _digits(number: int, length: int) -> str:
    chars = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        chars.append(_ALPHABET[digit])
    return "".join(reversed(chars))
