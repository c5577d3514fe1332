"""Signature: Slack's proof of a call, version v0, over the raw body (reference, 5.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from dataclasses import dataclass, field

from gateway.contract import Clock, WebhookRefused, WebhookRequest, same_secret

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
WINDOW_S = 300
_UNPROVED = 401
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves calls. One that was seen in its window is a repetition, and is refused."""

    secret: str = field(repr=False)
    clock: Clock
    seen: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def prove(self, request: WebhookRequest) -> None:
        """Raise ``WebhookRefused`` unless the call is Slack's, of now, and new."""
        stamp, given = request.headers.get(STAMP, ""), request.headers.get(SIGNATURE, "")
        now = self.clock.now().timestamp()
        is_number = stamp.isascii() and stamp.isdigit()
        if not is_number or abs(now - int(stamp)) > WINDOW_S:
            msg = "the call's timestamp is missing or not of now: check the clocks"
            raise WebhookRefused(msg, status=_UNPROVED)
        if not same_secret(given, sign(self.secret, stamp, request.body)):
            msg = "the call's signature is wrong: compare `signing_secret`"
            raise WebhookRefused(msg, status=_UNPROVED)
        if given in self.seen:
            msg = "the call came before"
            raise WebhookRefused(msg, status=_UNPROVED)
        self._remember(given, now)

    def _remember(self, given: str, now: float) -> None:
        while self.seen:
            oldest, at = next(iter(self.seen.items()))
            if now - at <= 2 * WINDOW_S and len(self.seen) < _MOST:
                break
            del self.seen[oldest]
        self.seen[given] = now


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body at a moment."""
    signed = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
