"""1C as the site meets it: a bare HTTP client that walks the documented dialogues."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    import httpx
    from lxml.etree import _Element

PATH = "/bitrix/admin/1c_exchange.php"


@dataclass
class OneC:
    """One exchange session of 1C."""

    http: httpx.AsyncClient
    kind: str = "sale"
    login: str = "1c"
    password: str = "secret"
    cookies: dict[str, str] = field(default_factory=dict)
    sessid: str = ""

    async def ask(self, mode: str, body: bytes | None = None, **query: str) -> httpx.Response:
        """Send one request of the session as it stands."""
        sent = {"type": self.kind, "mode": mode, **query}
        if self.sessid:
            sent.setdefault("sessid", self.sessid)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"cookie": cookie} if cookie else {}
        self.http.cookies.clear()
        if mode == "checkauth":
            secret = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
            headers["authorization"] = f"Basic {secret}"
        method = "GET" if body is None else "POST"
        return await self.http.request(method, PATH, params=sent, content=body, headers=headers)

    async def text(self, mode: str, body: bytes | None = None, **query: str) -> str:
        """Send one request and return its lines; HTTP is always 200."""
        answer = await self.ask(mode, body, **query)
        assert answer.status_code == 200
        return answer.content.decode("cp1251")

    async def log_in(self, *, with_sessid: bool = True) -> list[str]:
        """Do ``checkauth`` and keep cookie and session id."""
        lines = (await self.text("checkauth")).split("\n")
        assert lines[0] == "success", lines
        self.cookies = {lines[1]: lines[2]}
        if with_sessid:
            self.sessid = lines[3].removeprefix("sessid=")
        return lines

    async def orders(self) -> list[_Element]:
        """Ask for orders and return the documents."""
        answer = await self.ask("query")
        assert answer.headers["content-type"] == "application/xml; charset=windows-1251"
        return list(etree.fromstring(answer.content).iter("Документ"))

    async def send(self, name: str, content: bytes) -> str:
        """Upload a file, import it to the end and return the last answer."""
        assert await self.text("file", content, filename=name) == "success\n"
        for _ in range(200):
            answer = await self.text("import", filename=name)
            if not answer.startswith("progress"):
                return answer
        raise AssertionError(answer)
