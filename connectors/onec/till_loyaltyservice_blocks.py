"""Blocks and write-offs: 1C's locks of points as reservations of the loyalty service.

The protocol has neither a request id nor a sale. A block is a reservation of all of a card's points
under an id of ours: till, member, day and a number that grows. A write-off gives it up and spends
the wanted points under an id that is made of the block's and of the amount, so that the same
write-off again after the same block is known to be a repeat. Which number is the last one is read
from the service's own rows: nothing of it has to be remembered here over a restart.

What nobody can know: a write-off that comes late, after the till has blocked the card again, looks
like one of the new block.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from gateway.canonical import BonusPoints, Money, OrderLine, ProductRef
from gateway.contract import Clock, Deal, MemberKey, Sale, Stage, TillRefused, TillService

from .till_login import Visitor

_DAY_BEGINS = timedelta(hours=5)
"""Where a day ends for a till: not at midnight, when a shop may be selling."""
_OVERLAP = timedelta(hours=1)
"""How long the last block of the day before still counts, so that a repeat finds it."""
_MOST = 10_000
_TRIES = 50
_DONE = frozenset({Stage.COMMITTED, Stage.ACCEPTED})


class Basket(NamedTuple):
    """The rows that go along with points. ``most`` is what the processor lets them be paid with.

    Without rows there is one that costs what the points pay: a sale has goods, and with nothing
    left to pay for them nothing is earned.
    """

    lines: Sequence[OrderLine] = ()
    most: Decimal | None = None


NO_BASKET = Basket()


class _Block(NamedTuple):
    id: str
    deal: Deal | None

    @property
    def is_open(self) -> bool:
        return self.deal is not None and self.deal.stage is Stage.RESERVED


class _Series(NamedTuple):
    """The blocks of one member by one till."""

    visitor: Visitor
    mark: str
    service: TillService

    async def deal(self, name: str) -> Deal | None:
        return await self.service.deal(self.visitor.caller, name)


@dataclass(slots=True)
class Blocks:
    """Blocks of all tills of one account.

    ``_last`` only spares questions: a number that is forgotten is counted again from the rows.
    """

    clock: Clock
    zone: ZoneInfo
    currency: str
    rate: Decimal
    _last: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def is_blocked(self, visitor: Visitor, member: MemberKey, service: TillService) -> bool:
        """Tell whether this till holds the member's points."""
        return (await self._current(_series(visitor, member, service))).is_open

    async def block(
        self,
        visitor: Visitor,
        member: MemberKey,
        points: Decimal,
        service: TillService,
        basket: Basket = NO_BASKET,
    ) -> Decimal:
        """Block points; return how many, zero where they are blocked already or cannot be."""
        series = _series(visitor, member, service)
        wanted = points if basket.most is None else min(points, basket.most)
        async with self._lock(series):
            if wanted <= 0 or (await self._current(series)).is_open:
                return Decimal(0)
            day = self._day()
            name = _name(series.mark, day, await self._count(series, day) + 1)
            try:
                deal = await service.reserve(
                    visitor.caller, self._sale(name, series, member, wanted, basket)
                )
            except TillRefused:
                return Decimal(0)
            return wanted if deal.stage is Stage.RESERVED else Decimal(0)

    async def unlock(self, visitor: Visitor, member: MemberKey, service: TillService) -> None:
        """Give the block of this till up; without one nothing happens."""
        series = _series(visitor, member, service)
        async with self._lock(series):
            block = await self._current(series)
            if block.is_open:
                await service.cancel(visitor.caller, block.id)

    async def write_off(
        self,
        visitor: Visitor,
        member: MemberKey,
        points: Decimal,
        service: TillService,
        basket: Basket = NO_BASKET,
    ) -> bool:
        """Spend points, once for a block and an amount; tell whether they are spent.

        Raises ``TillRefused`` for what the service or the processor does not admit.
        """
        series = _series(visitor, member, service)
        async with self._lock(series):
            block = await self._current(series)
            name, deal = await self._spending(series, block, points)
            if deal is not None and deal.stage in _DONE:
                return True
            sale = self._sale(name, series, member, points, basket)
            if deal is None:
                if block.is_open:
                    await service.cancel(visitor.caller, block.id)
                deal = await service.reserve(visitor.caller, sale)
            if deal.stage is not Stage.RESERVED:
                return False
            deal = await service.commit(visitor.caller, sale)
            return deal.stage in _DONE

    async def _spending(
        self, series: _Series, block: _Block, points: Decimal
    ) -> tuple[str, Deal | None]:
        """Return the id of a write-off and what became of it; one that failed has the next id."""
        for attempt in range(1, _TRIES):
            name = f"{block.id}.w{points:f}.{attempt}"
            deal = await series.deal(name)
            if deal is None or deal.stage in _DONE or deal.stage is Stage.RESERVED:
                return name, deal
        return f"{block.id}.w{points:f}.{_TRIES}", None

    async def _current(self, series: _Series) -> _Block:
        """Return the last block; before the first of a day, that of the day before if it counts."""
        today = self._day()
        found = await self._of(series, today)
        if found is not None:
            return found
        before = await self._of(series, today - timedelta(days=1))
        if before is not None and (before.is_open or self._has_just_begun()):
            return before
        return _Block(_name(series.mark, today, 0), None)

    async def _of(self, series: _Series, day: date) -> _Block | None:
        count = await self._count(series, day)
        if count == 0:
            return None
        name = _name(series.mark, day, count)
        return _Block(name, await series.deal(name))

    async def _count(self, series: _Series, day: date) -> int:
        """Return the number of the last block of a day."""
        key = f"{series.visitor.caller.name}:{series.mark}:{day}"
        count = self._last.get(key, 0)
        while await series.deal(_name(series.mark, day, count + 1)) is not None:
            count += 1
        self._last[key] = count
        self._last.move_to_end(key)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)
        return count

    def _sale(
        self, name: str, series: _Series, member: MemberKey, points: Decimal, basket: Basket
    ) -> Sale:
        caller = series.visitor.caller
        return Sale(
            id=name,
            lines=tuple(basket.lines) or (self._paid(points),),
            at=self.clock.now(),
            member=member,
            points=BonusPoints(points=points),
            shop=caller.shop or None,
            till=caller.name,
        )

    def _paid(self, points: Decimal) -> OrderLine:
        price = Money(amount=points * self.rate, currency=self.currency)
        return OrderLine(
            id="1",
            product=ProductRef(name="Оплата бонусами"),
            quantity=Decimal(1),
            base_price=price,
            price=price,
        )

    def _lock(self, series: _Series) -> asyncio.Lock:
        key = f"{series.visitor.caller.name}:{series.mark}"
        return self._locks.setdefault(key, asyncio.Lock())

    def _day(self) -> date:
        return (self.clock.now().astimezone(self.zone) - _DAY_BEGINS).date()

    def _has_just_begun(self) -> bool:
        local = self.clock.now().astimezone(self.zone) - _DAY_BEGINS
        return timedelta(hours=local.hour, minutes=local.minute) < _OVERLAP


def _series(visitor: Visitor, member: MemberKey, service: TillService) -> _Series:
    return _Series(visitor, visitor.mark("member", str(member.external_id)), service)


def _name(mark: str, day: date, number: int) -> str:
    return f"1c.{mark}.{day:%y%m%d}.{number}"
