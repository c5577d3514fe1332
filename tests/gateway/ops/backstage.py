"""Operators of tests: three of them, with passwords and keys, before the doors of a house."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

import httpx

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.running import Gateway
from gateway.cli.door import application
from gateway.cli.processes import door_of
from gateway.ops.backstage import Backstage
from gateway.ops.entrance import hashed
from tests.gateway.ops.house import House

OPERATORS = {"vera": "viewer", "olga": "operator", "boris": "operator", "anna": "admin"}
PASSWORD = "correct horse battery"
PUBLIC = "http://gateway.test"


@cache
def _hash() -> str:
    return hashed(PASSWORD)


def key_of(name: str) -> str:
    """Return the API key of one of them."""
    return f"key-of-{name}-0123456789abcdef"


def employ(house: House, *, console: str = "") -> None:
    """Write the operators into a house's configuration; ``console`` is more of its section."""
    lines = [f"\n[console]\n{console}\n"]
    for name, role in OPERATORS.items():
        (house.folder / f"{name}.key").write_text(key_of(name), "utf-8")
        lines.append(
            f"[operators.{name}]\nrole = \"{role}\"\npassword = '{_hash()}'\n"
            f'key = {{ file = "{name}.key" }}\n'
        )
    house.config.write_text(house.config.read_text("utf-8") + "\n".join(lines), "utf-8")


@dataclass(frozen=True, slots=True)
class Doors:
    """A gateway's HTTP application, and clients before it."""

    gateway: Gateway
    transport: httpx.ASGITransport

    @property
    def backstage(self) -> Backstage:
        """The services, of a foundation of their own as at another process."""
        return build_backstage(self.gateway.foundation)

    @asynccontextmanager
    async def api(self, name: str | None) -> AsyncIterator[httpx.AsyncClient]:
        """Return a client of the operator API with somebody's key, or with none."""
        headers = {"Authorization": f"Bearer {key_of(name)}"} if name else {}
        async with httpx.AsyncClient(
            transport=self.transport, base_url=PUBLIC, headers=headers
        ) as client:
            yield client

    @asynccontextmanager
    async def browser(self, name: str | None, *, language: str = "en") -> AsyncIterator[Browser]:
        """Return somebody's browser, logged in; or one of nobody."""
        async with httpx.AsyncClient(
            transport=self.transport, base_url=PUBLIC, headers={"Accept-Language": language}
        ) as client:
            browser = Browser(client)
            if name:
                answer = await browser.log_in(name)
                assert answer.status_code == 303, answer.text
            yield browser


@dataclass(slots=True)
class Browser:
    """A browser without scripts: it follows forms with the tokens that stand in them."""

    client: httpx.AsyncClient
    token: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page; its token is kept for the next form."""
        answer = await self.client.get(f"/console{path}", headers=headers)
        found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    async def post(self, path: str, **fields: str | list[str]) -> httpx.Response:
        """Send a form with the last page's token, unless another is given."""
        return await self.client.post(f"/console{path}", data={"csrf": self.token, **fields})

    async def log_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Log in, and take the token of a page."""
        await self.get("/login")
        answer = await self.post("/login", name=name, password=password)
        if answer.status_code == httpx.codes.SEE_OTHER:
            await self.get("/approvals")
        return answer


@asynccontextmanager
async def doors(house: House) -> AsyncIterator[Doors]:
    """Run a gateway with operators' doors; ``employ`` comes before."""
    async with house.gateway() as gateway:
        app = application(door_of(gateway, works=True), gateway, None)
        yield Doors(gateway, httpx.ASGITransport(app))
