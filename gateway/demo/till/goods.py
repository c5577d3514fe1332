"""Goods: what the shops of the simulated day sell, with prices that leave no doubt of a kopeck.

A price is chosen so that a line comes to whole roubles, though one unit rarely does: then every
processor reckons the same points, whichever way it rounds. ``free`` prices take any kopeck.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

from gateway.demo.till.reference import KOPECK, Line


@dataclass(frozen=True, slots=True)
class Ware:
    """Something on the shelf. ``is_promo``: always sold under its ordinary price."""

    sku: str
    name: str
    is_weighed: bool = False
    is_promo: bool = False


WARES: tuple[Ware, ...] = (
    Ware("T-101", "Чай чёрный «Байкал», 100 г"),
    Ware("T-102", "Кофе зерновой «Ёлочка», 1 кг"),
    Ware("T-103", "Сёмга слабосолёная", is_weighed=True),
    Ware("T-104", "Сыр «Российский» 50 %", is_weighed=True),
    Ware("T-105", "Перчатки кожаные, р. 8½"),
    Ware("T-106", 'Шарф шерстяной "Вьюга"'),
    Ware("T-107", "Носки х/б (3 пары) & стелька"),
    Ware("T-108", "Уголь берёзовый, 5 кг"),
    Ware("T-109", "Щётка для обуви №2"),
    Ware("T-201", "Шампунь «Ромашка», 400 мл", is_promo=True),
    Ware("T-202", "Крем для рук, тюбик", is_promo=True),
    Ware("T-203", "Конфеты «Южная ночь»", is_weighed=True, is_promo=True),
)
ORDINARY: tuple[str, ...] = tuple(ware.sku for ware in WARES if not ware.is_promo)
_UNITS = (Decimal(1), Decimal(1), Decimal(1), Decimal(2), Decimal(4), Decimal(5))
_WEIGHTS = (Decimal("0.25"), Decimal("0.5"), Decimal("1.25"), Decimal("0.2"))
_GRAM = Decimal("0.001")


def fill(chance: random.Random, *, free: bool, step: int = 1) -> tuple[Line, ...]:
    """Return the lines of one receipt; each comes to a multiple of ``step`` roubles unless free."""
    wares = chance.sample(WARES, k=chance.choices((1, 2, 3, 4, 6), (30, 30, 20, 15, 5))[0])
    return tuple(
        _line(chance, str(place), ware, free=free, step=step)
        for place, ware in enumerate(wares, start=1)
    )


def _line(chance: random.Random, name: str, ware: Ware, *, free: bool, step: int) -> Line:
    quantity = chance.choice(_WEIGHTS if ware.is_weighed else _UNITS)
    if free:
        if ware.is_weighed:
            quantity = Decimal(chance.randint(105, 2400)) * _GRAM
        price = Decimal(chance.randint(990, 399_999)) * KOPECK
    else:
        price = _exact(chance, quantity, step)
    reduced = Decimal(chance.randint(5, 200)) if ware.is_promo else Decimal(0)
    return Line(name, ware.sku, ware.name, quantity, price + reduced, price)


def _exact(chance: random.Random, quantity: Decimal, step: int) -> Decimal:
    """Return a unit price in whole kopecks at which the line is a multiple of ``step`` roubles."""
    while True:
        whole = Decimal(chance.randint(1, 4000 // step) * step)
        price = whole / quantity
        if price == price.quantize(KOPECK):
            return price.quantize(KOPECK)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The goods of a till worked by hand: each has a number and a price of the day."""

    prices: tuple[Decimal, ...]

    @classmethod
    def filled(cls, chance: random.Random) -> Shelf:
        """Fill it."""
        return cls(tuple(Decimal(chance.randint(500, 90_000)) * KOPECK for _ in WARES))

    def has(self, word: str) -> bool:
        """Tell whether a word is a number of the shelf, or an article."""
        return self._place(word) is not None

    def line(self, word: str, name: str, quantity: Decimal) -> Line:
        """Return a line of what was scanned; goods on promotion are a tenth below their price."""
        place = self._place(word) or 0
        ware, base = WARES[place], self.prices[place]
        price = (base * 9 / 10).quantize(KOPECK) if ware.is_promo else base
        return Line(name, ware.sku, ware.name, quantity, base, price)

    def listed(self) -> str:
        """Return the shelf as a list."""
        return "\n".join(
            f"  {number:>2}  {ware.sku}  {ware.name:<32} {price:>9.2f}"
            for number, (ware, price) in enumerate(zip(WARES, self.prices, strict=True), start=1)
        )

    def _place(self, word: str) -> int | None:
        if word.isdigit() and 1 <= int(word) <= len(WARES):
            return int(word) - 1
        skus = [ware.sku.lower() for ware in WARES]
        return skus.index(word.lower()) if word.lower() in skus else None
