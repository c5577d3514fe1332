"""Cookies of the console: the session, and what a viewer likes."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from gateway.config import ConsoleSection

SESSION = "gateway_session"
_YEAR_S = 31_536_000


@dataclass(slots=True)
class Cookies:
    """The cookies of one request, and those that its answer sets.

    The session's cookie is unreadable for scripts, is sent by our own pages only, and lives as long
    as the browser runs; the row that it names decides how long it opens anything.
    """

    request: Request
    console: ConsoleSection
    _session: str | None = None
    _liked: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return a cookie that came, empty for none."""
        return self.request.cookies.get(name, "")

    def enter(self, cookie: str) -> None:
        """Set the session's."""
        self._session = cookie

    def leave(self) -> None:
        """Remove the session's."""
        self._session = ""

    def like(self, name: str, value: str) -> None:
        """Set what a viewer likes."""
        self._liked[name] = value

    def put(self, response: Response) -> None:
        """Write what was set into the answer."""
        path = str(self.request.scope.get("root_path", "")) or "/"
        secure = self.console.url.startswith("https://")
        for name, value in self._liked.items():
            response.set_cookie(
                name, value, max_age=_YEAR_S, path=path, secure=secure, samesite="lax"
            )
        if self._session is None:
            return
        if self._session:
            response.set_cookie(
                SESSION, self._session, path=path, secure=secure, httponly=True, samesite="lax"
            )
        else:
            response.delete_cookie(SESSION, path=path, secure=secure, httponly=True, samesite="lax")
