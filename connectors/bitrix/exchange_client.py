"""Client of a site's CommerceML endpoint, in which the gateway plays 1C (reference 3, 10.14).

Answers are texts whose first line is the verdict, under HTTP 200 also for a failure. Texts beyond
the verdict are in the site's own words: they are shown to nobody and decide nothing. A lost session
or a chunk without an answer is never mended in the middle: the whole dialogue begins anew.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias

import httpx

from gateway.contract import (
    AuthRejected,
    Clock,
    HttpClient,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from gateway.contract.http import answer_error

from .config_goods import ExchangeSettings

PATH = "bitrix/admin/1c_exchange.php"
_SUCCESS, _PROGRESS, _FAILURE = "success", "progress", "failure"
_DEFAULT_LIMIT = 204800
_CHARSET = "windows-1251"
_LOGIN_PARTS = 3
_XML = "application/xml"

Query: TypeAlias = "Mapping[str, str]"


@dataclass(slots=True)
class ExchangeSession:
    """One session: the cookie, the id of the session, and what ``init`` said."""

    kind: str
    cookie: str
    query: dict[str, str] = field(default_factory=dict)
    is_zip: bool = False
    file_limit: int = _DEFAULT_LIMIT
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangeClient:
    """Speaks the dialogues of one site. A session belongs to whoever began it."""

    http: HttpClient
    settings: ExchangeSettings
    clock: Clock

    async def begin(self, kind: str) -> ExchangeSession:
        """Do ``checkauth`` and ``init`` of a type, ``sale`` or ``catalog``.

        Raises ``AuthRejected`` for a wrong login or a user outside the allowed groups.
        """
        lines = _lines(await self._ask({"type": kind, "mode": "checkauth"}, headers=self._login()))
        if lines[0] != _SUCCESS or len(lines) < _LOGIN_PARTS:
            msg = "the exchange refuses the login: correct it, or let the site pass on its header"
            raise AuthRejected(msg, operation=_named(kind, "checkauth"))
        session = ExchangeSession(kind, cookie=f"{lines[1]}={lines[2]}")
        # The three lines of the older protocol have no sessid; it must not be made up (3.1).
        said = _pairs(lines[_LOGIN_PARTS:])
        session.query = {"sessid": said["sessid"]} if said.get("sessid") else {}
        await self._init(session)
        return session

    async def orders(self, session: ExchangeSession) -> bytes:
        """Do ``query``: the file of orders that 1C has not taken yet."""
        response = await self._ask_in(session, "query")
        if not _is_xml(response):
            raise self._refused(response, session.kind, "query")
        return response.content

    async def dictionaries(self, session: ExchangeSession) -> bytes:
        """Do ``info``: statuses, pay systems and delivery services."""
        response = await self._ask_in(session, "info")
        if not _is_xml(response):
            raise self._refused(response, session.kind, "info")
        return response.content

    async def confirm(self, session: ExchangeSession) -> bool:
        """Do ``success``: what ``orders`` gave is taken. False: the session is not the same."""
        return _lines(await self._ask_in(session, "success"))[0] == _SUCCESS

    async def send(self, session: ExchangeSession, name: str, content: bytes) -> str:
        """Upload a file and import it to its end; return what stands after the last verdict.

        A repeat of the whole dialogue with the same file has the effect of one.
        """
        is_old = session.kind == "sale" and session.version is None
        if is_old and len(content) > session.file_limit:
            msg = "the file is larger than one chunk of the old protocol: set exchange.version"
            raise Rejected(msg, operation=_named(session.kind, "file"))
        upload, sent = name, content
        if session.is_zip and not is_old:
            upload, sent = f"{name}.zip", _zipped(name, content)
        text = ""
        for start in range(0, max(len(sent), 1), session.file_limit):
            chunk = sent[start : start + session.file_limit]
            text = await self._verdict(session, "file", {"filename": upload}, chunk)
        if is_old:
            return text
        for _ in range(self.settings.most_steps):
            response = await self._ask_in(session, "import", {"filename": name})
            lines = _lines(response)
            if lines[0] == _SUCCESS:
                return "\n".join(lines[1:])
            if lines[0] != _PROGRESS:
                raise self._refused(response, session.kind, "import")
        msg = "the import does not come to an end: see the site's own log"
        raise Unavailable(msg, operation=_named(session.kind, "import"))

    async def complete(self, session: ExchangeSession) -> None:
        """Do ``complete``, the end of an exchange of goods."""
        await self._verdict(session, "complete", {})

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()

    async def _init(self, session: ExchangeSession) -> None:
        asked = {}
        if session.kind == "sale" and self.settings.version is not None:
            asked = {"version": self.settings.version}
        response = await self._ask_in(session, "init", asked)
        lines = _lines(response)
        said = _pairs(lines)
        if lines[0] == _FAILURE or "zip" not in said:
            raise self._refused(response, session.kind, "init")
        session.is_zip = said["zip"] == "yes"
        limit = said.get("file_limit", "")
        session.file_limit = int(limit) if limit.isdigit() and int(limit) else _DEFAULT_LIMIT
        if asked:
            session.version = said.get("version")
            session.query |= {"sessid": said["sessid"]} if said.get("sessid") else {}

    async def _verdict(
        self, session: ExchangeSession, mode: str, more: Query, content: bytes | None = None
    ) -> str:
        response = await self._ask_in(session, mode, more, content)
        lines = _lines(response)
        if lines[0] != _SUCCESS:
            raise self._refused(response, session.kind, mode)
        return "\n".join(lines[1:])

    async def _ask_in(
        self,
        session: ExchangeSession,
        mode: str,
        more: Query | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        query = {"type": session.kind, "mode": mode, **(more or {}), **session.query}
        return await self._ask(query, content=content, headers={"Cookie": session.cookie})

    async def _ask(
        self, query: Query, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> httpx.Response:
        operation = _named(query["type"], query["mode"])
        sent = dict(headers)
        if content is not None:
            sent["Content-Type"] = "application/octet-stream"
        try:
            response = await self.http.call(
                "GET" if content is None else "POST",
                PATH,
                operation=operation,
                repeatable=content is None,
                query=list(query.items()),
                content=content,
                headers=sent,
            )
        except OutcomeUnknown:
            response = None
        if response is None:
            # A chunk that came twice would be in the file twice: the dialogue begins anew.
            msg = "the answer to a chunk was lost"
            raise Unavailable(msg, operation=operation)
        if response.status_code != HTTPStatus.OK:
            error = answer_error(
                response, operation=operation, repeatable=True, now=self.clock.now()
            )
            raise error or Unavailable(
                "the exchange does not answer as such",
                operation=operation,
                http_status=response.status_code,
            )
        return response

    def _login(self) -> dict[str, str]:
        pair = f"{self.settings.login}:{self.settings.password.get_secret_value()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def _refused(
        self, response: httpx.Response, kind: str, mode: str
    ) -> AuthRejected | Rejected | Unavailable:
        """Return the error of an answer that is no success."""
        operation = _named(kind, mode)
        if _lines(response)[0] != _FAILURE:
            # HTML of a broken site, or a page of a login.
            return Unavailable("the exchange does not answer as such", operation=operation)
        if mode in {"init", "query", "info"}:
            msg = "the site does not let this user exchange: give it a group that may"
            return AuthRejected(msg, operation=operation)
        return Rejected(
            "the site refused the file: see its log of the exchange", operation=operation
        )


def _named(kind: str, mode: str) -> str:
    return f"1c_exchange.{kind}.{mode}"


def _lines(response: httpx.Response) -> list[str]:
    """Return the lines of an answer, stripped, without empty ones; at least one."""
    text = response.content.decode(response.charset_encoding or _CHARSET, "replace")
    return [line.strip() for line in text.split("\n") if line.strip()] or [""]


def _pairs(lines: list[str]) -> dict[str, str]:
    return {name: value for name, mark, value in (line.partition("=") for line in lines) if mark}


def _is_xml(response: httpx.Response) -> bool:
    is_xml = response.headers.get("content-type", "").lower().startswith(_XML)
    return is_xml or response.content.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml")


def _zipped(name: str, content: bytes) -> bytes:
    """Pack a file; the moment in the archive is fixed, so that equal files are equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
