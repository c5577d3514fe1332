"""Errors: the vendor's words as contract errors. Failures of the Web API come with HTTP 200.

Only ``channel_not_found`` stands in the reference; the other words are those that the vendor is
known to use and are not confirmed there, so an unknown one is a plain refusal.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.http import answer_error

from .wire import PostedWire

NO_CHANNEL = "channel_not_found"
# Reference, 5.5; those after the first are unconfirmed.
WORDS: dict[str, tuple[type[ConnectorError], Blame, str]] = {
    NO_CHANNEL: (Rejected, Blame.OPERATOR, "the vendor knows no such channel"),
    "not_in_channel": (Rejected, Blame.OPERATOR, "the bot is not in the channel: invite it"),
    "is_archived": (Rejected, Blame.OPERATOR, "the channel is archived"),
    "invalid_auth": (AuthRejected, Blame.OPERATOR, "the vendor refuses the token"),
    "not_authed": (AuthRejected, Blame.OPERATOR, "the vendor refuses the token"),
    "account_inactive": (AuthRejected, Blame.OPERATOR, "the app or its user was switched off"),
    "token_revoked": (AuthRejected, Blame.OPERATOR, "the token was revoked"),
    "missing_scope": (AuthRejected, Blame.OPERATOR, "the app lacks the right chat:write"),
    "ratelimited": (RateLimited, Blame.VENDOR, "too many messages"),
    "internal_error": (Unavailable, Blame.VENDOR, "the vendor failed"),
    "service_unavailable": (Unavailable, Blame.VENDOR, "the vendor failed"),
}
_WORD = re.compile(r"[a-z_]{1,60}")


def read_posted(response: httpx.Response, *, operation: str) -> PostedWire:
    """Return a success of the Web API. Raises the contract error that the answer stands for."""
    error = answer_error(response, operation=operation, repeatable=False)
    if error is not None:
        raise error
    try:
        read = PostedWire.model_validate_json(response.content)
    except ValidationError:
        msg = "the answer is not as documented: something stands between us and the vendor"
        raise OutcomeUnknown(msg, operation=operation, vendor_code="unreadable") from None
    if not read.ok:
        raise word_error(read.error, operation=operation, http_status=response.status_code)
    return read


def check_hooked(response: httpx.Response, *, operation: str) -> None:
    """Raise unless an incoming webhook took the message; its success is a plain ``ok`` (5.3)."""
    if response.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.FORBIDDEN}:
        msg = "the vendor does not know the webhook, or it was switched off"
        raise AuthRejected(msg, operation=operation, http_status=response.status_code)
    error = answer_error(response, operation=operation, repeatable=False)
    if error is not None:
        raise error


def word_error(word: str, *, operation: str, http_status: int | None = None) -> ConnectorError:
    """Return the error of a word; one that is not known is a refusal."""
    failed, blame, reason = WORDS.get(
        word, (Rejected, Blame.VENDOR, "the vendor refused it with a word that is not documented")
    )
    code = word if _WORD.fullmatch(word) else "unknown"
    return failed(
        reason, operation=operation, vendor_code=code, http_status=http_status, blame=blame
    )
