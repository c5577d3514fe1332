"""1C at the exchange door: a bare HTTP client that says what 1C says, byte by byte."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import httpx
from lxml import etree

LOGIN = ("Обмен1С", "пароль-обмена")
PATH = "/exchange/erp/bitrix/admin/1c_exchange.php"


def basic(username: str, password: str, encoding: str = "utf-8") -> str:
    """Return a header ``Authorization``."""
    pair = f"{username}:{password}".encode(encoding)
    return f"Basic {base64.b64encode(pair).decode()}"


@dataclass
class OneC:
    """One 1C with its session."""

    http: httpx.AsyncClient
    cookie: str = ""
    sessid: str = ""
    timestamp: str = ""
    answers: list[str] = field(default_factory=list)

    async def call(self, method: str, query: str, content: bytes = b"") -> httpx.Response:
        """Send one call with the session's cookie and proof."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        proof = f"&sessid={self.sessid}" if self.sessid else ""
        answer = await self.http.request(
            method, f"{PATH}?{query}{proof}", content=content, headers=headers, timeout=60
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer

    async def said(self, query: str) -> str:
        """Ask, and return the words of the answer."""
        text = (await self.call("GET", query)).content.decode("windows-1251")
        self.answers.append(text)
        return text

    async def log_in(self, type_: str = "catalog") -> None:
        """Open a session."""
        answer = await self.http.get(
            PATH, params={"type": type_, "mode": "checkauth"},
            headers={"Authorization": basic(*LOGIN)}, timeout=60,
        )  # fmt: skip
        word, name, value, sessid, *rest = answer.content.decode().splitlines()
        assert word == "success"
        self.cookie = f"{name}={value}"
        self.sessid = sessid.removeprefix("sessid=")
        self.timestamp = rest[0].removeprefix("timestamp=") if rest else ""

    async def send(
        self, name: str, content: bytes, *, type_: str = "catalog", piece: int = 204800
    ) -> None:
        """Send a file in pieces."""
        for start in range(0, len(content), piece):
            query = f"type={type_}&mode=file&filename={name}"
            answer = await self.call("POST", query, content[start : start + piece])
            assert answer.content == b"success\n"

    async def bring(self, name: str, *, type_: str = "catalog") -> str:
        """Ask for the import of a file until it is over; return the last answer."""
        query = f"type={type_}&mode=import&filename={name}"
        for _ in range(1000):
            text = await self.said(query)
            if not text.startswith("progress\n"):
                return text
        raise AssertionError(text)

    async def catalogue(self, *files: tuple[str, bytes], zip_name: str = "") -> list[str]:
        """Run a whole exchange of a catalogue; return the answers about its files."""
        await self.log_in()
        assert (await self.said("type=catalog&mode=init")).startswith("zip=")
        for name, content in files:
            await self.send(zip_name or name, content)
        return [await self.bring(name) for name, _ in files]

    async def start_sale(self, version: str | None = "2.09") -> str:
        """Open a session of orders; return the answer of ``init``."""
        await self.log_in("sale")
        asked = f"&version={version}" if version else ""
        return await self.said(f"type=sale&mode=init{asked}")

    async def fetched(self) -> list[dict[str, str]]:
        """Fetch orders without confirming; return the leaves of each document."""
        answer = await self.call("GET", "type=sale&mode=query")
        assert answer.headers["content-type"] == "application/xml; charset=windows-1251"
        root = etree.fromstring(answer.content)
        return [
            {str(leaf.tag): leaf.text or "" for leaf in document}
            for document in root.iter("Документ")
        ]

    async def confirmed(self) -> str:
        """Say that the orders are here."""
        return await self.said("type=sale&mode=success")
