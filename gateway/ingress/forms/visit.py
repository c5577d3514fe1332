"""Visit: one call of a browser: where from, in which language, with which token.

The browser keeps a random token in a cookie that scripts cannot read; the store knows its digest.
What is sent must carry a digest of the same token, which another site cannot know (CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl

from fastapi import Request

from gateway.config import Language
from gateway.ingress.body import bounded_body
from gateway.ingress.problems import Problem

COOKIE, SAID_COOKIE = "form", "form-said"
SAID_S = 60
MOST_BYTES, MOST_FIELDS = 64 * 1024, 200
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SAID = re.compile(r"([a-z]{1,20})\.([0-9]{1,6})")
_TOKEN_BYTES = 32
_BAD_REQUEST = 400


class Look(Protocol):
    """What the configuration says of a page, whatever the page is for."""

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages in which it is there, the usual one first."""

    @property
    def theme(self) -> str:
        """Its colour."""

    @property
    def logo(self) -> Path | None:
        """Its picture."""

    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the proxies that may tell a visitor's address."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser before a page.

    Shape: ``name`` is what the page's address ends with, and part of what the browser must know;
    ``token`` is what it keeps, ``is_new`` when it kept none; ``address`` is the visitor's.
    ``said`` is what the call before left to be told, with seconds.
    """

    name: str = field(repr=False)
    look: Look
    language: Language
    token: str = field(repr=False)
    is_new: bool
    address: str = field(repr=False)
    is_secure: bool
    said: tuple[str, int] = ("", 0)

    @property
    def path(self) -> str:
        """Return the address of the page; it never holds anything personal."""
        return f"/forms/{self.name}"

    @property
    def root(self) -> str:
        """Return where the browser sends its token: all links of merges belong together."""
        return f"/forms/{self.logo}"

    @property
    def logo(self) -> str:
        """Return under which name its logo is served."""
        return self.name.partition("/")[0]

    @property
    def here(self) -> str:
        """Return the same with the language."""
        return f"{self.path}?lang={self.language}"


def visit_of(request: Request, name: str, look: Look) -> Visit:
    """Read a call's headers and address."""
    cookie = request.cookies.get(COOKIE, "")
    is_new = _TOKEN.fullmatch(cookie) is None
    said = _SAID.fullmatch(request.cookies.get(SAID_COOKIE, ""))
    address, is_secure = _whence(request, look)
    return Visit(
        name=name,
        look=look,
        language=_language(request, look.languages),
        token=secrets.token_urlsafe(_TOKEN_BYTES) if is_new else cookie,
        is_new=is_new,
        address=address,
        is_secure=is_secure,
        said=(said[1], int(said[2])) if said else ("", 0),
    )


async def sent(request: Request) -> Mapping[str, str]:
    """Read what a browser sends. Raises ``Problem`` for what is no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await bounded_body(request, most=MOST_BYTES, what="a form")
    if kind != "application/x-www-form-urlencoded":
        raise Problem(
            _BAD_REQUEST, "not-a-form", "send the form as application/x-www-form-urlencoded"
        )
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise Problem(_BAD_REQUEST, "not-a-form", "the form cannot be read") from None
    return dict(pairs)


def digest(secret: bytes, what: str, *parts: str) -> str:
    """Return a keyed digest; ``what`` keeps uses apart."""
    text = "\n".join((what, *parts)).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def is_own(request: Request, given: str, expected: str) -> bool:
    """Tell whether a form was sent by our own page, to this very browser."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site == "same-origin" and hmac.compare_digest(given.encode(), expected.encode())


def _whence(request: Request, look: Look) -> tuple[str, bool]:
    """Return the visitor's address and whether he came by TLS, as trusted proxies tell them."""
    peer = request.client.host if request.client is not None else ""
    is_secure = request.url.scheme == "https"
    networks = look.networks()

    def is_trusted(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in one for one in networks)

    if not is_trusted(peer):
        return peer, is_secure
    is_secure = is_secure or request.headers.get("x-forwarded-proto", "") == "https"
    told = request.headers.get("x-forwarded-for", "").split(",")
    for one in reversed([part.strip() for part in told if part.strip()]):
        if not is_trusted(one):
            return one, is_secure
    return peer, is_secure


def _language(request: Request, known: Sequence[Language]) -> Language:
    asked = request.query_params.get("lang", "")
    for one in known:
        if one == asked:
            return one
    weighed: list[tuple[float, Language]] = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.partition(";q=")
        name = tag.strip().lower().partition("-")[0]
        weighed += [(_weight(weight), one) for one in known if one == name]
    return max(weighed, key=lambda one: one[0], default=(0.0, known[0]))[1]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
