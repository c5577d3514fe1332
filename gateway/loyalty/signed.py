"""Signed proofs: what a confirmed code is worth later, at any process, without a row anywhere.

A proof is ``purpose.expiry.signature``. Caller and member are in the signature only, so that a
proof tells nobody who it is about, and fits nobody else.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import orjson

from gateway.contract import Caller, Clock, CodePurpose, MemberKey

_PARTS = 3


def name_of(member: MemberKey) -> list[str]:
    """Return how a member is named, in a form that no other name has."""
    for way in ("external_id", "phone", "email", "card"):
        value = getattr(member, way)
        if value is not None:
            return [way, value]
    msg = "a member is named by exactly one of external_id, phone, email, card"
    raise ValueError(msg)


def signature(secret: bytes, *parts: object) -> str:
    """Return the keyed digest of a list; JSON keeps where one part ends and the next begins."""
    return hmac.new(secret, orjson.dumps(parts), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedProofs:
    """See ``Proofs``. Units: seconds."""

    secret: bytes = field(repr=False)
    clock: Clock
    life_s: float = 900.0

    def make(self, caller: Caller, member: MemberKey, purpose: CodePurpose) -> str:
        """Return a proof that this caller confirmed a code of this member just now."""
        expires = str(int(self.clock.now().timestamp() + self.life_s))
        return f"{purpose}.{expires}.{self._sign(caller, member, purpose, expires)}"

    def holds(self, proof: str, caller: Caller, member: MemberKey) -> bool:
        """Tell whether a proof allows this caller to spend this member's points now."""
        parts = proof.split(".")
        if len(parts) != _PARTS or not proof.isascii():
            return False
        purpose, expires, given = parts
        wanted = self._sign(caller, member, CodePurpose.SPENDING, expires)
        if purpose != CodePurpose.SPENDING or not hmac.compare_digest(given, wanted):
            return False
        return self.clock.now().timestamp() < int(expires)

    def _sign(self, caller: Caller, member: MemberKey, purpose: CodePurpose, expires: str) -> str:
        return signature(self.secret, caller.name, name_of(member), purpose, expires)
