"""Changes: a feed over an exchange plan, confirmed only after what it brought is stored.

A message is selected, read and handed on; the cursor says so, and the next pull, which can only
come after that cursor was stored, confirms it to 1C (vendor reference, 1.9). A message that was not
confirmed is handed out again with whatever changed besides: nothing is lost by a crash anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Generic, TypeVar

from gateway.canonical import Canonical
from gateway.contract import (
    ContractViolated,
    Cursor,
    Observed,
    Page,
    Reading,
    RejectedRecord,
)

from .client_odata import ODataClient
from .config import Node
from .manifest import AT_ONCE
from .records import Records

E = TypeVar("E", bound=Canonical)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on.

    Shape: ``skip`` rows of the first load, ``None`` when it is over; ``message`` that is being
    read, of which ``done`` objects were handed on; ``ready`` says that all of it was.
    """

    skip: int | None = None
    message: int | None = None
    done: int = 0
    ready: bool = False

    def text(self) -> str:
        """Return the cursor to store."""
        return json.dumps(asdict(self), separators=(",", ":"))


def place(cursor: str) -> Place:
    """Read a stored cursor. Raises ``ContractViolated`` for one that was not made here."""
    try:
        return Place(**json.loads(cursor))
    except (ValueError, TypeError) as error:
        msg = "the stored cursor is not one of this connector: delete it to read from now on"
        raise ContractViolated(msg, operation="changes") from error


def parted(
    found: Sequence[Observed[E] | RejectedRecord],
) -> tuple[list[Observed[E]], list[RejectedRecord]]:
    """Return what was read, and what could not be."""
    items = [one for one in found if isinstance(one, Observed)]
    return items, [one for one in found if isinstance(one, RejectedRecord)]


@dataclass(slots=True)
class ChangeFeed(Generic[E]):
    """Reader of one kind. Without a node it reads on demand only."""

    client: ODataClient
    records: Records[E]
    blank: E
    node: Node | None
    _packet: tuple[int, Sequence[str], Sequence[str]] | None = field(default=None)

    async def get(self, external_ids: Sequence[str]) -> Reading[E]:
        """Read objects by id; see ``EntityReader.get``."""
        ids = list(dict.fromkeys(external_ids))
        found = await self._read(ids)
        seen = {one.external_id for one in found}
        items, rejected = parted(found)
        missing = [one for one in ids if one not in seen]
        return Reading(items=items, missing=missing, rejected=rejected)

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[E]:
        """Return the next part of a message, or of the first load; see ``EntityReader.pull``."""
        if cursor is None:
            whole = self.client.odata.first_load == "all"
            return Page(items=[], cursor=Place(skip=0 if whole else None).text(), has_more=whole)
        here = place(cursor)
        if here.skip is not None:
            return await self._load(here.skip)
        if self.node is None:
            return Page(items=[], cursor=cursor, has_more=False)
        if here.ready and here.message is not None:
            await self.client.confirm(self.node, here.message)
            here = Place()
        if here.message is not None and self._holds(here.message):
            return await self._part(self.node, here.message, here.done, limit)
        # Selected anew, a message holds what changed since besides, in other places: from its
        # beginning. One that an older cursor names and that was confirmed is not asked for again.
        message = await self.client.received(self.node) + 1
        return await self._part(self.node, message, 0, limit)

    def _holds(self, message: int) -> bool:
        return self._packet is not None and self._packet[0] == message

    async def _load(self, skip: int) -> Page[E]:
        """Read a page of all objects. What changes meanwhile is registered and comes afterwards."""
        top = self.client.odata.page
        found, rows = await self.records.page(skip, top)
        items, rejected = parted(found)
        on = Place(skip=skip + rows if rows >= top else None)
        return Page(items=items, cursor=on.text(), has_more=True, rejected=rejected)

    async def _part(self, node: Node, message: int, done: int, limit: int) -> Page[E]:
        ids, deleted = await self._selected(node, message)
        if not ids and not deleted:
            self._packet = None
            return Page(items=[], cursor=Place().text(), has_more=False)
        part = ids[done : done + limit]
        items, rejected = parted(await self._read(part))
        is_last = done + limit >= len(ids)
        if is_last:
            items += [Observed(external_id=one, entity=self.blank, deleted=True) for one in deleted]
            self._packet = None
        on = Place(message=message, done=done + len(part), ready=is_last)
        return Page(items=items, cursor=on.text(), has_more=True, rejected=rejected)

    async def _selected(self, node: Node, message: int) -> tuple[Sequence[str], Sequence[str]]:
        """Return the ids of what changed and of what is gone, in an order that stays.

        A message is kept while it is read in parts: every selection makes all of it anew.
        """
        if self._packet is not None and self._packet[0] == message:
            return self._packet[1:]
        packet = await self.client.changes(node, message)
        sources, found = self.records.sources, set()
        for entity, ref in packet.objects:
            if sources.get(entity) == "Ref_Key":
                found.add(self.records.named(entity, ref))
        for register, fields in packet.sets:
            wanted = sources.get(register)
            if wanted is not None:
                found |= set(fields.get(wanted, ()))
        gone = {
            self.records.named(entity, ref) for entity, ref in packet.deleted if entity in sources
        }
        self._packet = (message, sorted(found - gone), sorted(gone))
        return self._packet[1:]

    async def _read(self, ids: Sequence[str]) -> list[Observed[E] | RejectedRecord]:
        items: list[Observed[E] | RejectedRecord] = []
        for start in range(0, len(ids), AT_ONCE):
            items += await self.records.read(ids[start : start + AT_ONCE])
        return items
