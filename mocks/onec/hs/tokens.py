"""Token authentication: a JWT signed with HS256 names the user (2.2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PARTS = 3


@dataclass(frozen=True)
class TokenRules:
    """What the publication accepts: the signing key, the issuer, the audience."""

    key: str
    issuer: str
    audience: str


def subject(token: str, rules: TokenRules, now: float) -> str | None:
    """Return the matching key of the user that a token names, or None when it is not accepted.

    ``now`` is a unix time. ``exp`` must be given; ``aud`` is an array or one name.
    """
    parts = token.split(".")
    if not rules.key or len(parts) != _PARTS:
        return None
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (binascii.Error, ValueError):
        return None
    signed = f"{parts[0]}.{parts[1]}".encode()
    expected = hmac.new(rules.key.encode(), signed, hashlib.sha256).digest()
    is_ours = isinstance(header, dict) and header.get("alg") == "HS256"
    if not (is_ours and hmac.compare_digest(signature, expected) and isinstance(claims, dict)):
        return None
    return str(claims.get("sub", "")) if _is_valid(claims, rules, now) else None


def _is_valid(claims: Mapping[str, Any], rules: TokenRules, now: float) -> bool:
    audience = claims.get("aud", [])
    named = audience if isinstance(audience, list) else [audience]
    try:
        is_timely = float(claims["exp"]) > now and float(claims.get("nbf", 0)) <= now
    except (KeyError, TypeError, ValueError):
        return False
    return is_timely and claims.get("iss") == rules.issuer and rules.audience in named


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
