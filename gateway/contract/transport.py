"""Transports under the HTTP client, and what their failures prove.

pyreqwest's transport costs a third of httpx's own and does not grow with the calls in flight; it is
young, so httpx's own stays one setting away.
"""

from __future__ import annotations

import ssl
from datetime import timedelta
from enum import StrEnum

import httpx
from pyreqwest.client import ClientBuilder
from pyreqwest.compatibility.httpx import HttpxTransport
from pyreqwest.exceptions import (
    BuilderError,
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
)

TRANSPORT_ERRORS = (httpx.HTTPError, httpx.StreamError, PyreqwestError, OSError)
"""What a transport may raise for a call that failed; anything else is a fault of our own."""

_CONNECT_PHASE = "client error (Connect)"


class TransportKind(StrEnum):
    """Setting: which transport carries the calls of an account."""

    FAST = "fast"
    PLAIN = "plain"


def connect_timeout_s(timeout_s: float) -> float:
    """Return the part of a call's time that making the connection may take.

    Much less than the whole, so that a connection that was not made is known as such.
    """
    return min(5.0, timeout_s / 3)


def build_transport(
    kind: TransportKind = TransportKind.FAST, *, timeout_s: float = 15.0
) -> httpx.AsyncBaseTransport:
    """Make an account's transport: HTTP/1.1, no redirects, cookies, proxies or repeats of its own.

    Takes tens of milliseconds (trust store), so it is made at start. Both kinds trust the system's
    certificates. Decompression is left to httpx, so that both kinds behave alike.

    A pooled connection that the server has closed meanwhile is replaced inside both transports as
    long as no byte of the request was written to it; after the first byte they give up.
    """
    if kind is TransportKind.PLAIN:
        return httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), retries=0)
    builder = (
        ClientBuilder()
        .http1_only()
        .follow_redirects(enable=False)
        .referer(enable=False)
        .default_cookie_store(enable=False)
        .no_proxy()
        .gzip(enable=False)
        .brotli(enable=False)
        .zstd(enable=False)
        .deflate(enable=False)
        .connect_timeout(timedelta(seconds=connect_timeout_s(timeout_s)))
        # Its own deadline, because a call that is merely cancelled from Python goes on in there.
        .timeout(timedelta(seconds=timeout_s))
    )
    return HttpxTransport(builder.build())


def timeout_extension(transport: httpx.AsyncBaseTransport, timeout_s: float) -> dict[str, object]:
    """Return the request extension that sets timeouts; the fast transport has its own already."""
    if isinstance(transport, HttpxTransport):
        return {}
    connect_s = connect_timeout_s(timeout_s)
    limits = {"connect": connect_s, "pool": connect_s, "read": timeout_s, "write": timeout_s}
    return {"timeout": limits}


def never_connected(error: Exception) -> bool:
    """Say whether ``error`` proves that no byte of the request left; what is in doubt is ``False``.

    httpx's own transport tells by its classes. pyreqwest (0.15) raises its connection errors for
    everything before the answer's head, also for a request that was read and never answered; only
    the chain of causes tells the phase of connecting apart. Another wording there gives ``False``.
    """
    fast = error if isinstance(error, PyreqwestError) else error.__cause__
    if not isinstance(fast, PyreqwestError):
        return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(fast, PoolTimeoutError | BuilderError):
        return True
    causes = fast.details["causes"] if isinstance(fast, DetailedPyreqwestError) else None
    return any(cause["message"] == _CONNECT_PHASE for cause in causes or ())
