"""Webhook helpers: what arrived at our door, and how a call proves its origin."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A call to ``/hooks/{account}``, or a message of the account's queue.

    Shape: header names in lower case; ``body`` as received. ``proved``: the way on which it came
    has proved its origin already, as a broker does that admits only who has its credentials.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    proved: bool = False


def same_secret(given: str | None, expected: str) -> bool:
    """Compare a secret in constant time; an absent or empty one never matches."""
    return bool(given and expected) and hmac.compare_digest(
        (given or "").encode(), expected.encode()
    )


def valid_hmac(
    body: bytes, *, secret: str, signature: str | None, algorithm: str = "sha256"
) -> bool:
    """Check a hexadecimal HMAC of the raw body, with or without an ``algorithm=`` prefix."""
    expected = hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
    given = (signature or "").removeprefix(f"{algorithm}=").lower()
    return same_secret(given, expected)


def body_digest(body: bytes) -> str:
    """Return a strong digest that tells a repeated call from a new one."""
    return hashlib.sha256(body).hexdigest()
