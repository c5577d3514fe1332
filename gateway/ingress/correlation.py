"""Correlation identifier: every call carries one in and out, and so does all that it causes."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway.ids import sortable_id
from gateway.ingress.problems import CORRELATION
from gateway.telemetry import NO_SPANS, Spans, redacted

HEADER = "X-Correlation-ID"
_RAW = HEADER.lower().encode()
_TRACEPARENT = b"traceparent"
_FIT = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Correlation:
    """ASGI middleware. An id that is unfit, or looks like personal data, is replaced."""

    def __init__(self, app: ASGIApp, spans: Spans = NO_SPANS) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = given(scope) or sortable_id()
        scope["state"] = {**scope.get("state", {}), CORRELATION: correlation_id}
        if self._spans.is_on:
            self._spans.came(correlation_id, _header(scope, _TRACEPARENT))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        with bound_contextvars(**{CORRELATION: correlation_id}):
            await self._app(scope, receive, answer)


def given(scope: Scope) -> str:
    """Return the caller's id, empty when there is none that can be used."""
    text = _header(scope, _RAW)
    return text if _FIT.fullmatch(text) and redacted(text) == text else ""


def _header(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return ""
