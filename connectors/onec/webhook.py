"""Pushes: 1C tells that a record changed, so that a card activated at a till is known in seconds.

1C has no webhooks of its own: a developer adds a call (``HTTPСоединение``) to the event handler, in
the shape that the README gives. It names the record only, and the record is read afterwards; what
is pushed twice or never is made up for by the feed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import Kind
from gateway.contract import Hint, WebhookRefused, WebhookRequest, body_digest, same_secret

from .config_services import Pushes
from .values import moment_of

_BAD_FORM = 400
_MOST_EVENTS = 1000
_ID_LIMIT = 200
_BOM = b"\xef\xbb\xbf"
_KINDS = {str(kind): kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class OneCPushes:
    """Verifies and reads the calls of one base."""

    pushes: Pushes = field(repr=False)
    zone: ZoneInfo

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read a call; see ``WebhookSource.receive``. Unknown kinds give no hints."""
        if not request.proved:
            self._prove(request)
        told = _read(request.body)
        listed = told.get("events", [told])
        if not isinstance(listed, list) or len(listed) > _MOST_EVENTS:
            msg = f"events: must be a list of at most {_MOST_EVENTS}"
            raise WebhookRefused(msg, status=_BAD_FORM)
        digest = body_digest(request.body)
        hints = [self._hint(one, f"{digest[:24]}:{place}") for place, one in enumerate(listed)]
        return [hint for hint in hints if hint is not None]

    def _prove(self, request: WebhookRequest) -> None:
        pushes = self.pushes
        if pushes.secret is not None:
            given = request.headers.get(pushes.header.lower())
            if same_secret(given, pushes.secret.get_secret_value()):
                return
        if pushes.password is not None and pushes.username:
            pair = f"{pushes.username}:{pushes.password.get_secret_value()}".encode()
            if hmac.compare_digest(_basic(request.headers.get("authorization")), pair):
                return
        msg = "the call does not prove that it comes from 1C: compare secret or login"
        raise WebhookRefused(msg)

    def _hint(self, told: object, fallback: str) -> Hint | None:
        if not isinstance(told, Mapping):
            msg = "an event must be an object"
            raise WebhookRefused(msg, status=_BAD_FORM)
        kind = _KINDS.get(str(told.get("kind") or ""))
        if kind is None:
            return None
        id_ = told.get("id")
        if not isinstance(id_, str) or not 0 < len(id_) <= _ID_LIMIT:
            msg = "id: must be the record's id, as text"
            raise WebhookRefused(msg, status=_BAD_FORM)
        token = str(told.get("request_id") or "")[:_ID_LIMIT] or fallback
        event = str(told.get("event") or "pushed")[:40]
        return Hint(kind, id_, token, event, happened_at=self._moment(told.get("at")))

    def _moment(self, value: object) -> datetime | None:
        return moment_of(value, self.zone) if isinstance(value, str) else None


def _basic(header: str | None) -> bytes:
    kind, _, packed = (header or "").partition(" ")
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(packed.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _read(body: bytes) -> Mapping[str, Any]:
    """Read JSON, with the byte order mark that 1C likes to write."""
    try:
        told = json.loads(body.removeprefix(_BOM))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        msg = "the body must be a JSON object in UTF-8"
        raise WebhookRefused(msg, status=_BAD_FORM)
    return told
