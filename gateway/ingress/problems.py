"""Problem details (RFC 9457): the one shape of every refusal.

A problem never repeats what the caller sent: it may hold personal data or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from gateway.contract import Log

MEDIA_TYPE = "application/problem+json"
CORRELATION = "correlation_id"


class Problem(Exception):
    """A refusal on its way to the caller. ``code`` is stable and may be relied on."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def response(self) -> Response:
        """Return the answer."""
        content = {
            "type": f"urn:gateway:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            CORRELATION: get_contextvars().get(CORRELATION, ""),
            **self.more,
        }
        return Response(
            orjson.dumps(content),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


class Unforeseen:
    """ASGI middleware: an exception that nobody foresaw becomes a problem, and one log line."""

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; a failure after the answer has begun can only be logged."""
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the boundary to the outside world
            self._log.warning("http.failed", exc_info=error)
            if not begun:
                detail = "the gateway failed on this call: repeat it, and report the correlation id"
                problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
                await problem.response()(scope, receive, send)


def answer_problems(app: FastAPI) -> None:
    """Make every refusal of ``app`` a problem: ours, the router's and validation's."""

    async def ours(_: Request, error: Exception) -> Response:
        if not isinstance(error, Problem):
            raise error
        return error.response()

    async def of_router(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return _of_status(error.status_code, error.headers).response()

    async def of_validation(_: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        wrong = [
            {"path": ".".join(map(str, one["loc"])), "problem": one["type"]}
            for one in error.errors()
        ]
        detail = "the call does not fit its description: see `errors`"
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return Problem(status, "invalid-request", detail, more={"errors": wrong}).response()

    app.add_exception_handler(Problem, ours)
    app.add_exception_handler(HTTPException, of_router)
    app.add_exception_handler(RequestValidationError, of_validation)


def _of_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    known = {
        HTTPStatus.NOT_FOUND: ("not-found", "nothing is served at this address"),
        HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", "use a method that `Allow` names"),
    }
    code, detail = known.get(HTTPStatus(status), ("refused", "the call cannot be served"))
    return Problem(status, code, detail, headers=headers)
