"""The double as an application: the mail server in the background, the side door in front."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.faults import SIDE_DOOR_PREFIX, Application, FaultPlan
from mocks.sidedoor import Journal, SideDoorRefused, side_door
from mocks.smtp.mailbox import Mailbox, cut
from mocks.smtp.settings import SmtpSettings

__all__ = ["SmtpSettings", "build_app", "describe"]

_HOST = "shop.example"


class Server:
    """The mail server of one double."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Take what letters go into."""
        self._mailbox = mailbox
        self._sessions: list[SMTP] = []

    @asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Listen as long as the application lives."""
        del app
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        settings = self._mailbox.settings
        tls = _context(settings)
        server = await asyncio.get_running_loop().create_server(
            lambda: self._session(tls),
            sock=settings.sock,
            ssl=tls if settings.security == "tls" else None,
        )
        try:
            yield
        finally:
            server.close()
            for session in self._sessions:
                cut(session)
            await server.wait_closed()

    def _session(self, tls: ssl.SSLContext | None) -> SMTP:
        settings = self._mailbox.settings
        is_starttls = settings.security == "starttls"
        session = SMTP(
            self._mailbox,
            hostname=_HOST,
            loop=asyncio.get_running_loop(),
            enable_SMTPUTF8=settings.knows_utf8,
            tls_context=tls if is_starttls else None,
            require_starttls=is_starttls,
            auth_require_tls=is_starttls,
            authenticator=self._mailbox.authenticate,
        )
        self._sessions.append(session)
        return session


def _context(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.certificate.certificate, settings.certificate.key)
    return context


def build_app(settings: SmtpSettings) -> Application:
    """Return the double's application; its lifespan opens the mail server."""
    plan, journal = FaultPlan(seed=settings.seed), Journal()
    mailbox = Mailbox(settings, plan, journal)

    async def act(body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse a recipient from now on: ``recipient.refuse`` with ``address`` and ``reply``."""
        if body.get("action") != "recipient.refuse":
            msg = "no such action; known is recipient.refuse"
            raise SideDoorRefused(msg)
        mailbox.refused[str(body["address"])] = str(body["reply"])
        return {"ok": True}

    async def nothing(body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse: there is nothing to load and no switch."""
        if body:
            msg = "this double has neither switches nor a state to load"
            raise SideDoorRefused(msg)
        return {}

    async def letters(request: Request) -> Response:
        wanted = request.query_params.get("to")
        found = [one.as_json() for one in mailbox.letters if wanted in (None, *one.recipients)]
        return JSONResponse({"letters": found})

    routes = [
        Route(SIDE_DOOR_PREFIX + "letters", letters),
        *side_door(plan, journal, act=act, seed=nothing, settings=nothing),
    ]
    return Starlette(routes=routes, lifespan=Server(mailbox).running)


def describe(settings: SmtpSettings, url: str) -> Mapping[str, Any]:
    """Return addresses and credentials; ``url`` is the side door's."""
    host, port = settings.sock.getsockname()[:2]
    return {
        "url": url,
        "host": host,
        "port": port,
        "security": settings.security,
        "user": settings.user,
        "password": settings.password,
    }
