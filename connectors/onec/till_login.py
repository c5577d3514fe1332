"""Login of a till: Basic with a user of the account's settings."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field

from gateway.contract import Caller

from .config_till import Till

_MARK_CHARS = 20


@dataclass(frozen=True, slots=True)
class Visitor:
    """A till that proved who it is.

    Shape: ``secret`` makes the ids of its sales, so that nobody reads a member out of them.
    """

    caller: Caller
    secret: bytes = field(repr=False)

    def mark(self, *words: str) -> str:
        """Return a word that stands for others: the same for the same, and it tells nothing."""
        said = "\n".join(words).encode()
        return hmac.new(self.secret, said, hashlib.sha256).hexdigest()[:_MARK_CHARS]


def visitor_of(till: Till, account: str, authorization: str | None) -> Visitor | None:
    """Return who calls, ``None`` for nobody. 1C sends UTF-8, old releases windows-1251."""
    kind, _, packed = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        given = base64.b64decode(packed.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    found: Visitor | None = None
    for name, user in till.users.items():
        pair = f"{user.login or name}:{user.password.get_secret_value()}"
        # Every user is compared, so that the time of an answer tells nothing of the names.
        if sum(hmac.compare_digest(given, way) for way in _spelled(pair)):
            caller = Caller(
                name, shop=user.shop, brand=user.brand, deadline_s=till.deadline_ms / 1000
            )
            found = Visitor(caller, f"{account}\n{pair}".encode())
    return found


def _spelled(pair: str) -> list[bytes]:
    try:
        return [pair.encode(), pair.encode("windows-1251")]
    except UnicodeEncodeError:
        return [pair.encode()]
