"""HTTP client factory: httpx's answers and transports over a fast wire, one client per account.

A client object of httpx costs more per call than all the rest of a delivery: it merges URLs and
headers, keeps cookies, follows redirects. Here the base address and headers are parsed once and a
request goes to the wire as it is, so redirects and cookies do not exist and every status comes back
as it is. httpx's own request is only built for a transport of httpx.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import httpx

from gateway.contract.answers import answer_error
from gateway.contract.budget import Budget
from gateway.contract.client import CallHook, CallLog, TransportClient
from gateway.contract.errors import ConfigInvalid
from gateway.contract.transport import TransportKind, build_transport
from gateway.contract.wire import HttpxWire, Wire

if TYPE_CHECKING:
    # The context names this module's factory, so the arrow back is for the type checker only.
    from gateway.contract.context import Clock

__all__ = [
    "CallHook",
    "HttpClient",
    "HttpClientFactory",
    "TransportClient",
    "TransportKind",
    "answer_error",
    "build_client",
    "build_transport",
]

DEFAULT_HEADERS = {"Accept-Encoding": "gzip, deflate", "User-Agent": "retail-gateway"}


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
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request within the account's budget and return the answer, whatever its status.

        ``operation`` is the vendor call's name for logs, metrics and errors. A body is a ``form``,
        ``json``, or ``content`` as it is, whose type the ``headers`` name. ``repeatable`` says
        that sending it twice has the effect of once. The body is read. A connection that was never
        made is tried again up to three times with short jittered delays; nothing that may have
        reached the vendor is ever sent twice here.

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
        """Return a client whose paths are relative to ``base_url``; that may hold a secret."""


def build_client(
    base_url: str,
    *,
    account: str,
    budget: Budget,
    clock: Clock,
    log: CallLog,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 15.0,
    transport: httpx.AsyncBaseTransport | Wire | None = None,
    on_call: CallHook | None = None,
    trace: Callable[[], Mapping[str, str]] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> TransportClient:
    """Return the account's client over ``transport``, which it then owns and closes.

    Units: ``timeout_s`` bounds one try, from connecting to the last byte of the answer; waiting for
    the budget does not count. Without ``transport`` the fast one is made; tests give a mock of
    httpx.

    Raises: ``ConfigInvalid`` when ``base_url`` is no plain http or https address; the text holds no
    part of it.
    """
    try:
        urlsplit(base_url)  # stricter on brackets than httpx
        base = httpx.URL(base_url)
    except (httpx.InvalidURL, ValueError):
        base = httpx.URL()
    if base.scheme not in {"http", "https"} or not base.host or base.userinfo:
        msg = (
            "base_url: must be an http or https address without credentials (give them as headers)"
        )
        raise ConfigInvalid(msg)
    if base.query or base.fragment:
        msg = "base_url: must end with the path; give query parameters with each call"
        raise ConfigInvalid(msg)
    if isinstance(transport, httpx.AsyncBaseTransport):
        transport = HttpxWire(transport, timeout_s=timeout_s)
    return TransportClient(
        base=str(base).rstrip("/"),
        headers={**DEFAULT_HEADERS, **(headers or {})},
        timeout_s=timeout_s,
        wire=transport or build_transport(timeout_s=timeout_s),
        budget=budget, account=account, clock=clock, log=log, on_call=on_call, sleep=sleep,
        trace=trace,
    )  # fmt: skip
