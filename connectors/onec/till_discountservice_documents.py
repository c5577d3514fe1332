"""Documents of tills of Розница as sales: what is told twice counts once.

A till tells of a posted document in two calls, first its goods and then its points, and repeats
both until each was answered with true. The goods wait here for the points; if they are gone by then
(a restart) the answer is false, which is 1C's word for a document that it does not know, and the
till begins anew.

1C replaces a document's movements each time. So do we: a document with another content is the next
version of its sale, after the last one was given back. The versions are counted in the service's
own rows.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from gateway.canonical import BonusPoints, Money, OrderLine, ProductRef
from gateway.canonical.money import KOPECK, rounded
from gateway.contract import Caller, Clock, MemberKey, Refund, Sale, Stage, TillRefused, TillService

from .values import reference

_MOST = 5000
_DONE = frozenset({Stage.COMMITTED, Stage.ACCEPTED})
_DIFFERS = "sale-differs"

Values = Mapping[str, Any]


class CardNumbers(Protocol):
    """Whoever knows the numbers of cards: the directory of the account's own base."""

    async def numbers(self, refs: Sequence[str]) -> Mapping[str, str]:
        """Return numbers by reference."""


class Goods(NamedTuple):
    """What a till told of a document's goods."""

    lines: tuple[OrderLine, ...]
    card: str | None
    at: datetime | None


@dataclass(slots=True)
class Documents:
    """Documents of one account's tills."""

    clock: Clock
    zone: ZoneInfo
    currency: str
    cards: CardNumbers | None
    _goods: OrderedDict[tuple[str, str], Goods] = field(default_factory=OrderedDict, repr=False)
    _numbers: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def member(self, card: str) -> MemberKey | None:
        """Return whom a card's reference means, ``None`` for a card that is not known.

        Without a directory the reference itself is the card's number at the processor.
        """
        ref = reference(card)
        if ref is None:
            return MemberKey(card=card) if card and self.cards is None else None
        if self.cards is None:
            return MemberKey(card=ref)
        if ref not in self._numbers:
            number = (await self.cards.numbers([ref])).get(ref)
            if not number:
                return None
            _keep(self._numbers, ref, number)
        return MemberKey(card=self._numbers[ref])

    def note(self, caller: Caller, document: str, rows: Sequence[Values]) -> bool:
        """Keep a document's goods until its points come; tell whether it can be a sale."""
        ref = reference(document)
        goods = goods_from_wire(rows, zone=self.zone, currency=self.currency)
        if ref is None or goods is None:
            return False
        _keep(self._goods, (caller.name, ref), goods)
        return True

    async def settle(
        self, caller: Caller, document: str, moves: Sequence[Values], service: TillService
    ) -> bool:
        """Count a document; tell whether it is kept. Raises ``TillBusy``."""
        ref = reference(document) or ""
        goods = self._goods.get((caller.name, ref))
        if goods is None:
            return False
        cards = [one.get("ИдентификаторКарты") for one in moves]
        card = next((one for one in (*cards, goods.card) if one), None)
        member = await self.member(card) if card else None
        if card and member is None:
            return False
        sale = Sale(
            id="",
            lines=goods.lines,
            at=goods.at or self._at(moves) or self.clock.now(),
            member=member,
            points=_spent(moves),
            shop=caller.shop or None,
            till=caller.name,
        )
        async with self._locks.setdefault(f"{caller.name}:{ref}", asyncio.Lock()):
            try:
                return await _Versions(caller, ref, service).become(sale)
            except TillRefused:
                return False

    def _at(self, moves: Sequence[Values]) -> datetime | None:
        moments = (one.get("Период") for one in moves)
        return next((_aware(one, self.zone) for one in moments if one is not None), None)


