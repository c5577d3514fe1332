"""HTTP client factory: httpx types and transports over a fast transport, one client per account.

(interface; the implementation follows in this module)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import httpx


class HttpClient(Protocol):
    """One account's client. Safe for concurrent use on one event loop."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        query: Sequence[tuple[str, str]] | None = None,
        form: Sequence[tuple[str, str]] | None = None,
        json: object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request within the account's budget and return the answer, whatever its status.

        ``operation`` is the vendor call's name for logs, metrics and errors. ``repeatable`` says that
        sending it twice has the effect of once. The body is read. A connection that was never made is
        tried again up to three times with short jittered delays; nothing that may have reached the
        vendor is ever sent twice here.

        Raises: ``Unavailable`` when the vendor surely did not get it, or it is repeatable;
        ``OutcomeUnknown`` when it was sent, is not repeatable, and no whole answer came.
        """

    async def close(self) -> None:
        """Release connections; may be called twice."""


class HttpClientFactory(Protocol):
    """Makes the account's client; the account's budget, log and metrics are already bound."""

    def __call__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 15.0,
    ) -> HttpClient:
        """Return a client whose paths are relative to ``base_url`` (which may hold a secret path)."""
