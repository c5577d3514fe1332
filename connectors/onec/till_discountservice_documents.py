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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from weakref import WeakValueDictionary

from gateway.canonical import BonusPoints
from gateway.contract import (
    Caller,
    Clock,
    Deal,
    MemberKey,
    OfflineReceipt,
    Refund,
    Sale,
    Stage,
    TillService,
)

from .config import OneCSettings
from .config_till import DiscountServer
from .till_discountservice_goods import MOST_AMOUNT, Goods, Values, aware, goods_from_wire, lines_of
from .values import reference

_MOST = 5000
_DONE = frozenset({Stage.COMMITTED, Stage.ACCEPTED})


class CardNumbers(Protocol):
    """Whoever knows the numbers of cards: the directory of the account's own base."""

    async def numbers(self, refs: Sequence[str]) -> Mapping[str, str]:
        """Return numbers by reference."""


@dataclass(slots=True)
class Documents:
    """Documents of one account's tills."""

    clock: Clock
    account: OneCSettings
    settings: DiscountServer
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
        goods = goods_from_wire(rows, zone=self.account.zone)
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
        points = _spent(moves)
        if points and (member is None or not goods.items):
            return False
        taken_off = points * self.settings.bonus_rate if self.settings.sums_without_points else None
        now = self.clock.now()
        sale = Sale(
            id="",
            lines=lines_of(goods.items, taken_off or Decimal(0), currency=self.account.currency),
            # A till's clock may run ahead, and nothing may have happened tomorrow.
            at=min(goods.at or self._at(moves) or now, now),
            member=member,
            points=BonusPoints(points=points) if points else None,
            shop=caller.shop or None,
            till=caller.name,
        )
        async with self._locks.setdefault(f"{caller.name}:{ref}", asyncio.Lock()):
            return await _Versions(caller, ref, service).become(sale)

    def _at(self, moves: Sequence[Values]) -> datetime | None:
        moments = (one.get("Период") for one in moves)
        return next((aware(one, self.account.zone) for one in moments if one is not None), None)


@dataclass(frozen=True, slots=True)
class _Versions:
    """The versions of one document."""

    caller: Caller
    document: str
    service: TillService

    async def become(self, sale: Sale) -> bool:
        """Make a sale the document's last version, unless it is so already.

        All of it is handed in as receipts that were closed already: they are kept whatever the
        processor says, and a version and what it replaces are kept together or not at all.
        """
        number = await self._last()
        counts = number > 0 and await self._deal(self._undo(number)) is None
        if not sale.lines and sale.points is None:
            return not counts or await self._handed_in(self._refund(number, sale))
        if not counts:
            return await self._handed_in(_sale(sale, self._name(number + 1)))
        before = await self._deal(self._name(number))
        (told,) = await self.service.offline(self.caller, [_sale(sale, self._name(number))])
        if told.stage in _DONE:
            return True
        if before is None or before.stage is Stage.REFUSED or told.replayed:
            # A person decides about it; a second version beside it could count twice.
            return False
        following = _sale(sale, self._name(number + 1))
        if before.stage not in _DONE:
            return await self._handed_in(following)
        return await self._handed_in(self._refund(number, sale), following)

    async def _handed_in(self, *receipts: OfflineReceipt) -> bool:
        told = await self.service.offline(self.caller, receipts)
        return all(one.stage in _DONE for one in told)

    async def _last(self) -> int:
        number = 0
        while await self._deal(self._name(number + 1)) is not None:
            number += 1
        return number

    def _refund(self, number: int, sale: Sale) -> OfflineReceipt:
        return OfflineReceipt(
            refund=Refund(
                id=self._undo(number),
                sale_id=self._name(number),
                reference="",
                at=sale.at,
                shop=sale.shop,
                till=sale.till,
            )
        )

    async def _deal(self, name: str) -> Deal | None:
        return await self.service.deal(self.caller, name)

    def _name(self, number: int) -> str:
        return f"1d.{self.document}.{number}"

    def _undo(self, number: int) -> str:
        return f"{self._name(number)}.undo"


def _spent(moves: Sequence[Values]) -> Decimal:
    """Return the points that a document spends: its expenses.

    What it says of points earned is the till's own reckoning; the processor has its rules.
    """
    spent = sum(
        (one.get("Начислено") or Decimal(0) for one in moves if one.get("ВидДвижения")), Decimal(0)
    )
    return max(Decimal(0), min(spent, MOST_AMOUNT))


def _sale(sale: Sale, name: str) -> OfflineReceipt:
    return OfflineReceipt(sale=replace(sale, id=name))


def _keep(known: OrderedDict[Any, Any], key: object, value: object) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST:
        known.popitem(last=False)
