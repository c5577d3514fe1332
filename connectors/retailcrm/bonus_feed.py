"""Bonus feed: the customers' feed, and after it the postings of the programme (11.6).

A posting changes a balance and no customer, so the customers' history does not tell of it. The
postings of all members have a feed of their own, walked by a cursor of the vendor's; a
participation that moved is read, and its customer told with bonuses and level only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.canonical import Customer
from gateway.contract import (
    ConnectorContext,
    ContractViolated,
    Cursor,
    Observed,
    Page,
    Reading,
)

from .client_loyalty import PAGE, Postings
from .config import RetailCrmSettings
from .participations import Participations
from .reader import FeedReader
from .translator import moment_of, moment_text, own_key
from .translator_loyalty import LoyaltyTranslator
from .wire_loyalty import AccountWire, OperationWire

_PAGE_SIZES = (20, 50, PAGE)


@dataclass(frozen=True, slots=True)
class Trail:
    """A place in both feeds.

    Shape: ``feed`` is the customers' cursor. ``bonus`` is the vendor's cursor of postings, ``seen``
    how many after it are known, where the vendor gave no newer cursor. ``since``: postings before
    it (local to the account) are passed over until the feed's end was met once.
    """

    feed: str
    bonus: str | None = None
    seen: int = 0
    since: str | None = None

    def text(self) -> str:
        """Return the cursor to store."""
        told = {
            "feed": self.feed,
            "bonus": self.bonus,
            "seen": self.seen or None,
            "since": self.since,
        }
        filled = {name: value for name, value in told.items() if value is not None}
        return json.dumps(filled, separators=(",", ":"))


def trail(cursor: str, *, now: str) -> Trail:
    """Read a stored cursor; one of the customers' feed alone follows the postings from ``now``.

    Raises: ``ContractViolated`` for one that this connector did not make.
    """
    try:
        told: dict[str, Any] = json.loads(cursor)
        if "feed" not in told:
            return Trail(feed=cursor, since=now)
        return Trail(
            feed=str(told["feed"]),
            bonus=told.get("bonus"),
            seen=int(told.get("seen") or 0),
            since=told.get("since"),
        )
    except (ValueError, TypeError) as error:
        msg = "the stored cursor is not one of this connector: delete it to read from now on"
        raise ContractViolated(msg, operation="loyalty/bonus/operations") from error


@dataclass(frozen=True, slots=True)
class MemberFeed:
    """Reads customers with their bonuses; see ``EntityReader``."""

    feed: FeedReader[Customer]
    members: Participations
    translator: LoyaltyTranslator
    context: ConnectorContext[RetailCrmSettings]

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return what changed of customers; when nothing is left of that, of their bonuses."""
        if not self.members.programme.follow_bonuses:
            plain = None if cursor is None else trail(cursor, now="").feed
            return await self.feed.pull(plain, limit=limit)
        settings = self.context.settings
        begin = self.context.clock.now() - timedelta(seconds=settings.overlap_s)
        now = moment_text(begin, settings.zone)
        if cursor is None:
            page = await self.feed.pull(None, limit=limit)
            since = None if settings.first_load == "all" else now
            return replace(page, cursor=Trail(page.cursor, since=since).text())
        here = trail(cursor, now=now)
        page = await self.feed.pull(here.feed, limit=limit)
        here = replace(here, feed=page.cursor)
        if page.has_more:
            return replace(page, cursor=here.text())
        return await self._with_bonuses(page, here, limit)

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read customers by id, with bonuses where the account is set up so."""
        reading = await self.feed.get(external_ids)
        if not self.members.programme.bonuses_on_read:
            return reading
        there = [item.external_id for item in reading.items if not item.deleted]
        rows = await self.members.of_customers(there)
        items = [
            item
            if item.deleted
            else replace(
                item, entity=self.translator.member(item.entity, rows.get(item.external_id))
            )
            for item in reading.items
        ]
        return replace(reading, items=items)

    async def _with_bonuses(self, page: Page[Customer], here: Trail, limit: int) -> Page[Customer]:
        size = next((one for one in _PAGE_SIZES if one >= limit), PAGE)
        client, programme = self.members.client, self.members.programme.programme
        told = await client.all_postings(programme, here.bonus, limit=size)
        fresh = [
            row for row in told.rows[here.seen :] if not here.since or row.created_at >= here.since
        ]
        moved = await self._moved(fresh)
        following = _following(here, told)
        more = following.bonus != here.bonus
        items = _together(page.items, moved)
        return replace(page, items=items, cursor=following.text(), has_more=more)

    async def _moved(self, rows: Sequence[OperationWire]) -> list[Observed[Customer]]:
        """Read the participations that were posted to, and tell their customers."""
        zone = self.context.settings.zone
        newest: dict[int, datetime | None] = {}
        for row in rows:
            if row.loyalty_account.id is not None:
                newest[row.loyalty_account.id] = moment_of(row.created_at, zone)
        found = await self.members.by_ids(newest)
        return [
            self._observed(row, newest.get(row.id or 0))
            for row in found.values()
            if row.customer is not None and row.customer.site in (None, self.context.settings.site)
        ]

    def _observed(self, row: AccountWire, at: datetime | None) -> Observed[Customer]:
        told = Customer(bonuses=(self.translator.balance(row),), tier=row.level.name)
        stub = row.customer
        return Observed(
            external_id=str(stub.id) if stub is not None else "",
            entity=told,
            key=own_key(stub.external_id) if stub is not None else None,
            changed_at=at,
        )


def _following(here: Trail, told: Postings) -> Trail:
    """Return where to go on; an end without a newer cursor keeps the old one (3)."""
    if told.cursor and told.cursor != here.bonus and told.count:
        return replace(here, bonus=told.cursor, seen=0)
    return replace(here, seen=max(here.seen, told.count), since=None)


def _together(
    items: Sequence[Observed[Customer]], moved: Sequence[Observed[Customer]]
) -> list[Observed[Customer]]:
    """Tell a customer who is in both feeds once."""
    more = {one.external_id: one for one in moved}
    whole: list[Observed[Customer]] = []
    for item in items:
        other = None if item.deleted else more.pop(item.external_id, None)
        if other is None:
            whole.append(item)
        else:
            update = {"bonuses": other.entity.bonuses, "tier": other.entity.tier}
            whole.append(replace(item, entity=item.entity.model_copy(update=update)))
    return [*whole, *more.values()]