@dataclass(frozen=True, slots=True)
class _Versions:
    """The versions of one document."""

    caller: Caller
    document: str
    service: TillService

    async def become(self, sale: Sale) -> bool:
        """Make a sale the document's last version, unless it is so already."""
        number = await self._last()
        is_there = number > 0 and await self._deal(self._undo(number)) is None
        if not sale.lines and sale.points is None:
            return not is_there or await self._give_back(number, sale.at)
        if is_there:
            try:
                deal = await self.service.commit(self.caller, _as(sale, self._name(number)))
            except TillRefused as error:
                if error.code != _DIFFERS or not await self._give_back(number, sale.at):
                    return False
            else:
                return deal.stage in _DONE
        deal = await self.service.commit(self.caller, _as(sale, self._name(number + 1)))
        return deal.stage in _DONE

    async def _last(self) -> int:
        number = 0
        while await self._deal(self._name(number + 1)) is not None:
            number += 1
        return number

    async def _give_back(self, number: int, at: datetime) -> bool:
        """Take a version back, as a return of the whole sale. One that never counted is nothing."""
        deal = await self.service.deal(self.caller, self._name(number))
        if deal is None or deal.stage not in _DONE:
            return True
        whole = Refund(
            id=self._undo(number),
            sale_id=self._name(number),
            reference="",
            at=at,
            shop=self.caller.shop or None,
            till=self.caller.name,
        )
        told = await self.service.refund(self.caller, whole)
        return told.stage in _DONE

    async def _deal(self, name: str) -> object:
        return await self.service.deal(self.caller, name)

    def _name(self, number: int) -> str:
        return f"1d.{self.document}.{number}"

    def _undo(self, number: int) -> str:
        return f"{self._name(number)}.undo"


def goods_from_wire(rows: Sequence[Values], *, zone: ZoneInfo, currency: str) -> Goods | None:
    """Read the goods of a document; ``None`` for a return, whose sale the protocol does not name.

    1C sends rows in any order: they are sorted, so that the same document is the same sale. A sum
    that does not divide by its quantity makes two lines, so that the whole is exact.
    """
    lines: list[OrderLine] = []
    for row in sorted(filter(None, rows), key=_sorted_by):
        quantity, total = row.get("Количество") or Decimal(0), row.get("Сумма") or Decimal(0)
        if quantity < 0 or total < 0 or (total > 0 and quantity == 0):
            return None
        if quantity == 0:
            continue
        for count, price in _divided(rounded(total, KOPECK), quantity):
            money = Money(amount=price, currency=currency)
            place = len(lines) + 1
            lines.append(
                OrderLine(
                    id=str(place),
                    sort=place,
                    product=_product(row),
                    quantity=count,
                    base_price=money,
                    price=money,
                )
            )
    cards = (row.get("ИдентификаторКарты") for row in rows if row)
    moments = (row.get("Период") for row in rows if row)
    at = next((_aware(one, zone) for one in moments if one is not None), None)
    return Goods(tuple(lines), next((one for one in cards if one), None), at)


def _sorted_by(row: Values) -> tuple[str, str, Decimal, Decimal]:
    return (
        str(row.get("ИдентификаторНоменклатуры") or "").lower(),
        str(row.get("ИдентификаторХарактеристики") or "").lower(),
        row.get("Сумма") or Decimal(0),
        row.get("Количество") or Decimal(0),
    )


def _divided(total: Decimal, quantity: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield quantities and prices that make up a sum, exact where the quantity is whole."""
    price = rounded(total / quantity, KOPECK)
    if price * quantity == total or quantity != quantity.to_integral_value():
        yield quantity, price
        return
    low = (total / quantity).quantize(KOPECK, rounding="ROUND_FLOOR")
    dearer = (total - low * quantity) / KOPECK
    if quantity > dearer:
        yield quantity - dearer, low
    yield dearer, low + KOPECK


def _product(row: Values) -> ProductRef | None:
    item = reference(row.get("ИдентификаторНоменклатуры"))
    variant = reference(row.get("ИдентификаторХарактеристики"))
    if item is None:
        return None
    return ProductRef(external_id=f"{item}#{variant}" if variant else item)


def _spent(moves: Sequence[Values]) -> BonusPoints | None:
    """Return the points that a document spends: its expenses.

    What it says of points earned is the till's own reckoning; the processor has its rules.
    """
    spent = sum(
        (one.get("Начислено") or Decimal(0) for one in moves if one.get("ВидДвижения")), Decimal(0)
    )
    return BonusPoints(points=spent) if spent > 0 else None


def _as(sale: Sale, name: str) -> Sale:
    return Sale(
        id=name, lines=sale.lines, at=sale.at, member=sale.member, points=sale.points,
        shop=sale.shop, till=sale.till,
    )  # fmt: skip


def _aware(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _keep(known: OrderedDict[Any, Any], key: object, value: object) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST:
        known.popitem(last=False)
