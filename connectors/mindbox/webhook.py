"""Webhook translator: calls that the project's scenarios make to us. Pure.

The vendor has no fixed body and no signature (vendor reference, 23): the body is set up in the
admin as the README says, and the call proves itself by a secret header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.canonical import Kind, Order
from gateway.contract import (
    Hint,
    Observed,
    WebhookRefused,
    WebhookRequest,
    body_digest,
    same_secret,
)

_SCHEME = "WebHookSecretKey "
_BAD_REQUEST = 400
CUSTOMER_CHANGED = "customerChanged"
ORDER_RATED = "orderRated"
RATING = "rating"


@dataclass(frozen=True, slots=True)
class MindboxWebhook:
    """Reads the calls of one project."""

    secret: str = field(repr=False)

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read; an event that is not ours gives nothing."""
        told = request.headers.get("authorization", "")
        given = told.removeprefix(_SCHEME).strip()
        if not request.proved and not same_secret(given, self.secret):
            msg = "the Authorization header is not the secret that the account was set up with"
            raise WebhookRefused(msg)
        body = _body(request.body)
        token = str(body.get("requestId") or "") or body_digest(request.body)
        match body.get("event"):
            case "customerChanged":
                return [
                    Hint(
                        kind=Kind.CUSTOMER,
                        external_id=_text(body, "customer", "mindboxId"),
                        token=token,
                        event=CUSTOMER_CHANGED,
                    )
                ]
            case "orderRated":
                return [_rating(body, token)]
            case _:
                return []


def _rating(body: Mapping[str, Any], token: str) -> Hint:
    """Attach a rating, which was given in a letter, to its order (D7)."""
    key = _text(body, "order", "id")
    attributes: dict[str, str | None] = {RATING: _text(body, "rating")}
    comment = body.get("comment")
    if comment:
        attributes["rating_comment"] = str(comment)
    observed = Observed(external_id=key, entity=Order(attributes=attributes), key=key)
    return Hint(Kind.ORDER, key, token, ORDER_RATED, carried=observed)


def _body(raw: bytes) -> Mapping[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        msg = "the body is no JSON object"
        raise WebhookRefused(msg, status=_BAD_REQUEST)
    return body


def _text(body: Mapping[str, Any], *path: str) -> str:
    told: Any = body
    for name in path:
        told = told.get(name) if isinstance(told, Mapping) else None
    if isinstance(told, bool) or not isinstance(told, str | int) or told == "":
        msg = f"{'.'.join(path)}: is missing or has an unexpected form"
        raise WebhookRefused(msg, status=_BAD_REQUEST)
    return str(told)
