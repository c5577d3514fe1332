"""The work: a stream of order events from a fixed seed, and what must have arrived in the end.

The stream is unkind on purpose: exact duplicates, newer versions close behind their elders and
older versions that come after them. Entities are plain dictionaries in the canonical model's own
shape, so that making 20,000 of them costs a second and the gateway takes them unchanged.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson

ORDERS = 20_000
CUSTOMERS = 2_000
NEWER_SHARE = 0.10
DUPLICATE_SHARE = 0.10
STALE_SHARE = 0.05
LINES = 5
SEED = 20_261_101
_NEAR = 200.0
"""Mean distance of a follower from its elder, in orders: near enough to be under way together."""

_LAST = ("Семёнова", "Ёлкин", "Кузнецова", "Щербаков", "Юрьева", "Объедков", "Цой", "Жигалова")
_FIRST = ("Алёна", "Пётр", "Юлия", "Григорий", "Надежда", "Фёдор", "Эльвира", "Илья")
_GOODS = ("Мёд липовый", "Чай чёрный", "Сыр твёрдый", "Хлеб ржаной", "Творог зернёный", "Печенье")
_PACKS = ("250 г", "0,5 кг", "упаковка 3 шт.", "весовой", "подарочный набор")
_QUANTITIES = ("1", "2", "3", "0.75", "1.5", "12")
_COMMENTS = (
    "Позвоните за час до приезда, домофон не работает",
    "Оставьте у двери; если не отвечаю — напишите сообщение",
    "Без звонка, пожалуйста: ребёнок спит",
)


@dataclass(frozen=True, slots=True)
class Message:
    """One event as it lies in the queue: ``body`` is UTF-8 JSON of the source shape."""

    id: str
    version: int
    body: bytes

    @property
    def key(self) -> str:
        """The idempotency key of its delivery."""
        return f"{self.id}:{self.version}"


@dataclass(frozen=True, slots=True)
class Work:
    """The stream in order of publishing, and the last version of every order.

    Shape: ``newer``, ``duplicates`` and ``stale`` count the messages beyond version 1.
    """

    messages: Sequence[Message]
    final: Mapping[str, int]
    newer: int
    duplicates: int
    stale: int

    @property
    def needed(self) -> frozenset[str]:
        """Idempotency keys that must have arrived in the end."""
        return frozenset(f"{order}:{version}" for order, version in self.final.items())


def generate(orders: int = ORDERS, *, customers: int = CUSTOMERS, seed: int = SEED) -> Work:
    """Make the stream; the same arguments give the same bytes."""
    chance = random.Random(seed)
    makers = _Maker(chance, customers)
    entities = [makers.order(number) for number in range(orders)]
    followed = chance.sample(range(orders), int(orders * NEWER_SHARE))
    stale = followed[: int(orders * STALE_SHARE)]
    at: list[tuple[float, Message]] = []
    last: dict[int, tuple[float, Message]] = {}
    first: dict[int, Message] = {}
    for number, entity in enumerate(entities):
        first[number] = _message(number, 1, entity)
        last[number] = (float(number), first[number])
        at.append(last[number])
    for number in followed:
        message = _message(number, 2, _moved_on(entities[number]))
        last[number] = (number + 0.5 + chance.expovariate(1 / _NEAR), message)
        at.append(last[number])
    repeated = chance.sample(range(orders), int(orders * DUPLICATE_SHARE))
    for number, message in (
        *((number, last[number][1]) for number in repeated),
        *((number, first[number]) for number in stale),
    ):
        at.append((last[number][0] + 0.25 + chance.expovariate(1 / _NEAR), message))
    at.sort(key=lambda place: place[0])
    final = {message.id: message.version for _, message in last.values()}
    return Work([message for _, message in at], final, len(followed), len(repeated), len(stale))


def source_id(number: int) -> str:
    """The id of an order at its source."""
    return f"shop-{number:06d}"


def order_number(number: int) -> str:
    """The number of an order as people see it."""
    return f"З-{number:06d}"


def _message(number: int, version: int, entity: Mapping[str, Any]) -> Message:
    order = source_id(number)
    # Said within the record as well: a model that is not the source's keeps what it is told.
    marks = {"source_id": order, "source_version": str(version)}
    event = {
        "kind": "order", "id": order, "version": version,
        "entity": {**entity, "attributes": marks},
    }  # fmt: skip
    return Message(order, version, orjson.dumps(event))


def _moved_on(entity: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same order a stage later and with another first line: version 2."""
    first, *others = entity["lines"]
    return {**entity, "status": "assembling", "lines": [{**first, "quantity": "4"}, *others]}


class _Maker:
    """Orders one by one; the customer of each is drawn by a Zipf law, so that hot ones exist."""

    def __init__(self, chance: random.Random, customers: int) -> None:
        self._chance = chance
        self._contacts = [_contact(rank) for rank in range(customers)]
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(customers)))

    def order(self, number: int) -> Mapping[str, Any]:
        """Make one order in the canonical model's shape."""
        chance = self._chance
        return {
            "number": order_number(number),
            "contact": chance.choices(self._contacts, cum_weights=self._weights)[0],
            "status": "new",
            "lines": [self._line(number, place) for place in range(LINES)],
            "customer_comment": chance.choice(_COMMENTS),
        }

    def _line(self, number: int, place: int) -> Mapping[str, Any]:
        chance = self._chance
        good, kopecks = chance.randrange(500), chance.randrange(5_000, 500_000)
        name = f"{_GOODS[good % len(_GOODS)]}, {_PACKS[good % len(_PACKS)]}, арт. {good}"
        return {
            "id": f"{number}-{place + 1}",
            "product": {"sku": f"SKU-{good:04d}", "name": name},
            "quantity": chance.choice(_QUANTITIES),
            "base_price": _roubles(kopecks),
            "price": _roubles(kopecks - kopecks * chance.randrange(30) // 100),
        }


def _roubles(kopecks: int) -> Mapping[str, str]:
    return {"amount": f"{kopecks // 100}.{kopecks % 100:02d}", "currency": "RUB"}


def _contact(rank: int) -> Mapping[str, Any]:
    return {
        "name": {
            "last": _LAST[rank % len(_LAST)],
            "first": _FIRST[rank // len(_LAST) % len(_FIRST)],
        },
        "phone": f"+7916{rank:07d}",
        "email": f"customer{rank}@example.ru",
    }
