"""Feed: who may have changed. The vendor has no stream of changes (vendor reference, 11).

Purchases and postings of points change balances, so those since the last look are searched with an
overlap, because tills that were offline send theirs late; the persons they name are read. A first
load walks all persons whose identifiers have a given text in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from gateway.canonical import Customer
from gateway.contract import (
    ConnectorContext,
    ContractViolated,
    Cursor,
    Failed,
    Observed,
    Page,
    Reading,
    RejectedRecord,
    TransientError,
    side_by_side,
)

from .config import LoymaxSettings
from .members import Members
from .people import People
from .shapes import shaped
from .values import moment_text
from .versions import Call
from .wire import BatchWire, PurchaseWire

_PURCHASES = TypeAdapter(list[PurchaseWire])
_BATCHES = TypeAdapter(list[BatchWire])
_COUNT = 100
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on.

    Shape: ``row`` of the first load, ``None`` once it is over; ``since`` when the window of changes
    begins, ``at`` the row of purchases in the window that ends at ``till``.
    """

    since: str
    row: int | None = None
    till: str = ""
    at: int = 0

    def text(self) -> str:
        """Return the cursor to store."""
        return json.dumps(asdict(self), separators=(",", ":"))


def place(cursor: str) -> Place:
    """Read a stored cursor. Raises ``ContractViolated`` for one that was not made here."""
    try:
        return Place(**json.loads(cursor))
    except (ValueError, TypeError) as error:
        msg = "the stored cursor is not one of this connector: delete it to read from now on"
        raise ContractViolated(msg, operation="feed") from error


@dataclass(frozen=True, slots=True)
class MemberFeed:
    """Reader of members whose purchases or points changed.

    ``found`` keeps whose identifiers a page has found out, until the page is read: an attempt that
    fails in the middle goes on where the last one failed.
    """

    members: Members
    context: ConnectorContext[LoymaxSettings]
    found: dict[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def _people(self) -> People:
        return self.members.people

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read members by id; see ``EntityReader.get``."""
        return await self.members.get(external_ids)

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return members who may have changed; see ``EntityReader.pull``."""
        if cursor is None:
            return self._first()
        here = place(cursor)
        if here.row is not None:
            return await self._load(here, here.row, limit)
        return await self._changes(here, min(limit, _COUNT))

    def _first(self) -> Page[Customer]:
        whole = self.context.settings.first_load == "all"
        begin = Place(since=self.context.clock.now().isoformat(), row=0 if whole else None)
        return Page(items=[], cursor=begin.text(), has_more=whole)

    async def _load(self, here: Place, row: int, limit: int) -> Page[Customer]:
        """Read the next persons of the list; it has no total, so it ends with a short page (1)."""
        text = self.context.settings.list_text
        ids = await self._people.ids(text, row, limit)
        is_last = len(ids) < limit
        on = replace(here, row=None if is_last else row + len(ids))
        return await self._page(ids, on, has_more=True)

    async def _changes(self, here: Place, limit: int) -> Page[Customer]:
        now = self.context.clock.now()
        till = datetime.fromisoformat(here.till) if here.till else now
        overlap = timedelta(seconds=self.context.settings.poll_overlap_s)
        since = datetime.fromisoformat(here.since) - overlap
        purchases = await self._purchases(since, till, here.at, limit)
        if len(purchases) >= limit:
            on = replace(here, till=till.isoformat(), at=here.at + len(purchases))
            return await self._page(await self._ids(_names(purchases)), on, has_more=True)
        names, has_more = {*_names(purchases), *await self._posted(since)}, False
        if here.till:
            # The window was begun by an earlier page: what came since belongs to this walk too.
            rest = await self._purchases(till, now, 0, limit)
            names |= set(_names(rest))
            has_more = len(rest) >= limit
            till = till if has_more else now
        on = Place(since=till.isoformat())
        return await self._page(await self._ids(sorted(names)), on, has_more=has_more)

    async def _page(self, ids: Sequence[str], on: Place, *, has_more: bool) -> Page[Customer]:
        """Read persons, several calls each; those that fail now are left to be read by id."""

        async def read(person_id: str) -> Observed[Customer] | RejectedRecord | Failed | None:
            try:
                return await self.members.one(person_id)
            except TransientError as error:
                return Failed(error)

        unique = list(dict.fromkeys(ids))
        told = await side_by_side(unique, read, at_once=self.context.settings.at_once)
        failed = [one.error for one in told if isinstance(one, Failed)]
        if failed and len(failed) == len(told):
            raise failed[0]
        self.found.clear()
        return Page(
            items=[one for one in told if isinstance(one, Observed)],
            cursor=on.text(),
            has_more=has_more,
            rejected=[one for one in told if isinstance(one, RejectedRecord)],
            unread=[key for key, one in zip(unique, told, strict=True) if isinstance(one, Failed)],
        )

    async def _purchases(
        self, since: datetime, till: datetime, start: int, count: int
    ) -> Sequence[PurchaseWire]:
        body = {
            "startChequeTime": moment_text(since),
            # Written in whole milliseconds, which are rounded down: the end is rounded up.
            "lastChequeTime": moment_text(till + _MILLISECOND),
            "from": start,
            "count": count,
        }
        data = await self._people.client.write(
            Call.SYSTEM, "purchases/search", json=body, repeatable=True, path="purchases"
        )
        return shaped(_PURCHASES, data or [], operation="purchases/search")

    async def _posted(self, since: datetime) -> set[str]:
        """Return the identifiers to which points were posted by hand since a moment."""
        found: set[str] = set()
        start = 0
        while True:
            query = [
                ("from", str(start)),
                ("count", str(_COUNT)),
                ("filter.fromDate", moment_text(since)),
            ]
            data = await self._people.client.read(
                Call.SYSTEM, "deposit/list", query, path="deposit"
            )
            batches = shaped(_BATCHES, data or [], operation="deposit/list")
            for batch in batches:
                found |= await self._named(batch)
            if len(batches) < _COUNT:
                return found
            start += len(batches)

    async def _named(self, batch: BatchWire) -> set[str]:
        query = [("filter.from", "0"), ("filter.count", "1000")]
        rows = await self._people.client.read(
            Call.SYSTEM, "deposit/operations", query, path=f"deposit/{batch.id}/operations"
        )
        return {
            str(one["identifierValue"])
            for one in rows or []
            if isinstance(one, Mapping) and one.get("identifierValue")
        }

    async def _ids(self, identifiers: Sequence[str]) -> list[str]:
        """Return the ids of persons who have these phones, cards, e-mails or uids."""

        async def one(identifier: str) -> str | None:
            if identifier not in self.found:
                self.found[identifier] = await self._person(identifier)
            return self.found[identifier]

        told = await side_by_side(identifiers, one, at_once=self.context.settings.at_once)
        return [found for found in told if found is not None]

    async def _person(self, identifier: str) -> str | None:
        """Return whose it is; nobody may have it any more, or several: then there is no one."""
        found = await self._people.id_of(identifier)
        if found is not None or not identifier.isdigit():
            return found
        owner = await self._people.by_card(identifier)
        return str(owner) if owner is not None else None


def _names(purchases: Sequence[PurchaseWire]) -> list[str]:
    """Return by what the buyers were known."""
    return sorted({one.person_identifier for one in purchases if one.person_identifier})
