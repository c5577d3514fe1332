"""``/bitrix/admin/1c_exchange.php``: login, session, modes (reference 3.1, 3.2, 10.14)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from mocks.bitrix.exchange.catalog_steps import CatalogExchange
from mocks.bitrix.exchange.sale_dialogue import SaleExchange
from mocks.bitrix.exchange.session import Session, Sessions, clean_name
from mocks.bitrix.exchange.texts import (
    CLOCKS_DIFFER,
    FAILURE,
    NO_RIGHTS,
    SOURCE_UNKNOWN,
    UNKNOWN_MODE,
    UNKNOWN_TYPE,
    WRONG_LOGIN,
    Reply,
)

if TYPE_CHECKING:
    from mocks.bitrix.exchange.settings import ExchangeSettings
    from mocks.bitrix.site import Site
    from mocks.sidedoor import Journal

PATH = "/bitrix/admin/1c_exchange.php"
_SKEW_MAX_S = 600


@dataclass(frozen=True)
class Asked:
    """One request to the exchange."""

    method: str
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    authorization: str
    body: bytes

    @property
    def op(self) -> str:
        """The request's name in the journal."""
        return f"{self.query.get('type', '')}.{self.query.get('mode', '')}"


class Refused(Exception):
    """A check that failed; the text follows the word ``failure``."""


class Exchange:
    """The exchange of one site."""

    def __init__(self, site: Site, journal: Journal) -> None:
        """Start without sessions; ``sessid`` is not compulsory yet."""
        self._site = site
        self._journal = journal
        self._sessions = Sessions(site.settings.seed)
        self._compulsory: set[str] = set()
        self._news = asyncio.Event()
        self._sale = SaleExchange(site)
        self._catalog = CatalogExchange(site)

    @property
    def _settings(self) -> ExchangeSettings:
        return self._site.settings.exchange

    def wake(self) -> None:
        """Tell the long polls that something may have changed."""
        self._news.set()

    async def listen(self) -> Response:
        """Serve ``type=listen``: wait for new orders, 304 without them (3)."""
        found = self._sale.has_news()
        try:
            async with asyncio.timeout(self._settings.listen_s):
                while not found:
                    self._news.clear()
                    await self._news.wait()
                    found = self._sale.has_news()
        except TimeoutError:
            pass
        self._journal.write("GET", PATH, op="listen", status=200 if found else 304)
        return self._response(Reply("success\n")) if found else Response(status_code=304)

    def handle(self, asked: Asked) -> Response:
        """Serve one request of any other type; refusals are HTTP 200 too."""
        session = self._sessions.find(asked.cookies.get(self._settings.cookie_name, ""))
        is_new = session is None
        session = session or self._sessions.open()
        try:
            reply = self._answer(asked, session)
        except Refused as refusal:
            reply = Reply(f"{FAILURE}\n{refusal}")
        effect = "refused" if reply.is_failure else reply.effect
        self._journal.write(asked.method, PATH, op=asked.op, key=reply.key, effect=effect)
        response = self._response(reply)
        if is_new:
            response.set_cookie(self._settings.cookie_name, session.cookie, path="/", samesite=None)
        return response

    def _answer(self, asked: Asked, session: Session) -> Reply:
        kind, mode = asked.query.get("type", ""), asked.query.get("mode", "")
        is_crm = kind == "crm" and self._site.settings.flavour == "bitrix24"
        if kind not in {"sale", "catalog", "reference", "get_catalog"} and not is_crm:
            raise Refused(UNKNOWN_TYPE)
        is_sale = kind in {"sale", "crm"}
        self._check(asked, session, "sale" if is_sale else "catalog")
        if mode == "checkauth":
            return self._checkauth(session, is_sale=is_sale)
        if mode == "init":
            return self._init(asked, session, is_sale=is_sale)
        modes = self._sale.modes if is_sale else self._catalog.modes if kind == "catalog" else {}
        if mode not in modes:
            raise Refused(UNKNOWN_MODE)
        name = clean_name(asked.query.get("filename", ""))
        return modes[mode](session, name, asked)

    def _check(self, asked: Asked, session: Session, kind: str) -> None:
        """Check login, source and rights, in the order of the type (3.1)."""
        if kind == "sale" and asked.query.get("sessid"):
            self._compulsory.add("sale")
        checks = [self._check_login, self._check_source]
        for check in checks if kind == "sale" else reversed(checks):
            check(asked, session, kind)
        if not self._settings.is_allowed:
            raise Refused(NO_RIGHTS)
        if kind == "catalog" and abs(self._settings.clock_skew_s) > _SKEW_MAX_S:
            raise Refused(CLOCKS_DIFFER)

    def _check_login(self, asked: Asked, session: Session, kind: str) -> None:
        del kind
        if asked.authorization:
            session.is_known = self._is_login(asked.authorization)
        if not session.is_known or (
            asked.query.get("mode") == "checkauth" and not asked.authorization
        ):
            raise Refused(WRONG_LOGIN)

    def _check_source(self, asked: Asked, session: Session, kind: str) -> None:
        """Check ``sessid``: compulsory for good after its first use (switch S17)."""
        if asked.query.get("mode") == "checkauth" or self._settings.sessid == "never":
            return
        is_valid = asked.query.get("sessid") == session.sessid
        if kind == "catalog" and is_valid:
            self._compulsory.add("catalog")
        is_compulsory = kind in self._compulsory or self._settings.sessid == "always"
        if is_compulsory and not is_valid:
            raise Refused(SOURCE_UNKNOWN)

    def _is_login(self, header: str) -> bool:
        kind, _, encoded = header.partition(" ")
        try:
            sent = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = f"{self._settings.login}:{self._settings.password}".encode()
        return kind.lower() == "basic" and secrets.compare_digest(sent, wanted)

    def _checkauth(self, session: Session, *, is_sale: bool) -> Reply:
        lines = ["success", self._settings.cookie_name, session.cookie]
        if not self._settings.is_short_checkauth:
            lines.append(f"sessid={session.sessid}")
            if not is_sale:
                lines.append(f"timestamp={self._site.clock.unix()}")
        return Reply("\n".join(lines) + "\n")

    def _init(self, asked: Asked, session: Session, *, is_sale: bool) -> Reply:
        session.clear_uploads()
        settings = self._settings
        lines = [f"zip={'yes' if settings.zip else 'no'}", f"file_limit={settings.file_limit}"]
        if not is_sale:
            return Reply("\n".join(lines))
        session.version = asked.query.get("version") or None
        if session.version is None:
            return Reply("\n".join(lines) + "\n")
        more = [f"sessid={session.sessid}", f"version={settings.version_line}"]
        return Reply("\n".join([*lines, *more]))

    def _response(self, reply: Reply) -> Response:
        encoding = self._settings.encoding
        kind = "application/xml" if reply.is_xml else "text/html"
        content = (
            reply.content
            if isinstance(reply.content, bytes)
            else reply.content.encode(encoding, "replace")
        )
        return Response(content, headers={"content-type": f"{kind}; charset={encoding}"})
