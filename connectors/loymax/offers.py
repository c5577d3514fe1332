"""Offers: a member's live coupons and personal offers (vendor reference, 6.4 and 6.5).

They are asked for as the member, by the token that a quote has anyway, beside the balance or the
calculation. No till waits for them: what is late is told with the next answer of that purchase.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter

from gateway.canonical import Offer
from gateway.contract import Clock, ConnectorError, Remark

from .client import LoymaxClient, Query
from .config import OfferSettings
from .shapes import shaped
from .values import moment_of
from .wire_offers import ContentWire, CouponWire

T = TypeVar("T")
_COUPONS = TypeAdapter(list[CouponWire])
_CONTENTS = TypeAdapter(list[ContentWire])
_LIVE = "Issued"
_AT_ONCE = "50"
_MOST_MEMBERS = 1000


@dataclass(slots=True)
class MemberOffers:
    """Offers of members, kept for a while: a till quotes anew with each line."""

    client: LoymaxClient
    settings: OfferSettings
    clock: Clock
    remark: Remark
    _told: dict[str, tuple[float, Sequence[Offer]]] = field(default_factory=dict, repr=False)
    _asking: dict[str, asyncio.Task[Sequence[Offer]]] = field(default_factory=dict, repr=False)
    _fails: bool = False

    async def beside(self, login: str, work: Awaitable[T]) -> tuple[T, Sequence[Offer]]:
        """Do what a till waits for; return it with the offers that are there by then."""
        asked = self._asked(login)
        done = await work
        if not isinstance(asked, asyncio.Task):
            return done, asked
        await asyncio.wait({asked}, timeout=self.settings.wait_s)
        is_told = asked.done() and not asked.cancelled()
        return done, asked.result() if is_told else ()

    def forget(self, login: str) -> None:
        """Ask anew next time: a purchase uses coupons up and may bring others."""
        self._told.pop(login, None)
        task = self._asking.pop(login, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Give up what is asked; may be called twice."""
        tasks = list(self._asking.values())
        for login in list(self._asking):
            self.forget(login)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _asked(self, login: str) -> Sequence[Offer] | asyncio.Task[Sequence[Offer]]:
        until, offers = self._told.get(login, (0.0, ()))
        if until > self.clock.monotonic():
            return offers
        task = self._asking.get(login)
        if task is None:
            task = self._asking[login] = asyncio.create_task(self._ask(login))
            task.add_done_callback(lambda done: self._ended(login, done))
        return task

    def _ended(self, login: str, task: asyncio.Task[Sequence[Offer]]) -> None:
        if self._asking.get(login) is task:
            del self._asking[login]

    async def _ask(self, login: str) -> Sequence[Offer]:
        """Ask for a member's offers; none when they cannot be had, which is noted once."""
        offers: Sequence[Offer] = ()
        try:
            told = await asyncio.gather(self._coupons(login), self._personal(login))
            offers, self._fails = [*told[0], *told[1]], False
        except ConnectorError as error:
            if not self._fails:
                self.remark("offers_failed", {"error": type(error).__name__})
            self._fails = True
        if len(self._told) > _MOST_MEMBERS:
            self._told.clear()
        self._told[login] = (self.clock.monotonic() + self.settings.kept_s, offers)
        return offers

    async def _coupons(self, login: str) -> list[Offer]:
        if not self.settings.coupons:
            return []
        query = [
            ("from", "0"), ("count", _AT_ONCE), ("couponListFilter.couponStates[0]", _LIVE),
        ]  # fmt: skip
        data = await self._read(login, "Coupons", "coupons", query)
        rows = shaped(_COUPONS, data or [], operation="coupons")
        now = self.clock.now()
        return [one for row in rows if (one := coupon_offer(row, now)) is not None]

    async def _personal(self, login: str) -> list[Offer]:
        if not self.settings.personal:
            return []
        query = [
            ("filter.type", "PersonalOffer"), ("filter.offerState", "Active"),
            ("filter.from", "0"), ("filter.count", _AT_ONCE),
        ]  # fmt: skip
        data = await self._read(login, "Offer", "offers", query)
        rows = shaped(_CONTENTS, data or [], operation="offers")
        now = self.clock.now()
        return [one for row in rows if (one := content_offer(row, now)) is not None]

    async def _read(self, login: str, path: str, operation: str, query: Query) -> object:
        found: object = await self.client.as_member(
            login, "GET", path, operation, query=query, repeatable=True
        )
        return found


def coupon_offer(coupon: CouponWire, now: datetime) -> Offer | None:
    """Return a coupon that may be used now, ``None`` for another; its code is the offer's id."""
    is_issued = coupon.coupon_state is None or coupon.coupon_state.lower() == _LIVE.lower()
    if not coupon.code or not is_issued:
        return None
    title = ": ".join(one for one in (coupon.emission_title, coupon.short_description) if one)
    return _offer(coupon.code, title, (coupon.activation_date, coupon.expiry_date), now)


def content_offer(content: ContentWire, now: datetime) -> Offer | None:
    """Return a personal offer that goes on now, ``None`` for another."""
    return _offer(f"offer-{content.id}", content.title or "", (content.begin, content.end), now)


def _offer(
    offer_id: str, title: str, span: tuple[str | None, str | None], now: datetime
) -> Offer | None:
    begins, ends = moment_of(span[0]), moment_of(span[1])
    if (begins is not None and begins > now) or (ends is not None and ends <= now):
        return None
    return Offer(id=offer_id, title=title or offer_id, valid_to=ends)
