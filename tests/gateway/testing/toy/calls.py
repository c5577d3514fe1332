"""Toy calls: the connector's client and error table; ``bad`` names the one thing that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.contract import (
    ConnectorError,
    HttpClient,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.http import answer_error
from tests.gateway.testing.toy.vendor import TOKEN, ToyVendor


@dataclass
class Calls:
    """Calls of one account."""

    http: HttpClient
    bad: str
    vendor: ToyVendor

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        repeatable: bool = True,
        allowed: tuple[int, ...] = (),
    ) -> httpx.Response:
        """Send and return the answer. Raises contract errors."""
        reads = operation == "read customer"
        if reads and self.bad == "own client":
            return self._beside(method, path, query or {})
        repeatable = repeatable or self.bad == f"sure {operation}"
        try:
            response = await self.http.call(
                method,
                path,
                operation=operation,
                repeatable=repeatable,
                json=body,
                query=list((query or {}).items()),
            )
        except (OutcomeUnknown, Unavailable):
            if self.bad == f"blind {operation}":
                return httpx.Response(200, json={"id": "1"})
            raise
        error = answer_error(response, operation=operation, repeatable=repeatable)
        if error is None or response.status_code in allowed:
            return response
        raise self._spoiled(error) if reads else error

    def _spoiled(self, error: ConnectorError) -> ConnectorError:
        if isinstance(error, RateLimited):
            if self.bad == "no hint":
                error.retry_after_s = None
            if self.bad == "made-up hint":
                error.retry_after_s = error.retry_after_s or 1.0
        if error.http_status == 500 and self.bad == "500 is final":
            return Rejected("refused")
        if error.http_status == 401:
            if self.bad == "401 is final":
                return Rejected("refused")
            if self.bad == "told token":
                return type(error)(f"the token {TOKEN} is refused")
        return error

    def _beside(self, method: str, path: str, query: Mapping[str, str]) -> httpx.Response:
        """Call around the account's client, with the same errors."""
        request = httpx.Request(
            method,
            f"http://toy/{path}",
            params=dict(query),
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        response = self.vendor.handle(request)
        error = answer_error(response, operation="read customer", repeatable=True)
        if error is not None:
            raise error
        return response
