"""1C at the exchange door, as the kit sends it: a whole session, ended by the first refusal."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lxml import etree

from gateway.contract import ExchangeDesk, ExchangeDoor, ExchangeRequest
from gateway.testing import Seeded
from tests.connectors.onec.exchange.files import catalogue, good

LOGIN = ("Обмен1С", "пароль-обмена")


@dataclass
class DoorVisitor:
    """1C with what its regulated job sends."""

    async def hand_over(
        self, door: ExchangeDoor, desk: ExchangeDesk, records: Sequence[Seeded], *, forged: bool
    ) -> None:
        """Bring goods in one file."""
        session = await _log_in(door, desk, "catalog", forged=forged)
        if session is None:
            # An attacker does not stop at a refusal.
            session = {"cookie": "PHPSESSID=1"}
        goods = [good(f"{place}", escape(one.text)) for place, one in enumerate(records, start=1)]
        await _said(door, desk, session, {"type": "catalog", "mode": "init"})
        ask = {"type": "catalog", "filename": "import.xml"}
        content = catalogue(goods)
        await _said(door, desk, session, {**ask, "mode": "file"}, content)
        for _ in range(10):
            told = await _said(door, desk, session, {**ask, "mode": "import"})
            if not told.startswith(b"progress"):
                return

    async def collect(self, door: ExchangeDoor, desk: ExchangeDesk) -> Sequence[str]:
        """Fetch orders and confirm them; return their ids."""
        session = await _log_in(door, desk, "sale", forged=False)
        assert session is not None
        await _said(door, desk, session, {"type": "sale", "mode": "init", "version": "2.09"})
        told = await _said(door, desk, session, {"type": "sale", "mode": "query"})
        ids = [str(one.text) for one in etree.fromstring(told).iterfind(".//Документ/Ид")]
        done = await _said(door, desk, session, {"type": "sale", "mode": "success"})
        assert done.startswith(b"success")
        return ids


async def _log_in(
    door: ExchangeDoor, desk: ExchangeDesk, type_: str, *, forged: bool
) -> Mapping[str, str] | None:
    username, password = LOGIN
    pair = f"{username}:{'чужой' if forged else password}".encode()
    login = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
    told = await _said(door, desk, login, {"type": type_, "mode": "checkauth"})
    word, *lines = told.decode("windows-1251").splitlines()
    return {"cookie": f"{lines[0]}={lines[1]}"} if word == "success" else None


async def _said(
    door: ExchangeDoor,
    desk: ExchangeDesk,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    body: bytes = b"",
) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    method = "POST" if body else "GET"
    reply = await door.answer(ExchangeRequest(method, query, headers, pieces()), desk)
    if isinstance(reply.body, bytes):
        return reply.body
    return b"".join([piece async for piece in reply.body])
