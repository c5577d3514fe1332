"""Frame: what every page for visitors has: templates, files, headers, cookies and notices."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.config.forms import LOGOS
from gateway.ingress.forms.view import HERE, Words, context
from gateway.ingress.forms.visit import COOKIE, SAID_COOKIE, SAID_S, Look, Visit, digest
from gateway.ingress.problems import Problem

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FILES = {"forms.css": "text/css", "forms.js": "text/javascript", "icon.svg": "image/svg+xml"}
_LOGO_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
_KEPT = "public, max-age=3600"


@cache
def _templates() -> Environment:
    """Return the templates, which a process compiles once."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class Frame:
    """The frame of the pages of one process. ``looks`` are those with a logo of their own."""

    def __init__(self, secret: bytes, looks: Mapping[str, Look]) -> None:
        """Read the templates and files; nothing is read later."""
        self._secret = secret
        self._templates = _templates()
        self._files = {name: (HERE / "static" / name).read_bytes() for name in _FILES}
        self._version = hashlib.sha256(b"".join(self._files.values())).hexdigest()[:12]
        self._logos = {
            name: (look.logo.read_bytes(), LOGOS[look.logo.suffix])
            for name, look in looks.items()
            if look.logo is not None
        }

    def page(
        self, visit: Visit, words: Words, template: str, status: HTTPStatus = HTTPStatus.OK,
        **values: Any,
    ) -> Response:  # fmt: skip
        """Render a page; a browser that comes for the first time is given its token."""
        logo = f"/forms/{visit.logo}/logo" if visit.logo in self._logos else ""
        shown = context(
            words, visit=visit, csrf=self.csrf(visit), version=self._version, logo=logo, **values
        )
        body = self._templates.get_template(template).render(shown)
        headers = {**HEADERS, "Content-Language": visit.language, "Vary": "Accept-Language, Cookie"}
        answer = HTMLResponse(body, status, headers=headers)
        if visit.is_new:
            answer.set_cookie(
                COOKIE, visit.token, path=visit.root, secure=visit.is_secure, httponly=True,
                samesite="lax",
            )  # fmt: skip
        if visit.said[0]:
            answer.delete_cookie(SAID_COOKIE, path=visit.path)
        return answer

    def away(self, visit: Visit, words: Words, template: str = "notice.html") -> Response:
        """Say that the store is away."""
        answer = self.page(visit, words, template, HTTPStatus.SERVICE_UNAVAILABLE, said="away")
        answer.headers["Retry-After"] = "5"
        return answer

    def back(self, visit: Visit, said: str, wait_s: float) -> Response:
        """Lead back to the page, which tells what was said."""
        answer = RedirectResponse(visit.here, HTTPStatus.SEE_OTHER, headers=HEADERS)
        if said:
            answer.set_cookie(
                SAID_COOKIE, f"{said}.{int(wait_s)}", max_age=SAID_S, path=visit.path,
                secure=visit.is_secure, httponly=True, samesite="lax",
            )  # fmt: skip
        return answer

    def csrf(self, visit: Visit) -> str:
        """Return what a form of ours sends along, for this very browser and page."""
        return digest(self._secret, "csrf", visit.name, visit.token)

    def browser(self, visit: Visit) -> str:
        """Return how others know this browser, which cannot be turned back into its token."""
        return digest(self._secret, "browser", visit.root, visit.token)

    def file(self, name: str) -> Response:
        """Return one of our own files."""
        if name not in _FILES:
            raise unknown_form()
        headers = {**HEADERS, "Cache-Control": _KEPT}
        return Response(self._files[name], media_type=_FILES[name], headers=headers)

    def logo(self, name: str) -> Response:
        """Return the logo of a form; a picture is never run as a page."""
        if name not in self._logos:
            raise unknown_form()
        body, kind = self._logos[name]
        headers = {**HEADERS, **_LOGO_POLICY, "Cache-Control": _KEPT}
        return Response(body, media_type=kind, headers=headers)


def unknown_form() -> Problem:
    """Return the refusal of an address that is none of ours."""
    detail = "no such form: the address ends with a name from [forms] of gateway.toml"
    return Problem(HTTPStatus.NOT_FOUND, "unknown-form", detail)
