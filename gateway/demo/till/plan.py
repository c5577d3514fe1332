"""Plan: a day of shops, made from a seed before anything runs. Pure.

Who buys what where, who spends points, what comes back, when a shop loses its line, which steps a
till repeats. Opening balances cover all that a member will spend, so that the day has one right
end whatever the order in which shops are served.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from gateway.demo.till.goods import fill
from gateway.demo.till.reference import KOPECK, ZERO, Line, Rules, cents, total

_FIRST = ("Ольга", "Пётр", "Алёна", "Юрий", "Зоя", "Фёдор", "Мария-Анна", "Ян")
_LAST = ("Ёлкина", "Щукин", "Цой", "Римская-Корсакова", "Объедков", "Ли", "Жуков", "Хмырова")
_SPENT = {50: 2, 40: 5, 25: 4, 20: 5, 10: 10}
"""Percent of a receipt that points pay → roubles of which its lines are multiples.

So each line's part is whole kopecks, and its points whole hundredths.
"""

_SPELL = 6
"""Receipts of an offline spell, three more or less."""
_IN_PART, _IN_TWO_GOES = 0.6, 0.3


class Step(StrEnum):
    """What a till asks and may ask twice."""

    QUOTE = "quote"
    RESERVE = "reserve"
    COMMIT = "commit"
    CANCEL = "cancel"
    REFUND = "refund"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Wish:
    """How big a day is. Shares are of 1. ``partial``: goods may come back in part."""

    shops: int = 25
    receipts: int = 5000
    members: int = 400
    seed: int = 1
    anonymous: float = 0.11
    spending: float = 0.2
    returning: float = 0.08
    given_up: float = 0.03
    offline: float = 0.1
    repeated: float = 0.12
    partial: bool = True
    free: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """A member. Units: ``opening`` points at the beginning of the day."""

    number: int
    phone: str
    first: str
    last: str
    opening: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Ring:
    """A receipt. ``given_up``: the customer leaves after the points are reserved."""

    id: str
    member: int | None
    lines: tuple[Line, ...] = field(repr=False)
    spend: Decimal = ZERO
    given_up: bool = False
    offline: bool = False
    repeats: frozenset[Step] = frozenset()


@dataclass(frozen=True, slots=True)
class Back:
    """Goods that come back: quantities by line, ``None`` for all of them."""

    id: str
    sale: str
    parts: Mapping[str, Decimal] | None = None
    offline: bool = False
    repeats: frozenset[Step] = frozenset()


Entry = Ring | Back


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with one till, and its day in order."""

    name: str
    entries: tuple[Entry, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """A day."""

    buyers: tuple[Buyer, ...] = field(repr=False)
    shops: tuple[Shop, ...]

    @property
    def steps(self) -> int:
        """How many receipts and returns there are."""
        return sum(len(shop.entries) for shop in self.shops)


def make_plan(wish: Wish, rules: Rules | None = None) -> Plan:
    """Make the day of a seed: the same wish is the same day."""
    chance = random.Random(wish.seed)  # noqa: S311 - a repeatable day, no secret
    maker = _Maker(chance, wish, rules or Rules())
    counts = [wish.receipts // wish.shops] * wish.shops
    for extra in range(wish.receipts % wish.shops):
        counts[extra] += 1
    shops = tuple(
        maker.shop(f"S-{place:02d}", count) for place, count in enumerate(counts, start=1)
    )
    return Plan(maker.buyers(shops), shops)


@dataclass(frozen=True, slots=True)
class _Maker:
    chance: random.Random
    wish: Wish
    rules: Rules

    def buyers(self, shops: Sequence[Shop]) -> tuple[Buyer, ...]:
        spent = dict.fromkeys(range(self.wish.members), ZERO)
        for shop in shops:
            for entry in shop.entries:
                if isinstance(entry, Ring) and entry.member is not None:
                    spent[entry.member] += entry.spend
        return tuple(
            Buyer(
                number,
                f"+7916{number:07d}",
                self.chance.choice(_FIRST),
                self.chance.choice(_LAST),
                cents(sum_spent + Decimal(self.chance.randint(0, 50_000)) * KOPECK),
            )
            for number, sum_spent in spent.items()
        )

    def shop(self, name: str, count: int) -> Shop:
        entries: list[Entry] = []
        open_sales: list[Ring] = []
        alone = 0
        for number in range(1, count + 1):
            if not alone and self._is(self.wish.offline / _SPELL):
                alone = self.chance.randint(_SPELL - 3, _SPELL + 3)
            ring = self._ring(f"{name}-{number:05d}")
            if alone:
                alone -= 1
                ring = replace(ring, spend=ZERO, given_up=False, offline=True)
            entries.append(ring)
            if not ring.given_up:
                open_sales.append(ring)
            if open_sales and self._is(self.wish.returning):
                sale = open_sales.pop(self.chance.randrange(len(open_sales)))
                entries += self._backs(sale, alone=bool(alone))
        return Shop(name, tuple(entries))

    def _is(self, share: float) -> bool:
        return self.chance.random() < share

    def _ring(self, name: str) -> Ring:
        member = None
        if not self._is(self.wish.anonymous):
            weights = [1 / rank for rank in range(1, self.wish.members + 1)]
            (member,) = self.chance.choices(range(self.wish.members), weights)
        percent = 0
        if member is not None and self._is(self.wish.spending):
            percent = self.chance.choice([one for one in _SPENT if one <= self.rules.share])
        free = self.wish.free and not percent
        lines = fill(self.chance, free=free, step=_SPENT.get(percent, 1))
        spend = total(lines) * percent / 100
        leaves = bool(spend) and self._is(self.wish.given_up / self.wish.spending)
        return Ring(name, member, lines, spend, given_up=leaves, repeats=self._repeats())

    def _repeats(self) -> frozenset[Step]:
        return frozenset(step for step in Step if self._is(self.wish.repeated))

    def _backs(self, sale: Ring, *, alone: bool) -> list[Back]:
        """Return a whole return, one in part, or seldom one in two goes."""
        name, repeats = f"{sale.id}-R", self._repeats()
        parts = self._parts(sale) if self.wish.partial and self._is(_IN_PART) else None
        first = Back(name, sale.id, parts, offline=alone, repeats=repeats)
        left = {line.id: line.quantity - (parts or {}).get(line.id, ZERO) for line in sale.lines}
        rest = {line: quantity for line, quantity in left.items() if quantity}
        if parts is None or not rest or not self._is(_IN_TWO_GOES):
            return [first]
        return [first, Back(f"{name}2", sale.id, rest, offline=alone, repeats=repeats)]

    def _parts(self, sale: Ring) -> dict[str, Decimal]:
        """Choose what comes back: some lines, and of some lines some units."""
        chosen = self.chance.sample(sale.lines, k=self.chance.randint(1, len(sale.lines)))
        return {line.id: self._units(sale, line) for line in chosen}

    def _units(self, sale: Ring, line: Line) -> Decimal:
        """Return a number of units whose part of the line's points is whole hundredths.

        So it must be too where the points could not be spent.
        """
        pay = sale.spend * line.sum / total(sale.lines)
        parts = (pay, *(self.rules.percent * paid / 100 for paid in (line.sum, line.sum - pay)))
        counts = range(1, int(line.quantity)) if line.quantity == int(line.quantity) else ()
        fit = [
            Decimal(count)
            for count in counts
            if all(_is_whole(part * count / line.quantity) for part in parts)
        ]
        return self.chance.choice([*fit, line.quantity])


def _is_whole(value: Decimal) -> bool:
    return value == value.quantize(KOPECK)
