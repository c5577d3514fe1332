"""Exchange door: the gateway as the site to which 1C speaks (CommerceML).

A drop-in for ``1c_exchange.php``: 1C logs in, sends files in pieces, asks for their import step by
step, fetches orders and says when it has them. Sources: vendor reference of Bitrix, sections 3.1,
3.2 and 10.14; of 1C, section 4.6.

An order that was handed out is due again until 1C confirms it: at the next ``query``, whoever asks,
and after a while in another process. 1C recognises a repeat by its ``Ид``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.canonical import Kind
from gateway.commerceml import Encoding
from gateway.contract import (
    Change,
    Clock,
    ExchangeDesk,
    ExchangeReply,
    ExchangeRequest,
    Outcome,
    StoreError,
    Written,
)

from . import exchange_words as words
from .config_exchange import Exchange
from .exchange_book import Book
from .exchange_goods import switch_off
from .exchange_import import Importer
from .exchange_out import HandingOut
from .exchange_session import Session, Sessions, ends_of
from .exchange_spool import Upload, safe_name, sweep
from .exchange_upload import Uploading

_ALL = 2000
_KINDS = {"catalog": Kind.PRODUCT, "sale": Kind.ORDER}
_SESSID = "sessid-is-used"


@dataclass(frozen=True, slots=True)
class _Call:
    """One call that has proved who it is."""

    request: ExchangeRequest
    session: Session
    type: str
    upload: Upload
    desk: ExchangeDesk

    @property
    def kind(self) -> Kind:
        return _KINDS[self.type]

    def asked(self, name: str) -> str:
        return self.request.query.get(name, "")


@dataclass(slots=True)
class CommerceMlDoor:
    """The protocol of one account; see ``ExchangeDoor``."""

    settings: Exchange
    sessions: Sessions
    importer: Importer
    handing: HandingOut
    clock: Clock
    _handed: dict[str, dict[str, Change[Any]]] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def answer(self, request: ExchangeRequest, desk: ExchangeDesk) -> ExchangeReply:
        """Answer one call; see ``ExchangeDoor.answer``."""
        type_, mode = request.query.get("type", ""), request.query.get("mode", "")
        if type_ not in _KINDS:
            return self._failure(words.UNKNOWN_TYPE)
        if mode == "checkauth":
            return await self._check_auth(request, type_, desk)
        session = self.sessions.read(request.headers.get("cookie"))
        if session is None:
            return self._failure(words.WRONG_LOGIN)
        if not await asyncio.to_thread(self._proves_source, request, session, desk.spool):
            return self._failure(words.WRONG_SOURCE)
        call = _Call(request, session, type_, Upload.of(desk.spool, session), desk)
        async with self._locks.setdefault(session.folder, asyncio.Lock()):
            try:
                return await self._obey(call, mode)
            except OSError as error:
                msg = "the spool of the exchange cannot be written: look at the disk of data_dir"
                raise StoreError(msg) from error

    async def tidy(self, desk: ExchangeDesk) -> None:
        """Remove the files of sessions that have ended."""
        now = self.clock.now()
        await asyncio.to_thread(sweep, desk.spool, now)
        self._forget_ended(now)

    async def _obey(self, call: _Call, mode: str) -> ExchangeReply:
        known: Mapping[tuple[str, str], Callable[[_Call], Awaitable[ExchangeReply]]] = {
            ("catalog", "init"): self._init,
            ("catalog", "file"): self._file,
            ("catalog", "import"): self._import,
            ("catalog", "deactivate"): self._deactivate,
            ("catalog", "complete"): self._complete,
            ("sale", "init"): self._init,
            ("sale", "query"): self._query,
            ("sale", "success"): self._success,
            ("sale", "info"): self._info,
            ("sale", "file"): self._file,
            ("sale", "import"): self._import,
        }
        do = known.get((call.type, mode))
        return await do(call) if do is not None else self._failure(words.UNKNOWN_MODE)

    async def _check_auth(
        self, request: ExchangeRequest, type_: str, desk: ExchangeDesk
    ) -> ExchangeReply:
        if not self.sessions.admits(request.headers.get("authorization")):
            return self._failure(words.WRONG_LOGIN)
        await self.tidy(desk)
        now = self.clock.now()
        session, token = self.sessions.open()
        lines = [self.settings.cookie, token, f"sessid={self.sessions.sessid(session)}"]
        if type_ == "catalog":
            lines.append(f"timestamp={int(now.timestamp())}")
        return self._verdict("success", *lines)

    def _forget_ended(self, now: datetime) -> None:
        known = {*self._handed, *self._locks}
        for folder in known:
            ends = ends_of(folder)
            if ends is None or ends < now:
                self._handed.pop(folder, None)
                self._locks.pop(folder, None)
                self.importer.forget(folder)

    def _proves_source(self, request: ExchangeRequest, session: Session, spool: Path) -> bool:
        """Check ``sessid``: compulsory for good once 1C has shown that it knows how to send it."""
        if self.settings.sessid == "never":
            return True
        given = request.query.get("sessid", "")
        used = spool / _SESSID
        if given == self.sessions.sessid(session):
            used.touch()
            return True
        compulsory = self.settings.sessid == "always" or used.exists()
        return not compulsory

    async def _init(self, call: _Call) -> ExchangeReply:
        """Agree on the form of what follows, and forget the files of before."""
        version = call.asked("version") or None
        self.importer.forget(call.session.folder)
        await asyncio.to_thread(call.upload.begin, version)
        lines = [f"zip={'yes' if self.settings.zip else 'no'}"]
        lines.append(f"file_limit={self.settings.file_limit}")
        end = ""
        if call.type == "sale" and version is not None:
            lines.append(f"sessid={self.sessions.sessid(call.session)}")
            lines.append(f"version={self.settings.version}")
        elif call.type == "sale":
            end = "\n"
        return words.plain("\n".join(lines) + end, self.settings.encoding)

    async def _file(self, call: _Call) -> ExchangeReply:
        """Keep a piece; in the old dialogue the last piece of orders is imported at once."""
        uploading = Uploading(self.settings, call.upload)
        name = call.asked("filename")
        if not name:
            return words.plain("", self.settings.encoding)
        kept = await uploading.keep(name, call.request.body)
        if not kept.is_kept:
            return self._failure(words.not_written(name))
        self.importer.forget(call.session.folder)
        if call.type == "catalog" or kept.name is None:
            return self._verdict("success")
        progress = await asyncio.to_thread(call.upload.load)
        if progress.version is not None or not kept.is_last:
            return self._verdict("success")
        while True:
            reply = await self._import(call)
            if not (isinstance(reply.body, bytes) and reply.body.startswith(b"progress")):
                return reply

    async def _info(self, call: _Call) -> ExchangeReply:
        del call
        return self._xml(iter([self.handing.dictionaries()]))

    async def _complete(self, call: _Call) -> ExchangeReply:
        del call
        return self._verdict("success", words.COMPLETE)

    async def _import(self, call: _Call) -> ExchangeReply:
        """Import a file for a while; archives are unpacked first, in calls of their own."""
        uploading = Uploading(self.settings, call.upload)
        unpacked = await uploading.unpack()
        if unpacked is False:
            return self._failure(words.BAD_ARCHIVE)
        if unpacked is True:
            return self._verdict("progress", words.UNPACKED)
        name = await uploading.found(call.asked("filename"))
        if name is None:
            return await self._absent(call)
        step = await self.importer.step(
            call.session.folder, call.upload, name, kind=call.kind, desk=call.desk
        )
        if step.fault is not None:
            return self._failure(str(step.fault))
        is_sale = call.type == "sale"
        if not step.is_over:
            return self._verdict("progress", *([] if is_sale else [words.processed(step.done)]))
        lines = words.left_out(list(step.remarks))
        return self._verdict("success", *([] if is_sale else [words.DONE]), *lines)

    async def _absent(self, call: _Call) -> ExchangeReply:
        """Say once more that a file of orders is imported, which is not kept after that."""
        progress = await asyncio.to_thread(call.upload.load)
        is_done = safe_name(call.asked("filename")) in progress.finished
        return self._verdict("success") if is_done else self._failure(words.NO_FILE)

    async def _query(self, call: _Call) -> ExchangeReply:
        """Hand out what is due, and once more what was handed out and never confirmed."""
        asked = (await asyncio.to_thread(call.upload.load)).version
        limit = self.settings.orders_at_once if asked is not None else _ALL
        waiting = call.desk.taken(Kind.ORDER)
        if len(waiting) < limit:
            await call.desk.take(Kind.ORDER, limit=limit - len(waiting))
        changes = list(call.desk.taken(Kind.ORDER))[:limit]
        now = self.clock.now()
        made = await asyncio.to_thread(self.handing.documents, changes, asked, now)
        if made.refused:
            await call.desk.tell(made.refused)
        book = Book(call.desk.spool / "book.db")
        noted = [(record.external_id, record.entity) for record in made.records]
        await asyncio.to_thread(book.note_handed, noted)
        self._handed[call.session.folder] = {
            change.key: change for change in changes if change.key not in made.refused
        }
        return self._xml(self.handing.pieces(made.records, asked, now))

    async def _success(self, call: _Call) -> ExchangeReply:
        """Settle what the last ``query`` of this session handed out."""
        taken = call.desk.taken(Kind.ORDER)
        if call.session.folder not in self._handed:
            # Nothing was handed to this session here: what others hold is not its to confirm.
            return self._verdict("error" if taken else "success")
        handed = self._handed[call.session.folder]
        told: dict[str, Outcome[Any]] = {
            change.key: Written(
                change.external_id or change.key, created=change.external_id is None
            )
            for change in taken
            if handed.get(change.key) is change
        }
        if told:
            await call.desk.tell(told)
        self._handed.pop(call.session.folder, None)
        return self._verdict("success")

    async def _deactivate(self, call: _Call) -> ExchangeReply:
        """Switch off goods that a full load did not bring since the given time."""
        since = call.asked("timestamp")
        if not (since.isascii() and since.isdecimal() and len(since) <= 11):  # noqa: PLR2004
            return self._failure(words.NO_TIMESTAMP)
        brings = Kind.PRODUCT in self.settings.brings
        count = await switch_off(call.desk, int(since)) if brings else 0
        return self._verdict("success", words.processed(count))

    def _xml(self, pieces: Iterator[bytes]) -> ExchangeReply:
        kind = f"application/xml; charset={str(self.settings.encoding).lower()}"
        return ExchangeReply(_streamed(pieces), headers={"Content-Type": kind})

    def _verdict(self, word: str, *lines: str) -> ExchangeReply:
        return words.verdict(word, *lines, encoding=self._encoding)

    def _failure(self, text: str) -> ExchangeReply:
        return words.failure(text, self._encoding)

    @property
    def _encoding(self) -> Encoding:
        return self.settings.encoding


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
