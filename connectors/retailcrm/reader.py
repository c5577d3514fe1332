"""Reader: polling consumer of a history feed that then reads the entities themselves.

Each feed has its own cursor. The rows of a page are read first and the entities after them, so what
is handed on is never older than the cursor that goes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import ValidationError

from gateway.canonical import Canonical, Kind
from gateway.contract import ConnectorContext, Cursor, Observed, Page, Reading

from .client import RetailCrmClient
from .config import RetailCrmSettings
from .cursor import Place, place
from .fold import Folded, fold
from .manifest import LIST_ROWS
from .read_ahead import PagesAhead
from .records import Records, Translate
from .translator import moment_of, moment_text, own_key
from .wire import HistoryPageWire, HistoryWire

E = TypeVar("E", bound=Canonical)

_PAGE_SIZES = (20, 50, 100)
_BEYOND = 2_147_483_647
"""An id that no record has: what still counts after it tells how the vendor counts."""


@dataclass(slots=True)
class FeedReader(Generic[E]):
    """Reads one kind of entity of one account."""

    kind: Kind
    blank: E
    client: RetailCrmClient
    translate: Translate[E]
    context: ConnectorContext[RetailCrmSettings]
    _counts_remaining: bool | None = field(init=False, default=None)
    _pages: PagesAhead = field(init=False)

    def __post_init__(self) -> None:
        self._pages = PagesAhead(self.client, self.kind)

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[E]:
        """Return the entities changed after ``cursor``; see ``EntityReader.pull``."""
        if cursor is None:
            return self._first()
        here = place(cursor)
        if here.list_page is not None:
            return await self._load(here, here.list_page)
        size = next((one for one in _PAGE_SIZES if one >= limit), LIST_ROWS)
        told = await self.client.history(self.kind, query=here.query(), limit=size)
        if not told.history:
            return await self._nothing(here, told, size)
        records, last_id = self._records(told)
        folded = fold(records, site=self.client.site)
        found = await self._read(list(folded.changed))
        pages = told.pagination
        return Page(
            items=[*self._dated(found, folded), *self._gone(folded)],
            cursor=Place(since_id=max(last_id, here.since_id or 0)).text(),
            has_more=pages.current_page < pages.total_page_count,
            rejected=found.rejected,
            echoes=folded.echoes,
        )

    async def get(self, external_ids: Sequence[str]) -> Reading[E]:
        """Read entities by id; a customer that was merged away is told with its survivor."""
        wanted = list(dict.fromkeys(external_ids))
        found = await self._read([one for one in wanted if one.isdigit()])
        seen = {item.external_id for item in found.items}
        seen |= {record.external_id for record in found.rejected}
        missing = [one for one in wanted if one not in seen]
        merged = await self._merged(missing)
        gone = {item.external_id for item in merged}
        return Reading(
            items=[*found.items, *merged],
            missing=[one for one in missing if one not in gone],
            rejected=found.rejected,
        )

    def _first(self) -> Page[E]:
        """Begin now, a little earlier for clocks that differ; or with a load of all records."""
        settings = self.context.settings
        begin = self.context.clock.now() - timedelta(seconds=settings.overlap_s)
        here = Place(start=moment_text(begin, settings.zone))
        whole = settings.first_load == "all"
        if whole:
            here = replace(here, list_page=1)
        return Page(items=[], cursor=here.text(), has_more=whole)

    async def _load(self, here: Place, number: int) -> Page[E]:
        """Read one page of all records; what changes meanwhile comes by the history after it."""
        listed = await self._pages.page(number)
        records = await self.translate(listed.rows)
        more = number < listed.pagination.total_page_count
        return Page(
            items=records.items,
            cursor=replace(here, list_page=number + 1 if more else None).text(),
            has_more=True,
            rejected=records.rejected,
        )

    async def _nothing(self, here: Place, told: HistoryPageWire, size: int) -> Page[E]:
        """Step over a page whose records are all hidden from our key; an empty page is no end."""
        pages = told.pagination
        on = here
        if pages.current_page < pages.total_page_count:
            if here.since_id is None:
                on = replace(here, page=here.page + 1)
            elif await self._is_hidden(here.since_id, pages.total_page_count, size):
                # A full page lies behind us, and ids are whole numbers that only grow: the page
                # ends at this id or later, so none of what it skips could have been shown.
                on = replace(here, since_id=here.since_id + size)
        return Page(items=[], cursor=on.text(), has_more=on != here)

    async def _is_hidden(self, since_id: int, last_page: int, size: int) -> bool:
        """Tell a page of hidden records from a count that means the whole feed.

        Some accounts count what remains after ``sinceId``, others everything; only the first kind
        says that something follows. For the second kind a visible later record proves it.
        """
        if self._counts_remaining is None:
            beyond = await self.client.history(
                self.kind, query=Place(since_id=_BEYOND).query(), limit=size
            )
            self._counts_remaining = beyond.pagination.total_count == 0
        if self._counts_remaining:
            return True
        tail = await self.client.history(self.kind, query=[("page", str(last_page))], limit=size)
        return bool(tail.history) and self._records(tail)[1] > since_id

    def _records(self, told: HistoryPageWire) -> tuple[list[HistoryWire], int]:
        """Return the readable records and the greatest id of all."""
        records: list[HistoryWire] = []
        last_id = 0
        for row in told.history:
            if isinstance(row.get("id"), int):
                last_id = max(last_id, row["id"])
            try:
                records.append(HistoryWire.model_validate(row))
            except ValidationError as error:
                where = ".".join(map(str, error.errors()[0]["loc"]))
                self.context.log.warning("retailcrm.history_unreadable", field=where)
        return sorted(records, key=lambda record: record.id), last_id

    async def _read(self, ids: Sequence[str]) -> Records[E]:
        records: Records[E] = Records()
        for start in range(0, len(ids), LIST_ROWS):
            listed = await self.client.by_ids(self.kind, ids[start : start + LIST_ROWS])
            read = await self.translate(listed.rows)
            records.items += read.items
            records.rejected += read.rejected
        return records

    def _dated(self, found: Records[E], folded: Folded) -> list[Observed[E]]:
        """Return what was read in the order of the feed, dated by its newest foreign change."""
        zone = self.context.settings.zone
        by_id = {item.external_id: item for item in found.items}
        return [
            replace(by_id[one], changed_at=moment_of(at, zone))
            for one, at in folded.changed.items()
            if one in by_id
        ]

    def _gone(self, folded: Folded) -> list[Observed[E]]:
        zone = self.context.settings.zone
        return [
            Observed(
                external_id=one,
                entity=self.blank,
                key=own_key(stub.external_id),
                changed_at=moment_of(at, zone),
                deleted=True,
                merged_into=survivor,
            )
            for one, (stub, survivor, at) in folded.gone.items()
        ]

    async def _merged(self, ids: Sequence[str]) -> list[Observed[E]]:
        if self.kind is not Kind.CUSTOMER:
            return []
        merged: list[Observed[E]] = []
        for one in ids:
            survivor = await self.client.survivor(one) if one.isdigit() else None
            if survivor is not None:
                merged.append(
                    Observed(external_id=one, entity=self.blank, deleted=True, merged_into=survivor)
                )
        return merged
