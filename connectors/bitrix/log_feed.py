"""Feed over the extension's change log, for the kinds of which it keeps one (reference 10.10).

The change log is the cheapest feed that loses nothing: a page of numbers, without the gateway's own
changes. When it does not reach back far enough, all records are walked once and the log goes on
from where it stood before the walk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from gateway.canonical import Canonical
from gateway.contract import Cursor, Page, Reading

from .client import BitrixClient
from .cursors import LogCursor
from .errors import CURSOR, CURSOR_GONE, VendorRefused

WALK_PAGE = 100
LOG_PAGE = 500

E = TypeVar("E", bound=Canonical)
E_co = TypeVar("E_co", bound=Canonical, covariant=True)
Row = Mapping[str, Any]


class LogSource(Protocol[E_co]):
    """What a kind knows of itself.

    Shape: ``entities`` are the log's names of what touches its records, ``lists`` is the method
    that walks them.
    """

    @property
    def entities(self) -> Sequence[str]:
        """The names in the log."""

    @property
    def lists(self) -> str:
        """The list method."""

    async def walked(self, rows: Sequence[Row]) -> Reading[E_co]:
        """Translate rows of the list, asking for what they lack."""

    async def touched(self, rows: Sequence[Row]) -> Reading[E_co]:
        """Read the records that rows of the log point at."""


@dataclass(frozen=True, slots=True)
class LogFeed(Generic[E]):
    """Pulls one kind. ``of`` names it in cursors; ``loads`` asks for a first load."""

    client: BitrixClient
    source: LogSource[E]
    of: str
    origin: str
    loads: bool

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[E]:
        """Return the next page of changes that others made; see ``EntityReader.pull``."""
        at = LogCursor.parse(cursor, self.of) if cursor else await self._begin()
        if cursor is None and at.walk is None:
            return Page([], at.text(), has_more=False)
        if at.walk is not None:
            return await self._walk(at, limit)
        return await self._follow(at, limit)

    async def _begin(self, *, walks: bool = False) -> LogCursor:
        info = await self.client.call("gateway.info")
        is_walk = walks or self.loads
        return LogCursor(self.of, seq=int(info["changeLast"]), walk="" if is_walk else None)

    async def _walk(self, at: LogCursor, limit: int) -> Page[E]:
        """Read all records page by page; what changes meanwhile is in the log afterwards."""
        params: dict[str, Any] = {"limit": min(limit, WALK_PAGE)}
        if at.walk:
            params["cursor"] = at.walk
        try:
            answer = await self.client.ask(self.source.lists, params)
        except VendorRefused as refused:
            if refused.refusal.code != CURSOR:
                raise self.client.error(refused, repeatable=True) from None
            return Page([], LogCursor(self.of, seq=at.seq, walk="").text(), has_more=True)
        reading = await self.source.walked(
            [row for row in answer["items"] if isinstance(row, dict)]
        )
        has_more = answer["hasMore"] == "Y"
        after = LogCursor(self.of, seq=at.seq, walk=answer["cursor"] if has_more else None)
        return Page(reading.items, after.text(), has_more=True, rejected=reading.rejected)

    async def _follow(self, at: LogCursor, limit: int) -> Page[E]:
        params = {
            "after": at.seq,
            "entities": list(self.source.entities),
            "limit": min(limit, LOG_PAGE),
            "notOrigin": self.origin,
        }
        try:
            answer = await self.client.ask("gateway.change.list", params)
        except VendorRefused as refused:
            if refused.refusal.code != CURSOR_GONE:
                raise self.client.error(refused, repeatable=True) from None
            return Page([], (await self._begin(walks=True)).text(), has_more=True)
        reading = await self.source.touched(answer["items"])
        return Page(
            reading.items,
            LogCursor(self.of, seq=int(answer["last"])).text(),
            has_more=answer["hasMore"] == "Y",
            rejected=reading.rejected,
        )
