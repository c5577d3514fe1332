"""Visitor: a browser without scripts, by plain HTTP: it reads pages and sends their forms."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

ANNA = {
    "last": "Ёлкина",
    "first": "Анна-Мария",
    "birth_date": "1990-05-17",
    "gender": "female",
    "phone": "8 (916) 123-45-67",
    "email": "Anna.Elkina@example.com",
    "own.favourite_shop": "arbat",
    "consent.personal_data": "yes",
    "consent.mailing:email": "yes",
}
PHONE, EMAIL = "+79161234567", "anna.elkina@example.com"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
_STEP = re.compile(r'name="step" value="([a-z]+)"')
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_SAID = re.compile(r'<p class="said [a-z]*" role="[a-z]+">(.*?)</p>', re.DOTALL)
_ERROR = re.compile(r'id="field-([a-z0-9-]+)-error" aria-live="polite">([^<]+)</p>')


@dataclass
class Visitor:
    """One browser. ``page`` is the one that it shows."""

    base: str
    name: str = "club"
    language: str = "ru"
    http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(trust_env=False, timeout=30.0)
    )
    page: str = ""
    status: int = 0

    @property
    def url(self) -> str:
        """The form's address."""
        return f"{self.base}/forms/{self.name}?lang={self.language}"

    async def open(self) -> str:
        """Open the form; return the step that it shows, ``done`` for none."""
        return self._shown(await self.http.get(self.url))

    async def send(self, **typed: str) -> str:
        """Send the form of the page with these values, and follow where it leads."""
        body = {"csrf": self.csrf, "step": self.step, **typed}
        answer = await self.http.post(self.url, data=body)
        if answer.status_code == httpx.codes.SEE_OTHER:
            answer = await self.http.get(f"{self.base}{answer.headers['location']}")
        return self._shown(answer)

    async def answer(self, answers: Mapping[str, str] = ANNA) -> str:
        """Fill in the first page."""
        return await self.send(**dict(answers))

    async def resend(self) -> str:
        """Ask for another code."""
        return await self.send(step="resend")

    def _shown(self, answer: httpx.Response) -> str:
        self.page, self.status = answer.text, answer.status_code
        return self.step

    @property
    def csrf(self) -> str:
        """The page's token."""
        found = _CSRF.search(self.page)
        return found[1] if found else ""

    @property
    def step(self) -> str:
        """The page's step."""
        found = _STEP.search(self.page)
        return found[1] if found else ""

    @property
    def title(self) -> str:
        """The page's heading."""
        found = _TITLE.search(self.page)
        return html.unescape(found[1].strip()) if found else ""

    @property
    def said(self) -> str:
        """What the page tells beside its step."""
        found = _SAID.search(self.page)
        return html.unescape(found[1].strip()) if found else ""

    @property
    def errors(self) -> dict[str, str]:
        """The errors by field."""
        return {name: html.unescape(text) for name, text in _ERROR.findall(self.page)}

    async def close(self) -> None:
        """Close the browser."""
        await self.http.aclose()


async def walk(
    visitor: Visitor,
    code: Callable[[str, str], Awaitable[str]],
    answers: Mapping[str, str] = ANNA,
    *,
    phone: str = PHONE,
    email: str = EMAIL,
) -> str:
    """Fill the form in and confirm both contacts; return the last page's step."""
    await visitor.open()
    assert await visitor.answer(answers) == "email", visitor.errors
    assert await visitor.send(code=await code("email", email)) == "phone", visitor.said
    return await visitor.send(code=await code("phone", phone))
