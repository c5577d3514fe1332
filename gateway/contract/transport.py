"""Transports under the HTTP client, and what their failures prove.

pyreqwest costs a tenth of httpx's own transport and does not grow with the calls in flight; it is
young, so httpx's own stays one setting away.
"""

from __future__ import annotations

import ssl
from enum import StrEnum

import httpx
from pyreqwest.exceptions import (
    BuilderError,
    DetailedPyreqwestError,
    PoolTimeoutError,
    PyreqwestError,
)

from gateway.contract.fast import FastWire
from gateway.contract.wire import HttpxWire, Wire

TRANSPORT_ERRORS = (httpx.HTTPError, httpx.StreamError, PyreqwestError, OSError)
"""What a transport may raise for a call that failed; anything else is a fault of our own."""

_CONNECT_PHASE = "client error (Connect)"


class TransportKind(StrEnum):
    """Setting: which transport carries the calls of an account."""

    FAST = "fast"
    PLAIN = "plain"


def build_transport(kind: TransportKind = TransportKind.FAST, *, timeout_s: float = 15.0) -> Wire:
    """Make an account's transport: HTTP/1.1, no redirects, cookies, proxies or repeats of its own.

    Takes tens of milliseconds (trust store), so it is made at start. Both kinds trust the system's
    certificates. Decompression is left to httpx, so that both kinds behave alike.

    A pooled connection that the server has closed meanwhile is replaced inside both transports as
    long as no byte of the request was written to it; after the first byte they give up.
    """
    if kind is TransportKind.FAST:
        return FastWire(timeout_s=timeout_s)
    plain = httpx.AsyncHTTPTransport(verify=ssl.create_default_context(), retries=0)
    return HttpxWire(plain, timeout_s=timeout_s)


def never_connected(error: Exception) -> bool:
    """Say whether ``error`` proves that no byte of the request left; what is in doubt is ``False``.

    httpx's own transport tells by its classes. pyreqwest (0.15) raises its connection errors for
    everything before the answer's head, also for a request that was read and never answered; only
    the chain of causes tells the phase of connecting apart. Another wording there gives ``False``.
    """
    if not isinstance(error, PyreqwestError):
        return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(error, PoolTimeoutError | BuilderError):
        return True
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return any(cause["message"] == _CONNECT_PHASE for cause in causes or ())
