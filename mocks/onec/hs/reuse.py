"""Reuse of sessions by HTTP and SOAP services: none, automatic, or by ``IBSession`` (2.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from mocks.onec.front import page
from mocks.onec.infobase import Infobase
from mocks.onec.sessions import PoolExhausted
from mocks.onec.settings import InfobaseUser

Reuse = Literal["none", "auto", "manual"]
COOKIE, HEADER = "ibsession", "ibsession"
_LENGTHS = {"content-length", "transfer-encoding"}
Work = Callable[[], Awaitable[Response]]


@dataclass
class ManualSession:
    """A session that a client began: it holds a seat until it ends or idles too long."""

    number: str
    owner: tuple[str, str]
    used_at: datetime
    in_use: asyncio.Lock = field(default_factory=asyncio.Lock)


class ServiceSessions:
    """Runs calls of services inside sessions. One object serves one interface."""

    def __init__(self, infobase: Infobase) -> None:
        """Start without manual sessions."""
        self._infobase = infobase
        self._open: dict[str, ManualSession] = {}

    async def run(
        self, request: Request, user: InfobaseUser, service: str, own: Reuse, work: Work
    ) -> Response:
        """Run ``work`` in a session; ``own`` is the mode that the service declares.

        Returns 411 for a POST without a length (1.10), 400 for a session that is not there, 406
        when there is no seat for a new one.
        """
        if request.method == "POST" and not _LENGTHS & {*request.headers}:
            return page(411, "Length Required")
        await self._end_idle()
        override = self._infobase.settings.session_reuse
        mode = own if override == "own" else override
        wish = request.headers.get(HEADER, "").strip().lower()
        number = request.cookies.get(COOKIE, "")
        try:
            if mode == "manual" and wish == "start":
                return await self._start((service, user.name), work)
            if mode == "manual" and (number or wish == "finish"):
                return await self._go_on((service, user.name), number, wish, work)
            async with self._infobase.sessions.seat():
                return await self._work(work)
        except PoolExhausted:
            return page(406, "Not Acceptable")

    async def _start(self, owner: tuple[str, str], work: Work) -> Response:
        await self._infobase.sessions.take()
        number = self._infobase.new_guid()
        session = ManualSession(number, owner, self._infobase.clock.now())
        self._open[number] = session
        async with session.in_use:
            response = await self._work(work)
        response.headers["Set-Cookie"] = f"{COOKIE}={number}"
        return response

    async def _go_on(self, owner: tuple[str, str], number: str, wish: str, work: Work) -> Response:
        session = self._open.get(number)
        if session is None or session.owner != owner:
            return page(400, "Bad Request")
        async with session.in_use:
            if number not in self._open:
                return page(400, "Bad Request")
            session.used_at = self._infobase.clock.now()
            response = await self._work(work)
            if wish == "finish":
                await self._end(number)
        return response

    async def _work(self, work: Work) -> Response:
        delay = self._infobase.settings.call_delay_s
        if delay:
            await asyncio.sleep(delay)
        return await work()

    async def _end(self, number: str) -> None:
        del self._open[number]
        await self._infobase.sessions.give_back()

    async def _end_idle(self) -> None:
        age = timedelta(seconds=self._infobase.settings.session_max_age_s)
        now = self._infobase.clock.now()
        for session in list(self._open.values()):
            if now - session.used_at > age and not session.in_use.locked():
                await self._end(session.number)
