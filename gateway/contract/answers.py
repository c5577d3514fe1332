"""Answers: what an HTTP status means when the vendor's own code says nothing better.

A room's ``errors.py`` looks at the vendor's code first and falls back on ``answer_error``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from gateway.contract.errors import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

LIMIT_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Statuses by which vendors say "not now": both mean that the call was not taken."""

_AUTH_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_GONE_STATUSES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


def retry_after_s(response: httpx.Response, *, now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, or ``None`` without a readable one.

    Both forms of RFC 9110 are read: seconds, and a date, which is taken relative to the answer's
    own ``Date`` when it has one (the vendor's clock may be wrong), else to ``now``.
    """
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(response.headers.get("Date", "")) or now
    return max(0.0, (until - since).total_seconds())


def answer_error(
    response: httpx.Response,
    *,
    operation: str,
    repeatable: bool,
    now: datetime | None = None,
) -> ConnectorError | None:
    """Return the error that the status stands for, or ``None`` for 2xx; never reads the body.

    429 and 503 → ``RateLimited``; other 5xx → ``Unavailable`` if ``repeatable``, else
    ``OutcomeUnknown``; 401 and 403 → ``AuthRejected``; 404 and 410 → ``Missing``; a time-out of the
    server's own (408) counts as 5xx; other 4xx and 3xx → ``Rejected``.

    The client has already let the account's budget rest for 429 and for a named ``Retry-After``.
    """
    status = response.status_code
    if response.is_success:
        return None
    if status in LIMIT_STATUSES:
        wait_s = retry_after_s(response, now=now or datetime.now(UTC))
        return RateLimited(
            f"the vendor answered {status}: not now",
            operation=operation,
            http_status=status,
            retry_after_s=wait_s,
        )
    return _class_of(status, repeatable=repeatable)(
        f"the vendor answered {status}", operation=operation, http_status=status
    )


def _class_of(status: int, *, repeatable: bool) -> type[ConnectorError]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable if repeatable else OutcomeUnknown
    if status in _AUTH_STATUSES:
        return AuthRejected
    if status in _GONE_STATUSES:
        return Missing
    return Rejected


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
