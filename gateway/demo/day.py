"""Day: what people do in a shop in one day. Pure: the same seed is the same day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

SITE, CRM, TILL = "site", "crm", "till"

_SURNAMES = (
    "Иванов", "Смирнов", "Кузнецов", "Попов", "Соловьёв", "Волков", "Семёнов", "Голубев",
    "Виноградов", "Богданов", "Воробьёв", "Фёдоров", "Михайлов", "Беляев", "Тарасов",
)  # fmt: skip
_MEN = ("Пётр", "Алексей", "Семён", "Фёдор", "Артём", "Игорь", "Дмитрий")
_WOMEN = ("Анна", "Алёна", "Ольга", "Екатерина", "Мария", "Наталья", "Юлия")
_FATHERS = ("Иван", "Алексеев", "Петров", "Семёнов", "Артёмов", "Фёдоров")
_GOODS = (
    ("Мёд липовый", "450.00"), ("Чай чёрный", "320.50"), ("Шоколад горький", "189.90"),
    ("Варенье вишнёвое", "275.00"), ("Кофе в зёрнах", "899.00"), ("Печенье овсяное", "99.99"),
    ("Сыр твёрдый", "1290.00"), ("Щётка для гриля", "540.00"), ("Угли берёзовые", "380.00"),
    ("Решётка-гриль", "2190.00"), ("Набор шампуров", "1450.00"), ("Фартук льняной", "760.00"),
)  # fmt: skip
FIRST_PRODUCT = 501
COUPONS = ("ВЕСНА-10", "SPRING-5", "ЁЛКА-2026")

# Shares of people and orders to whom something happens.
_WOMEN_SHARE = 0.5
_FROM_CRM = 0.12
_WITH_COUPON = 0.25
_WITH_CARD = 0.15
_PAID_AT_ONCE = 0.35
_PAID_LATER = 0.2
_CANCELLED = 0.08
_QUANTITY_EDITED = 0.10
_COMMENTED = 0.15
_EDITED_AT_SITE = 0.10
_EDITED_IN_CRM = 0.18
_EDITED_IN_BOTH = 0.20
_ANNULLED = 0.15
_PEOPLE_PER_CARD = 5


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. ``key`` is the demo's own name for him; ``home`` is where he registers."""

    key: int
    home: str
    last: str = field(repr=False)
    first: str = field(repr=False)
    patronymic: str = field(repr=False)
    gender: str
    birth_date: str = field(repr=False)
    phone: str = field(repr=False)
    email: str = field(repr=False)

    @property
    def typed_phone(self) -> str:
        """The phone as this person types it."""
        area, rest = self.phone[2:5], self.phone[5:]
        forms = (
            f"8 ({area}) {rest[:3]}-{rest[3:5]}-{rest[5:]}",
            f"+7 {area} {rest}",
            f"8{area}{rest}",
        )
        return forms[self.key % len(forms)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order. Units: ``price`` after discount, ``base`` before, in roubles."""

    product: int
    name: str
    quantity: int
    base: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it is placed at the site."""

    key: int
    person: int
    lines: tuple[Line, ...]
    coupon: str | None
    card: str | None
    comment: str
    paid: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does. ``at`` is its share of the day, 0 to 1."""

    at: float
    actor: str
    what: str
    key: int
    values: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def subject(self) -> tuple[str, int]:
        """The customer or order that it is about."""
        return self.what.partition(".")[0], self.key


@dataclass(frozen=True, slots=True)
class Day:
    """A day: who there is, what is ordered, and all steps in the order of their time."""

    seed: int
    people: tuple[Person, ...]
    orders: tuple[Placed, ...]
    steps: tuple[Step, ...]

    @property
    def cards(self) -> list[str]:
        """The plastic cards that buyers show when they order."""
        return [order.card for order in self.orders if order.card]


def products() -> Iterator[tuple[int, str, str]]:
    """Yield (id, name, price) of the goods that both systems know."""
    for place, (name, price) in enumerate(_GOODS):
        yield FIRST_PRODUCT + place, name, price


def make_day(*, customers: int, orders: int, seed: int) -> Day:
    """Make the day of ``seed``."""
    chance = random.Random(seed)  # noqa: S311 - a made-up day, no secret
    people = tuple(_person(chance, key) for key in range(customers))
    buyers = [person.key for person in people if person.home == SITE] or [0]
    placed = tuple(_order(chance, key, buyers) for key in range(orders))
    steps = [*_registrations(people), *_customer_edits(chance, people)]
    steps += _cards(chance, customers // _PEOPLE_PER_CARD)
    for order in placed:
        steps += _life(chance, order)
    return Day(seed, people, placed, tuple(sorted(steps, key=lambda s: (s.at, s.what, s.key))))


def _person(chance: random.Random, key: int) -> Person:
    is_woman = chance.random() < _WOMEN_SHARE
    surname, father = chance.choice(_SURNAMES), chance.choice(_FATHERS)
    return Person(
        key=key,
        home=CRM if key and chance.random() < _FROM_CRM else SITE,
        last=surname + ("а" if is_woman else ""),
        first=chance.choice(_WOMEN if is_woman else _MEN),
        patronymic=father + ("овна" if is_woman else "ович"),
        gender="F" if is_woman else "M",
        birth_date=f"{chance.randint(1950, 2005)}-{chance.randint(1, 12):02}-"
        f"{chance.randint(1, 28):02}",
        phone=f"+79{chance.randint(10, 99)}{key:07}",
        email=f"buyer{key}@example.ru",
    )


def _order(chance: random.Random, key: int, buyers: list[int]) -> Placed:
    coupon = chance.choice(COUPONS) if chance.random() < _WITH_COUPON else None
    goods = chance.sample(list(products()), chance.randint(1, 5))
    lines = []
    for product, name, price in goods:
        base = Decimal(price)
        share = Decimal("0.9") if coupon else Decimal(1)
        final = (base * share).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        lines.append(Line(product, name, chance.randint(1, 4), base, final))
    return Placed(
        key=key,
        person=chance.choice(buyers),
        lines=tuple(lines),
        coupon=coupon,
        card=f"20000{key:08}" if chance.random() < _WITH_CARD else None,
        comment=chance.choice(("", "", "Позвоните за час", "Не звонить, писать")),
        paid=chance.random() < _PAID_AT_ONCE,
    )


def _registrations(people: tuple[Person, ...]) -> Iterator[Step]:
    for person in people:
        at = 0.25 * person.key / max(len(people), 1)
        yield Step(at, person.home, "customer.register", person.key)


def _customer_edits(chance: random.Random, people: tuple[Person, ...]) -> Iterator[Step]:
    """One in ten edits his profile at the site, one in twelve is edited by the CRM's operator.

    One in fifty is edited in both places at nearly the same time, in the same field.
    """
    for person in people:
        draw = chance.random()
        at = 0.4 + 0.55 * chance.random()
        if draw < _EDITED_AT_SITE:
            yield Step(at, SITE, "customer.edit", person.key, {"patronymic": "Ильич"})
        elif draw < _EDITED_IN_CRM:
            yield Step(at, CRM, "customer.edit", person.key, {"birth_date": "1977-07-07"})
        elif draw < _EDITED_IN_BOTH:
            yield Step(at, SITE, "customer.edit", person.key, {"first": "Яна"})
            yield Step(at, CRM, "customer.edit", person.key, {"first": "Инна"})


def card_number(key: int) -> str:
    """Return the number of a card that the tills issue."""
    return f"29900000{key:05}"


def _cards(chance: random.Random, count: int) -> Iterator[Step]:
    """Tills issue cards all day long; some are lost and annulled again."""
    for key in range(count):
        at = 0.1 + 0.6 * chance.random()
        yield Step(at, TILL, "card.issue", key)
        if chance.random() < _ANNULLED:
            yield Step(at + 0.2, TILL, "card.annul", key)


def _life(chance: random.Random, order: Placed) -> Iterator[Step]:
    """What happens to one order: paid at the site, worked on in the CRM, sometimes edited."""
    start = 0.12 + 0.6 * chance.random()
    yield Step(start, SITE, "order.place", order.key)
    cancelled = not order.paid and chance.random() < _CANCELLED
    if not order.paid and not cancelled and chance.random() < _PAID_LATER:
        yield Step(start + 0.05, SITE, "order.pay", order.key)
    at = start + 0.08
    if chance.random() < _QUANTITY_EDITED:
        line = order.lines[0]
        values = {"product": line.product, "quantity": line.quantity + 1}
        if not order.paid:
            yield Step(at, CRM, "order.quantity", order.key, values)
    if chance.random() < _COMMENTED:
        yield Step(at + 0.01, CRM, "order.comment", order.key, {"text": "Согласовано"})
    if cancelled:
        yield Step(at + 0.04, CRM, "order.status", order.key, {"status": "cancelled"})
        return
    stages = ("approval", "assembling", "delivery", "complete")
    for place, stage in enumerate(stages[: chance.choice((0, 1, 1, 2, 3, 4))]):
        yield Step(min(at + 0.04 * (place + 1), 1.0), CRM, "order.status", order.key,
                   {"status": stage})  # fmt: skip
