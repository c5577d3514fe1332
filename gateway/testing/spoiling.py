"""Spoiling: answers of a double changed on the road, for records that no sound vendor would hold.

A double refuses what its vendor refuses, so a malformed record cannot be put into it; here it is
malformed between the double and the connector, over the same real HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx

_RESTATED = frozenset({"content-length", "content-encoding", "transfer-encoding"})


class SpoilingTransport(httpx.AsyncBaseTransport):
    """A transport that changes JSON objects in answers as it was told."""

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._inner = inner or httpx.AsyncHTTPTransport()
        self._rules: list[tuple[Callable[[Mapping[str, Any]], bool], Mapping[str, Any]]] = []

    def spoil(self, where: Callable[[Mapping[str, Any]], bool], **fields: object) -> None:
        """Give these fields to every object of an answer for which ``where`` holds."""
        if fields:
            self._rules.append((where, fields))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and change the answer if it is JSON."""
        response = await self._inner.handle_async_request(request)
        if not self._rules or "json" not in response.headers.get("content-type", ""):
            return response
        body = await response.aread()
        await response.aclose()
        with suppress(ValueError):  # an empty body, or a scripted fault that is none
            body = json.dumps(self._changed(json.loads(body))).encode()
        kept = [(name, value) for name, value in response.headers.items() if name not in _RESTATED]
        return httpx.Response(response.status_code, headers=kept, content=body)

    async def aclose(self) -> None:
        """Close what it sends through."""
        await self._inner.aclose()

    def _changed(self, value: object) -> object:
        if isinstance(value, list):
            return [self._changed(one) for one in value]
        if not isinstance(value, dict):
            return value
        row = {name: self._changed(one) for name, one in value.items()}
        for where, fields in self._rules:
            if where(row):
                row |= fields
        return row
