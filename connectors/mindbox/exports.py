"""Exports: the only mass read of Mindbox, as a feed of changed customers and of merges.

The vendor has no stream of changes: an export is asked for a window of time, is made in its own
time, and is then a number of files (vendor reference, 21). Windows overlap and end some minutes
ago, because young changes may be missing. The place in the current export is the cursor.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from gateway.canonical import Customer
from gateway.contract import (
    ConnectorContext,
    ContractViolated,
    Cursor,
    HttpClient,
    Observed,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
    Unavailable,
)
from gateway.contract.answers import answer_error

from .client import MindboxClient
from .config import MindboxSettings
from .customers import Customers, gone
from .errors import UNREADABLE, read_as
from .values import minute_text, moment_text
from .wire import CustomerWire, ExportAnswer, ExportResultWire, MergesAnswer

_READY, _CANCELLED = "Ready", "Cancelled"
_GZIP = b"\x1f\x8b"
_MERGES = 500
_LAG_OF_MERGES = timedelta(minutes=6)
"""A page of merges ends five minutes ago by the vendor's clock, which may be behind ours (21.4)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: in the window that begins at ``since``, in its export, file and row."""

    since: str
    till: str = ""
    export: str = ""
    file: int = 0
    row: int = 0

    def text(self) -> str:
        """Return the cursor to store."""
        return json.dumps(asdict(self), separators=(",", ":"))


def place(cursor: str) -> Place:
    """Read a stored cursor. Raises ``ContractViolated`` for one that was not made here."""
    try:
        return Place(**json.loads(cursor))
    except (ValueError, TypeError) as error:
        msg = "the stored cursor is not one of this connector: delete it to read from now on"
        raise ContractViolated(msg, operation="export") from error


