"""Import, step by step: a file's records reach the desk in batches until the call's time is up.

Within a process the file stays open between calls. Another process goes on from the position in
the spool: it reads the file again and passes over what was done. A record may be handed to the desk
twice, which changes nothing there, and none is passed over.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from gateway.canonical import Canonical, Kind, Product
from gateway.commerceml import CommerceMlMapping, CommerceMlReader
from gateway.contract import (
    Clock,
    ExchangeDesk,
    Hint,
    Observed,
    RejectedRecord,
    TranslationFailed,
)

from .config_exchange import Exchange
from .exchange_book import Book
from .exchange_orders import OrdersOfOneC
from .exchange_spool import Progress, Upload

BATCH = 200
_MOST_REMARKS = 40
Records: TypeAlias = "Iterator[Observed[Any] | RejectedRecord]"


class Step(NamedTuple):
    """How a call of ``import`` ended.

    Shape: ``done`` records of the file are done; ``fault`` is what broke it; ``remarks`` are
    about refused documents, of the whole file.
    """

    is_over: bool
    done: int
    remarks: Sequence[str] = ()
    fault: TranslationFailed | None = None


class _Batch(NamedTuple):
    items: list[Observed[Any] | RejectedRecord]
    is_last: bool
    fault: TranslationFailed | None


@dataclass(slots=True)
class _Open:
    """A file under import in this process."""

    name: str
    records: Records
    reader: CommerceMlReader
    count: int

    def close(self) -> None:
        """Let go of the parser, which lives in the generators of the records."""
        self.records = iter(())


@dataclass(slots=True)
class Importer:
    """Imports the files of one account's sessions.

    Files are read in one thread that does nothing else: a parser of libxml2 that goes on in another
    thread than it began in frees names that are not its own, and takes the process with it.
    """

    settings: Exchange
    mapping: CommerceMlMapping
    clock: Clock
    _open: dict[str, _Open] = field(default_factory=dict)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def forget(self, session: str) -> None:
        """Close what a session has open, in the thread that reads it."""
        at = self._open.pop(session, None)
        if at is not None:
            self._thread.submit(at.close)

    async def step(
        self, session: str, upload: Upload, name: str, *, kind: Kind, desk: ExchangeDesk
    ) -> Step:
        """Go on with a file that is there, for about ``import_s`` seconds.

        Raises ``StoreError`` when the store takes no work; the next call goes on from there.
        """
        until = self.clock.monotonic() + self.settings.import_s
        progress = await asyncio.to_thread(upload.load)
        if progress.name != name:
            progress = replace(progress, name=name, count=0, remarks=[])
        book = Book(desk.spool / "book.db")
        try:
            while True:
                over = await self._batch(session, upload, progress, kind=kind, desk=desk, book=book)
                if over is not None:
                    self.forget(session)
                    return over
                if self.clock.monotonic() >= until:
                    return Step(is_over=False, done=progress.count)
        except BaseException:
            # The file was read on and what was read is kept nowhere: the position is what counts.
            self.forget(session)
            raise

    async def _batch(
        self,
        session: str,
        upload: Upload,
        progress: Progress,
        *,
        kind: Kind,
        desk: ExchangeDesk,
        book: Book,
    ) -> Step | None:
        """Hand one batch over and note the position; return a step when the file is at its end."""
        read = partial(self._read, session, upload, progress, kind=kind, book=book)
        at, batch = await asyncio.get_running_loop().run_in_executor(self._thread, read)
        rejected = [one for one in batch.items if isinstance(one, RejectedRecord)]
        observed = [one for one in batch.items if isinstance(one, Observed)]
        observed = await asyncio.to_thread(self._refined, observed, at.reader, kind, book)
        if batch.fault is not None:
            rejected.append(RejectedRecord(progress.name, batch.fault))
        if kind in self.settings.brings and (observed or rejected):
            await desk.receive([_hint(kind, one) for one in observed], rejected, kind=kind)
        await asyncio.to_thread(self._note, upload, progress, batch, kind=kind, book=book, at=at)
        if batch.fault is not None or batch.is_last:
            return Step(
                is_over=True, done=at.count, remarks=tuple(progress.remarks), fault=batch.fault
            )
        return None

    def _read(
        self, session: str, upload: Upload, progress: Progress, *, kind: Kind, book: Book
    ) -> tuple[_Open, _Batch]:
        at = self._open.get(session)
        if at is None or at.name != progress.name or at.count != progress.count:
            at = self._reopened(session, upload, progress, kind=kind, book=book)
        items: list[Observed[Any] | RejectedRecord] = []
        fault = None
        try:
            items.extend(islice(at.records, BATCH))
        except TranslationFailed as error:
            fault = error
        return at, _Batch(items, len(items) < BATCH, fault)

    def _reopened(
        self, session: str, upload: Upload, progress: Progress, *, kind: Kind, book: Book
    ) -> _Open:
        if kind is Kind.ORDER:
            # What a document means depends on what was handed out meanwhile: from the beginning.
            progress.count, progress.remarks = 0, []
        before = self._open.get(session)
        reader = before.reader if before is not None else self._reader(upload, progress)
        path = upload.find(progress.name)
        records: Records = iter(())
        if path is not None:
            records = self._records(path, reader, kind, book)
        for _ in islice(records, progress.count):
            pass
        at = _Open(progress.name, records, reader, progress.count)
        self._open[session] = at
        return at

    def _reader(self, upload: Upload, progress: Progress) -> CommerceMlReader:
        """Return a reader that knows the words of the files before this one."""
        reader = CommerceMlReader(self.mapping)
        for name in progress.finished:
            path = upload.find(name)
            if path is not None:
                # Words stand before goods, so that the first of these is enough.
                next(reader.products(path), None)
        return reader

    def _records(self, path: Path, reader: CommerceMlReader, kind: Kind, book: Book) -> Records:
        if kind is Kind.ORDER:
            return OrdersOfOneC(reader, book, self.settings).read(path)
        return reader.products(path)

    def _refined(
        self, observed: list[Observed[Any]], reader: CommerceMlReader, kind: Kind, book: Book
    ) -> list[Observed[Any]]:
        """Give what the whole file says to its records, and bring back goods that were away."""
        said_at = reader.facts.created_at
        at = min(said_at, self.clock.now()) if said_at is not None else None
        records = [replace(one, changed_at=at) for one in observed]
        if kind is Kind.ORDER or not records:
            return records
        # The entity of a deleted product says that it is not sold any more, and has to be read.
        records = [replace(one, deleted=False) for one in records]
        revived = book.revived([one.external_id for one in records])
        return [_active(one) if one.external_id in revived else one for one in records]

    def _note(
        self,
        upload: Upload,
        progress: Progress,
        batch: _Batch,
        *,
        kind: Kind,
        book: Book,
        at: _Open,
    ) -> None:
        """Write the position down, after all that it promises."""
        now = int(self.clock.now().timestamp())
        if kind is Kind.PRODUCT:
            book.note_seen([it.external_id for it in batch.items if isinstance(it, Observed)], now)
        progress.count += len(batch.items)
        at.count = progress.count
        for one in batch.items:
            if isinstance(one, RejectedRecord) and len(progress.remarks) < _MOST_REMARKS:
                progress.remarks.append(f"Документ с Ид - {one.external_id}: {one.error}")
        if batch.fault is not None:
            upload.save(replace(progress, name="", count=0, remarks=[]))
        elif batch.is_last:
            facts = at.reader.facts
            if kind is Kind.PRODUCT and facts.package and not facts.only_changes:
                book.note_load(facts.package, now)
            finished = [*progress.finished, progress.name]
            upload.save(replace(progress, name="", count=0, remarks=[], finished=finished))
            if kind is Kind.ORDER:
                upload.remove(progress.name)  # it names people, and no later file needs its words
        else:
            upload.save(progress)


def _active(record: Observed[Product]) -> Observed[Product]:
    entity = record.entity
    if "active" in entity.model_fields_set:
        return record
    said = {name: getattr(entity, name) for name in entity.model_fields_set}
    return replace(record, entity=Product(**said, active=True))


def _hint(kind: Kind, record: Observed[Any]) -> Hint:
    return hint_of(kind, record, "exchange")


def hint_of(kind: Kind, record: Observed[Any], event: str) -> Hint:
    """Return the word that brings a record; the same record gives the same token."""
    entity: Canonical = record.entity
    told = f"{kind}:{record.external_id}:{entity.model_dump_json(exclude_unset=True)}"
    token = hashlib.sha256(told.encode()).hexdigest()[:32]
    return Hint(kind, record.external_id, token, event, carried=record)
