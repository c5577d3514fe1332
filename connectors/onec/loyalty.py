"""Loyalty: points that 1C keeps, over a service in the shape of LoyaltyExchange.

A member is a card, and its id the service's own (``CardID``). Every write has a ``RequestID`` that
follows from its key: a repeat gives the first answer again. The service reckons no basket and takes
no goods back: what a sale earns is accrued by 1C's own documents, and points that were spent on
goods that return are accrued again. Source: vendor reference, 3.7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import BonusAccount, BonusPoints, Customer
from gateway.contract import (
    Clock,
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Missing,
    Quote,
    Refund,
    Rejected,
    Sale,
    SaleState,
    Unsupported,
)

from .config_services import Cards
from .loyalty_history import movements, page_of
from .loyalty_service import LoyaltyService, card_of
from .translator_loyalty import (
    ZERO,
    Spending,
    account_of,
    code_for,
    customer_of,
    digits,
    new_card,
    quote_of,
    returned,
    sum_of,
)
from .values import moment_of, own_reference

_TAKEN = "CARD_EXISTS_OTHER_OWNER"
_RETURN = ":return:"
_TRIES = 5
"""Codes that are tried for a new member: a code that is somebody's already is rare."""


@dataclass(frozen=True, slots=True)
class ServiceLoyalty:
    """See ``LoyaltyProcessing``."""

    service: LoyaltyService
    cards: Cards
    clock: Clock
    zone: ZoneInfo
    _returning: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def identify(self, key: MemberKey) -> Member | None:
        """Find a member by card, phone or id; the service finds nobody by e-mail.

        Of a member that is named by its id the points are told, and nothing else is known.
        """
        try:
            if key.external_id is not None:
                told = Customer(bonuses=tuple(await self.balance(key.external_id)))
                return Member(key.external_id, told)
            card = await self._card(key)
            return None if card is None else await self._member(card)
        except Missing:
            return None

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Issue a card, or return the member who has one of the phones.

        The code follows from ``key``; one that is another's already is left to him. Raises
        ``Rejected`` for somebody without a phone, by which a repeat would find him.
        """
        if not customer.phones:
            msg = "phones: a member needs one"
            raise Rejected(msg, operation="IssueCard")
        for phone in customer.phones:
            if known := await self.identify(MemberKey(phone=phone.number)):
                return known
        codes, kind = self.cards.new_codes, self.cards.new_type
        if codes is None or kind is None:
            msg = "nobody can join: set `new_type` and `new_codes`"
            raise Unsupported(msg, operation="IssueCard")
        for attempt in range(_TRIES):
            name = f"{key}:{attempt}"
            data = new_card(customer, code_for(name, codes), kind)
            card = await self._issued({"RequestID": own_reference(name), "CardData": data})
            if card is not None:
                return await self._member(card)
        msg = "the codes that were drawn are all taken: widen `new_codes`"
        raise Rejected(msg, operation="IssueCard", vendor_code=_TAKEN)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the card's points: to be spent, accrued for later, held."""
        return [account_of(await self._balance(external_id), self.cards.programme)]

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return a page of movements until now; see ``loyalty_history.page_of``."""
        return await page_of(
            self.service, external_id, self.zone, cursor=cursor, limit=limit, now=self.clock.now()
        )

    async def quote(self, sale: Sale) -> Quote:
        """Say how many points there are and how many of them the sale may take."""
        if sale.member is None:
            return quote_of(sale, None)
        return quote_of(sale, await self._balance(await self._card_id(sale)))

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Hold the points; a sale that spends none is not told to the service."""
        points = sale.points.points if sale.points is not None else ZERO
        if points <= 0:
            return _kept(Spending(total=sum_of(sale.lines).amount), SaleState.RESERVED)
        card = await self._card_id(sale)
        values = {
            "RequestID": own_reference(key),
            "CardID": card,
            "Amount": points,
            "ReceiptID": own_reference(sale.id),
        }
        told = await self.service.call("HoldBonuses", values)
        hold = str(told.get("HoldID") or "")
        spent = Spending(hold, card, points, sum_of(sale.lines).amount)
        return _kept(spent, SaleState.RESERVED, moment_of(told.get("ExpiresAt"), self.zone))

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Take the held points; those of a sale that was closed already are held first."""
        if kept is None:
            kept = await self.reserve(sale, key=f"{key}:hold")
        spent = Spending.of(kept.reference, "CommitHold")
        if spent.hold:
            values = {
                "RequestID": own_reference(key),
                "HoldID": spent.hold,
                "Amount": spent.points,
            }
            await self.service.call("CommitHold", values)
        return _kept(spent, SaleState.COMMITTED)

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Free the held points; the service takes a hold that is free already for freed."""
        spent = Spending.of(kept.reference, "CancelHold")
        if spent.hold:
            values = {"RequestID": own_reference(key), "HoldID": spent.hold}
            await self.service.call("CancelHold", values)

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Accrue again what was spent on the goods; of a part the share of its sum.

        Nobody but us knows what a sale gave back: each return names it in its comment, and all of
        them together give back no more than was spent, whatever else comes.
        """
        spent = Spending.of(refund.reference, "AccrueBonuses")
        back = spent.points
        if refund.lines is not None:
            back = spent.share(sum_of(refund.lines).amount)
        if back > 0:
            async with self._returning:
                back = await self._given_back(spent, back, key)
        return Kept(refund.reference, SaleState.COMMITTED, points_spent=BonusPoints(points=-back))

    async def _given_back(self, spent: Spending, back: Decimal, key: str) -> Decimal:
        """Accrue points once; return how many of them this return gave."""
        comment = f"gateway:{key}{_RETURN}{spent.hold}"
        # 1C's clock may be ahead of ours.
        until = self.clock.now() + timedelta(days=1)
        rows = await movements(self.service, spent.card, self.zone, until=until)
        before = returned(rows, f"{_RETURN}{spent.hold}")
        if comment in before:
            return before[comment]
        back = min(back, spent.points - sum(before.values(), ZERO))
        if back > 0:
            values = {
                "RequestID": own_reference(key),
                "CardID": spent.card,
                "Amount": back,
                "AccrueDate": None,
                "ExpireDate": None,
                "Comment": comment,
            }
            await self.service.call("AccrueBonuses", values)
        return max(back, ZERO)

    async def find(self, sale_id: str) -> Kept | None:
        """Refuse: nobody can ask for a hold. A repeat under its ``RequestID`` has no effect."""
        del sale_id
        msg = "the service cannot be asked for a hold: a repeat gives its first answer"
        raise Unsupported(msg, operation="find")

    async def _balance(self, card: str) -> Mapping[str, Any]:
        values = {"CardID": card, "AtDate": None}
        return card_of(await self.service.call("GetBalance", values), "GetBalance")

    async def _card(self, key: MemberKey) -> Mapping[str, Any] | None:
        if key.card is None and key.phone is None:
            return None
        phone = None if key.phone is None else digits(key.phone)
        told = await self.service.call("FindCard", {"CardCode": key.card, "Phone": phone})
        return card_of(told, "FindCard")

    async def _card_id(self, sale: Sale) -> str:
        member = sale.member
        if member is not None and member.external_id is not None:
            return member.external_id
        card = None if member is None else await self._card(member)
        if card is None:
            msg = "the service finds no member: name a card, a phone or an id"
            raise Missing(msg, operation="FindCard")
        return str(card["CardID"])

    async def _member(self, card: Mapping[str, Any]) -> Member:
        external_id, told = str(card["CardID"]), customer_of(card)
        points = tuple(await self.balance(external_id))
        return Member(external_id, told.model_copy(update={"bonuses": points}))

    async def _issued(self, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the card that was made; ``None`` when its code is another's."""
        try:
            told = await self.service.call("IssueCard", values)
        except Rejected as error:
            if error.vendor_code != _TAKEN:
                raise
            return None
        # One that is there already is somebody's: the member's own was looked for by the phone.
        return None if told.get("AlreadyExists") is True else card_of(told, "IssueCard")


def _kept(spent: Spending, state: SaleState, expires_at: datetime | None = None) -> Kept:
    points = BonusPoints(points=spent.points)
    return Kept(str(spent), state, points_spent=points, expires_at=expires_at)