@dataclass(slots=True)
class CustomerFeed:
    """Reader of customers: changes by exports, single records by their operation."""

    customers: Customers
    context: ConnectorContext[MindboxSettings]
    _kept: tuple[str, Sequence[Mapping[str, Any]]] = ("", ())

    @property
    def _client(self) -> MindboxClient:
        return self.customers.client

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read customers by id; see ``EntityReader.get``."""
        return await self.customers.get(external_ids)

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return the next rows of the current export, or begin one; see ``EntityReader.pull``."""
        if cursor is None:
            return Page(items=[], cursor=self._first().text(), has_more=False)
        here = place(cursor)
        if not here.export:
            return await self._begin(here)
        result = await self._result(here)
        if result.processing_status == _CANCELLED:
            self.context.log.warning("mindbox.export_cancelled", since=here.since)
            return Page(items=[], cursor=Place(since=here.since).text(), has_more=False)
        if result.processing_status != _READY:
            return Page(items=[], cursor=cursor, has_more=False)
        if here.file >= len(result.urls):
            return await self._merges(here)
        return await self._rows(here, result.urls[here.file], limit)

    def _first(self) -> Place:
        settings, now = self.context.settings, self.context.clock.now()
        back = timedelta(days=settings.first_load_days)
        begin = now - back if settings.first_load == "all" else now
        return Place(since=begin.isoformat())

    async def _begin(self, here: Place) -> Page[Customer]:
        """Ask for the window from the end of the last one to some minutes ago."""
        till = self._end()
        if not self._is_due(here):
            return Page(items=[], cursor=here.text(), has_more=False)
        since = datetime.fromisoformat(here.since)
        since -= timedelta(seconds=self.context.settings.export_overlap_s)
        told = await self._client.sync(
            self._client.names.export_customers,
            {"sinceDateTimeUtc": minute_text(since), "tillDateTimeUtc": minute_text(till)},
            repeatable=True,
        )
        operation = self._client.names.export_customers
        export = read_as(ExportAnswer, told, operation=operation, wrote=False).export_id
        if export is None:
            msg = "an export was asked for, and the answer has no id"
            raise Unavailable(msg, operation=self._client.names.export_customers)
        begun = replace(here, till=till.isoformat(), export=export)
        return Page(items=[], cursor=begun.text(), has_more=True)

    def _end(self) -> datetime:
        return self.context.clock.now() - timedelta(seconds=self.context.settings.export_lag_s)

    def _is_due(self, here: Place) -> bool:
        """Tell whether a window has a new minute: only two exports may run at a time (21.1)."""
        return minute_text(datetime.fromisoformat(here.since)) < minute_text(self._end())

    async def _result(self, here: Place) -> ExportResultWire:
        """Return the state of an export, and its files when it is made."""
        operation = self._client.names.export_customers
        told = await self._client.sync(operation, {"exportId": here.export}, repeatable=True)
        answer = read_as(ExportAnswer, told, operation=operation, wrote=False)
        return answer.export_result or ExportResultWire()

    async def _rows(self, here: Place, url: str, limit: int) -> Page[Customer]:
        rows = await self._file(url)
        part = rows[here.row : here.row + limit]
        items: list[Observed[Customer]] = []
        rejected: list[RejectedRecord] = []
        for row in part:
            try:
                wire = read_as(CustomerWire, row, operation="export file", wrote=False)
            except TranslationFailed as error:
                rejected.append(RejectedRecord(external_id=_id_of(row), error=error))
                continue
            found = self.customers.translator.observed(wire, exported=True)
            if found is not None:
                items.append(found)
        at_end = here.row + limit >= len(rows)
        on = (
            replace(here, file=here.file + 1, row=0)
            if at_end
            else replace(here, row=here.row + limit)
        )
        return Page(items=items, cursor=on.text(), has_more=True, rejected=rejected)

    async def _file(self, url: str) -> Sequence[Mapping[str, Any]]:
        """Download one file. Its host is the vendor's storage, so our key does not go there.

        The last one is kept, because it is read in pages.
        """
        if self._kept[0] == url:
            return self._kept[1]
        parts = urlsplit(url)
        http: HttpClient = self.context.http(f"{parts.scheme}://{parts.netloc}")
        query = parse_qsl(parts.query, keep_blank_values=True)
        try:
            response = await http.call(
                "GET", parts.path, operation="export file", repeatable=True, query=query
            )
        finally:
            await http.close()
        error = answer_error(
            response,
            operation="export file",
            repeatable=True,
            now=self.context.clock.now(),
        )
        if error is not None:
            raise error
        rows = _listed(response.content)
        self._kept = (url, rows)
        return rows

    async def _merges(self, here: Place) -> Page[Customer]:
        """Tell who was merged away in the window, then begin the next one at its end."""
        items: list[Observed[Customer]] = []
        till = min(datetime.fromisoformat(here.till), self.context.clock.now() - _LAG_OF_MERGES)
        since = datetime.fromisoformat(here.since) - _LAG_OF_MERGES
        since -= timedelta(seconds=self.context.settings.export_overlap_s)
        operation, number = self._client.names.export_merges, 1
        while operation and since < till:
            page = {
                "pageNumber": number,
                "itemsPerPage": _MERGES,
                "sinceDateTimeUtc": moment_text(since),
                "tillDateTimeUtc": moment_text(till),
            }
            told = await self._client.sync(operation, {"customerMergesPage": page}, repeatable=True)
            answer = read_as(MergesAnswer, told, operation=operation, wrote=False)
            merges = answer.customer_merges
            for merge in merges:
                survivor = merge.resulting_customer.ids.get("mindboxId")
                for one in merge.merged_customers:
                    external_id = one.ids.get("mindboxId")
                    if external_id is not None and external_id != survivor:
                        items.append(gone(external_id, survivor))
            if len(merges) < _MERGES:
                break
            number += 1
        self._kept = ("", ())
        after = Place(since=here.till)
        return Page(items=items, cursor=after.text(), has_more=self._is_due(after))


def _listed(data: bytes) -> list[Mapping[str, Any]]:
    """Read a file: gzip as a transfer, which is undone by now, or as a file (21.1)."""
    try:
        told = orjson.loads(gzip.decompress(data) if data.startswith(_GZIP) else data)
    except (OSError, EOFError, zlib.error, orjson.JSONDecodeError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("customers", []), list):
        msg = "a file of the export cannot be read: set its step to JSON"
        raise Unavailable(msg, operation="export file", vendor_code=UNREADABLE)
    return [one for one in told.get("customers", []) if isinstance(one, dict)]


def _id_of(row: Mapping[str, Any]) -> str:
    ids = row.get("ids")
    return str(ids.get("mindboxId", "")) if isinstance(ids, Mapping) else ""
